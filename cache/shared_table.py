"""A table that all processes share: whoever needs it takes it from the store, and one of them reads it from Odoo."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import msgspec
import structlog

from cache.flight import computed_once
from cache.kinds import Kind, Life
from cache.refreshing import Reading
from cache.store import Entry, Store

T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Seconds after which a process no longer waits for another one that reads the table.
LEASE: Final = 10.0


class SharedTable(Generic[T]):
    """One table under one key. ``read``: from Odoo. ``seconds``: how long it counts as fresh.

    ``lease``: seconds after which a process reads it itself, whatever another one does.

    It is kept for as long as its kind may stand in while Odoo is away.
    """

    def __init__(
        self,
        store: Store,
        kind: Kind[T],
        *parts: str,
        read: Callable[[], Awaitable[T]],
        tags: frozenset[str],
        seconds: float,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._kind = kind
        self._key = ":".join((kind.name, *parts))
        self._read = read
        self._tags = tags
        self._life = Life(seconds, kind.life.error)
        self._lease = lease
        self._clock = clock

    async def find(self) -> Reading[T] | None:
        """What the store has, however old, or None."""
        entry = await self._store.get(self._key)
        return None if entry is None else self._decoded(entry)

    async def load(self) -> Reading[T]:
        """A fresh one: the store's, or Odoo's. Raises what ``read`` raises."""
        found = await self._fresh()
        if found is not None:
            return found
        return await computed_once(self._store, self._key, find=self._fresh, compute=self._compute, seconds=self._lease)

    async def _fresh(self) -> Reading[T] | None:
        entry = await self._store.get(self._key)
        return None if entry is None or not entry.is_fresh(self._clock()) else self._decoded(entry)

    async def _compute(self) -> Reading[T]:
        ticket = await self._store.ticket()  # taken before: a change that is announced meanwhile counts
        value = await self._read()
        try:
            entry = self._kind.entry(value, self._tags, self._clock(), self._life)
        except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
            log.warning("table.not_kept", key=self._key, error=str(error))  # an adapter's own kind of record
            return Reading(value, self._life.fresh)
        await self._store.put(self._key, entry, ticket)
        return Reading(value, entry.fresh_until - entry.created)

    def _decoded(self, entry: Entry) -> Reading[T] | None:
        try:
            value = self._kind.decode(entry.body)
        except msgspec.MsgspecError as error:
            log.warning("table.not_readable", key=self._key, error=str(error))
            return None
        if value is None:
            return None
        # the clocks of two machines differ: it is not fresh for longer than it could be
        left = min(entry.fresh_until - self._clock(), self._life.fresh)
        return Reading(value, 0.0 if entry.invalidated else left, invalidated=entry.invalidated)
