"""A store in one process, without Redis."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from cache.broadcast import Broadcast
from cache.encoding import check_tags
from cache.events import OnEvent, ignore
from cache.local import Clock, LocalTier
from cache.marks import Marks
from cache.store import Entry, Ticket

MIB: Final = 1024 * 1024


class SoloStore:
    """Keeps everything in the process: for one process, and where there is no Redis. A `cache.store.Store`."""

    def __init__(
        self,
        *,
        local_bytes: int = 64 * MIB,
        marks: int = 100_000,
        clock: Clock = time.time,
        on_event: OnEvent = ignore,
    ) -> None:
        self.local = LocalTier(local_bytes, clock=clock)
        self.round_trips = 0
        self._clock = clock
        self._on_event = on_event
        self._epoch = uuid4().hex[:16]
        self._marks = Marks(marks)
        self._values: dict[str, tuple[bytes, float]] = {}
        self._leases: dict[str, tuple[object, float]] = {}
        self._broadcast = Broadcast()

    async def ticket(self) -> Ticket | None:
        return Ticket(self._epoch, self._marks.highest)

    def peek(self, key: str) -> Entry | None:
        entry = self.local.peek(key)
        if entry is not None:
            self._on_event("local_hit")
        return entry

    async def get(self, key: str) -> Entry | None:
        entry = self.local.peek(key)
        self._on_event("miss" if entry is None else "local_hit")
        return entry

    async def get_many(self, keys: Sequence[str]) -> list[Entry | None]:
        return [await self.get(key) for key in keys]

    async def put(self, key: str, entry: Entry, ticket: Ticket | None) -> bool:
        check_tags(entry.tags)
        kept = self._judge(entry, ticket) and ticket is not None and self.local.put(key, entry, ticket.number)
        self._on_event("put" if kept else "refused_put")
        return kept

    async def put_many(self, entries: Mapping[str, Entry], ticket: Ticket | None) -> None:
        for key, entry in entries.items():
            await self.put(key, entry, ticket)

    async def invalidate(self, tags: Iterable[str]) -> bool:
        wanted = frozenset(tags)
        check_tags(wanted)
        if wanted:
            number = self._marks.highest + 1
            self._marks.note(wanted, number)
            self.local.invalidate(wanted, number)
            self._broadcast.say(wanted)
            self._on_event("invalidation")
        return True

    @asynccontextmanager
    async def lease(self, key: str, seconds: float, *, unless_fresh: bool = False) -> AsyncIterator[bool]:
        now = self._clock()
        entry = self.local.peek(key) if unless_fresh else None
        if entry is not None and entry.is_fresh(now):
            yield False
            return
        held = self._leases.get(key)
        if held is not None and held[1] > now:
            yield False
            return
        token = object()
        self._leases[key] = (token, now + seconds)
        try:
            yield True
        finally:
            if self._leases.get(key, (None,))[0] is token:
                del self._leases[key]

    async def read(self, key: str) -> bytes | None:
        value, ends = self._values.get(key, (b"", 0.0))
        return value if ends > self._clock() else b""

    async def write(self, key: str, value: bytes, seconds: float) -> bool:
        self._values[key] = (value, self._clock() + seconds)
        return True

    @property
    def listening(self) -> bool:
        return True

    def on_invalidated(self, listener: Callable[[frozenset[str]], None]) -> None:
        self._broadcast.subscribe(listener)

    def announcements(self) -> AsyncIterator[frozenset[str]]:
        return self._broadcast.listen()

    async def close(self) -> None:
        self._broadcast.close()

    def _judge(self, entry: Entry, ticket: Ticket | None) -> bool:
        return (
            ticket is not None
            and ticket.epoch == self._epoch
            and ticket.number <= self._marks.highest
            and entry.error_until > self._clock()
            and not self._marks.after(entry.tags, ticket.number)
        )
