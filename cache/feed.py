"""The change feed: asks Odoo what changed, and invalidates what was made of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooError, OdooProtocolError
from adapters.records import Change, Changes
from cache.reference import AdapterProvider
from cache.store import Store
from cache.tags import EVERYTHING, tags_of_all

log = structlog.get_logger(__name__)

#: Seconds after which another process takes over from one that died while it asked.
LEASE: Final = 30.0
#: Seconds for which the place that was reached is kept; longer than anything that is cached.
_KEPT: Final = 30 * 86_400.0
_KEY: Final = "feed"
#: Asked this much earlier than planned is early enough: clocks and pauses are not exact.
_EARLY: Final = 0.5


class Place(msgspec.Struct, frozen=True):
    """How far the feed has come. ``asked``: when Odoo was last asked (Unix seconds)."""

    cursor: str
    asked: float


class ChangeFeed:
    """Polls one Odoo every ``seconds``, in one process at a time: whichever comes first when it is time.

    The place reached is kept in the store, so whoever comes next goes on where the last one stopped. It only moves
    on once everything is invalidated that changed up to there: what is interrupted is told again. Where no place is
    known, nobody knows what changed since: then everything is invalidated.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        *,
        seconds: float,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._adapter = adapter
        self._seconds = seconds
        self._lease = lease
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Poll in the background from now on."""
        self._task = asyncio.create_task(self._run(), name="poll changes")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def asked(self) -> float | None:
        """When Odoo was last asked, by whichever process (Unix seconds); None: never, or nobody knows."""
        place = _decoded(await self._store.read(_KEY) or b"")
        return None if place is None else place.asked

    async def poll(self, *, at_once: bool = True) -> tuple[Change, ...] | None:
        """Ask for changes and invalidate; what changed, or None when it was not for this process to ask.

        Unless ``at_once``, nobody asks who is early. Raises OdooError when Odoo does not answer.
        """
        async with self._store.lease(_KEY, self._lease) as mine:
            if not mine:
                return None
            kept = await self._store.read(_KEY)
            if kept is None:  # without Redis nothing is kept that could be wrong
                return None
            place = _decoded(kept)
            now = self._clock()
            if not at_once and place is not None and now < place.asked + self._seconds * _EARLY:
                return None
            changes, certain = await _changes(await self._adapter(), place)
            tags = tags_of_all(changes.changes) if certain else EVERYTHING
            if tags and not await self._store.invalidate(tags):
                return None  # not in force everywhere yet: it is told again
            reached = msgspec.json.encode(Place(changes.cursor, now))
            await self._store.write(_KEY, reached, _KEPT)
        if tags:
            log.info("feed.changes", changes=len(changes.changes), tags=len(tags), certain=certain)
        return changes.changes

    async def _run(self) -> None:
        failing = False
        while True:
            try:
                await self.poll(at_once=False)
            except OdooError as error:
                if not failing:
                    log.warning("feed.odoo_away", error=type(error).__name__)
                failing = True
            except Exception:
                log.exception("feed.failed")
                failing = True
            else:
                if failing:
                    log.info("feed.odoo_back")
                failing = False
            # not all processes at once
            await asyncio.sleep(self._seconds * random.uniform(0.9, 1.1))  # noqa: S311  # no secret


async def _changes(adapter: OdooAdapter, place: Place | None) -> tuple[Changes, bool]:
    """What changed since, and whether that is all: it is not known when there is no place to go on from."""
    if place is not None:
        try:
            return await adapter.changes_since(place.cursor), True
        except OdooProtocolError as error:
            log.warning("feed.cursor_refused", error=str(error))
    return await adapter.changes_since(None), False


def _decoded(kept: bytes) -> Place | None:
    try:
        return msgspec.json.decode(kept, type=Place) if kept else None
    except msgspec.MsgspecError:
        return None
