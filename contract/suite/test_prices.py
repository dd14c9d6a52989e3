# ruff: noqa: S101  (these are tests)
"""Prices: what the shop computes is what Odoo itself answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contract.catalogue import Catalogue, spread
from contract.odoo import NotAnsweredError, Odoo
from contract.shop import UNLIMITED, Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUANTITIES = (1, 2, 20, 250)
_VARIANTS = 16
_PRICELISTS = 3
_AMOUNTS = "{ withoutTax { amount currencyCode } withTax { amount } price { amount } taxIncluded }"
_PRICED = f"""
query ($ids: [Int]) {{
  products(filter: {{ids: $ids}}, pageSize: 100) {{
    products {{
      productVariants {{
        id
        priceTiers {{ minQuantity price {{ amount }} }}
        {" ".join(f'q{quantity}: unitPrice(quantity: "{quantity}") {_AMOUNTS}' for quantity in QUANTITIES)}
      }}
    }}
  }}
}}
"""


async def _pricelists(odoo: Odoo) -> list[int]:
    """Pricelists to try: spread over all, those in another currency too."""
    found = await odoo.search("product.pricelist", [])
    rows = await odoo.read("product.pricelist", found, ["currency_id"])
    by_currency: dict[int, int] = {}
    for pricelist_id in found:
        by_currency.setdefault(rows[pricelist_id]["currency_id"][0], pricelist_id)
    return sorted({*spread(sorted(found), _PRICELISTS), *spread(sorted(by_currency.values()), 2)})


async def _digits(odoo: Odoo, pricelist_id: int) -> tuple[str, int]:
    """(code, decimals) of a pricelist's currency."""
    pricelist = (await odoo.read("product.pricelist", [pricelist_id], ["currency_id"]))[pricelist_id]
    currency_id = pricelist["currency_id"][0]
    row = (await odoo.read("res.currency", [currency_id], ["name", "rounding"]))[currency_id]
    exponent = Decimal(repr(row["rounding"])).normalize().as_tuple().exponent
    return row["name"], max(0, -exponent) if isinstance(exponent, int) else 0


async def _priced(shop: Shop, catalogue: Catalogue) -> dict[int, dict[str, Any]]:
    """Variants with their prices, spread over the sample."""
    found = (await shop.query(_PRICED, ids=catalogue.sampled_ids))["products"]["products"]
    variants = [variant for product in found for variant in product["productVariants"] or ()]
    return {variant["id"]: variant for variant in spread(variants, _VARIANTS)}


async def test_unit_prices_are_odoos_own(shop: Shop, catalogue: Catalogue, odoo: Odoo) -> None:
    compared = 0
    for pricelist_id in await _pricelists(odoo):
        code, digits = await _digits(odoo, pricelist_id)
        async with open_shop(shop.target, pricelist_id=pricelist_id, **UNLIMITED) as asked:
            ours = await _priced(asked, catalogue)
        included = await odoo.prices_include_tax(list(ours))
        for quantity in QUANTITIES:
            try:
                theirs = await odoo.prices(list(ours), pricelist_id, quantity, digits)
            except NotAnsweredError as error:
                pytest.skip(str(error))
            for variant_id, variant in ours.items():
                if included[variant_id] is None:
                    continue
                price = variant[f"q{quantity}"]
                amount = price["withTax" if included[variant_id] else "withoutTax"]["amount"]
                told = f"variant {variant_id}, pricelist {pricelist_id}, {quantity} units"
                assert (told, Decimal(amount)) == (told, theirs[variant_id])
                assert (told, price["withoutTax"]["currencyCode"]) == (told, code)
                compared += 1
    assert compared


async def test_tiers_and_unit_prices_agree(shop: Shop, catalogue: Catalogue) -> None:
    for variant in (await _priced(shop, catalogue)).values():
        tiers = [(Decimal(tier["minQuantity"]), tier["price"]["amount"]) for tier in variant["priceTiers"]]
        assert [least for least, _ in tiers] == sorted({least for least, _ in tiers})
        for quantity in QUANTITIES:
            reached = [amount for least, amount in tiers if least <= quantity]
            assert reached[-1] == variant[f"q{quantity}"]["price"]["amount"]


async def test_the_price_shown_is_with_or_without_tax_as_said(shop: Shop, catalogue: Catalogue) -> None:
    for variant in (await _priced(shop, catalogue)).values():
        price = variant["q1"]
        assert price["price"]["amount"] == price["withTax" if price["taxIncluded"] else "withoutTax"]["amount"]
        assert Decimal(price["withTax"]["amount"]) >= Decimal(price["withoutTax"]["amount"])
