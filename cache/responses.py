"""Finished answers, kept as bytes: fresh ones served as they are, stale ones while they are made anew."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

import structlog

from cache.flight import SingleFlight, computed_once
from cache.looks import Looks
from cache.policy import Policy
from cache.renewal import making_anew
from cache.store import Entry, Store

log = structlog.get_logger(__name__)

#: Seconds for which an answer made without Odoo is served, before Odoo is tried again.
PAUSE: Final = 2.0
#: how an answer with extensions begins
_EXTENSIONS: Final = b'{"extensions":{'
#: So many of those are remembered at most.
_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer just made.

    ``keep``: it is whole, right and without errors. ``unavailable``: it could not be made, as Odoo is away.
    ``stale``: it was made of what is known to be old, as Odoo is away. ``tags``: what it depends on. ``fresh_until``
    (Unix seconds): as long as what it was made of counts as fresh. ``lasts``: seconds until a price in it changes by
    date, if ever.
    """

    status: int
    body: bytes
    keep: bool
    unavailable: bool = False
    stale: bool = False
    tags: frozenset[str] = frozenset()
    fresh_until: float = math.inf
    lasts: float | None = None


class Source(Enum):
    """Where a served answer came from."""

    HIT = "hit"
    STALE = "stale"
    ERROR = "stale-if-error"
    MISS = "miss"


class Served(NamedTuple):
    """An answer to send. ``entry`` is what it is kept as, None when it is not."""

    status: int
    body: bytes
    source: Source
    entry: Entry | None = None


Compute = Callable[[], Awaitable[Computed]]


class ResponseCache:
    """Keeps answers in a `Store`, by keys that hold everything an answer depends on but time.

    ``lease``: seconds after which another process that computes is no longer waited for.
    """

    def __init__(self, store: Store, *, lease: float = 30.0, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._lease = lease
        self._clock = clock
        self._flights: SingleFlight[Served] = SingleFlight()
        self._looks = Looks(store)
        self._made_without_odoo: OrderedDict[str, tuple[float, Served]] = OrderedDict()
        self._invalidations = 0
        store.on_invalidated(self._heard)

    def peek(self, key: str) -> Served | None:
        """What this process can serve without waiting: a fresh answer, or while Odoo is away one just made."""
        entry = self._store.peek(key)
        if entry is not None and entry.is_fresh(self._clock()):
            return Served(200, entry.body, Source.HIT, entry)
        return self._remembered(key) if self._made_without_odoo else None

    async def serve(self, key: str, policy: Policy, compute: Compute, *, expected: bool = False) -> Served:
        """The answer kept under the key, else the one that ``compute`` makes, once for all who ask together.

        ``expected``: it was there before. Then it is looked for first; else what looks for it takes the lease for
        making it in the same round trip. Raises what ``compute`` raises.
        """
        served = self.peek(key)
        if served is not None:
            return served
        entry = await self._looks.get(key) if expected else self._store.peek(key)
        found = self._found(entry, key, policy, compute)
        if found is not None:
            return found
        # who asks after a change was announced does not want what others began to compute before
        flight = f"{key} {self._invalidations}"
        return await self._flights.do(flight, lambda: self._once(key, policy, compute, stale_too=True))

    async def close(self) -> None:
        await self._flights.close()

    def _found(
        self, entry: Entry | None, key: str, policy: Policy, compute: Compute, *, stale_too: bool = True
    ) -> Served | None:
        """What can be served of an entry at once; a stale one is made anew behind the caller's back."""
        now = self._clock()
        if entry is not None and entry.is_fresh(now):
            return Served(200, entry.body, Source.HIT, entry)
        if stale_too and entry is not None and entry.is_stale(now):
            self._revalidate(key, policy, compute)
            return Served(200, entry.body, Source.STALE, entry)
        return None

    def _heard(self, _: frozenset[str]) -> None:
        """Something changed; if Odoo was away, it is no longer."""
        self._invalidations += 1
        self._made_without_odoo.clear()

    def _revalidate(self, key: str, policy: Policy, compute: Compute) -> None:
        """Make it anew behind the caller's back, once."""

        async def anew() -> Served:
            making_anew.set(True)
            return await self._once(key, policy, compute)

        self._flights.start(f"{key} again", anew, on_error=_log)

    async def _once(self, key: str, policy: Policy, compute: Compute, *, stale_too: bool = False) -> Served:
        """What is kept, else what is computed, by one process at a time.

        ``stale_too``: a stale answer is served at once, and made anew afterwards.
        """

        async def find() -> Served | None:
            entry = await self._store.get(key)
            return self._found(entry, key, policy, compute, stale_too=stale_too)

        return await computed_once(
            self._store, key, find=find, compute=lambda: self._made(key, policy, compute), seconds=self._lease
        )

    async def _made(self, key: str, policy: Policy, compute: Compute) -> Served:
        ticket = await self._store.ticket()
        computed = await compute()
        if computed.unavailable:
            old = await self._store.get(key)
            if old is not None and old.serves_errors(self._clock()):
                return self._remember(key, Served(200, marked_stale(old.body), Source.ERROR, old))
        if computed.stale and computed.status == 200:
            return self._remember(key, Served(200, computed.body, Source.ERROR))
        if not computed.keep:
            return Served(computed.status, computed.body, Source.MISS)
        entry = entry_of(computed, policy, self._clock())
        kept = await self._store.put(key, entry, ticket)
        return Served(computed.status, computed.body, Source.MISS, entry if kept else None)

    def _remember(self, key: str, served: Served) -> Served:
        """For a short time: so that with Odoo away an answer costs no more than with Odoo there."""
        self._made_without_odoo[key] = (self._clock() + PAUSE, served)
        self._made_without_odoo.move_to_end(key)
        if len(self._made_without_odoo) > _REMEMBERED:
            self._made_without_odoo.popitem(last=False)
        return served

    def _remembered(self, key: str) -> Served | None:
        until, served = self._made_without_odoo.get(key, (0.0, None))
        if served is not None and self._clock() >= until:
            del self._made_without_odoo[key]
            return None
        return served


def entry_of(computed: Computed, policy: Policy, now: float) -> Entry:
    """An answer with its life: fresh no longer than its parts, nor stale until a price in it has changed by date."""
    end = now + computed.lasts if computed.lasts is not None else math.inf
    fresh_until = min(now + policy.max_age, computed.fresh_until, end)
    stale_until = min(fresh_until + policy.stale_while_revalidate, end)
    return Entry(
        body=computed.body,
        tags=computed.tags,
        created=now,
        fresh_until=fresh_until,
        stale_until=max(fresh_until, stale_until),
        error_until=max(stale_until, now + policy.max_age + policy.stale_if_error),
    )


def marked_stale(body: bytes) -> bytes:
    """The answer with ``extensions.stale``; without reading it: extensions, if there are any, stand first."""
    if body.startswith(_EXTENSIONS):
        return _EXTENSIONS + b'"stale":true,' + body[len(_EXTENSIONS) :]
    return b'{"extensions":{"stale":true},' + body[1:]


def _log(error: BaseException) -> None:
    log.warning("cache.revalidation_failed", error=type(error).__name__)
