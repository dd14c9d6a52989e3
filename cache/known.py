"""What a process knows of the invalidations: the epoch, the highest number, and which tags were invalidated when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from cache.events import OnEvent
from cache.marks import Marks
from cache.names import Names, new_epoch
from cache.redis_link import AwayError, RedisLink
from cache.scripts import BEGIN

#: Of so many tags the process remembers the last invalidation; and of so many epochs that they are over.
_MARKS = 100_000
_PAST = 100


class Since(NamedTuple):
    """What was known before a command was sent."""

    generation: int
    number: int


class Known:
    """``lost`` is called when the numbers began anew, or went on unheard; it has to call `lose`.

    ``number`` is the highest known to be given: what is read from Redis from now on is right as of it. ``heard`` is the
    number up to which everything was heard: what is read from the process itself is right as of that one. Both may be
    behind what Redis knows, never ahead. ``generation`` tells how often something may have been missed.
    """

    def __init__(
        self, link: RedisLink, names: Names, *, seconds: float, lost: Callable[[], None], on_event: OnEvent
    ) -> None:
        self.epoch: str | None = None
        self.number = 0
        self.heard = 0
        self.generation = 0
        self.marks = Marks(_MARKS)
        self._link = link
        self._names = names
        self._seconds = seconds
        self._lost = lost
        self._on_event = on_event
        self._past: dict[str, None] = {}
        self._lock = asyncio.Lock()

    async def since(self) -> Since | None:
        """What is known now; None while Redis is away."""
        return Since(self.generation, self.number) if self.epoch is not None or await self.begun() else None

    async def begun(self) -> bool:
        """Is the epoch known? Asks Redis if need be."""
        if self.epoch is None:
            try:
                await self.begin()
            except AwayError:
                self._on_event("redis_error")
        return self.epoch is not None

    async def begin(self) -> None:
        """Learn the epoch and the number from Redis. Raises AwayError."""
        async with self._lock:
            answer = await self._link.script(self._seconds, BEGIN, self._names.state, self._names.marks, new_epoch())
            epoch, number = answer[0].decode(), int(answer[1])
            if epoch != self.epoch or number > self.heard:
                self._lost()
                self.epoch, self.number, self.heard = epoch, number, number
                self.marks.forget(number)

    async def is_now(self, epoch: str) -> bool:
        """Is it the epoch of now? Asks Redis about one that was never heard of."""
        if epoch != self.epoch and epoch not in self._past:
            with suppress(AwayError):
                await self.begin()
                if epoch != self.epoch:
                    self._past[epoch] = None
                    if len(self._past) > _PAST:
                        del self._past[next(iter(self._past))]
        return epoch == self.epoch

    def note(self, tags: frozenset[str], number: int) -> None:
        """The tags were invalidated under the number."""
        self.marks.note(tags, number)
        self.number = max(self.number, number)

    def lose(self) -> None:
        """From now on something may be missed."""
        self.generation += 1
        self.epoch = None
