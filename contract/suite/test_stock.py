# ruff: noqa: S101  (these are tests)
"""Stock: Odoo's own figures."""

from __future__ import annotations

import pytest

from contract.catalogue import Catalogue
from contract.odoo import Odoo
from contract.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_STOCK = """
query ($ids: [Int]) {
  products(filter: {ids: $ids}, pageSize: 100) {
    products { id isInStock qty stock { status quantity } productVariants { id qty isInStock stock { status } } }
  }
}
"""


async def test_free_quantities_are_odoos_own(shop: Shop, catalogue: Catalogue, odoo: Odoo) -> None:
    if not await odoo.has_fields("product.product", "qty_available"):
        pytest.skip("this Odoo keeps no stock")
    found = (await shop.query(_STOCK, ids=catalogue.sampled_ids))["products"]["products"]
    ours = {
        variant["id"]: variant["qty"]
        for product in found
        if product["stock"]["status"] != "NOT_TRACKED"
        for variant in product["productVariants"] or ()
    }
    exact = await odoo.has_fields("product.product", "free_qty")
    rows = await odoo.read("product.product", sorted(ours), ["free_qty" if exact else "qty_available"])
    for variant_id, row in rows.items():
        if exact:
            assert (variant_id, ours[variant_id]) == (variant_id, pytest.approx(row["free_qty"], abs=1e-6))
        else:  # 10.0 does not tell what is free: what is there less what is reserved, here in hundredths
            assert ours[variant_id] <= row["qty_available"] + 0.005 + 1e-6
    assert rows


async def test_a_product_has_the_stock_of_its_variants(shop: Shop, catalogue: Catalogue) -> None:
    for product in (await shop.query(_STOCK, ids=catalogue.sampled_ids))["products"]["products"]:
        variants = product["productVariants"] or []
        assert product["qty"] == pytest.approx(sum(variant["qty"] for variant in variants), abs=1e-6)
        tracked = product["stock"]["status"] != "NOT_TRACKED"
        assert product["isInStock"] == (not tracked or product["qty"] > 0)
        assert (product["stock"]["status"] == "IN_STOCK") == (tracked and product["qty"] > 0)


async def test_what_is_found_in_stock_is_in_stock(shop: Shop) -> None:
    text = "{ products(filter: {inStock: true}, pageSize: 50) { products { id qty } } }"
    for product in (await shop.query(text))["products"]["products"]:
        assert product["qty"] > 0, product["id"]
