"""What a search tells besides products: suggestions, what was meant, others instead, marks; from both sources."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from cache.responses import marked_stale
from cache.tags import PRODUCTS, STOCK
from demo.double import Double
from demo.wholesale import generate
from resolvers.search_freshness import LastChanges
from search.suggesting import folded_words, has_begun
from tests.identity.matrix_shop import Persona, Shop, shop
from tests.search.beside import indexed
from tests.support.opensearch import OpenSearch

pytestmark = pytest.mark.timeout(300)

CUSTOMER = Persona(("backoffice",), 4)
SUGGESTIONS = """
query($s: String!, $n: Int) {
  searchSuggestions(search: $s, first: $n) {
    products { id name slug price } categories { category { id name } count selected }
    values { value { id name search } count }
  }
}
"""
SEARCH = """
query($s: String, $similar: Boolean) {
  products(search: $s, orSimilar: $similar) { totalCount fallback didYouMean products { id name } }
  productConnection(search: $s, orSimilar: $similar) {
    totalCount fallback didYouMean edges { highlight node { id name } }
  }
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def both(opensearch: OpenSearch) -> AsyncIterator[dict[str, Shop]]:
    double = Double(generate("19.0", products=60, pricelists=5))
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(indexed(double, opensearch))
        by_index = await stack.enter_async_context(shop(double, None, **beside.settings))
        yield {"index": by_index, "odoo": await stack.enter_async_context(shop(double, None))}


@pytest.fixture(params=["index", "odoo"])
def one(both: dict[str, Shop], request: pytest.FixtureRequest) -> Shop:
    return both[request.param]


async def ask(one: Shop, text: str, **variables: Any) -> Any:
    answer = await one.ask(text, variables, CUSTOMER)
    assert "errors" not in answer, answer
    assert "extensions" not in answer, answer
    return answer["data"]


async def names(one: Shop) -> dict[int, str]:
    nodes = (await ask(one, "{ productConnection(first: 500) { nodes { id name } } }"))["productConnection"]["nodes"]
    return {node["id"]: node["name"] for node in nodes}


async def test_products_whose_names_begin_so_are_suggested(one: Shop) -> None:
    known = await names(one)
    id_, name = next((id_, name) for id_, name in known.items() if len(name.split()[0]) > 6 and name.isascii())
    for typed in (name[:5], name[:5].upper(), f"  {name[:5]}  ", name):
        found = (await ask(one, SUGGESTIONS, s=typed, n=20))["searchSuggestions"]["products"]
        assert id_ in {product["id"] for product in found}, typed
        assert all(product["name"] == known[product["id"]] for product in found)
        assert all(product["slug"].endswith(f"-{product['id']}") for product in found)


async def test_a_code_is_suggested(one: Shop) -> None:
    nodes = (await ask(one, "{ productConnection(first: 500) { nodes { id sku } } }"))["productConnection"]["nodes"]
    coded = next(node for node in nodes if node["sku"])
    found = (await ask(one, SUGGESTIONS, s=coded["sku"], n=5))["searchSuggestions"]["products"]
    assert found[0]["id"] == coded["id"]


async def test_categories_and_values_are_suggested_with_their_products(one: Shop) -> None:
    found = (await ask(one, SUGGESTIONS, s="pharm", n=20))["searchSuggestions"]
    assert found["categories"]
    for suggested in found["categories"]:
        wanted = {"categoryId": [suggested["category"]["id"]]}
        text = "query($f: ProductFilterInput) { products(filter: $f) { totalCount } }"
        assert (await ask(one, text, f=wanted))["products"]["totalCount"] == suggested["count"] > 0
    brand = (await ask(one, "{ attribute(id: 1) { values { name } } }"))["attribute"]["values"][0]["name"]
    for suggested in (await ask(one, SUGGESTIONS, s=brand[:4], n=20))["searchSuggestions"]["values"]:
        wanted = {"attribValues": [suggested["value"]["search"]]}
        text = "query($f: ProductFilterInput) { products(filter: $f) { totalCount } }"
        assert (await ask(one, text, f=wanted))["products"]["totalCount"] == suggested["count"] > 0


async def test_both_suggest_the_same_categories_and_values(both: dict[str, Shop]) -> None:
    for typed in ("p", "va", "food", "é", "10", "qqq"):
        by_index, by_odoo = [(await ask(one, SUGGESTIONS, s=typed, n=20))["searchSuggestions"] for one in both.values()]
        assert by_index["categories"] == by_odoo["categories"], typed
        assert by_index["values"] == by_odoo["values"], typed


async def test_nothing_typed_suggests_nothing(one: Shop) -> None:
    for typed in ("", "   ", "%", "\u0000"):
        found = (await ask(one, SUGGESTIONS, s=typed))["searchSuggestions"]
        assert found == {"products": [], "categories": [], "values": []}
    refused = await one.ask(SUGGESTIONS, {"s": "a", "n": 21}, CUSTOMER)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_was_meant_is_told(one: Shop) -> None:
    word = next(
        word
        for name in (await names(one)).values()
        for word in folded_words(name)
        if len(word) > 7 and word.isalpha() and word.isascii()
    )
    mistyped = word[:5] + word[6] + word[5] + word[7:]
    found = await ask(one, SEARCH, s=mistyped)
    assert found["products"]["didYouMean"] == found["productConnection"]["didYouMean"] == word
    assert (await ask(one, SEARCH, s=word))["products"]["didYouMean"] is None


async def test_others_instead_are_given_where_they_are_asked_for(one: Shop) -> None:
    word = next(
        word
        for name in (await names(one)).values()
        for word in folded_words(name)
        if len(word) > 7 and word.isalpha() and word.isascii()
    )
    nothing = await ask(one, SEARCH, s=f"{word} zzxxqqyy")
    assert nothing["products"] == {"totalCount": 0, "fallback": None, "didYouMean": None, "products": []}
    others = await ask(one, SEARCH, s=f"{word} zzxxqqyy", similar=True)
    for found in (others["products"], others["productConnection"]):
        assert found["fallback"] == "SIMILAR"
        assert found["totalCount"] > 0
    assert any(word in folded_words(product["name"]) for product in others["products"]["products"])
    right = await ask(one, SEARCH, s=word, similar=True)
    assert right["products"]["fallback"] is None
    assert right["products"]["totalCount"] > 0


async def test_what_was_found_is_marked_as_html(one: Shop) -> None:
    word = next(word for name in (await names(one)).values() for word in name.split() if len(word) > 5)
    edges = (await ask(one, SEARCH, s=word))["productConnection"]["edges"]
    marked = [edge for edge in edges if edge["highlight"]]
    assert marked
    for edge in marked:
        parts = re.split("</?em>", edge["highlight"])
        assert not any(sign in part for part in parts for sign in "<>\"'")
        assert html.unescape("".join(parts)) == edge["node"]["name"]
    assert (await ask(one, SEARCH))["productConnection"]["edges"][0]["highlight"] is None


@pytest.mark.parametrize(
    ("typed", "name", "begun"),
    [("croq", "Croquettes Rénal", True), ("rena cro", "Croquettes Rénal", True), ("enal", "Rénal", False),
     ("", "Rénal", False), ("renal x", "Croquettes Rénal", False)],
)  # fmt: skip
def test_names_that_have_begun(typed: str, name: str, *, begun: bool) -> None:
    assert has_begun(folded_words(typed), name) is begun


def test_an_index_is_behind_what_was_heard_after_it_looked() -> None:
    now = [1_000.0]
    changes = LastChanges(lambda: now[0])

    def looked_at(seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, UTC)

    assert not changes.are_in(None, stock=False)
    assert not changes.are_in(looked_at(1_000), stock=False), "nobody knows what was before it started"
    assert changes.are_in(looked_at(1_002), stock=True)
    now[0] = 1_100.0
    changes.heard(frozenset({STOCK, "stock:4"}))
    assert changes.are_in(looked_at(1_050), stock=False)
    assert not changes.are_in(looked_at(1_050), stock=True)
    changes.heard(frozenset({PRODUCTS, "product:4"}))
    assert not changes.are_in(looked_at(1_050), stock=False)
    now[0] = 1_200.0
    changes.heard(frozenset())
    assert not changes.are_in(looked_at(1_150), stock=False)
    assert changes.are_in(looked_at(1_203), stock=True)


def test_an_answer_with_extensions_is_marked_as_stale_too() -> None:
    assert marked_stale(b'{"data":{}}') == b'{"extensions":{"stale":true},"data":{}}'
    marked = marked_stale(b'{"extensions":{"search":"FALLBACK"},"data":{}}')
    assert marked == b'{"extensions":{"stale":true,"search":"FALLBACK"},"data":{}}'
