"""Small secrets between two requests of a browser, each to be used once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from cache.redis_link import AwayError

_SECONDS: Final = 2.0


class ValuesAwayError(Exception):
    """Nothing can be kept or found right now."""


class Values(Protocol):
    """Keys are short texts. All methods raise `ValuesAwayError` when it does not work."""

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value for so long, unless the key has one. Says whether it was kept."""
        ...

    async def take(self, key: str) -> bytes | None:
        """The value; from now on it is gone, so that of several who ask only one gets it."""
        ...


class MemoryValues:
    """`Values` in the process, for where there is no Redis. When full, nothing more is kept until something ends."""

    def __init__(self, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._values: dict[str, tuple[bytes, float]] = {}

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        now = self._clock()
        if key in self._values and self._values[key][1] > now:
            return False
        if len(self._values) >= self._most:
            self._values = {name: kept for name, kept in self._values.items() if kept[1] > now}
            if len(self._values) >= self._most:
                raise ValuesAwayError("full")
        self._values[key] = (value, now + seconds)
        return True

    async def take(self, key: str) -> bytes | None:
        value, ends = self._values.pop(key, (b"", 0.0))
        return value if ends > self._clock() else None


class Link(Protocol):
    """What runs commands of Redis: `cache.redis_link.RedisLink`."""

    async def command(self, seconds: float, *arguments: str | bytes | float) -> Any: ...


class SharedValues:
    """`Values` in Redis, for all processes. ``prefix``: begins every key."""

    def __init__(self, link: Link, prefix: str) -> None:
        self._link = link
        self._prefix = prefix

    async def add(self, key: str, value: bytes, seconds: float) -> bool:
        return await self._run("SET", self._prefix + key, value, "NX", "PX", max(1, int(seconds * 1000))) is not None

    async def take(self, key: str) -> bytes | None:
        found = await self._run("GETDEL", self._prefix + key)
        return bytes(found) if found is not None else None

    async def _run(self, *arguments: str | bytes | int) -> Any:
        try:
            return await self._link.command(_SECONDS, *arguments)
        except AwayError as error:
            raise ValuesAwayError("Redis is away") from error
