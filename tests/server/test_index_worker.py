"""The index is followed by one process at a time, at once when something is announced; nothing announced is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import structlog

from adapters.errors import OdooUnavailableError
from cache.solo import SoloStore
from cache.tags import EVERYTHING
from search.changes import Plan
from search.engine import EngineUnavailableError
from search.sync import NoIndexError, Sync, Synced
from server.index_worker import IndexWorker
from tests.support.waiting import PATIENCE, until


class Index:
    """Remembers the products that syncs were told of. They may fail, or wait for a gate."""

    def __init__(self) -> None:
        self.runs: list[set[int] | None] = []
        self.under_way = 0
        self.most = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def sync(self) -> Sync:
        return cast("Sync", self)

    async def run(self, told: Plan | None) -> Synced:
        self.runs.append(None if told is None else set(told.products.ids))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.gate.wait()
        finally:
            self.under_way -= 1
        if self.error is not None:
            raise self.error
        return Synced()

    @property
    def told(self) -> list[set[int]]:
        """Of what syncs were told, in order."""
        return [products for products in self.runs if products]


class Processes:
    """Workers of processes that share a store."""

    def __init__(self, store: SoloStore, index: Index, seconds: float) -> None:
        self.store = store
        self.index = index
        self.outcomes: list[str] = []
        self.workers: list[IndexWorker] = []
        self._seconds = seconds

    def one(self, index: Index | None = None, **options: Any) -> IndexWorker:
        worker = IndexWorker(
            self.store,
            (index or self.index).sync,
            seconds=self._seconds,
            pause=0.01,
            on_sync=lambda outcome, *_: self.outcomes.append(outcome),
            **{"debounce": 0.02, **options},
        )
        self.workers.append(worker)
        return worker

    async def announce(self, *products: int) -> None:
        await self.store.invalidate({f"product:{one}" for one in products} | {"products"})


@asynccontextmanager
async def shop(seconds: float = 3600.0) -> AsyncIterator[Processes]:
    found = Processes(SoloStore(), Index(), seconds)
    try:
        yield found
    finally:
        for worker in found.workers:
            await worker.close()


async def test_it_syncs_when_it_starts_and_then_when_something_is_announced() -> None:
    async with shop() as processes:
        processes.one().start()
        await until(lambda: processes.outcomes == ["done"])
        assert processes.index.runs == [None]
        await processes.announce(7)
        await until(lambda: len(processes.outcomes) == 2)
        await processes.store.invalidate({"stock:9", "price:9", "customer:3"})
        await until(lambda: len(processes.outcomes) == 3)
        assert processes.index.runs == [None, {7}, set()]


async def test_what_is_announced_together_is_written_together() -> None:
    async with shop() as processes:
        processes.one(debounce=0.2).start()
        await until(lambda: processes.outcomes == ["done"])
        for product in range(1, 30):
            await processes.announce(product)
            await asyncio.sleep(0.001)
        await until(lambda: bool(processes.index.told))
        await asyncio.sleep(0.3)
        assert processes.index.told == [set(range(1, 30))]


async def test_what_is_announced_meanwhile_is_written_afterwards() -> None:
    async with shop() as processes:
        processes.index.gate.clear()
        processes.one().start()
        await until(lambda: processes.index.under_way == 1)
        await processes.announce(7)
        processes.index.gate.set()
        await until(lambda: processes.index.told == [{7}])


@pytest.mark.parametrize("tags", [EVERYTHING, frozenset[str]()], ids=["everything", "missed"])
async def test_what_is_said_of_everything_only_wakes(tags: frozenset[str]) -> None:
    """The sync asks Odoo by itself what changed since the last one: the whole index is not written again."""
    async with shop() as processes:
        worker = processes.one()
        worker.start()
        await until(lambda: processes.outcomes == ["done"])
        worker._heard(tags)
        await until(lambda: len(processes.outcomes) == 2)
        assert processes.index.runs == [None, None]


async def test_what_concerns_no_product_wakes_nobody() -> None:
    async with shop() as processes:
        processes.one().start()
        await until(lambda: processes.outcomes == ["done"])
        await processes.store.invalidate({"customer:3", "countries"})
        await asyncio.sleep(0.1)
        assert processes.outcomes == ["done"]


async def test_one_of_many_processes_syncs() -> None:
    """Each hears of every change, and each change is written once."""
    async with shop() as processes:
        for _ in range(4):
            processes.one().start()
        await until(lambda: len(processes.outcomes) >= 4)
        assert processes.index.runs == [None]
        for product in (7, 8, 9):
            await processes.announce(product)
            await until(lambda product=product: {product} in processes.index.told)  # type: ignore[misc]
            await asyncio.sleep(0.6)  # the others look again, and find that it is done
        assert processes.index.told == [{7}, {8}, {9}]
        assert processes.index.most == 1


async def test_a_sync_that_outlasts_its_lease_stays_the_only_one() -> None:
    async with shop() as processes:
        processes.index.gate.clear()
        first = processes.one(lease=0.15)
        first.start()
        await until(lambda: processes.index.under_way == 1)
        processes.one(lease=0.15).start()
        await asyncio.sleep(0.5)
        await processes.announce(7)
        await asyncio.sleep(0.5)
        assert processes.index.runs == [None]
        processes.index.gate.set()
        await until(lambda: processes.index.told == [{7}])
        assert processes.index.most == 1


async def test_a_process_that_dies_is_followed_by_another() -> None:
    """It was told of a change, and ended in the middle of writing it."""
    async with shop() as processes:
        dying, index = processes.one(lease=0.3), processes.index
        dying.start()
        await until(lambda: processes.outcomes == ["done"])
        other = Index()
        processes.one(other, lease=0.3).start()
        await until(lambda: len(processes.outcomes) == 2)
        index.gate.clear()
        await processes.announce(7)
        await until(lambda: index.under_way == 1 or bool(other.told))
        if index.under_way:
            await dying.close()
        await until(lambda: other.told == [{7}])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (OdooUnavailableError("away"), "odoo_away"),
        (EngineUnavailableError("away"), "engine_away"),
        (NoIndexError("build one"), "no_index"),
        (ValueError("a fault of ours"), "failed"),
    ],
)
async def test_nothing_announced_is_lost_while_it_cannot_be_written(error: Exception, outcome: str) -> None:
    async with shop() as processes:
        processes.one().start()
        await until(lambda: processes.outcomes == ["done"])
        processes.index.error = error
        with structlog.testing.capture_logs() as logs:
            await processes.announce(7)
            await until(lambda: outcome in processes.outcomes)
            await processes.announce(8)
            await until(lambda: processes.outcomes.count(outcome) >= 3)
        told_of = [entry for entry in logs if entry["event"] == "index.not_followed"]
        assert len(told_of) == (0 if outcome == "failed" else 1), "it is said at every try"
        processes.index.error = None
        before = len(processes.outcomes)
        await until(lambda: "done" in processes.outcomes[before:])
        assert processes.index.told[-1] == {7, 8}
        await processes.announce(9)
        await until(lambda: processes.index.told[-1] == {9})


async def test_what_one_process_cannot_write_another_does() -> None:
    """The one that failed said so: nobody takes it that the change is written."""
    async with shop() as processes:
        failing, working = Index(), Index()
        failing.error = OdooUnavailableError("away, for this one")
        bad, good = processes.one(failing), processes.one(working)
        assert await good.turn() == "done"
        await processes.announce(7)
        assert await bad.turn() == "odoo_away"
        assert await good.turn() == "done"
        assert working.told == [{7}]
        failing.error = None
        assert await bad.turn() == "spared"
        assert failing.told == [{7}], "it was written by the other one"


async def test_without_announcements_it_looks_now_and_then() -> None:
    async with shop(seconds=0.05) as processes:
        processes.one().start()
        await until(lambda: len(processes.index.runs) >= 3)
        assert processes.index.told == []


async def test_it_ends_at_once() -> None:
    async with shop() as processes:
        processes.index.gate.clear()
        worker = processes.one()
        worker.start()
        await until(lambda: processes.index.under_way == 1)
        async with asyncio.timeout(PATIENCE):
            await worker.close()
        assert processes.index.under_way == 0
