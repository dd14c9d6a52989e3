"""Records through the store: decoded once, loaded in batches, shared by whoever wants them at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooTimeoutError, OdooUnavailableError
from cache.decoded import DecodedValues
from cache.dependencies import Dependencies
from cache.kinds import NOTHING_THERE, Kind, Life
from cache.reference import AdapterProvider
from cache.store import Entry, Store, Ticket

K = TypeVar("K")
T = TypeVar("T")

log = structlog.get_logger(__name__)

#: Seconds to wait for Odoo when something older could stand in.
PATIENCE: Final = 3.0

_NOT_THERE: Final[Any] = object()


class NotAtHandError(Exception):
    """It has to be waited for. ``wait``, where it is given, does so: then it is at hand."""

    def __init__(self, wait: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__()
        self.wait = wait


class Loaded(NamedTuple):
    """What was loaded, by key, and the ticket that was taken before."""

    ticket: Ticket | None
    values: Mapping[str, tuple[Entry, Any]]


@dataclass(frozen=True, slots=True)
class Wanted(Generic[K, T]):
    """Records of one kind: under which keys they are, how to load the missing ones, which tags they get.

    ``load`` gets the items that are missing, and the ticket taken before; what it leaves out does not exist.
    ``life``: another one than the kind's.
    """

    kind: Kind[T]
    keys: Mapping[K, str]
    load: Callable[[OdooAdapter, list[K], Ticket | None], Awaitable[Mapping[K, T]]]
    tags: Callable[[K, T | None], Iterable[str]]
    life: Life | None = None


class RecordCache:
    """What lives as long as the process: decoded values, and loads under way.

    ``adapter`` gives the adapter, or raises OdooUnavailableError. ``patience``: seconds to wait for Odoo when an
    older record could stand in. ``decoded_bytes``: of the records kept decoded, how much they may have encoded.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
        decoded_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.store = store
        self.clock = clock
        self._adapter = adapter
        self._patience = patience
        self._decoded = DecodedValues(decoded_bytes)
        self._flights: dict[tuple[str, Ticket | None], asyncio.Task[Loaded]] = {}
        self._tasks: set[asyncio.Task[Loaded]] = set()

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

        A load that began before a change was announced has another ticket than one that began after it: so nobody
        is given what may be older than its own ticket. If not ``patient``, raises OdooTimeoutError before long, and
        the load goes on. Raises what loading raises.
        """
        ticket = await self.store.ticket()
        tasks: dict[asyncio.Task[Loaded], None] = {}
        own: list[K] = []
        for item in items:
            task = self._flights.get((wanted.keys[item], ticket))
            if task is None:
                own.append(item)
            else:
                tasks[task] = None
        if own:
            tasks[self._start(wanted, own, ticket)] = None
        return [await self._landed(task, patient=patient) for task in tasks]

    async def close(self) -> None:
        """Cancel the loads under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, wanted: Wanted[K, T], items: list[K], ticket: Ticket | None) -> asyncio.Task[Loaded]:
        task = asyncio.create_task(self._fetch(wanted, items, ticket), name=f"load {wanted.kind.name}")
        flights = [(wanted.keys[item], ticket) for item in items]
        self._flights.update(dict.fromkeys(flights, task))
        self._tasks.add(task)

        def ended(done: asyncio.Task[Loaded]) -> None:
            self._tasks.discard(done)
            for flight in flights:
                self._flights.pop(flight, None)
            if not done.cancelled():
                done.exception()  # seen: not to be reported as forgotten when every caller has left

        task.add_done_callback(ended)
        return task

    async def _landed(self, task: asyncio.Task[Loaded], *, patient: bool) -> Loaded:
        if patient:
            return await asyncio.shield(task)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(task)
        except TimeoutError:
            raise OdooTimeoutError(f"no answer within {self._patience} s, and something older is there") from None

    async def _fetch(self, wanted: Wanted[K, T], items: list[K], ticket: Ticket | None) -> Loaded:
        adapter = await self._adapter()
        if not self.store.listening:  # nobody tells it what to forget
            adapter.forget()
        found = await wanted.load(adapter, items, ticket)
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

    async def prefetch(self, keys: Iterable[str]) -> None:
        """Get what is not in the process yet, all in one round trip, for reads that follow in this request."""
        now, peek, held = self.cache.clock(), self.cache.store.peek, self._held
        missing = [key for key in keys if key not in held and ((entry := peek(key)) is None or not entry.is_fresh(now))]
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

        While Odoo is away, older ones stand in, and the dependencies are marked as stale; raises
        OdooUnavailableError when one is missing for which there is none.
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
        """What is fresh in the process or held by this request, and what is missing."""
        cache, held, keys = self.cache, self._held, wanted.keys
        now, peek, note = cache.clock(), cache.store.peek, self.dependencies.add
        found: dict[K, T | None] = {}
        missing: list[K] = []
        for item in items:
            key = keys[item]
            entry = peek(key)
            if entry is None or not entry.is_fresh(now):
                entry = held.get(key)
            if entry is None or not entry.is_fresh(now):
                missing.append(item)
                continue
            try:
                found[item] = cache.value_of(wanted.kind, key, entry)
            except msgspec.MsgspecError:
                missing.append(item)
                continue
            note(entry.tags, entry.fresh_until)
        return found, missing

    async def _load(self, wanted: Wanted[K, T], missing: list[K]) -> dict[K, T | None]:
        older = self._older(wanted, missing)
        complete = len(older) == len(missing)
        try:
            loads = await self.cache.load(wanted, missing, patient=not complete)
        except OdooUnavailableError as error:
            if not complete:
                raise
            log.info("records.stale", kind=wanted.kind.name, count=len(older), error=type(error).__name__)
            self.dependencies.mark_stale()
            return older
        values: dict[str, tuple[Entry, Any]] = {}
        for loaded in loads:
            values.update(loaded.values)
            self.on_loaded(wanted.kind, loaded)
        found: dict[K, T | None] = {}
        for item in missing:
            entry, found[item] = values[wanted.keys[item]]
            self.dependencies.add(entry.tags, entry.fresh_until)
        return found

    def _older(self, wanted: Wanted[K, T], missing: Sequence[K]) -> dict[K, T | None]:
        """What could stand in for the missing ones."""
        now, older = self.cache.clock(), dict[K, T | None]()
        for item in missing:
            key = wanted.keys[item]
            entry = self._held.get(key) or self.cache.store.peek(key)
            if entry is None or not entry.serves_errors(now):
                continue
            try:
                older[item] = self.cache.value_of(wanted.kind, key, entry)
            except msgspec.MsgspecError:
                continue
        return older
