"""Filters, facets and counts, against a brute force count over what Odoo holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.records import ProductMatch, ProductQuery
from tests.conftest import BffOf
from tests.support.bff import Bff
from tests.support.direct import adapter_of

QUERY = """
query($filter: ProductFilterInput, $last: Boolean!) {
  productConnection(first: 500, filter: $filter) {
    totalCount inStockCount nodes { id }
    priceRange { min { amount } max { amount } }
    facets { attribute { id } values { value { id search } count selected } }
  }
  products(pageSize: 500, filter: $filter) @include(if: $last) {
    totalCount minPrice maxPrice filterCounts products { id } attributeValues { id }
  }
}
"""


@dataclass
class Shop:
    """The application, and what its Odoo holds: value ids by product and attribute, products in stock."""

    bff: Bff
    matches: list[ProductMatch]
    offered: dict[int, dict[int, set[int]]]
    in_stock: set[int]
    hidden: set[int]

    @property
    def tokens(self) -> list[str]:
        found = {(a, v) for values in self.offered.values() for a, of_attribute in values.items() for v in of_attribute}
        return [f"{attribute}-{value}" for attribute, value in sorted(found)]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["10.0", "19.0"])
async def shop(bff: BffOf, request: pytest.FixtureRequest) -> Shop:
    running = await bff(request.param)
    assert running.odoo is not None
    adapter = await adapter_of(running.odoo.double)
    matches = await adapter.find_products(ProductQuery(website_id=1, company_id=1), "en_US")
    ids = [match.id for match in matches]
    offered: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for value in await adapter.template_values(ids):
        offered[value.template_id][value.attribute_id].add(value.value_id)
    warehouses = [warehouse for warehouse in await adapter.warehouses() if warehouse.company_id == 1]
    free: Counter[int] = Counter()
    for level in await adapter.stock(ids, warehouses):
        free[level.variant_id] += level.free  # type: ignore[assignment]
    in_stock = {match.id for match in matches if any(free[variant] > 0 for variant in match.variant_ids)}
    attributes, _ = await adapter.attributes("en_US")
    return Shop(running, matches, offered, in_stock, {item.id for item in attributes if not item.visible})


def expected(shop: Shop, tokens: list[str], low: float | None, high: float | None, stocked: bool) -> dict[str, Any]:
    wanted: dict[int, set[int]] = defaultdict(set)
    for token in tokens:
        attribute_id, value_id = map(int, token.split("-"))
        wanted[attribute_id].add(value_id)

    def fits(match: ProductMatch, *, but: int | None = None) -> bool:
        values = shop.offered.get(match.id, {})
        return all(values.get(key, set()) & found for key, found in wanted.items() if key != but)

    def priced(match: ProductMatch) -> bool:
        least, most = Decimal(str(low or 0)), Decimal(str(high or 0))
        return match.list_price >= least and (not most or match.list_price <= most)

    candidates = [match for match in shop.matches if not stocked or match.id in shop.in_stock]
    found = [match.id for match in candidates if fits(match) and priced(match)]
    prices = [match.list_price for match in candidates if fits(match)]
    counts: Counter[tuple[int, int]] = Counter()
    for match in filter(priced, candidates):
        for attribute, values in shop.offered.get(match.id, {}).items():
            if attribute not in shop.hidden and fits(match, but=attribute):
                counts.update((attribute, value) for value in values)
    return {
        "found": found,
        "in_stock": sum(key in shop.in_stock for key in found),
        "range": (min(prices), max(prices)) if prices else None,
        "counts": dict(counts),
        "selected": {(key, value) for key, values in wanted.items() for value in values if (key, value) in counts},
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_facets_count_what_there_is(shop: Shop, data: st.DataObject) -> None:
    tokens = data.draw(st.lists(st.sampled_from(shop.tokens), max_size=4))
    prices = st.one_of(st.none(), st.sampled_from([0.0, 5.0, 20.5, 49.99, 120.0]))
    low, high, stocked = data.draw(prices), data.draw(prices), data.draw(st.booleans())
    wanted = {"attribValues": tokens, "minPrice": low, "maxPrice": high, "inStock": stocked}
    answer = (await shop.bff.query(QUERY, {"filter": wanted, "last": True})).data
    want = expected(shop, tokens, low, high, stocked)

    found = answer["productConnection"]
    assert sorted(node["id"] for node in found["nodes"]) == sorted(want["found"])
    assert found["totalCount"] == len(want["found"])
    assert found["inStockCount"] == want["in_stock"]
    span = found["priceRange"] and tuple(Decimal(found["priceRange"][end]["amount"]) for end in ("min", "max"))
    assert span == want["range"]
    facets = {
        (facet["attribute"]["id"], value["value"]["id"]): value
        for facet in found["facets"]
        for value in facet["values"]
    }
    assert {key: value["count"] for key, value in facets.items()} == want["counts"]
    assert {key for key, value in facets.items() if value["selected"]} == want["selected"]
    assert all(value["value"]["search"] == f"{key[0]}-{key[1]}" for key, value in facets.items())

    listed = answer["products"]
    assert listed["totalCount"] == len(want["found"])
    assert sorted(product["id"] for product in listed["products"]) == sorted(want["found"])
    assert {value["id"] for value in listed["attributeValues"]} == {value for _, value in want["counts"]}
    told = {count["id"]: count["total"] for count in listed["filterCounts"] if count["type"] == "attribute_value"}
    assert told == {value: count for (_, value), count in want["counts"].items()}
    assert [count["total"] for count in listed["filterCounts"] if count["type"] == "in_stock"] == [want["in_stock"]]


async def test_a_facet_value_selected_alone_finds_as_many_as_it_says(shop: Shop) -> None:
    facets = (await shop.bff.query(QUERY, {"filter": {}, "last": False})).data["productConnection"]["facets"]
    values = [value for facet in facets for value in facet["values"]]
    assert values
    for value in values[::5]:
        wanted = {"attribValues": [value["value"]["search"]]}
        answer = (await shop.bff.query(QUERY, {"filter": wanted, "last": False})).data
        assert answer["productConnection"]["totalCount"] == value["count"]
