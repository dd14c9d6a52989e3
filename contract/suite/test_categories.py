# ruff: noqa: S101  (these are tests)
"""Categories: one tree, whose products are those of its branches too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from contract.catalogue import Catalogue, spread
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_CATEGORY = """
query ($id: Int, $slug: String) {
  category(id: $id, slug: $slug) { id name slug parent { id } childs { id } breadcrumb }
}
"""
_PRODUCTS = """
query ($filter: ProductFilterInput) {
  products(filter: $filter, pageSize: 10000) { totalCount products { id } }
}
"""


@pytest.fixture
def categories(catalogue: Catalogue) -> list[dict[str, Any]]:
    if not catalogue.categories:
        pytest.skip("this shop has no categories")
    return spread(catalogue.categories, 20)


async def _found(shop: Shop, **wanted: Any) -> set[int]:
    found = (await shop.query(_PRODUCTS, filter=wanted))["products"]
    assert found["totalCount"] == len(found["products"])
    return {product["id"] for product in found["products"]}


async def test_id_and_slug_lead_to_the_same_category(shop: Shop, categories: list[dict[str, Any]]) -> None:
    for listed in categories:
        assert (await shop.query(_CATEGORY, id=listed["id"]))["category"] == listed
        assert (await shop.query(_CATEGORY, slug=listed["slug"]))["category"] == listed


async def test_parents_and_children_know_each_other(catalogue: Catalogue) -> None:
    by_id = {category["id"]: category for category in catalogue.categories}
    assert len(by_id) == len(catalogue.categories)
    for category in catalogue.categories:
        if category["parent"]:
            siblings = [child["id"] for child in by_id[category["parent"]["id"]]["childs"]]
            assert siblings.count(category["id"]) == 1
        for child in category["childs"] or ():
            assert by_id[child["id"]]["parent"] == {"id": category["id"]}


async def test_the_breadcrumb_leads_from_the_top_to_the_category(catalogue: Catalogue) -> None:
    by_id = {category["id"]: category for category in catalogue.categories}
    for category in catalogue.categories:
        path = category["breadcrumb"]
        assert path[-1] == {key: category[key] for key in ("id", "name", "slug")}
        assert by_id[path[0]["id"]]["parent"] is None
        for above, below in pairwise(path):
            assert by_id[below["id"]]["parent"] == {"id": above["id"]}


async def test_only_top_categories_have_no_parent(shop: Shop, catalogue: Catalogue) -> None:
    text = "{ categories(filter: {parent: true}, pageSize: 10000) { totalCount categories { id } } }"
    found = (await shop.query(text))["categories"]
    tops = [category["id"] for category in catalogue.categories if category["parent"] is None]
    assert [category["id"] for category in found["categories"]] == tops
    assert found["totalCount"] == len(tops)


async def test_products_below_a_category_are_in_it(shop: Shop, catalogue: Catalogue) -> None:
    parents = [category for category in catalogue.categories if category["childs"]]
    if not parents:
        pytest.skip("no category has children")
    for category in spread(parents, 6):
        own = await _found(shop, categoryId=[category["id"]])
        below = [await _found(shop, categoryId=[child["id"]]) for child in category["childs"]]
        assert set().union(*below) <= own
        assert own == await _found(shop, categorySlug=category["slug"])
        assert own == await _found(shop, categoryId=sorted(catalogue.descendants(category["id"])))


async def test_a_product_is_listed_in_its_categories(shop: Shop, catalogue: Catalogue) -> None:
    for product in spread(catalogue.sample, 10):
        for category in product["categories"] or ():
            assert product["id"] in await _found(shop, categoryId=[category["id"]])


async def test_the_products_of_a_category_are_in_it_or_below(shop: Shop, catalogue: Catalogue) -> None:
    within = {c["id"]: await _found(shop, categoryId=[c["id"]]) for c in spread(catalogue.categories, 6)}
    for product in catalogue.sample:
        own = {category["id"] for category in product["categories"] or ()}
        for category_id, found in within.items():
            assert (product["id"] in found) == bool(own & catalogue.descendants(category_id))
