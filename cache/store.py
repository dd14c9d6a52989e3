"""What the caches stand on: entries with tags, kept in the process and in Redis, invalidated without races.

How a race is ruled out. Every invalidation of a tag has a number, higher than all before it. Whoever computes an
entry takes a `Ticket` first, which holds the highest number given so far; the entry is stored only when none of its
tags was invalidated after that. So an answer computed from what was read before a change can never be stored
after the change was announced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """Something kept. Moments are Unix seconds.

    ``fresh_until``: served as it is. ``stale_until``: served, while one caller computes it anew.
    ``error_until``: served only when it cannot be computed because Odoo is away. ``invalidated``: it is known to be
    wrong: from now on it counts as neither fresh nor stale, but may still be served while Odoo is away.
    """

    body: bytes
    tags: frozenset[str]
    created: float
    fresh_until: float
    stale_until: float
    error_until: float
    invalidated: bool = False

    def is_fresh(self, now: float) -> bool:
        return not self.invalidated and now < self.fresh_until

    def is_fresh_or_stale(self, now: float) -> bool:
        return not self.invalidated and now < self.stale_until

    def is_stale(self, now: float) -> bool:
        """May it be served while it is computed anew?"""
        return not self.invalidated and self.fresh_until <= now < self.stale_until

    def serves_errors(self, now: float) -> bool:
        """May it be served because nothing better can be had?"""
        return now < self.error_until


@dataclass(frozen=True, slots=True)
class Ticket:
    """Taken before something is computed. ``epoch`` changes when the numbers begin anew (an emptied Redis)."""

    epoch: str
    number: int


class Store(Protocol):
    """Keys and tags are short texts. All methods go on without Redis when it is away, and never raise because of it."""

    async def ticket(self) -> Ticket | None:
        """None while nothing could be stored safely: compute, but do not store."""
        ...

    def peek(self, key: str) -> Entry | None:
        """The entry if this process holds it; no waiting, no network."""
        ...

    async def get(self, key: str) -> Entry | None:
        """The entry, from the process or from Redis; None when there is none, or Redis did not answer in time."""
        ...

    async def get_many(self, keys: Sequence[str]) -> list[Entry | None]:
        """`get` for many keys in one round trip."""
        ...

    async def put(self, key: str, entry: Entry, ticket: Ticket | None) -> bool:
        """Keep it, unless one of its tags was invalidated after the ticket. Says whether it was kept."""
        ...

    async def put_many(self, entries: Mapping[str, Entry], ticket: Ticket | None) -> None:
        """`put` for many, each judged by its own tags, in one round trip."""
        ...

    async def invalidate(self, tags: Iterable[str]) -> bool:
        """Mark every entry that has one of the tags, in every process; it is in force when this returns.

        False while Redis is away: in force in this process, in the others once Redis is back.
        """
        ...

    def lease(self, key: str, seconds: float, *, unless_fresh: bool = False) -> AbstractAsyncContextManager[bool]:
        """Enter as the one who computes ``key`` (True), or find that another process does (False).

        A lease ends by itself after ``seconds``, should its holder die. Without Redis everybody gets True.
        ``unless_fresh``: False as well when a fresh entry is there. The entry that there is, is what a `get` at once
        afterwards gives, without another round trip.
        """
        ...

    async def read(self, key: str) -> bytes | None:
        """A small value that all processes share, as it is now: no tags, nothing kept in the process.

        Empty when there is none; None when that cannot be known, as Redis is away.
        """
        ...

    async def write(self, key: str, value: bytes, seconds: float) -> bool:
        """Set what `read` gives, for so many seconds. Says whether it was done."""
        ...

    @property
    def listening(self) -> bool:
        """Does this process hear of every invalidation right now?"""
        ...

    def on_invalidated(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Have ``listener`` called with what `announcements` tells, before any later ticket is given in this process.

        It must not raise.
        """
        ...

    def announcements(self) -> AsyncIterator[frozenset[str]]:
        """Tags invalidated anywhere, as this process hears of them; an empty set when it may have missed some."""
        ...

    async def close(self) -> None: ...
