"""A process that starts while Odoo is away: it sells what other processes, or the one before it, have read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.patience import Patience
from cache.redis_store import RedisStore
from demo.double import DoubleServer
from tests.support.bff import Answer, Bff, running, settings_for
from tests.support.doubles import VERSIONS, generated
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey, running_valkey
from tests.support.waiting import until

LIST = (
    "{ products(pageSize: 6) { totalCount products { id name slug combinationInfo firstVariant { id name sku qty } "
    "attributeValues { name } } } }"
)
PAGE = (
    "{ product(id: 5) { name description combinationInfo unitPrice { price { amount } } "
    "productVariants { name qty combinationInfo } categories { name slug } alternativeProducts { name } } }"
)
TREE = "{ categories { totalCount categories { name slug childs { name } } } countries { countries { name } } }"
WARM = (LIST, PAGE, TREE)
#: of the same records, but never asked before
NEW = (
    "{ product(id: 5) { name price categories { id parent { name } } } website { name } }",
    "{ products(pageSize: 6) { products { name price } minPrice maxPrice } }",
    '{ category(id: 1) { name slug } country(code: "BE") { name } }',
)
POLL = 1.0


@asynccontextmanager
async def started(odoo: DoubleServer, valkey: Valkey, namespace: str, **changes: Any) -> AsyncIterator[Bff]:
    settings = settings_for(
        odoo.url,
        **{
            "redis_url": valkey.url,
            "redis_namespace": namespace,
            "local_cache_bytes": 2**24,
            "poll_seconds": POLL,
            **changes,
        },
    )
    async with running(settings, odoo) as bff:
        yield bff


async def answers(bff: Bff, texts: tuple[str, ...] = WARM) -> list[Any]:
    return [(await bff.query(text)).data for text in texts]


async def ready(bff: Bff, missing: dict[str, str] | None = None) -> int:
    """Until nothing is missing, or just this; the status that is told then."""

    async def told_so() -> Answer | None:
        told = await bff.get("/readyz")
        return told if told.body["missing"] == (missing or {}) else None

    told: Answer = await until(told_so)
    assert told.body["status"] == ("degraded" if missing else "ready")
    return told.status


async def warmed(bff: Bff, valkey: Valkey, namespace: str) -> list[Any]:
    """What it answers; kept, as the first look for changes, which takes everything for changed, is over."""
    await ready(bff)
    await until(lambda: valkey.run("EXISTS", f"{{{namespace}}}:v:feed"))  # written by the application
    return await answers(bff)


@pytest.mark.parametrize("fresh", [60.0, 0.2], ids=["fresh", "old"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_it_sells_and_becomes_fresh_when_odoo_is_back(valkey: Valkey, version: str, fresh: float) -> None:
    odoo, namespace = generated(version), fresh_namespace()
    with odoo:
        async with started(odoo, valkey, namespace, reference_seconds=fresh) as one:
            before = await warmed(one, valkey, namespace)
            expected = await answers(one, NEW)
            await asyncio.sleep(0.3)
            assert await answers(one) == before
    async with started(odoo, valkey, namespace, reference_seconds=fresh) as two:
        told = await two.get("/readyz")
        assert (told.status, told.body["status"], set(told.body["missing"])) == (200, "degraded", {"odoo"})
        assert await answers(two) == before
        assert await answers(two, NEW) == expected
        times = []
        for _ in range(5):
            at = time.monotonic()
            assert await answers(two) == before
            times.append(time.monotonic() - at)
        print(f"{version}: three pages without Odoo in {min(times) * 1000:.0f} ms")  # noqa: T201  # to be seen with -s
        unknown = await two.query("{ product(id: 999999) { name } }")
        assert (unknown.status, unknown.codes) == (503, {"ERP_UNAVAILABLE"})
        odoo.double.write("product.template", [5], {"name": "Written while it was away"})
        odoo.double.write("product.public.category", [1], {"name": "Renamed while it was away"})

        async def is_fresh() -> bool:
            found = str(await answers(two))
            return "Written while it was away" in found and "Renamed while it was away" in found

        with odoo:
            at = time.monotonic()
            await until(is_fresh)
            print(f"{version}: fresh after {time.monotonic() - at:.1f} s")  # noqa: T201
            await ready(two)


async def test_many_requests_at_once_while_odoo_hangs(valkey: Valkey) -> None:
    """The first of all, in a process that never reached Odoo: none waits longer than for a first attempt."""
    odoo, namespace = generated("14.0"), fresh_namespace()
    with odoo:
        async with started(odoo, valkey, namespace) as one:
            before = await warmed(one, valkey, namespace)
        odoo.double.faults.hang = True
        async with started(odoo, valkey, namespace) as two:
            at = time.monotonic()
            async with Patience(10):
                assert await asyncio.gather(*(answers(two) for _ in range(20))) == [before] * 20
            print(f"20 customers at once after {time.monotonic() - at:.1f} s")  # noqa: T201
            odoo.double.faults.clear()


async def test_a_table_that_was_invalidated_is_old_and_still_sold(valkey: Valkey) -> None:
    """The change was announced, nobody could read it before Odoo went away."""
    odoo, namespace = generated("19.0"), fresh_namespace()
    with odoo:
        async with started(odoo, valkey, namespace) as one:
            before = await warmed(one, valkey, namespace)
            odoo.stop()
            await _invalidate(valkey, namespace, {"shop", "categories", "countries"})
        async with started(odoo, valkey, namespace) as two:
            assert await answers(two) == before


async def test_without_redis_and_without_odoo_it_is_not_ready() -> None:
    """And says so; with both back it serves."""
    odoo, namespace = generated("14.0"), fresh_namespace()
    with odoo:
        pass
    with running_valkey() as own:
        own.kill()
        async with started(odoo, own, namespace) as bff:
            told = await bff.get("/readyz")
            assert (told.status, told.body["status"]) == (503, "not ready")
            assert set(told.body["missing"]) == {"odoo", "redis", "shop"}
            with odoo:
                assert await ready(bff, {"redis": "away"}) == 200
                assert (await bff.query(LIST)).status == 200
                own.start()
                await ready(bff)


async def _invalidate(valkey: Valkey, namespace: str, tags: set[str]) -> None:
    store = RedisStore(valkey.url, namespace)
    try:
        assert await store.invalidate(tags)
    finally:
        await store.close()
