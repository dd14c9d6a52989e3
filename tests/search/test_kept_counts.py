"""How many products suggestions and searches have: counted once for whoever sees the same, until the index changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import identity
from cache.tags import PRODUCTS
from demo.double import Double
from demo.wholesale import generate
from resolvers.search_counts import SearchCounts
from search.asking import STATE_FOR, Asking
from tests.identity.matrix_shop import Persona, Shop, shop
from tests.search.beside import Beside, indexed
from tests.support.opensearch import OpenSearch

SUGGEST = """query ($search: String!) { searchSuggestions(search: $search) {
  products { id isInStock } categories { category { id name } count } values { value { id } count } } }"""
PAGE = """query ($search: String, $sort: ProductSortInput, $after: String, $filter: ProductFilterInput) {
  productConnection(first: 5, search: $search, sort: $sort, after: $after, filter: $filter) {
    totalCount inStockCount unitPriceRange { min { amount } max { amount } } pageInfo { endCursor hasNextPage }
    facets { attribute { id } values { count value { id } } } categoryFacets { count category { id } }
    nodes { id } } }"""
ROLES_FILE = Path(identity.__file__).parent / "roles.example.toml"
CUSTOMER = Persona(("backoffice",), 4)


@dataclass
class Typing:
    """A shop in which somebody types and looks; ``counts``: how often the engine was asked to count."""

    of: Shop
    beside: Beside
    double: Double
    patch: pytest.MonkeyPatch
    counts: int = 0

    async def suggested(self, begun: str, persona: Persona = CUSTOMER) -> dict[int, int]:
        """Products by category."""
        found = (await self.of.ask(SUGGEST, {"search": begun}, persona))["data"]["searchSuggestions"]
        return {one["category"]["id"]: one["count"] for one in found["categories"]}

    async def page(self, persona: Persona = CUSTOMER, **variables: Any) -> tuple[list[int], dict[str, Any]]:
        """Ids of the products of a page, and everything else that is told."""
        answer = await self.of.ask(PAGE, variables, persona)
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]["productConnection"]
        return [one["id"] for one in found.pop("nodes")], found

    async def emptied(self) -> None:
        """From now on as a shop that was not asked yet: no counts are at hand, nor any answers."""
        self.patch.setattr(SearchCounts, "known", lambda *_: None)
        await self.of.app.state.store.invalidate([PRODUCTS])


@pytest_asyncio.fixture(loop_scope="session")
async def typing(opensearch: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Typing]:
    double, ask = Double(generate("19.0", products=30, pricelists=5)), Asking.ask
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(indexed(double, opensearch))
        of = await stack.enter_async_context(shop(double, ROLES_FILE, **beside.settings))
        found = Typing(of, beside, double, monkeypatch)

        async def counted(self: Asking, lang: str, bodies: Any) -> Any:
            found.counts += sum("categories" in body.get("aggs", {}) for body in bodies)
            return await ask(self, lang, bodies)

        # how old the index is is known from now on
        await of.ask("{ productConnection(first: 1) { nodes { id } } }", {}, CUSTOMER)
        monkeypatch.setattr(Asking, "ask", counted)
        yield found


async def test_letters_typed_are_not_counted_again(typing: Typing) -> None:
    every = await typing.suggested("p")
    assert every
    assert typing.counts == 1
    for begun in ("pa", "pu", "pe", "pi"):
        for category_id, count in (await typing.suggested(begun)).items():
            assert every.get(category_id, count) == count
    assert typing.counts == 1
    await typing.suggested("p", Persona(("practice",), 3))
    assert typing.counts == 2, "who sees other products has counts of their own"


async def test_they_are_counted_again_when_the_index_is_another(typing: Typing) -> None:
    before = await typing.suggested("p")
    category_id = min(before)
    for row_id in typing.double.dataset.tables["product.template"].ids():
        typing.double.write("product.template", [row_id], {"public_categ_ids": [(6, 0, [])]})
    await typing.beside.sync()
    await asyncio.sleep(STATE_FOR)
    after = await typing.suggested("P")
    assert category_id not in after
    assert typing.counts == 2


async def test_other_orders_and_pages_of_a_search_are_not_counted_again(typing: Typing) -> None:
    ids, told = await typing.page(search="p")
    assert told["totalCount"] > 5
    assert told["facets"]
    assert typing.counts == 1
    ways: list[dict[str, Any]] = [{"sort": {"name": "ASC"}}, {"sort": {"unitPrice": "DESC"}}]
    ways += [{"after": told["pageInfo"]["endCursor"]}, {"sort": {"name": "DESC"}}]
    seen = [await typing.page(search="p", **way) for way in ways]
    assert typing.counts == 1
    for way, (theirs, also_told) in zip(ways, seen, strict=True):
        assert theirs != ids
        await typing.emptied()
        assert (theirs, also_told) == await typing.page(search="p", **way), "as when it is counted"
    assert typing.counts == 1 + len(ways)


@pytest.mark.parametrize("text", ["p", "pp zz qqq", ""])
async def test_other_searches_are_counted_by_themselves(typing: Typing, text: str) -> None:
    """Of other words, other filters, and others who see other products; mistyped words and none at all too."""
    alike: list[dict[str, Any]] = [{"search": text}, {"search": text, "filter": {"inStock": True}}]
    personas = (CUSTOMER, Persona(("practice",), 3), Persona(("backoffice",), 3))
    kept = [[await typing.page(persona, **one) for one in alike] for persona in personas]
    again = [[await typing.page(persona, **one, sort={"id": "ASC"}) for one in alike] for persona in personas]
    for before, after in zip(kept, again, strict=True):
        assert [_counted(told) for _, told in before] == [_counted(told) for _, told in after]
    counts = typing.counts
    await typing.emptied()
    assert [[await typing.page(who, **one, sort={"id": "ASC"}) for one in alike] for who in personas] == again
    assert typing.counts >= counts + len(personas) * len(alike)


async def test_a_search_is_counted_again_when_the_index_is_another(typing: Typing) -> None:
    _, before = await typing.page(search="p")
    gone = (await typing.page(search="p", sort={"name": "ASC"}))[0]
    typing.double.write("product.template", gone, {"is_published": False})
    await typing.beside.sync()
    await asyncio.sleep(STATE_FOR)
    ids, after = await typing.page(search="P", sort={"name": "ASC"})
    assert after["totalCount"] == before["totalCount"] - len(gone)
    assert not set(ids) & set(gone)


def _counted(told: dict[str, Any]) -> dict[str, Any]:
    """What is told of all matches, whatever the page."""
    return {name: part for name, part in told.items() if name != "pageInfo"}
