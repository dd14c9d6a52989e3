# ruff: noqa: S101  (these are tests)
"""Sorting: really sorted, and the same products whichever way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from contract.catalogue import Catalogue
from contract.odoo import Odoo
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_SORTED = """
query ($sort: ProductSortInput) { products(sort: $sort, pageSize: 10000) { products { id name price } } }
"""


async def _sorted(shop: Shop, **sort: str) -> list[tuple[int, str, float]]:
    found = (await shop.query(_SORTED, sort=sort))["products"]["products"]
    return [(product["id"], product["name"], product["price"]) for product in found]


@pytest.mark.parametrize(("key", "column"), [("id", 0), ("price", 2)])
async def test_numbers_ascend_and_descend(shop: Shop, key: str, column: int) -> None:
    upwards = [row[column] for row in await _sorted(shop, **{key: "ASC"})]
    downwards = [row[column] for row in await _sorted(shop, **{key: "DESC"})]
    assert upwards == sorted(upwards)
    assert downwards == sorted(downwards, reverse=True)


async def test_names_descending_are_names_ascending_reversed(shop: Shop, catalogue: Catalogue) -> None:
    upwards = [name for _, name, _ in await _sorted(shop, name="ASC")]
    downwards = [name for _, name, _ in await _sorted(shop, name="DESC")]
    assert downwards == upwards[::-1]
    # databases differ in how they take accents, case and signs: of plain words all think the same
    plain = [name for name in upwards if name.isascii() and name[:1].isupper() and name[:4].isalpha()]
    assert [name[:1] for name in plain] == sorted(name[:1] for name in plain)
    assert len(upwards) == catalogue.total


async def test_the_newest_come_first(shop: Shop, odoo: Odoo) -> None:
    ids = [product_id for product_id, _, _ in await _sorted(shop, newest="DESC")]
    rows = await odoo.read("product.template", ids, ["create_date"])
    created = [rows[product_id]["create_date"] for product_id in ids]
    assert all(before >= after for before, after in pairwise(created))


async def test_equals_stand_by_id(shop: Shop) -> None:
    for rows in (await _sorted(shop, price="ASC"), await _sorted(shop, price="DESC")):
        for (first, _, price), (second, _, other) in pairwise(rows):
            assert price != other or first < second


@pytest.mark.parametrize("key", ["name", "newest", "popular"])
async def test_the_same_products_either_way(shop: Shop, catalogue: Catalogue, key: str) -> None:
    for direction in ("ASC", "DESC"):
        assert sorted(row[0] for row in await _sorted(shop, **{key: direction})) == catalogue.ids
