"""What one load needs several times is read once, and never shared with another load."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from adapters.errors import OdooAccessError, OdooUnavailableError
from adapters.odoo import RpcAdapter
from adapters.once import once, reading_once
from adapters.together import Together
from cache.tables import load_labels, load_shop
from demo.double import Double
from demo.wholesale import generate
from tests.support.direct import adapter_of
from tests.support.doubles import VERSIONS


async def counted(version: str) -> tuple[RpcAdapter, Counter[str]]:
    """An adapter that counts the calls by model."""
    adapter = await adapter_of(Double(generate(version, products=10, pricelists=3)))
    calls: Counter[str] = Counter()
    transport: Any = adapter.transport
    call = transport.call

    async def counting(model: str, *arguments: Any, **named: Any) -> Any:
        calls[model] += 1
        await asyncio.sleep(0)  # as a wire does: the others go on meanwhile
        return await call(model, *arguments, **named)

    transport.call = counting
    return adapter, calls


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_load_of_the_shops_tables_reads_each_table_once(version: str) -> None:
    adapter, calls = await counted(version)
    tables = await load_shop(adapter)
    print(version, dict(calls))  # noqa: T201  # figures to be seen with -s
    assert calls["res.currency"] == calls["res.company"] == calls["res.lang"] == 1
    # from 19.0 on taxes tell themselves which others they take the place of: another filter of the same table; and
    # users are asked whether lines of orders show discounts
    twice_read = {"account.tax": 2, "res.users": 2} if version == "19.0" else {}
    expected = dict.fromkeys(calls, 1) | twice_read
    assert calls == expected
    assert tables.currencies
    assert tables.rates
    await load_shop(adapter)
    twice = {model: 2 * count for model, count in expected.items()}
    assert calls == twice, "the next load shares nothing with this one"
    calls.clear()
    await load_labels(adapter, "en_US")
    assert set(calls.values()) == {1}, calls


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_tables_are_those_of_single_reads(version: str) -> None:
    adapter, _ = await counted(version)
    tables = await load_shop(adapter)
    assert list(tables.currencies.values()) == await adapter.currencies()
    assert list(tables.companies.values()) == await adapter.companies()
    assert tables.languages == tuple(await adapter.languages())
    assert list(tables.pricelists.values()) == await adapter.pricelists()
    assert tables.rates == {one: await adapter.currency_rates(one) for one in tables.rates}


async def test_what_was_read_before_the_load_began_is_no_part_of_it() -> None:
    """One load is under way while the next begins: the next reads for itself, as there was a change in between."""
    read = 0
    gate = asyncio.Event()

    async def table() -> int:
        nonlocal read
        read += 1
        number = read
        await gate.wait()
        return number

    async def load() -> list[int]:
        async with reading_once(), Together() as group:
            tasks = [group.create_task(once("table", table)) for _ in range(3)]
        return [task.result() for task in tasks]

    first = asyncio.create_task(load())
    await asyncio.sleep(0.01)
    second = asyncio.create_task(load())
    await asyncio.sleep(0.01)
    alone = asyncio.create_task(once("table", table))
    await asyncio.sleep(0.01)
    gate.set()
    assert (await first, await second, await alone) == ([1] * 3, [2] * 3, 3)


async def test_a_failure_goes_to_all_and_ends_the_load() -> None:
    reads = 0

    async def table() -> int:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        raise OdooUnavailableError("away")

    async def load() -> None:
        async with reading_once(), Together() as group:
            for _ in range(3):
                group.create_task(once("table", table))

    with pytest.raises(OdooUnavailableError):
        await load()
    assert reads == 1
    with pytest.raises(OdooUnavailableError):
        await once("table", table)
    assert reads == 2


async def test_nothing_goes_on_after_the_load() -> None:
    """It failed for another reason, or was given up."""
    ended = asyncio.Event()

    async def table() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail() -> None:
        await asyncio.sleep(0.01)
        raise OdooAccessError("no")

    async def load() -> None:
        async with reading_once(), Together() as group:
            group.create_task(once("table", table))
            group.create_task(fail())

    with pytest.raises(OdooAccessError):
        await load()
    assert ended.is_set()


async def test_who_gives_up_leaves_the_read_to_the_others() -> None:
    gate = asyncio.Event()

    async def table() -> int:
        await gate.wait()
        return 1

    async with reading_once():
        patient, impatient = (asyncio.create_task(once("table", table)) for _ in range(2))
        await asyncio.sleep(0.01)
        impatient.cancel()
        await asyncio.sleep(0.01)
        gate.set()
        assert await patient == 1
