# ruff: noqa: S101  (these are tests)
"""Calls to Odoo: few, and no more for many products than for some."""

from __future__ import annotations

import pytest

from contract.catalogue import Catalogue, spread
from contract.shop import OdooCall, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIST_CALLS = 6
PRODUCT_CALLS = 8


async def _calls(shop: Shop, name: str, **variables: object) -> list[OdooCall]:
    """The calls that a warm application makes to answer."""
    assert (await shop.ask(name, variables)).data
    with shop.counted() as calls:
        assert (await shop.ask(name, variables)).data
    return calls


async def _page(shop: Shop, *, with_variants: bool) -> list[int]:
    """Products of one page of the shop that have variants, or have none (yet)."""
    text = "{ products(pageSize: 300, sort: {popular: DESC}) { products { id firstVariant { id } } } }"
    found = (await shop.query(text))["products"]["products"]
    return [product["id"] for product in found if (product["firstVariant"] is not None) == with_variants]


async def test_a_list_costs_the_same_for_twenty_and_a_hundred(shop: Shop) -> None:
    wanted = {"ids": await _page(shop, with_variants=True)}
    for name in ("product_list", "listing"):
        costs = {
            size: await _calls(shop, name, pageSize=size, sort={"popular": "DESC"}, filter=wanted) for size in (20, 100)
        }
        counts = {size: len(calls) for size, calls in costs.items()}
        print(f"{name}: {counts} calls to Odoo for 20 and 100 products")  # noqa: T201  # a figure to be seen with -s
        assert max(counts.values()) <= LIST_CALLS, costs
        assert sorted(costs[20]) == sorted(costs[100])


async def test_products_without_variants_cost_one_call_more(shop: Shop) -> None:
    bare = await _page(shop, with_variants=False)
    if not bare:
        pytest.skip("every product has a variant")
    mixed = [*bare, *(await _page(shop, with_variants=True))[:10]]
    for ids in (bare[:1], mixed):
        assert len(await _calls(shop, "product_list", filter={"ids": ids}, pageSize=100)) <= LIST_CALLS + 1


async def test_a_product_page_costs_little(shop: Shop, catalogue: Catalogue) -> None:
    for product in spread(catalogue.sample, 12):
        calls = await _calls(shop, "product", slug=product["slug"])
        assert len(calls) <= PRODUCT_CALLS, calls


async def test_small_tables_cost_nothing(shop: Shop) -> None:
    for name in ("categories", "countries", "homepage", "website"):
        assert await _calls(shop, name) == []
