"""What a new combination costs on a warm catalogue: no call to Odoo, and few round trips to Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from cache.redis_store import RedisStore
from demo.double import Double
from demo.wholesale import generate
from server import stores
from tests.records.kinds import PAGE
from tests.support.bff import warmed
from tests.support.processes import Process, fresh_namespace, process
from tests.support.valkey import Valkey

LIST = """query($size: Int, $page: Int, $filter: ProductFilterInput, $sort: ProductSortInput, $language: String) {
  products(pageSize: $size, currentPage: $page, filter: $filter, sort: $sort, language: $language) {
    totalCount minPrice maxPrice attributeValues { id name } filterCounts
    products { id name description combinationInfo qty isInStock attributeValues { name } categories { name } } } }"""
VARIANT = """{ productVariant(productTemplateId: %d, combinationId: %s) {
    price listPrice product { id name sku qty combinationInfo } } }"""
#: Redis round trips: what a query finds, its products; on a page: the product, its alternatives and accessories
LIST_TRIPS, PAGE_TRIPS, VARIANT_TRIPS = 2, 2, 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def warm(valkey: Valkey) -> AsyncIterator[tuple[Double, str]]:
    """A shop all of whose products some process has read, in two languages; the namespace they are kept in."""
    double, namespace = Double(generate("14.0", products=150, pricelists=4)), fresh_namespace()
    async with process(double, valkey.url, namespace, max_cost=10_000_000) as first:
        for language in (None, "fr_FR"):
            await first.ask(LIST, {"size": 200, "language": language})
        for product in range(1, 40):
            await first.ask(PAGE % product)
        yield double, namespace


@pytest.fixture(autouse=True)
def _trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for a second makes a process ask Redis again: that is not what is counted here."""
    monkeypatch.setattr(stores, "RedisStore", partial(RedisStore, trust=60.0))


@pytest_asyncio.fixture(loop_scope="session")
async def second(valkey: Valkey, warm: tuple[Double, str]) -> AsyncIterator[Process]:
    """Another process, that has read nothing but the small tables."""
    double, namespace = warm
    async with process(double, valkey.url, namespace, max_cost=10_000_000) as shop:
        await warmed(shop.app)
        yield shop


@pytest.mark.parametrize("size", [20, 100])
@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("language", [None, "fr_FR"])
async def test_a_list(second: Process, size: int, page: int, language: str | None) -> None:
    with second.counted() as counted:
        found = (await second.ask(LIST, {"size": size, "page": page, "language": language}))["products"]
    assert len(found["products"]) == min(size, found["totalCount"] - size * (page - 1))
    assert (counted.calls, len(counted.commands)) == ([], LIST_TRIPS)
    with second.counted() as counted:
        await second.ask(LIST, {"size": size, "page": page, "language": language})
    assert (counted.calls, counted.commands) == ([], [])


async def test_filters_that_odoo_is_not_asked_for(second: Process) -> None:
    every = (await second.ask(LIST, {"size": 200}))["products"]
    value = every["attributeValues"][0]["id"]
    attribute = (await second.ask("{ attribute(id: 1) { id } }"))["attribute"]["id"]
    filters = ({"minPrice": 20.0}, {"inStock": True}, {"attribValues": [f"{attribute}-{value}"]})
    with second.counted() as counted:
        for wanted in filters:
            found = (await second.ask(LIST, {"size": 20, "filter": wanted}))["products"]
            assert 0 < found["totalCount"] < every["totalCount"]
    assert (counted.calls, counted.commands) == ([], [])


async def test_products_known_from_other_lists(second: Process) -> None:
    """A list that nobody has asked for: Odoo is asked what is in it, and for nothing else."""
    with second.counted() as counted:
        await second.ask(
            "{ products(pageSize: 20, sort: {newest: DESC}) { products { id name combinationInfo qty } } }"
        )
    assert counted.calls == [("product.template", "search_read")]


async def test_a_product_page(second: Process) -> None:
    pages = []
    for product in range(1, 16):
        with second.counted() as counted:
            # worded in another way: the answer is another one, made of the same records
            found = (await second.ask(f"query Page {PAGE % product}"))["product"]
        assert counted.calls == [], product
        assert len(counted.commands) <= PAGE_TRIPS, product
        pages.append((len(counted.commands), found and bool(found["accessoryProducts"])))
    assert (PAGE_TRIPS, True) in pages, "no page was as much as it can be"


async def test_a_variant(second: Process) -> None:
    for product in (4, 18):
        with second.counted() as counted:
            assert (await second.ask(VARIANT % (product, [])))["productVariant"]["price"] is not None
        assert (counted.calls, len(counted.commands)) == ([], VARIANT_TRIPS)


async def test_what_does_not_exist_is_known_for_a_while(second: Process) -> None:
    for text in ("{ product(id: 999999) { id } }", '{ product(barcode: "no such one") { id } }'):
        assert (await second.ask(text))["product"] is None
        with second.counted() as counted:
            assert (await second.ask(text))["product"] is None
        assert (counted.calls, counted.commands) == ([], [])


async def test_a_cold_list_costs_what_it_cost_without_a_cache(valkey: Valkey, warm: tuple[Double, str]) -> None:
    """What was found just now makes products, so that it is not read again."""
    async with process(warm[0], valkey.url, fresh_namespace()) as cold:
        await warmed(cold.app)
        with cold.counted() as counted:
            await cold.ask(LIST, {"size": 20})
    assert len(counted.calls) == 6, counted.calls  # matches, their values, their stock; variants, pictures, rules
