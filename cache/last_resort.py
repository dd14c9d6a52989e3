"""What stands in for Odoo where nothing older is kept: something else that knows the catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from adapters.base import CatalogueReads
from cache.decoded import DecodedValues
from cache.kinds import Life
from cache.loading import Flights, Loaded, OfCatalogue, Wanted
from cache.local import LocalTier
from cache.store import Entry, Store, Ticket

K = TypeVar("K")
T = TypeVar("T")

#: Seconds for which what was told is told again without asking. What it was made of may lag behind what was announced,
#: and catches up without any word of it: so it is not for long.
STANDS_IN: Final = Life(60.0, 60.0)
#: Of what was told: so many encoded bytes are remembered, and so many decoded (encoded) ones.
_BYTES: Final = 16 * 1024 * 1024

_NOT_THERE: Final[Any] = object()


class LastResort:
    """Loads records from ``reads``, once for all who want them, and remembers them for a short time.

    They are remembered in this process alone, apart from what Odoo told: nothing of it is ever taken for fresh, nor
    takes the place of what was. Whatever is announced to have changed is forgotten at once, and what was asked for
    before an announcement is not remembered after it.
    """

    def __init__(self, store: Store, reads: Callable[[], CatalogueReads], *, clock: Callable[[], float]) -> None:
        self._reads = reads
        self._clock = clock
        self._told = LocalTier(_BYTES, clock=clock)
        self._decoded = DecodedValues(_BYTES)
        self._flights = Flights()
        self._announcements = 0
        store.on_invalidated(self._heard)

    async def load(self, wanted: OfCatalogue[K, T], items: Sequence[K]) -> dict[K, tuple[Entry, T | None]]:
        """The records with their tags; None for what does not exist. Raises OdooError when it cannot be told."""
        found: dict[K, tuple[Entry, T | None]] = {}
        missing: list[K] = []
        now = self._clock()
        for item in items:
            key = wanted.keys[item]
            entry = self._told.peek(key)
            value = (
                _NOT_THERE if entry is None or not entry.is_fresh(now) else self._decoded.get(key, entry, _NOT_THERE)
            )
            if entry is None or value is _NOT_THERE:
                missing.append(item)
            else:
                found[item] = entry, value
        if missing:
            # a ticket unlike any other: loads share what they read under one, and this is not to be mixed with Odoo's
            ticket = Ticket("last resort", self._announcements)
            values: dict[str, tuple[Entry, Any]] = {}
            for task in self._flights.of(wanted, missing, ticket, self._fetch):
                values.update((await asyncio.shield(task)).values)
            found.update((item, values[wanted.keys[item]]) for item in missing)
        return found

    async def close(self) -> None:
        await self._flights.close()

    async def _fetch(self, wanted: Wanted[K, T], items: list[K], ticket: Ticket | None) -> Loaded:
        assert isinstance(wanted, OfCatalogue)  # noqa: S101  # `load` takes no others
        read = await wanted.load(self._reads(), items, ticket)
        now = self._clock()
        values: dict[str, tuple[Entry, Any]] = {}
        for item in items:
            key, value = wanted.keys[item], read.get(item)
            entry = wanted.kind.entry(value, wanted.tags(item, value), now, STANDS_IN)
            values[key] = entry, value
            if (
                ticket is not None
                and ticket.number == self._announcements
                and self._told.put(key, entry, self._announcements)
            ):
                self._decoded.put(key, entry, value)
        return Loaded(ticket, values)

    def _heard(self, tags: frozenset[str]) -> None:
        """Something changed; without any tag: something may have been missed."""
        self._announcements += 1
        if tags:
            self._told.invalidate(tags, self._announcements)
        else:
            self._told.clear()
