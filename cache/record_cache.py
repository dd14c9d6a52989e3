"""Records through the store: decoded once, loaded in batches, shared by whoever wants them at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog

from adapters.base import CatalogueReads, OdooAdapter
from adapters.errors import OdooError, OdooTimeoutError, OdooUnavailableError
from adapters.patience import Patience
from cache.decoded import DecodedValues
from cache.dependencies import Dependencies
from cache.kinds import NOTHING_THERE, Kind
from cache.last_resort import LastResort
from cache.loading import Flights, Loaded, OfCatalogue, Wanted
from cache.reference import AdapterProvider
from cache.renewal import Renewals, making_anew
from cache.store import Entry, Store, Ticket
from cache.variant_owners import VariantOwners

K = TypeVar("K")
T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Seconds to wait for Odoo when something could stand in.
PATIENCE: Final = 3.0
#: Seconds after that for which nobody else waits.
PAUSE: Final = 2.0

_NOT_THERE: Final[Any] = object()


class ImpatientError(OdooTimeoutError):
    """Odoo takes longer than it is waited for where something can stand in. What was asked of it goes on."""


class NotAtHandError(Exception):
    """It has to be waited for. ``wait``, where it is given, does so: then it is at hand."""

    def __init__(self, wait: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__()
        self.wait = wait


class RecordCache:
    """What lives as long as the process: decoded values, and loads under way.

    ``adapter`` gives the adapter, or raises OdooUnavailableError. ``patience``: seconds to wait for Odoo when
    something can stand in. ``resort``: what can, where nothing older is kept. ``decoded_bytes``: of the records kept
    decoded, how much they may have encoded.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
        resort: Callable[[], CatalogueReads] | None = None,
        decoded_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.store = store
        self.clock = clock
        self.owners = VariantOwners()
        self._adapter = adapter
        self._patience = patience
        self._decoded = DecodedValues(decoded_bytes)
        self._flights = Flights()
        self.renewals = Renewals(self._renew)
        self._resort = LastResort(store, resort, clock=clock) if resort is not None else None
        self._hangs_until = 0.0

    async def adapter(self) -> OdooAdapter:
        """Raises OdooUnavailableError while there is no connection."""
        return await self._adapter()

    def value_of(self, kind: Kind[T], key: str, entry: Entry) -> T | None:
        """The decoded record. Raises msgspec.MsgspecError for what is none."""
        value: Any = self._decoded.get(key, entry, _NOT_THERE)
        if value is _NOT_THERE:
            value = kind.decode(entry.body)
            self._decoded.put(key, entry, value)
        found: T | None = value
        return found

    async def load(self, wanted: Wanted[K, T], items: Sequence[K], *, patient: bool) -> list[Loaded]:
        """Load these, and keep them; whoever wants one of them under the same ticket takes part.

        If not ``patient``, raises `ImpatientError` before long, and the load goes on; for a short while after nobody
        who is not patient waits at all. Raises what loading raises.
        """
        if not patient and self._hangs:
            raise ImpatientError("Odoo did not answer just now")
        ticket = await self.store.ticket()
        tasks = self._flights.of(wanted, items, ticket, self._fetch)
        return [await self._landed(task, patient=patient) for task in tasks]

    def resort_for(self, wanted: Wanted[K, T]) -> LastResort | None:
        """What could stand in for Odoo, if anything else knows such records."""
        return self._resort if isinstance(wanted, OfCatalogue) else None

    async def close(self) -> None:
        """Cancel the loads under way."""
        await self.renewals.close()
        await self._flights.close()
        if self._resort is not None:
            await self._resort.close()

    @property
    def _hangs(self) -> bool:
        return time.monotonic() < self._hangs_until

    async def _landed(self, task: asyncio.Task[Loaded], *, patient: bool) -> Loaded:
        if patient:
            return await asyncio.shield(task)
        try:
            async with Patience(self._patience):
                return await asyncio.shield(task)
        except TimeoutError:
            self._hangs_until = time.monotonic() + PAUSE
            raise ImpatientError(f"no answer within {self._patience} s, and something can stand in") from None

    async def _renew(self, wanted: Wanted[Any, Any]) -> None:
        """Load what no other process has loaded meanwhile."""
        if self._hangs:
            return
        kept = await self.store.get_many(list(wanted.keys.values()))
        now = self.clock()
        old = [item for item, entry in zip(wanted.keys, kept, strict=True) if entry is None or not entry.is_fresh(now)]
        if old:
            await self.load(wanted, old, patient=True)

    async def _fetch(self, wanted: Wanted[K, T], items: list[K], ticket: Ticket | None) -> Loaded:
        adapter = await self._adapter()
        if not self.store.listening:  # nobody tells it what to forget
            adapter.forget()
        found = await wanted.load(adapter, items, ticket)
        self._hangs_until = 0.0
        now = self.clock()
        values: dict[str, tuple[Entry, Any]] = {}
        for item in items:
            value = found.get(item)
            entry = wanted.kind.entry(value, wanted.tags(item, value), now, wanted.life)
            values[wanted.keys[item]] = entry, value
        await self.store.put_many({key: entry for key, (entry, _) in values.items()}, ticket)
        for key, (entry, value) in values.items():
            if self.store.peek(key) is entry:
                self._decoded.put(key, entry, value)
        return Loaded(ticket, values)


class RecordReader:
    """Reads records for one request, and notes what its answer depends on."""

    def __init__(self, cache: RecordCache, dependencies: Dependencies) -> None:
        self.cache = cache
        self.dependencies = dependencies
        self._held: dict[str, Entry | None] = {}
        #: of an entry, at a moment: a record that is a little old is served, and read anew meanwhile
        self._serves = Entry.is_fresh if making_anew.get() else Entry.is_fresh_or_stale

    async def prefetch(self, keys: Iterable[str]) -> None:
        """Get what is not in the process yet, all in one round trip, for reads that follow in this request."""
        now, peek, held, serves = self.cache.clock(), self.cache.store.peek, self._held, self._serves
        missing = [key for key in keys if key not in held and ((entry := peek(key)) is None or not serves(entry, now))]
        if missing:
            held.update(zip(missing, await self.cache.store.get_many(missing), strict=True))

    def is_known_to_miss(self, key: str) -> bool:
        """Is it known in the process that there is no such record?"""
        entry = self.cache.store.peek(key)
        return entry is not None and entry.body == NOTHING_THERE and entry.is_fresh(self.cache.clock())

    def at_hand(self, kind: Kind[T], key: str) -> T | None:
        """The record, if it is fresh in the process or held by this request, without waiting.

        Raises NotAtHandError if it is not, though it may exist.
        """
        cache = self.cache
        now, entry = cache.clock(), cache.store.peek(key)
        if entry is None or not entry.is_fresh(now):
            entry = self._held.get(key)
            if entry is None or not entry.is_fresh(now):
                raise NotAtHandError
        try:
            value = cache.value_of(kind, key, entry)
        except msgspec.MsgspecError as error:
            raise NotAtHandError from error
        self.dependencies.add(entry.tags, entry.fresh_until)
        return value

    async def read(self, wanted: Wanted[K, T]) -> dict[K, T | None]:
        """The records, those that are there from the store and the others from Odoo; None for what does not exist.

        While Odoo is away, older ones stand in, or what the last resort tells, and the dependencies are marked as
        stale; raises OdooUnavailableError when one is missing for which there is neither.
        """
        found, missing = self._look(wanted, wanted.keys)
        if missing:
            await self.prefetch([wanted.keys[item] for item in missing])
            again, missing = self._look(wanted, missing)
            found |= again
        if missing:
            loaded = await self._load(wanted, missing)
            found |= loaded
        return found

    async def one(self, wanted: Wanted[K, T]) -> T | None:
        """The only record of ``wanted``."""
        (value,) = (await self.read(wanted)).values()
        return value

    def on_loaded(self, kind: Kind[Any], loaded: Loaded) -> None:
        """Called for what had to be loaded."""

    def _look(self, wanted: Wanted[K, T], items: Iterable[K]) -> tuple[dict[K, T | None], list[K]]:
        """What can be served of what the process has or this request holds, and what is missing."""
        cache, held, serves, keys = self.cache, self._held, self._serves, wanted.keys
        now, peek, note = cache.clock(), cache.store.peek, self.dependencies.add
        found: dict[K, T | None] = {}
        missing: list[K] = []
        old: list[K] = []
        for item in items:
            key = keys[item]
            entry = peek(key)
            if entry is None or not serves(entry, now):
                entry = held.get(key)
            if entry is None or not serves(entry, now):
                missing.append(item)
                continue
            try:
                found[item] = cache.value_of(wanted.kind, key, entry)
            except msgspec.MsgspecError:
                missing.append(item)
                continue
            note(entry.tags, entry.fresh_until)
            if now >= entry.fresh_until:
                old.append(item)
        if old:
            cache.renewals.want(wanted, old)
        return found, missing

    async def _load(self, wanted: Wanted[K, T], missing: list[K]) -> dict[K, T | None]:
        older = self._older(wanted, missing)
        spared = self.cache.resort_for(wanted) is not None or len(older) == len(missing)
        try:
            return self._noted(wanted, missing, await self.cache.load(wanted, missing, patient=not spared))
        except OdooUnavailableError as error:
            found = await self._standing_in(wanted, missing, older) if spared else None
            if found is not None:
                log.info("records.stale", kind=wanted.kind.name, count=len(found), error=type(error).__name__)
                self.dependencies.mark_stale()
                return found
            if not isinstance(error, ImpatientError):
                raise
        # nothing stands in after all: it is waited for
        return self._noted(wanted, missing, await self.cache.load(wanted, missing, patient=True))

    def _noted(self, wanted: Wanted[K, T], items: list[K], loads: Sequence[Loaded]) -> dict[K, T | None]:
        values: dict[str, tuple[Entry, Any]] = {}
        for loaded in loads:
            values.update(loaded.values)
            self.on_loaded(wanted.kind, loaded)
        found: dict[K, T | None] = {}
        for item in items:
            entry, found[item] = values[wanted.keys[item]]
            self.dependencies.add(entry.tags, entry.fresh_until)
        return found

    async def _standing_in(
        self, wanted: Wanted[K, T], missing: list[K], older: Mapping[K, tuple[Entry, T | None]]
    ) -> dict[K, T | None] | None:
        """What stands in for Odoo; None if something is missing for which there is nothing.

        What was kept and is not known to be wrong comes first. What is known to be wrong is told only when nothing else
        knows better.
        """
        told = {item: found for item, found in older.items() if not found[0].invalidated}
        resort, lacking = self.cache.resort_for(wanted), [item for item in missing if item not in told]
        if lacking and resort is not None and isinstance(wanted, OfCatalogue):
            try:
                told |= await resort.load(wanted, lacking)
            except OdooError as error:
                log.info("records.no_resort", kind=wanted.kind.name, count=len(lacking), error=type(error).__name__)
        found = {item: told.get(item) or older.get(item) for item in missing}
        values: dict[K, T | None] = {}
        for item, one in found.items():
            if one is None:
                return None
            entry, values[item] = one
            self.dependencies.add(entry.tags)
        return values

    def _older(self, wanted: Wanted[K, T], missing: Sequence[K]) -> dict[K, tuple[Entry, T | None]]:
        """What was kept and could stand in for the missing ones."""
        now, older = self.cache.clock(), dict[K, tuple[Entry, T | None]]()
        for item in missing:
            key = wanted.keys[item]
            entry = self._held.get(key) or self.cache.store.peek(key)
            if entry is None or not entry.serves_errors(now):
                continue
            try:
                older[item] = entry, self.cache.value_of(wanted.kind, key, entry)
            except msgspec.MsgspecError:
                continue
        return older
