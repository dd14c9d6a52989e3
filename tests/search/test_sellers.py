"""Prices of a shop of several companies: each pricelist as the website shows it that has it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, RuleScope
from cache.tables import ShopTables, load_labels, load_shop
from pricing.engine import PriceEngine
from pricing.taxes import display_price
from search.prices import ShopPrices, price_key
from search.reading import Batch, Catalogue
from search.sellers import Seller, sellers_of
from tests.search.priced import expected_product
from tests.search.shop import SitePaths, clock, small_shop
from tests.support.direct import adapter_of

#: of the first company, of the second, of everybody, of the second website alone, of a company without a website
OURS, THEIRS, SHARED, ON_SECOND, NOBODYS = 901, 902, 903, 904, 905
FIRST, SECOND, THIRD = 1, 52, 53


async def two_companies() -> tuple[ShopTables, Batch]:
    """The generated shop, with a second company whose currency is the dollar, and that shows prices with tax."""
    adapter = await adapter_of(small_shop(products=15, pricelists=3))
    catalogue = Catalogue(adapter, load_shop, load_labels, SitePaths(), langs=("fr_FR",))
    shop = await catalogue.shop(clock())
    batch = await catalogue.read(shop, [match.id for match in await catalogue.for_sale("fr_FR")])
    tables = shop.tables
    assert isinstance(tables, ShopTables)
    site, company, rates = tables.websites[0], tables.companies[FIRST], tables.rates[FIRST]
    second = CurrencyRates("USD", {"USD": (), "EUR": ((clock().date(), Decimal("0.5")),)}, rates.rounding)
    lists = (
        Pricelist(OURS, "EUR", company_id=FIRST),
        Pricelist(THEIRS, "USD", company_id=SECOND),
        Pricelist(SHARED, "EUR"),
        Pricelist(ON_SECOND, "EUR", website_id=72),
        Pricelist(NOBODYS, "EUR", company_id=THIRD),
    )
    return replace(
        tables,
        websites=(
            msgspec.structs.replace(site, prices_include_tax=False),
            msgspec.structs.replace(site, id=72, company_id=SECOND, prices_include_tax=True),
        ),
        companies={
            **tables.companies,
            SECOND: msgspec.structs.replace(company, id=SECOND, currency_code="USD"),
            THIRD: msgspec.structs.replace(company, id=THIRD),
        },
        rates={FIRST: rates, SECOND: second},
        pricelists={**tables.pricelists, **{one.id: one for one in lists}},
        shop_rules=(
            *tables.shop_rules,
            *(
                PricelistRule(10_000 + one.id, one.id, RuleScope.GLOBAL, None, "percentage", percent_price=Decimal(10))
                for one in lists
            ),
        ),
    ), batch


async def test_who_sells() -> None:
    tables, _ = await two_companies()
    found = sellers_of(tables, Seller(FIRST, include_tax=False), fixed=False)
    assert {one: found.get(one) for one in (OURS, THEIRS, SHARED, ON_SECOND, NOBODYS)} == {
        OURS: (FIRST, False),
        THEIRS: (SECOND, True),
        SHARED: (FIRST, False),
        ON_SECOND: (SECOND, True),
        NOBODYS: None,
    }
    fixed = sellers_of(tables, Seller(FIRST, include_tax=False), fixed=True)
    assert fixed[THEIRS] == (SECOND, False)


@pytest.mark.parametrize("pricelist_id", [OURS, THEIRS, SHARED, ON_SECOND])
async def test_prices_are_those_of_the_seller(pricelist_id: int) -> None:
    tables, batch = await two_companies()
    sellers = sellers_of(tables, Seller(FIRST, include_tax=False), fixed=False)
    prices = ShopPrices(tables, FIRST, False, clock(), sellers)
    seller, pricelist = sellers[pricelist_id], tables.pricelists[pricelist_id]
    rates = tables.rates[seller.company_id]
    engine = PriceEngine(tables.policy, tables.pricelists, tables.category_parents, tables.uoms, rates)
    book = engine.book([*tables.shop_rules, *batch.rules])
    currency = tables.companies[seller.company_id].currency_code
    found = prices.of(batch.any_language, batch.rules)
    assert price_key(NOBODYS) not in found[batch.any_language[0].id].cheapest
    for product in batch.any_language:
        expected = []
        for variant in product.variants:
            priced = expected_product(product, variant, currency)
            amount = engine.answered(engine.price(priced, pricelist_id, Decimal(1), clock(), rules=book).amount)
            step = engine.currency_step(pricelist.currency)
            computation = tables.policy.tax_computation
            shown = display_price(amount, product.tax_ids, tables.taxes, step, computation=computation)
            expected.append(shown.tax_included if seller.include_tax else shown.tax_excluded)
        assert found[product.id].cheapest[price_key(pricelist_id)] == float(min(expected))
