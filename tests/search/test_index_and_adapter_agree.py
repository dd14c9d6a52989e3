"""Whatever is asked, the index answers what Odoo would: the same products, order, totals, facets, prices, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.double import Double
from demo.wholesale import generate
from search.suggesting import folded_words
from tests.identity.matrix_shop import EXAMPLE, MORE, Persona, Shop, shop
from tests.search.beside import indexed
from tests.support.opensearch import OpenSearch

pytestmark = pytest.mark.timeout(600)

CONNECTION = """
query($filter: ProductFilterInput, $sort: ProductSortInput, $first: Int) {
  productConnection(first: $first, filter: $filter, sort: $sort) {
    totalCount nodes { id name } pageInfo { hasNextPage hasPreviousPage }
    %s
  }
}
"""
LIST = """
query($filter: ProductFilterInput, $sort: ProductSortInput, $page: Int, $size: Int) {
  products(pageSize: $size, currentPage: $page, filter: $filter, sort: $sort) {
    totalCount minPrice maxPrice products { %s } attributeValues { id } %s
  }
}
"""
PARTS = {
    "inStockCount": "inStockCount",
    "facets": "facets { attribute { id } values { value { id search } count selected } }",
    "priceRange": "priceRange { min { amount currencyCode } max { amount currencyCode } }",
    "unitPriceRange": "unitPriceRange { min { amount currencyCode } max { amount currencyCode } }",
    "categoryFacets": "categoryFacets { category { id name } count selected }",
}
PERSONAS = [
    Persona(()),
    Persona(("practice",), 3),
    Persona(("shareholder",), 2),
    Persona(("backoffice",), 4),
    Persona(("codes",)),
    Persona(("unpriced",), 2),
    Persona(("unstocked",), 3),
    Persona(("coded",)),
    Persona(("empty",)),
]


@dataclass
class Both:
    """The same shop twice: found by the index, and by Odoo alone. ``outcomes``: of questions to the index."""

    by_index: Shop
    by_odoo: Shop
    ids: list[int]
    values: list[str]
    categories: list[int]
    words: list[str]
    outcomes: list[str]

    async def ask(self, text: str, variables: Any, persona: Persona) -> tuple[Any, Any]:
        before = len(self.outcomes)
        answer = await self.by_index.ask(text, variables, persona)
        told = self.outcomes[before:]
        assert set(told) <= {"answered"}
        assert told or "errors" in answer or persona.roles == ("empty",), "the index was not asked"
        return answer, await self.by_odoo.ask(text, variables, persona)


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["10.0", "14.0", "19.0"])
async def both(
    opensearch: OpenSearch, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Both]:
    file = Path(tmp_path_factory.mktemp("roles")) / "roles.toml"
    file.write_text(EXAMPLE.read_text() + MORE)
    double = Double(generate(request.param, products=60, pricelists=5))
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(indexed(double, opensearch))
        by_index = await stack.enter_async_context(shop(double, file, **beside.settings, local_cache_bytes=0))
        outcomes: list[str] = []
        by_index.app.state.services.search.asking._on_question = lambda outcome, _: outcomes.append(outcome)
        by_odoo = await stack.enter_async_context(shop(double, file))
        told = (await by_odoo.ask(
            "{ productConnection(first: 500) { nodes { id name categories { id parent { id } } }"
            " facets { values { value { search } } } } }", {}, Persona(("backoffice",), 4),
        ))["data"]["productConnection"]  # fmt: skip
        nodes = told["nodes"]
        yield Both(
            by_index=by_index,
            by_odoo=by_odoo,
            ids=[one["id"] for one in nodes],
            values=[value["value"]["search"] for facet in told["facets"] for value in facet["values"]],
            categories=sorted(
                {one["id"] for node in nodes for one in node["categories"]}
                | {one["parent"]["id"] for node in nodes for one in node["categories"] if one["parent"]}
            ),
            words=sorted({word[1:4] for node in nodes for word in node["name"].split() if word.isascii()}),
            outcomes=outcomes,
        )


def amounts(*, whole: bool) -> st.SearchStrategy[Any]:
    one = st.sampled_from([0, 1, 4.5, 9.99, 20, 49.99, 120])
    return st.none() | (one.map(float) if whole else one.map(str))


def filters(both: Both) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "ids": st.lists(st.sampled_from([*both.ids, 999_999]), max_size=20),
            "categoryId": st.lists(st.sampled_from([*both.categories, 999_999]), max_size=2),
            "name": st.sampled_from([*both.words, "*", "?a", "\\", "  "]),
            "attribValues": st.lists(st.sampled_from([*both.values, "1-999999", "nothing"]), max_size=4),
            "minPrice": amounts(whole=True),
            "maxPrice": amounts(whole=True),
            "minUnitPrice": amounts(whole=False),
            "maxUnitPrice": amounts(whole=False),
            "inStock": st.booleans(),
        },
    )


SORTS = st.dictionaries(
    st.sampled_from(["id", "name", "newest", "popular", "price", "unitPrice"]),
    st.sampled_from(["ASC", "DESC"]),
    max_size=2,
)
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@EXAMPLES
@given(data=st.data())
async def test_connections_are_the_same(both: Both, data: st.DataObject) -> None:
    persona = data.draw(st.sampled_from(PERSONAS))
    parts = data.draw(st.lists(st.sampled_from(sorted(PARTS)), unique=True))
    variables = {
        "filter": data.draw(filters(both)),
        "sort": data.draw(SORTS),
        "first": data.draw(st.sampled_from([0, 1, 7, 20, 500])),
    }
    answer, expected = await both.ask(CONNECTION % " ".join(PARTS[one] for one in parts), variables, persona)
    assert answer == expected


@EXAMPLES
@given(data=st.data())
async def test_lists_are_the_same(both: Both, data: st.DataObject) -> None:
    persona = data.draw(st.sampled_from(PERSONAS))
    fields = data.draw(st.sampled_from(["id name slug price", "id", "id unitPrice { price { amount } } isInStock"]))
    counts = data.draw(st.sampled_from(["", "filterCounts"]))
    variables = {
        "filter": data.draw(filters(both)),
        "sort": data.draw(SORTS),
        "page": data.draw(st.sampled_from([1, 2, 3, 40])),
        "size": data.draw(st.sampled_from([1, 13, 20, 10_000])),
    }
    answer, expected = await both.ask(LIST % (fields, counts), variables, persona)
    assert answer == expected


async def test_a_part_of_a_name_is_found_whatever_its_accents_are(both: Both) -> None:
    """By the index; whether Odoo does so hangs on its database."""
    for plain, accented in (("be", "Bé"), ("dia", "dïâ")):
        answers = [
            (
                await both.ask(
                    LIST % ("id", ""), {"filter": {"name": part}, "sort": {}, "page": 1, "size": 50}, PERSONAS[0]
                )
            )[0]
            for part in (plain, accented)
        ]
        assert answers[0] == answers[1]
        assert answers[0]["data"]["products"]["totalCount"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_names_are_in_alphabetical_order(both: Both, direction: str) -> None:
    variables = {"sort": {"name": direction}, "first": 500}
    answer, expected = await both.ask(CONNECTION % "inStockCount", variables, PERSONAS[3])
    assert answer == expected
    names = [node["name"] for node in answer["data"]["productConnection"]["nodes"]]
    by_letter = [" ".join(folded_words(name)) for name in names if name.isascii() and name.replace(" ", "").isalnum()]
    assert by_letter == sorted(by_letter, reverse=direction == "DESC")


async def test_a_word_of_a_name_finds_all_that_have_it(both: Both) -> None:
    """The index also looks into brands and categories, and forgives; but it misses nothing."""
    node = (await both.by_odoo.ask(CONNECTION % "", {"first": 500}, PERSONAS[3]))["data"]["productConnection"]["nodes"]
    text = "query($s: String) { productConnection(first: 500, search: $s) { nodes { id name } } }"
    compared = 0
    for word in sorted({word for one in node for word in one["name"].split() if len(word) > 5 and word.isalpha()})[:12]:
        for persona in PERSONAS[:4]:
            answer, expected = await both.ask(text, {"s": word}, persona)
            if "errors" in expected:
                assert answer == expected
                continue
            found, by_letter = (told["data"]["productConnection"]["nodes"] for told in (answer, expected))
            needed = {one["id"] for one in by_letter if folded_words(word)[0] in folded_words(one["name"])}
            assert needed <= {one["id"] for one in found}
            compared += len(needed)
    assert compared
