# ruff: noqa: S101  (these are tests)
"""Pages: disjoint, together the whole, with a total that stays."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest

from contract.catalogue import Catalogue
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PAGES = 4
_MOST = 500  # the largest page of a connection
_LIST = """
query ($page: Int, $size: Int, $sort: ProductSortInput) {
  products(currentPage: $page, pageSize: $size, sort: $sort) { totalCount minPrice maxPrice products { id } }
}
"""
_CONNECTION = """
query ($first: Int, $after: String, $last: Int, $before: String, $sort: ProductSortInput) {
  productConnection(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id } }
    nodes { id }
  }
}
"""


async def _page(shop: Shop, page: int, size: int, **sort: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.query(_LIST, page=page, size=size, sort=sort))["products"]
    return found


@pytest.mark.parametrize("key", ["id", "name", "price", "newest", "popular"])
async def test_pages_are_disjoint_and_together_the_whole(shop: Shop, catalogue: Catalogue, key: str) -> None:
    size = max(ceil(catalogue.total / _PAGES), 1)
    pages = [await _page(shop, number, size, **{key: "DESC"}) for number in range(1, _PAGES + 1)]
    ids = [product["id"] for page in pages for product in page["products"]]
    assert len(ids) == len(set(ids))
    assert sorted(ids) == catalogue.ids
    assert {page["totalCount"] for page in pages} == {catalogue.total}
    assert len({(page["minPrice"], page["maxPrice"]) for page in pages}) == 1


async def test_total_is_the_number_of_products(catalogue: Catalogue) -> None:
    assert catalogue.total == len(catalogue.products) == len(set(catalogue.ids))


async def test_beyond_the_end_is_an_empty_page(shop: Shop, catalogue: Catalogue) -> None:
    found = await _page(shop, 2, catalogue.total)
    assert found["products"] == []
    assert found["totalCount"] == catalogue.total


async def test_the_same_page_twice_is_the_same(shop: Shop) -> None:
    pages = [await _page(shop, 1, 20) for _ in range(3)]
    assert pages[0] == pages[1] == pages[2]


async def test_a_connection_walks_through_the_whole_forwards_and_backwards(shop: Shop, catalogue: Catalogue) -> None:
    steps = 3
    size = min(max(ceil(catalogue.total / _PAGES), 1), _MOST)

    async def walk(count: str, place: str, more: str, cursor: str) -> list[list[int]]:
        pages, at = list[list[int]](), None
        for _ in range(steps):
            variables = {count: size, place: at, "sort": {"name": "ASC"}}
            found = (await shop.query(_CONNECTION, **variables))["productConnection"]
            assert found["totalCount"] == catalogue.total
            assert [edge["node"] for edge in found["edges"]] == found["nodes"]
            pages.append([node["id"] for node in found["nodes"]])
            at = found["pageInfo"][cursor]
            if not found["pageInfo"][more]:
                break
        return pages

    whole = [p["id"] for p in (await _page(shop, 1, max(catalogue.total, 1), name="ASC"))["products"]]
    forwards = await walk("first", "after", "hasNextPage", "endCursor")
    backwards = await walk("last", "before", "hasPreviousPage", "startCursor")
    assert [i for page in forwards for i in page] == whole[: size * steps]
    assert [i for page in reversed(backwards) for i in page] == whole[-size * steps :]
