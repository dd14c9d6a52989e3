"""Finished answers, kept as bytes: fresh ones served as they are, stale ones while they are made anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import structlog

from cache.flight import SingleFlight, computed_once
from cache.policy import Policy
from cache.store import Entry, Store

log = structlog.get_logger(__name__)

#: seconds after which another process is no longer waited for
LEASE = 30.0


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer just made. ``keep``: it is whole and without errors. ``unavailable``: Odoo was away.

    ``tags``: what it depends on. ``valid_until`` (Unix seconds): when a price in it changes by date, if ever.
    """

    status: int
    body: bytes
    keep: bool
    unavailable: bool = False
    tags: frozenset[str] = frozenset()
    valid_until: float | None = None


class Source(Enum):
    """Where a served answer came from."""

    HIT = "hit"
    STALE = "stale"
    ERROR = "stale-error"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Served:
    """An answer to send. ``entry`` is what it was kept as, None when it was not."""

    status: int
    body: bytes
    source: Source
    entry: Entry | None


Compute = Callable[[], Awaitable[Computed]]


class ResponseCache:
    """Keeps answers in a `Store`, by keys that hold everything an answer depends on but time."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._flights: SingleFlight[Served] = SingleFlight()
        self._revalidations: set[asyncio.Task[Served]] = set()

    def peek(self, key: str) -> Entry | None:
        """A fresh answer that this process holds: no waiting."""
        entry = self._store.peek(key)
        return entry if entry is not None and entry.is_fresh(self._clock()) else None

    async def serve(self, key: str, policy: Policy, compute: Compute) -> Served:
        """The answer kept under the key, else the one that ``compute`` makes, once for all who ask together.

        Raises what ``compute`` raises.
        """
        entry = await self._store.get(key)
        now = self._clock()
        if entry is not None and entry.is_fresh(now):
            return Served(200, entry.body, Source.HIT, entry)
        if entry is not None and entry.is_stale(now):
            self._revalidate(key, policy, compute)
            return Served(200, entry.body, Source.STALE, entry)
        return await self._computed(key, policy, compute)

    async def close(self) -> None:
        await self._flights.close()

    def _revalidate(self, key: str, policy: Policy, compute: Compute) -> None:
        """Compute anew behind the caller's back; whoever else comes meanwhile joins in."""
        task = asyncio.create_task(self._computed(key, policy, compute), name="revalidate")
        self._revalidations.add(task)
        task.add_done_callback(self._revalidated)

    def _revalidated(self, task: asyncio.Task[Served]) -> None:
        self._revalidations.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("cache.revalidation_failed", error=type(error).__name__)

    async def _computed(self, key: str, policy: Policy, compute: Compute) -> Served:
        async def once() -> Served:
            return await computed_once(
                self._store,
                key,
                find=lambda: self._found(key),
                compute=lambda: self._made(key, policy, compute),
                seconds=LEASE,
            )

        return await self._flights.do(key, once)

    async def _found(self, key: str) -> Served | None:
        entry = await self._store.get(key)
        fresh = entry is not None and entry.is_fresh(self._clock())
        return Served(200, entry.body, Source.HIT, entry) if entry is not None and fresh else None

    async def _made(self, key: str, policy: Policy, compute: Compute) -> Served:
        ticket = await self._store.ticket()
        computed = await compute()
        if computed.unavailable:
            old = await self._store.get(key)
            if old is not None and old.serves_errors(self._clock()):
                return Served(200, marked_stale(old.body), Source.ERROR, old)
        if not computed.keep:
            return Served(computed.status, computed.body, Source.MISS, None)
        entry = entry_of(computed, policy, self._clock())
        kept = await self._store.put(key, entry, ticket)
        return Served(computed.status, computed.body, Source.MISS, entry if kept else None)


def entry_of(computed: Computed, policy: Policy, now: float) -> Entry:
    """An answer with its life: no longer fresh or stale than until a price in it changes by date."""
    end = computed.valid_until if computed.valid_until is not None else float("inf")
    fresh_until = min(now + policy.max_age, end)
    stale_until = min(now + policy.max_age + policy.stale_while_revalidate, end)
    return Entry(
        body=computed.body,
        tags=computed.tags,
        created=now,
        fresh_until=fresh_until,
        stale_until=max(fresh_until, stale_until),
        error_until=max(stale_until, now + policy.max_age + policy.stale_if_error),
    )


def marked_stale(body: bytes) -> bytes:
    """The answer with ``extensions.stale``; without reading it: an answer without errors has no other extensions."""
    return b'{"extensions":{"stale":true},' + body[1:]
