"""Being the one process that computes something."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple
from uuid import uuid4

from cache.events import OnEvent
from cache.known import Known, Since
from cache.names import Names
from cache.redis_link import AwayError, RedisLink
from cache.scripts import LEASE, RELEASE
from cache.to_the_end import to_the_end

#: Seconds for which what was seen when a lease was asked for stands for a read of its own.
_LOOK = 0.2


class Look(NamedTuple):
    """What was stored under a key when its lease was asked for."""

    data: bytes | None
    since: Since
    until: float


class Leases:
    """The leases of one process.

    Who enters looks next whether what it was about to compute has been stored meanwhile; so the entry is brought along
    with the lease. And who leaves has as a rule just put the entry; so the lease is given back together with that.
    """

    def __init__(self, link: RedisLink, names: Names, known: Known, *, seconds: float, on_event: OnEvent) -> None:
        self._link = link
        self._names = names
        self._known = known
        self._seconds = seconds
        self._on_event = on_event
        self._tokens: dict[str, str] = {}
        self._looks: dict[str, Look] = {}

    @asynccontextmanager
    async def lease(self, key: str, seconds: float, *, unless_fresh: bool) -> AsyncIterator[bool]:
        token = uuid4().hex
        name = self._names.lease(key)
        since = await self._known.since()
        if since is None:
            yield True
            return
        try:
            milliseconds = max(1, int(seconds * 1000))
            wanted = (self._known.epoch,) if unless_fresh and self._known.epoch else ()
            asked = self._link.script(self._seconds, LEASE, name, self._names.entry(key), token, milliseconds, *wanted)
            mine, data = await to_the_end(asked)
        except AwayError:
            self._on_event("redis_error")
            yield True
            return
        except asyncio.CancelledError:
            await to_the_end(self._give_back(name, token))
            raise
        self._looks[key] = look = Look(data, since, time.monotonic() + _LOOK)
        if mine:
            self._tokens[key] = token
        try:
            yield bool(mine)
        finally:
            if self._looks.get(key) is look:
                del self._looks[key]
            if self._tokens.get(key) == token:
                del self._tokens[key]
                await to_the_end(self._give_back(name, token))

    async def _give_back(self, name: str, token: str) -> None:
        with suppress(AwayError):
            await self._link.script(self._seconds, RELEASE, name, token)

    def look(self, key: str) -> Look | None:
        """What was seen just now, to be used once."""
        look = self._looks.pop(key, None)
        if look is None or look.since.generation != self._known.generation or time.monotonic() > look.until:
            return None
        return look

    def token(self, key: str) -> str:
        """To be given back with the entry; empty for none."""
        return self._tokens.get(key, "")

    def given_back(self, key: str) -> None:
        self._tokens.pop(key, None)

    def changed(self, key: str) -> None:
        """What was seen is no longer what is stored."""
        self._looks.pop(key, None)
