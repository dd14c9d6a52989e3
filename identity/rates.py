"""How often something may be done: so many times within a window of time, which begins with the first of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, Protocol

from cache.names import Names
from cache.redis_link import AwayError, RedisLink
from cache.scripts import Script
from identity.throttle import Window

#: of more names, those whose window is over are dropped
_SWEPT_FROM: Final = 10_000

# KEYS: the count. ARGV: how long the window is (ms). Returns {how often, for how long still (ms)}.
_COUNT: Final = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
COUNT: Final = Script(_COUNT, keys=1)


class Rate(Protocol):
    """Counts by name."""

    async def taken(self, name: str) -> float | None:
        """Count one more for the name; None: it is within the limit. Else how many seconds there can be no other."""
        ...


class MemoryRate:
    """A `Rate` of one process. ``clock``: seconds."""

    def __init__(self, window: Window, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}  # how often, and until when the window lasts

    async def taken(self, name: str) -> float | None:
        if not self._window.tries:
            return None
        now = self._clock()
        count, until = self._counts.get(name, (0, 0.0))
        if until <= now:
            count, until = 0, now + self._window.seconds
            self._sweep(now)
        self._counts[name] = count + 1, until
        return until - now if count + 1 > self._window.tries else None

    def _sweep(self, now: float) -> None:
        if len(self._counts) >= _SWEPT_FROM:
            self._counts = {name: kept for name, kept in self._counts.items() if kept[1] > now}


class RedisRate:
    """A `Rate` of all processes; of each for itself while Redis is away.

    ``kind``: what is counted; other kinds are counted apart. ``seconds``: how long Redis may take.
    """

    def __init__(self, link: RedisLink, names: Names, window: Window, *, kind: str, seconds: float = 1.0) -> None:
        self._link = link
        self._window = window
        self._seconds = seconds
        self._prefix = names.value(f"{kind}:")
        self._alone = MemoryRate(window)

    async def taken(self, name: str) -> float | None:
        if not self._window.tries:
            return None
        milliseconds = max(1, math.ceil(self._window.seconds * 1000))
        try:
            count, left = await self._link.script(self._seconds, COUNT, self._prefix + name, milliseconds)
        except AwayError:
            return await self._alone.taken(name)
        return left / 1000 if count > self._window.tries else None
