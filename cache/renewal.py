"""Records that were served a little old are read anew behind the back of who asked: those of many requests together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from adapters.errors import OdooError
from cache.loading import Wanted

K = TypeVar("K")
T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Seconds for which what is wanted anew is gathered, to be asked for in one call.
GATHERED_FOR: Final = 0.2

#: Set where an answer is made anew behind the back of who asked: who waits for nothing takes no records that are old.
making_anew: ContextVar[bool] = ContextVar("making_anew", default=False)


class Renewals:
    """``read`` reads records of which none is to be served as it is kept. It may raise OdooError."""

    def __init__(self, read: Callable[[Wanted[Any, Any]], Awaitable[None]]) -> None:
        self._read = read
        self._noted: set[str] = set()
        self._gathered: dict[str, dict[Any, Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def want(self, wanted: Wanted[K, T], items: Sequence[K]) -> None:
        """Have the items read anew before long; those that are wanted anew already are not read twice."""
        items = [item for item in items if wanted.keys[item] not in self._noted]
        if not items:
            return
        self._noted.update(wanted.keys[item] for item in items)
        alike = wanted.alike
        if alike is None:
            self._start(self._renew(replace(wanted, keys={item: wanted.keys[item] for item in items})))
            return
        needs = self._gathered.get(alike.group)
        if needs is None:
            needs = self._gathered[alike.group] = {}
            self._start(self._gather(alike.group, alike.wanted))
        needs.update((item, alike.needs[item]) for item in items)

    @property
    def under_way(self) -> int:
        """So many reads are under way, or will be."""
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _gather(self, group: str, wanted: Callable[[Any], Wanted[Any, Any]]) -> None:
        await asyncio.sleep(GATHERED_FOR)
        await self._renew(wanted(self._gathered.pop(group)))

    async def _renew(self, wanted: Wanted[Any, Any]) -> None:
        try:
            await self._read(wanted)
        except OdooError as error:
            log.info("records.not_renewed", kind=wanted.kind.name, count=len(wanted.keys), error=type(error).__name__)
        finally:
            self._noted.difference_update(wanted.keys.values())

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work, name="renew records")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("records.renewal_failed", exc_info=error)
