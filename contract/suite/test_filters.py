# ruff: noqa: S101  (these are tests)
"""Filters and facets: what is counted is what is found."""

from __future__ import annotations

from typing import Any

import pytest

from contract.catalogue import Catalogue, spread
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_VALUES = 12  # facet values looked at
_FOUND = """
query ($filter: ProductFilterInput, $search: String) {
  products(filter: $filter, search: $search, pageSize: 10000, sort: {id: ASC}) {
    totalCount
    minPrice
    maxPrice
    products { id name price }
  }
}
"""
_FACETS = """
query ($filter: ProductFilterInput) {
  products(filter: $filter, pageSize: 1) {
    totalCount
    attributeValues { id search attribute { id } }
    filterCounts
  }
  productConnection(filter: $filter, first: 0) {
    totalCount
    inStockCount
    priceRange { min { amount } max { amount } }
    facets { attribute { id } values { value { id search } count selected } }
  }
}
"""


async def _find(shop: Shop, search: str | None = None, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.query(_FOUND, filter=wanted, search=search))["products"]
    return found


async def _values(shop: Shop, **wanted: Any) -> dict[str, tuple[int, int, bool]]:
    """Token -> (attribute, count, selected)."""
    facets = (await shop.query(_FACETS, filter=wanted))["productConnection"]["facets"]
    return {
        value["value"]["search"]: (facet["attribute"]["id"], value["count"], value["selected"])
        for facet in facets
        for value in facet["values"]
    }


async def test_a_value_filtered_by_finds_its_count(shop: Shop) -> None:
    values = await _values(shop)
    if not values:
        pytest.skip("no product offers an attribute value")
    for token in spread(sorted(values), _VALUES):
        found = await _find(shop, attribValues=[token])
        assert (token, found["totalCount"]) == (token, values[token][1])


async def test_every_value_of_a_product_is_a_facet(shop: Shop, catalogue: Catalogue) -> None:
    values = await _values(shop)
    offered = {value["search"] for product in catalogue.sample for value in product["attributeValues"]}
    assert offered <= set(values)


async def test_a_product_is_found_by_each_value_it_offers(shop: Shop, catalogue: Catalogue) -> None:
    pairs = [(p["id"], v["search"]) for p in catalogue.sample for v in p["attributeValues"]]
    if not pairs:
        pytest.skip("no product of the sample offers an attribute value")
    for product_id, token in spread(pairs, _VALUES):
        found = await _find(shop, attribValues=[token], ids=[product_id])
        assert [product["id"] for product in found["products"]] == [product_id]


async def test_both_kinds_of_facets_say_the_same(shop: Shop) -> None:
    answer = await shop.query(_FACETS, filter={})
    found, connection = answer["products"], answer["productConnection"]
    counts = {entry["id"]: entry["total"] for entry in found["filterCounts"] if entry["type"] == "attribute_value"}
    facets = {v["value"]["id"]: v["count"] for facet in connection["facets"] for v in facet["values"]}
    assert counts == facets
    assert {value["id"] for value in found["attributeValues"]} == set(counts)
    in_stock = [entry["total"] for entry in found["filterCounts"] if entry["type"] == "in_stock"]
    assert in_stock == [connection["inStockCount"]]
    assert found["totalCount"] == connection["totalCount"]


async def test_the_siblings_of_a_filtered_value_stay_selectable(shop: Shop) -> None:
    values = await _values(shop)
    by_attribute: dict[int, set[str]] = {}
    for token, (attribute, _, _) in values.items():
        by_attribute.setdefault(attribute, set()).add(token)
    attribute, siblings = max(by_attribute.items(), key=lambda item: len(item[1]), default=(0, set()))
    if len(siblings) < 2:
        pytest.skip("no attribute with two values is offered")
    chosen = min(siblings)
    after = await _values(shop, attribValues=[chosen])
    of_same = {token: found for token, found in after.items() if found[0] == attribute}
    assert set(of_same) == siblings
    assert {token: count for token, (_, count, _) in of_same.items()} == {t: values[t][1] for t in siblings}
    assert [token for token, (_, _, selected) in after.items() if selected] == [chosen]


async def test_two_values_of_an_attribute_widen_and_two_attributes_narrow(shop: Shop) -> None:
    values = await _values(shop)
    tokens = sorted(values, key=lambda token: -values[token][1])
    for first in tokens[:3]:
        alone = {p["id"] for p in (await _find(shop, attribValues=[first]))["products"]}
        for second in tokens[:6]:
            other = {p["id"] for p in (await _find(shop, attribValues=[second]))["products"]}
            both = {p["id"] for p in (await _find(shop, attribValues=[first, second]))["products"]}
            same = values[first][0] == values[second][0]
            assert both == (alone | other if same else alone & other)


async def test_prices_stay_within_the_bounds(shop: Shop, catalogue: Catalogue) -> None:
    prices = sorted(product["price"] for product in catalogue.products)
    low, high = prices[len(prices) // 3], prices[len(prices) * 2 // 3]
    for bounds in ({"minPrice": low}, {"maxPrice": high}, {"minPrice": low, "maxPrice": high}):
        found = await _find(shop, **bounds)
        least, most = bounds.get("minPrice") or 0, bounds.get("maxPrice") or float("inf")
        expected = [p["id"] for p in catalogue.products if least <= p["price"] <= most]
        assert [p["id"] for p in found["products"]] == expected
        # the bounds of the slider do not move with it
        assert (found["minPrice"], found["maxPrice"]) == (prices[0], prices[-1])


async def test_what_is_in_stock_is_counted_and_found(shop: Shop) -> None:
    counted = (await shop.query(_FACETS, filter={}))["productConnection"]["inStockCount"]
    found = await _find(shop, inStock=True)
    assert found["totalCount"] == len(found["products"]) == counted


async def test_ids_find_exactly_these(shop: Shop, catalogue: Catalogue) -> None:
    wanted = catalogue.sampled_ids
    found = await _find(shop, ids=[*reversed(wanted), 2_000_000_001, None])
    assert [product["id"] for product in found["products"]] == wanted


async def test_a_product_is_found_by_the_words_of_its_name(shop: Shop, catalogue: Catalogue) -> None:
    for product in spread(catalogue.sample, 6):
        words = " ".join(reversed(product["name"].split()[:4]))
        for found in (await _find(shop, search=words), await _find(shop, name=words)):
            assert product["id"] in [match["id"] for match in found["products"]]


async def test_a_product_is_found_by_its_sku(shop: Shop, catalogue: Catalogue) -> None:
    coded = [(p["id"], v["sku"]) for p in catalogue.sample for v in p["productVariants"] or () if v["sku"]]
    for product_id, sku in spread(coded, 6):
        if len(sku.split()) == 1:
            assert product_id in [p["id"] for p in (await _find(shop, search=sku))["products"]]


async def test_an_empty_filter_and_nulls_do_not_restrict(shop: Shop, catalogue: Catalogue) -> None:
    members = ("ids", "categoryId", "categorySlug", "name", "attribValues", "minPrice", "maxPrice", "inStock")
    for wanted in ({}, dict.fromkeys(members), {"ids": [], "categoryId": [], "attribValues": [], "minPrice": 0}):
        assert (await _find(shop, **wanted))["totalCount"] == catalogue.total


async def test_nothing_is_found_by_what_no_product_has(shop: Shop) -> None:
    for wanted in ({"ids": [2_000_000_001]}, {"categorySlug": "/category/no-such-category"}, {"name": "zzyzx qqq"}):
        found = await _find(shop, **wanted)
        assert (found["totalCount"], found["products"], found["minPrice"]) == (0, [], 0)
