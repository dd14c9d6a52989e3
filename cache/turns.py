"""Work that one process does for all of them, each hearing of it: whose turn it is, and when the last one began."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import msgspec

from cache.redis_link import AwayError
from cache.store import Store
from cache.to_the_end import to_the_end

#: Seconds for which it is known when the last turn began; longer than anybody waits for the next.
_KEPT: Final = 30 * 86_400.0


class _Noted(msgspec.Struct, frozen=True):
    """A turn of a process. ``began``, ``until`` (unless it is prolonged): Unix seconds. ``done``: it came to an end.

    ``whole``: when the last one began that looked at everything and came to its end.
    """

    process: str
    began: float
    until: float
    done: bool = False
    whole: float = 0.0


class Turn:
    """The turn of this process. ``began``: Unix seconds.

    ``last``: when the last turn began that came to its end, of whichever process; 0 if none is known, None if it
    cannot be known, as Redis is away. What was announced before that is done. ``whole``: the same of the last one that
    looked at everything, whatever was announced.
    """

    def __init__(self, turns: Turns, began: float, last: float | None, whole: float | None) -> None:
        self.began = began
        self.last = last
        self.whole = whole
        self._turns = turns

    def known(self) -> tuple[float, float]:
        """``last`` and ``whole``. Raises AwayError when they cannot be known."""
        if self.last is None or self.whole is None:
            raise AwayError("our own Redis")
        return self.last, self.whole

    @asynccontextmanager
    async def working(self, *, whole: bool = False) -> AsyncIterator[None]:
        """Do the work: others see that it goes on, for as long as it does, and at its end that it is done.

        When it fails, or is given up, they may try at once. ``whole``: it looks at everything.
        """
        begun = self._turns.noted(self.began, self.whole or 0.0)
        ended = msgspec.structs.replace(begun, until=0.0)
        beats: asyncio.Task[None] | None = None
        try:
            await to_the_end(self._turns.write(begun))
            beats = asyncio.create_task(self._turns.beat(begun), name=f"{self._turns.name} goes on")
            yield
            ended = msgspec.structs.replace(begun, done=True, whole=self.began if whole else begun.whole)
        finally:
            await to_the_end(self._end(beats, ended))

    async def _end(self, beats: asyncio.Task[None] | None, ended: _Noted) -> None:
        if beats is not None:
            beats.cancel()
            await asyncio.wait([beats])
        await self._turns.write(ended)


class Turns:
    """``name``: of the work, in the store. ``lease``: seconds after which another takes over from one that died."""

    def __init__(self, store: Store, name: str, *, lease: float, clock: Callable[[], float] = time.time) -> None:
        self.name = name
        self._store = store
        self._lease = lease
        self._clock = clock
        self._process = uuid4().hex[:12]

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Turn | None]:
        """The turn of this process; None while another is at it."""
        async with self._store.lease(self.name, self._lease) as mine:
            if not mine:
                yield None
                return
            now, kept = self._clock(), await self._store.read(self.name)
            last = _decoded(kept)
            if last is not None and not last.done and last.process != self._process and now < last.until:
                yield None  # it takes longer than the lease
            elif kept is None:
                yield Turn(self, now, None, None)
            elif last is None:
                yield Turn(self, now, 0.0, 0.0)
            else:
                yield Turn(self, now, last.began if last.done else 0.0, last.whole)

    def noted(self, began: float, whole: float = 0.0) -> _Noted:
        """A turn that has just begun."""
        return _Noted(self._process, began, began + self._lease, whole=whole)

    async def beat(self, noted: _Noted) -> None:
        """Say again and again that it goes on."""
        while True:
            await asyncio.sleep(self._lease / 3)
            await self.write(msgspec.structs.replace(noted, until=self._clock() + self._lease))

    async def write(self, noted: _Noted) -> None:
        """Have others see it."""
        await self._store.write(self.name, msgspec.json.encode(noted), _KEPT)


def _decoded(kept: bytes | None) -> _Noted | None:
    try:
        return msgspec.json.decode(kept, type=_Noted) if kept else None
    except msgspec.MsgspecError:
        return None
