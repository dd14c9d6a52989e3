"""Small tables that several processes share: read from Odoo by one of them, never older than what was announced."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from adapters.base import OdooAdapter
from adapters.errors import OdooUnavailableError
from adapters.odoo import RpcAdapter
from cache.dependencies import Dependencies
from cache.kinds import Kind, Life
from cache.redis_store import RedisStore
from cache.reference import Reference, ShopTables
from cache.shared_table import SharedTable
from cache.solo import SoloStore
from cache.store import Store
from demo.double import Double
from demo.wholesale import generate
from tests.support.direct import adapter_of
from tests.support.stores import listens
from tests.support.valkey import Valkey
from tests.support.waiting import until

TABLE = Kind[dict[str, int]]("table", dict[str, int], Life(60.0, 3600.0))
TAGS = frozenset({"shop"})


class Source:
    """A table of Odoo that counts how often it is read; ``open`` lets reads end."""

    def __init__(self) -> None:
        self.reads = 0
        self.contents = 1
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def read(self) -> dict[str, int]:
        self.reads += 1
        contents = self.contents
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return {"contents": contents}

    def table(self, store: Store, *, seconds: float = 60.0, shift: float = 0.0) -> SharedTable[dict[str, int]]:
        return SharedTable(store, TABLE, read=self.read, tags=TAGS, seconds=seconds, clock=lambda: time.time() + shift)


@asynccontextmanager
async def stores(valkey: Valkey, count: int = 2) -> AsyncIterator[list[RedisStore]]:
    """Stores of as many processes, each hearing what the others say."""
    namespace = f"test-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        made = [RedisStore(valkey.url, namespace, read_seconds=1.0, write_seconds=1.0) for _ in range(count)]
        for store in made:
            stack.push_async_callback(store.close)
            await until(partial(listens, store))
        yield made


async def test_one_process_reads_for_all(valkey: Valkey) -> None:
    source = Source()
    async with stores(valkey, 4) as processes:
        source.open.clear()
        tables = [source.table(store) for store in processes]
        loads = [asyncio.create_task(table.load()) for table in tables]
        await asyncio.sleep(0.1)
        source.open.set()
        found = await asyncio.gather(*loads)
        assert [reading.value for reading in found] == [{"contents": 1}] * 4
        assert source.reads == 1
        assert [reading.value for reading in await asyncio.gather(*(table.load() for table in tables))]
        assert source.reads == 1


async def test_another_reads_when_the_first_fails(valkey: Valkey) -> None:
    source = Source()
    async with stores(valkey) as (one, other):
        source.error = OdooUnavailableError("away")
        with pytest.raises(OdooUnavailableError):
            await source.table(one).load()
        source.error = None
        assert (await source.table(other).load()).value == {"contents": 1}
        assert source.reads == 2


async def test_what_was_read_before_a_change_was_announced_is_not_shared(valkey: Valkey) -> None:
    source = Source()
    async with stores(valkey) as (one, other):
        source.open.clear()
        load = asyncio.create_task(source.table(one).load())
        await asyncio.sleep(0.05)
        source.contents = 2
        assert await other.invalidate(TAGS)
        source.open.set()
        assert (await load).value == {"contents": 1}, "whoever asked before the change may be given this"
        assert await source.table(other).find() is None
        assert (await source.table(other).load()).value == {"contents": 2}
        assert (await source.table(one).load()).value == {"contents": 2}
        assert source.reads == 2


async def test_what_became_wrong_is_found_but_not_as_fresh(valkey: Valkey) -> None:
    source = Source()
    async with stores(valkey) as (one, other):
        await source.table(one).load()
        found = await source.table(other).find()
        assert found is not None
        assert (found.value, found.invalidated) == ({"contents": 1}, False)
        assert await one.invalidate(TAGS)
        for store in (one, other):
            found = await source.table(store).find()
            assert found is not None
            assert (found.value, found.seconds, found.invalidated) == ({"contents": 1}, 0.0, True)
        source.contents = 2
        assert (await source.table(other).load()).value == {"contents": 2}


async def test_what_is_found_is_fresh_for_what_is_left_of_its_time(valkey: Valkey) -> None:
    source = Source()
    async with stores(valkey) as (one, other):
        first = await source.table(one).load()
        assert 48.0 <= first.seconds <= 60.0
        later = await source.table(other, shift=20).load()
        assert first.seconds - 21 < later.seconds <= first.seconds - 19
        assert source.reads == 1
        old = await source.table(other, shift=100).find()
        assert old is not None
        assert old.seconds < 0
        assert not old.invalidated
        behind = await source.table(other, shift=-500).find()
        assert behind is not None
        assert behind.seconds == 60.0, "the clock of the other machine is ahead"
        await source.table(other, shift=100).load()
        assert source.reads == 2


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\xc0", b"\x81\xa1a\xa1b", b"\x05"])
async def test_bytes_that_are_no_table_are_read_again(body: bytes) -> None:
    store, source = SoloStore(), Source()
    now = time.time()
    entry = TABLE.entry({}, TAGS, now)
    wrong = type(entry)(body, TAGS, now, now + 60, now + 60, now + 60)
    assert await store.put("table", wrong, await store.ticket())
    table = source.table(store)
    assert await table.find() is None
    assert (await table.load()).value == {"contents": 1}
    assert await table.find() is not None


async def test_an_adapters_own_kind_of_record_is_used_and_not_kept() -> None:
    class Odd:
        pass

    async def read() -> Any:
        return {"odd": Odd()}

    table = SharedTable(store := SoloStore(), TABLE, read=read, tags=TAGS, seconds=60.0)
    assert isinstance((await table.load()).value["odd"], Odd)
    assert await store.get("table") is None


class Shop:
    """The tables of a process over a double that may be away."""

    def __init__(self, adapter: RpcAdapter, store: Store, **options: Any) -> None:
        self.away = False
        self.loads = 0
        self._adapter = adapter
        self.reference = Reference(self._provide, store, **options)

    async def _provide(self) -> OdooAdapter:
        if self.away:
            raise OdooUnavailableError("cut on purpose")
        self.loads += 1
        return self._adapter

    async def get(self) -> tuple[ShopTables, Dependencies]:
        dependencies = Dependencies()
        return await self.reference.shop(dependencies), dependencies


async def test_a_process_that_starts_without_odoo_has_all_tables(valkey: Valkey) -> None:
    double = Double(generate("14.0", products=20, pricelists=4))
    async with stores(valkey) as (one, other):
        warm = Shop(await adapter_of(double), one)
        tables = await warm.reference.shop()
        expected = (await warm.reference.labels("fr_FR"), await warm.reference.countries("fr_FR"))
        sold = await warm.reference.units_sold()
        cold = Shop(await adapter_of(double), other)
        cold.away = True
        found, dependencies = await cold.get()
        assert found.companies == tables.companies
        assert not dependencies.stale
        assert (await cold.reference.labels("fr_FR")).categories == expected[0].categories
        assert await cold.reference.countries("fr_FR") == expected[1]
        assert await cold.reference.units_sold() == sold
        with pytest.raises(OdooUnavailableError):
            await cold.reference.labels("nl_BE")
        assert cold.loads == 0
        assert (await cold.get())[0] is found, "the very same object"
        await warm.reference.close()
        await cold.reference.close()


async def test_they_stay_the_same_objects_while_processes_take_turns(valkey: Valkey) -> None:
    """Expired and read anew, here or there: as long as nothing differs nothing is made of them anew, or announced."""
    double = Double(generate("19.0", products=20, pricelists=4))
    async with stores(valkey) as (one, other):
        shops = [Shop(await adapter_of(double), store, seconds=0.1) for store in (one, other)]
        before = [(await shop.get())[0] for shop in shops]
        number = valkey.run("HGET", one._names.state, "number")
        for _ in range(30):
            assert [(await shop.get())[0] for shop in shops] == before  # compared by identity
            await asyncio.sleep(0.02)
        assert sum(shop.loads for shop in shops) > 2
        assert valkey.run("HGET", one._names.state, "number") == number
        for shop in shops:
            await shop.reference.close()


async def test_a_change_that_nobody_announced_reaches_every_process(valkey: Valkey) -> None:
    """Whichever of them finds it announces it, for what else was made of the table."""
    double = Double(generate("14.0", products=20, pricelists=4))
    async with stores(valkey) as (one, other):
        shops = [Shop(await adapter_of(double), store, seconds=0.2) for store in (one, other)]
        for shop in shops:
            await shop.get()
        answer = TABLE.entry({}, TAGS, time.time())
        assert await one.put("an answer", answer, await one.ticket())
        double.write("res.company", [1], {"street": "Moved"})

        async def moved(shop: Shop) -> bool:
            return (await shop.get())[0].companies[1].street == "Moved"

        for shop in shops:
            await until(partial(moved, shop))
        kept = await other.get("an answer")
        assert kept is not None
        assert kept.invalidated
        for shop in shops:
            await shop.reference.close()
