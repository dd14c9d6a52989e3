"""The engine goes away, hangs, has no index, is behind: the shop goes on, says so, and recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from demo.double import Double
from demo.wholesale import generate
from search.asking import Asking
from tests.identity.matrix_shop import Persona, Shop, shop
from tests.search.beside import Beside, indexed, settings_of
from tests.support.cable import Cable, cable_to
from tests.support.opensearch import OpenSearch, Space
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(300)

LIST = "{ products(pageSize: 30) { totalCount products { id name } } }"
WHOLE = """
{
  productConnection(first: 9, sort: {unitPrice: ASC}, filter: {maxUnitPrice: "90"}) {
    totalCount inStockCount nodes { id } facets { values { value { id } count } } unitPriceRange { max { amount } }
    categoryFacets { category { id } count }
  }
  searchSuggestions(search: "phar") { categories { category { id } count } values { value { id } count } }
}
"""
CUSTOMER = Persona(("backoffice",), 4)


@dataclass
class Shopped:
    """An application whose way to the engine can be cut."""

    shop: Shop
    double: Double
    beside: Beside
    cable: Cable

    @property
    def asking(self) -> Asking:
        asking: Asking = self.shop.app.state.services.search.asking
        return asking

    async def ask(self, text: str = LIST) -> dict[str, Any]:
        answer = await self.shop.ask(text, {}, CUSTOMER)
        assert "errors" not in answer, answer
        return answer

    async def fell_back(self, text: str = LIST) -> bool:
        return (await self.ask(text)).get("extensions") == {"search": "FALLBACK"}

    async def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = 20.0) -> dict[str, Any]:
        async def told() -> dict[str, Any] | None:
            answer = await self.ask()
            return answer if holds(answer) else None

        found: dict[str, Any] = await until(told, seconds=seconds)
        return found


@asynccontextmanager
async def shopped(opensearch: OpenSearch, **settings: Any) -> AsyncIterator[Shopped]:
    double = Double(generate("14.0", products=24, pricelists=5))
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(indexed(double, opensearch))
        cable, url = await stack.enter_async_context(cable_to(opensearch.url))
        changes = {**beside.settings, "opensearch_url": url, "local_cache_bytes": 0, "search_timeout": 5.0, **settings}
        app = await stack.enter_async_context(shop(double, None, **changes))
        yield Shopped(app, double, beside, cable)


def is_marked(answer: dict[str, Any]) -> bool:
    return answer.get("extensions") == {"search": "FALLBACK"}


async def test_an_engine_that_is_away_costs_nothing_and_is_used_again(opensearch: OpenSearch) -> None:
    async with shopped(opensearch) as one:
        before, whole = await one.ask(), await one.ask(WHOLE)
        assert not is_marked(before)
        assert not is_marked(whole)
        with capture_logs() as logs:
            await one.cable.cut()
            for _ in range(5):
                assert await one.ask() == {**before, "extensions": {"search": "FALLBACK"}}
                assert await one.ask(WHOLE) == {**whole, "extensions": {"search": "FALLBACK"}}
            await one.cable.mend()
            await one.until(lambda answer: not is_marked(answer))
        assert await one.ask(WHOLE) == whole
        told = [log["event"] for log in logs if log["event"].startswith("search.")]
        assert told == ["search.away", "search.back"]


async def test_a_hanging_engine_is_waited_for_once(opensearch: OpenSearch) -> None:
    async with shopped(opensearch, search_timeout=0.5) as one:
        await one.ask()
        outcomes: list[str] = []
        one.asking._on_question = lambda outcome, _: outcomes.append(outcome)
        one.cable.hang()
        for _ in range(6):
            assert await one.fell_back()
        assert outcomes == ["away", *["paused"] * 5]
        await one.cable.cut()
        await one.cable.mend()
        await one.until(lambda answer: not is_marked(answer))


async def test_without_an_index_products_are_found_all_the_same(opensearch: OpenSearch, space: Space) -> None:
    double = Double(generate("19.0", products=20, pricelists=3))
    async with shop(double, None, **settings_of(opensearch, space.name("none"))) as app:
        answer = await app.ask(LIST, {}, CUSTOMER)
        assert is_marked(answer)
        assert answer["data"]["products"]["totalCount"] > 10


async def test_questions_are_counted(opensearch: OpenSearch) -> None:
    numbers: list[tuple[str, float]] = []
    async with shopped(opensearch) as one:
        one.asking._on_question = lambda outcome, seconds: numbers.append((outcome, seconds))
        await one.ask()
        await one.cable.cut()
        await one.ask()
        await one.ask()
        page = (await one.shop.send("GET", "/metrics", [(b"host", b"shop.example")]))[1].decode()
    assert [outcome for outcome, _ in numbers] == ["answered", "away", "paused"]
    assert "headless_odoo_search_questions_total" in page


async def test_an_answer_made_without_the_index_is_kept_for_a_moment_only(opensearch: OpenSearch) -> None:
    async with shopped(opensearch, local_cache_bytes=2**26) as one:
        await one.cable.cut()
        assert await one.fell_back()
        await one.cable.mend()
        await one.until(lambda answer: not is_marked(answer), seconds=15)


class TestBehind:
    """Something changes in Odoo, the application hears of it, and the index does not yet."""

    async def test_what_is_no_longer_sold_is_not_shown_nor_counted(self, opensearch: OpenSearch) -> None:
        async with shopped(opensearch, local_cache_bytes=2**26) as one:
            before = (await one.ask())["data"]["products"]
            gone = before["products"][3]["id"]
            one.double.write("product.template", [gone], {"website_published": False})
            await self._announce(one, {f"product:{gone}", "products"})
            after = await one.ask()
            assert not is_marked(after)
            found = after["data"]["products"]
            assert gone not in {product["id"] for product in found["products"]}
            assert found["totalCount"] == before["totalCount"] - 1

    async def test_what_is_new_is_shown_soon_after_the_index_has_it(self, opensearch: OpenSearch) -> None:
        """An answer made of the old index after the change was announced is not kept as if it were right."""
        async with shopped(opensearch, local_cache_bytes=2**26) as one:
            new = (await one.ask())["data"]["products"]["products"][5]["id"]
            one.double.write("product.template", [new], {"website_published": False})
            await one.beside.sync()
            await self._announce(one, {"products", f"product:{new}"})
            await one.until(lambda answer: new not in self._ids(answer))
            one.double.write("product.template", [new], {"website_published": True})
            await self._announce(one, {"products", f"product:{new}"})
            assert new not in self._ids(await one.ask()), "the index was to be behind"
            await one.beside.sync()
            await one.until(lambda answer: new in self._ids(answer), seconds=10)

    async def test_an_answer_of_an_index_that_is_up_to_date_is_kept(self, opensearch: OpenSearch) -> None:
        async with shopped(opensearch, local_cache_bytes=2**26) as one:
            await asyncio.sleep(2.2)
            await one.beside.sync()
            asked: list[str] = []
            one.asking._on_question = lambda outcome, _: asked.append(outcome)
            await one.ask()
            await asyncio.sleep(2.5)
            await one.ask()
            assert asked == ["answered"]

    @staticmethod
    async def _announce(one: Shopped, tags: set[str]) -> None:
        await one.shop.app.state.store.invalidate(tags)

    @staticmethod
    def _ids(answer: dict[str, Any]) -> set[int]:
        return {product["id"] for product in answer["data"]["products"]["products"]}
