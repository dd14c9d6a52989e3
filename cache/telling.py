"""Telling Redis, and through it every process, of invalidations; again and again while Redis is away."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from cache.events import OnEvent
from cache.listening import Listening
from cache.names import Names, new_epoch
from cache.redis_link import AwayError, RedisLink
from cache.scripts import BEGIN, INVALIDATE

#: How many tags are remembered as invalidated, in Redis: those invalidated last.
MARKS = 100_000
#: So many tags may wait for Redis to come back. With more, everything stored counts as invalidated then.
UNDELIVERED_LIMIT = 10_000


class Told(NamedTuple):
    """An invalidation that Redis knows of, and until when (monotonic) a process may not have heard of it."""

    epoch: str
    number: int
    processes: tuple[str, ...]
    until: float


class Telling:
    """Keeps the tags whose invalidation Redis does not know of yet. ``told`` is called for what it has learnt."""

    def __init__(
        self,
        link: RedisLink,
        names: Names,
        listening: Listening,
        *,
        process: str,
        seconds: float,
        begun: Callable[[], Awaitable[bool]],
        told: Callable[[str, int, frozenset[str]], None],
        on_event: OnEvent,
    ) -> None:
        self._link = link
        self._names = names
        self._listening = listening
        self._process = process
        self._seconds = seconds
        self._begun = begun
        self._told = told
        self._on_event = on_event
        self._undelivered: dict[str, int] = {}  # tag -> the call that invalidated it last
        self._calls = 0
        self._last: Told | None = None
        self._lock = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Does Redis know of every invalidation made here?"""
        return not self._undelivered

    def knows(self, tags: frozenset[str]) -> bool:
        """Does Redis know of every invalidation of these tags made here?"""
        return not self._undelivered or self._undelivered.keys().isdisjoint(tags)

    def add(self, tags: Iterable[str]) -> None:
        self._calls += 1
        self._undelivered.update(dict.fromkeys(tags, self._calls))

    async def deliver(self) -> bool:
        """Tell Redis all it does not know. False while it is away: what is left is told at the next occasion."""
        async with self._lock:
            while self._undelivered:
                try:
                    if not await self._begun():
                        return False
                    await self._tell_all() if len(self._undelivered) > UNDELIVERED_LIMIT else await self._tell()
                except AwayError:
                    self._on_event("redis_error")
                    return False
            return True

    async def heard_everywhere(self) -> None:
        """Until no process can serve any more what was invalidated before: they heard, or no longer trust."""
        if (told := self._last) is not None:
            left = told.until - time.monotonic()
            await self._listening.acknowledged(told.epoch, told.number, told.processes, left)

    async def _tell(self) -> None:
        calls, tags = self._calls, frozenset(self._undelivered)
        names = self._names
        epoch, number, processes, milliseconds = await self._link.script(
            self._seconds,
            INVALIDATE,
            *(names.state, names.marks, names.tags, names.listeners, names.channel),
            *(names.entry_prefix, names.tag_prefix, new_epoch(), self._link.publish, self._process, MARKS),
            math.ceil(self._listening.trust * 1000),
            *tags,
        )
        until = time.monotonic() + float(milliseconds) / 1000
        self._last = Told(epoch.decode(), number, tuple(process.decode() for process in processes), until)
        self._done(calls, self._last, tags)

    async def _tell_all(self) -> None:
        """Begin a new epoch: whatever was stored in another one counts as invalidated."""
        calls, tags = self._calls, frozenset(self._undelivered)
        epoch, number = await self._link.script(
            self._seconds, BEGIN, self._names.state, self._names.marks, new_epoch(), "anew"
        )
        until = time.monotonic() + self._listening.trust
        self._last = Told(epoch.decode(), number, ("",), until)
        self._done(calls, self._last, tags)

    def _done(self, calls: int, told: Told, tags: frozenset[str]) -> None:
        """What was invalidated again since the command was sent has to be told again."""
        self._undelivered = {tag: call for tag, call in self._undelivered.items() if call > calls}
        self._told(told.epoch, told.number, tags)
