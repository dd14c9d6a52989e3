"""Loads of records: what is wanted, and that whoever wants it at the same time takes part in one load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from adapters.base import CatalogueReads, OdooAdapter
from cache.kinds import Kind, Life
from cache.store import Entry, Ticket

K = TypeVar("K")
T = TypeVar("T")


class Loaded(NamedTuple):
    """What was loaded, by key, and the ticket that was taken before."""

    ticket: Ticket | None
    values: Mapping[str, tuple[Entry, Any]]


@dataclass(frozen=True, slots=True)
class Alike(Generic[K]):
    """How records that several requests want are read in one call.

    ``group``: of what may be read together. ``needs``: what ``wanted`` has to know of each item to want it.
    """

    group: str
    needs: Mapping[K, Any]
    wanted: Callable[[Mapping[K, Any]], Wanted[K, Any]]


@dataclass(frozen=True, slots=True)
class Wanted(Generic[K, T]):
    """Records of one kind: under which keys they are, how to load the missing ones, which tags they get.

    ``load`` gets the items that are missing, and the ticket taken before; what it leaves out does not exist.
    ``life``: another one than the kind's. ``alike``: where they may be read together with those of other requests.
    """

    kind: Kind[T]
    keys: Mapping[K, str]
    load: Callable[[OdooAdapter, list[K], Ticket | None], Awaitable[Mapping[K, T]]]
    tags: Callable[[K, T | None], Iterable[str]]
    life: Life | None = None
    alike: Alike[K] | None = None


@dataclass(frozen=True, slots=True)
class OfCatalogue(Wanted[K, T]):
    """Records that something else than Odoo knows as well: the same load runs over that."""

    load: Callable[[CatalogueReads, list[K], Ticket | None], Awaitable[Mapping[K, T]]]


class Flights:
    """Loads under way, by key and ticket.

    A load that began before a change was announced has another ticket than one that began after it: so nobody is given
    what may be older than its own ticket.
    """

    def __init__(self) -> None:
        self._flights: dict[tuple[str, Ticket | None], asyncio.Task[Loaded]] = {}
        self._tasks: set[asyncio.Task[Loaded]] = set()

    def of(
        self,
        wanted: Wanted[K, T],
        items: Sequence[K],
        ticket: Ticket | None,
        fetch: Callable[[Wanted[K, T], list[K], Ticket | None], Awaitable[Loaded]],
    ) -> list[asyncio.Task[Loaded]]:
        """The loads that bring the items: those under way, and one with ``fetch`` for the others."""
        tasks: dict[asyncio.Task[Loaded], None] = {}
        own: list[K] = []
        for item in items:
            task = self._flights.get((wanted.keys[item], ticket))
            if task is None:
                own.append(item)
            else:
                tasks[task] = None
        if own:
            tasks[self._start(wanted, own, ticket, fetch)] = None
        return list(tasks)

    async def close(self) -> None:
        """Cancel them."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(
        self,
        wanted: Wanted[K, T],
        items: list[K],
        ticket: Ticket | None,
        fetch: Callable[[Wanted[K, T], list[K], Ticket | None], Awaitable[Loaded]],
    ) -> asyncio.Task[Loaded]:
        async def fetched() -> Loaded:
            return await fetch(wanted, items, ticket)

        task = asyncio.create_task(fetched(), name=f"load {wanted.kind.name}")
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
