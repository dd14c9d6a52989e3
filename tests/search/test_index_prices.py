"""Prices in the index are those of the pricing engine, variant by variant and tier by tier."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

import pytest

from cache.tables import load_labels, load_shop
from pricing.engine import PriceEngine
from pricing.taxes import display_price
from search.documents import price_part
from search.prices import ShopPrices, price_key
from search.reading import Catalogue
from tests.search.priced import expected_product
from tests.search.shop import SitePaths, clock, small_shop
from tests.support.direct import adapter_of
from tests.support.doubles import VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("include_tax", [False, True])
async def test_as_the_engine_tells_them_one_by_one(version: str, include_tax: bool) -> None:
    adapter = await adapter_of(small_shop(version, products=40, pricelists=14))
    catalogue = Catalogue(adapter, load_shop, load_labels, SitePaths(), langs=("fr_FR",), include_tax=include_tax)
    shop = await catalogue.shop(clock())
    tables, company = shop.tables, shop.prices.company_id
    batch = await catalogue.read(shop, [match.id for match in await catalogue.for_sale("fr_FR")])
    engine = PriceEngine(tables.policy, tables.pricelists, tables.category_parents, tables.uoms, tables.rates[company])
    rules = engine.book([*tables.shop_rules, *batch.rules])
    found = shop.prices.of(batch.any_language, batch.rules)
    several = tiered = 0
    for product, pricelist in itertools.product(batch.any_language, tables.pricelists.values()):
        step = engine.currency_step(pricelist.currency)

        def shown(amount: Decimal, taxes: Sequence[int] = product.tax_ids, step: Decimal = step) -> float:
            computation = tables.policy.tax_computation
            price = display_price(engine.answered(amount), taxes, tables.taxes, step, computation=computation)
            return float(price.tax_included if include_tax else price.tax_excluded)

        currency = tables.companies[company].currency_code
        priced = [expected_product(product, variant, currency) for variant in product.variants]
        prices = [shown(engine.price(one, pricelist.id, Decimal(1), clock(), rules=rules).amount) for one in priced]
        key, of = price_key(pricelist.id), found[product.id]
        assert of.cheapest[key] == min(prices)
        assert of.first.get(key, prices[0]) == prices[0]
        several += len(set(prices)) > 1
        tiers = [
            (float(tier.min_quantity), shown(tier.price))
            for tier in engine.tiers(priced[0], pricelist.id, clock(), rules=rules)
        ]
        expected = [tier for number, tier in enumerate(tiers) if not number or tiers[number - 1][1] != tier[1]]
        assert of.tiers.get(key, expected if len(expected) < 2 else None) == expected
        tiered += len(expected) > 1
    assert several
    assert tiered


async def test_a_pricelist_that_goes_round_is_left_out_and_no_other() -> None:
    double = small_shop(products=10, pricelists=4)
    values = {"applied_on": "3_global", "compute_price": "formula", "base": "pricelist", "min_quantity": 0}
    first, second = (double.create("product.pricelist", {"name": name, "currency_id": 1}) for name in ("a", "b"))
    for one, other in ((first, second), (second, first)):
        double.create("product.pricelist.item", {**values, "pricelist_id": one, "base_pricelist_id": other})
    catalogue = Catalogue(await adapter_of(double), load_shop, load_labels, SitePaths(), langs=("fr_FR",))
    shop = await catalogue.shop(clock())
    batch = await catalogue.read(shop, [match.id for match in await catalogue.for_sale("fr_FR")])
    assert isinstance(shop.prices, ShopPrices)
    for prices in shop.prices.of(batch.any_language, batch.rules).values():
        part = price_part(prices)
        assert set(part["prices"]) == {price_key(one) for one in shop.tables.pricelists if one not in {first, second}}
