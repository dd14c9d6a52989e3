"""What Odoo says has changed, on its way to being invalidated: taken at once, looked up behind the scenes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

import structlog

from adapters.errors import OdooError
from cache.reference import AdapterProvider
from cache.store import Store
from cache.tags import tags_of_all

log = structlog.get_logger(__name__)

#: More records of a model than these are not remembered one by one.
MAX_IDS: Final = 10_000
#: More models than these have never been seen in an Odoo.
MAX_MODELS: Final = 2_000
#: Seconds between two attempts while Odoo is away.
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 15.0


class Inbox:
    """Collects (model, record ids) and invalidates what they mean. Nothing is lost while Odoo is away."""

    def __init__(self, store: Store, adapter: AdapterProvider, *, pause: float = _PAUSE) -> None:
        self._store = store
        self._adapter = adapter
        self._pause = pause
        #: by model; None: too many to know which
        self._waiting: dict[str, set[int] | None] = {}
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="invalidate what Odoo names")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def put(self, model: str, record_ids: Iterable[int]) -> bool:
        """Take records of a model that changed; no waiting. False when there are too many models for a real Odoo."""
        if model not in self._waiting and len(self._waiting) >= MAX_MODELS:
            return False
        waiting = self._waiting.setdefault(model, set())
        if waiting is not None:
            waiting.update(record_ids)
            if len(waiting) > MAX_IDS:
                self._waiting[model] = None
        self._arrived.set()
        self._idle.clear()
        return True

    async def settled(self) -> None:
        """Until everything taken so far is in force."""
        await self._idle.wait()

    async def _run(self) -> None:
        pause = self._pause
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            taken, self._waiting = self._waiting, {}
            try:
                done = await self._invalidate(taken)
            except OdooError as error:
                log.warning("inbox.odoo_away", models=sorted(taken), error=type(error).__name__)
                done = False
            except Exception:
                log.exception("inbox.failed", models=sorted(taken))
                done = False
            if done:
                pause = self._pause
                if not self._waiting:
                    self._idle.set()
                continue
            self._put_back(taken)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _invalidate(self, taken: Mapping[str, set[int] | None]) -> bool:
        adapter = await self._adapter()
        changes = [
            change for model, ids in taken.items() for change in await adapter.change_of(model, sorted(ids or ()))
        ]
        tags = tags_of_all(changes)
        return not tags or await self._store.invalidate(tags)

    def _put_back(self, taken: Mapping[str, set[int] | None]) -> None:
        for model, ids in taken.items():
            newer = self._waiting.get(model, set())
            self._waiting[model] = None if ids is None or newer is None else ids | newer
        self._arrived.set()
