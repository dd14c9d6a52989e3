"""Prices by sheets are the prices of the engine, and so are the quantities at which they change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.pricing import PricedProduct, PricelistRule, PricingPolicy, RuleScope
from pricing.engine import PriceEngine, Tier
from pricing.errors import PricelistCycleError, UnknownPricelistError
from pricing.sheets import PriceSheets
from tests.pricing import strategies as shop
from tests.pricing.policies import ODOO_19

ONE = Decimal(1)
_SHOP_WIDE = frozenset({RuleScope.CATEGORY, RuleScope.GLOBAL})


def own_rules(rules: list[PricelistRule], product: PricedProduct) -> list[PricelistRule]:
    """Those of the product and of all its variants."""
    variants = {variant for variant, template in shop.VARIANTS.items() if template == product.template_id}
    targets = {RuleScope.TEMPLATE: {product.template_id}, RuleScope.VARIANT: variants}
    return [rule for rule in rules if rule.target_id in targets.get(rule.scope, ())]


@given(
    data=st.data(),
    policy=shop.POLICIES,
    products=st.lists(shop.products(), min_size=1, max_size=6),
    quantities=st.lists(shop.QUANTITIES, min_size=1, max_size=3),
)
def test_sheets_are_the_engine(
    data: st.DataObject, policy: PricingPolicy, products: list[PricedProduct], quantities: list[Decimal]
) -> None:
    """One after the other, with what was found for the ones before still known."""
    rules = data.draw(shop.rulebooks(policy, most=20))
    engine = shop.engine(policy)
    book = engine.book(rules)
    sheets = PriceSheets(engine, [rule for rule in rules if rule.scope in _SHOP_WIDE], shop.AT)
    for product in products:
        sheets.open(own_rules(rules, product))
        for pricelist_id in shop.PRICELISTS:
            for quantity in quantities:
                expected = engine.price(product, pricelist_id, quantity, shop.AT, rules=book)
                assert sheets.amount(product, pricelist_id, quantity) == expected.amount
                assert sheets.price(product, pricelist_id, quantity, ONE) == expected
            assert tiers(sheets, product, pricelist_id) == engine.tiers(product, pricelist_id, shop.AT, rules=book)


def tiers(sheets: PriceSheets, product: PricedProduct, pricelist_id: int) -> tuple[Tier, ...]:
    found: list[Tier] = []
    for quantity in (ONE, *sorted(sheets.breaks(product, pricelist_id))):
        amount = sheets.amount(product, pricelist_id, quantity)
        if not found or found[-1].price != amount:
            found.append(Tier(quantity, amount))
    return tuple(found)


@given(data=st.data(), policy=shop.POLICIES, product=shop.products())
def test_variants_without_rules_of_their_own_cost_the_same(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct
) -> None:
    rules = data.draw(shop.rulebooks(policy))
    sheets = PriceSheets(shop.engine(policy), [rule for rule in rules if rule.scope in _SHOP_WIDE], shop.AT)
    sheets.open(own_rules(rules, product))
    others = [one for one, template in shop.VARIANTS.items() if template == product.template_id]
    if sheets.variants_with_rules.isdisjoint(others):
        for pricelist_id in shop.PRICELISTS:
            amounts = {sheets.amount(replace(product, variant_id=one), pricelist_id) for one in others}
            assert len(amounts) == 1


def chained(number: int, pricelist_id: int, base: int, least: int = 0) -> PricelistRule:
    return PricelistRule(
        id=number,
        pricelist_id=pricelist_id,
        scope=RuleScope.GLOBAL,
        target_id=None,
        compute_price="formula",
        base="pricelist",
        base_pricelist_id=base,
        min_quantity=Decimal(least),
    )


def engine_and_product() -> tuple[PriceEngine, PricedProduct]:
    product = PricedProduct(20, 10, 1, Decimal(10), Decimal(0), Decimal(5), "EUR", "EUR", shop.UNIT)
    return shop.engine(ODOO_19), product


def test_a_circle_is_refused_where_it_is_met() -> None:
    engine, product = engine_and_product()
    sheets = PriceSheets(engine, [chained(1, 1, 2, 5), chained(2, 2, 1)], shop.AT)
    sheets.open([])
    assert sheets.amount(product, 1) == 10
    assert set(sheets.breaks(product, 1)) == {Decimal(5)}
    with pytest.raises(PricelistCycleError):
        sheets.amount(product, 1, Decimal(5))


def test_a_lost_pricelist_is_refused() -> None:
    engine, product = engine_and_product()
    sheets = PriceSheets(engine, [chained(1, 1, 99)], shop.AT)
    sheets.open([replace(chained(2, 98, 1), scope=RuleScope.TEMPLATE, target_id=10, compute_price="fixed")])
    for pricelist_id in (1, 98):
        with pytest.raises(UnknownPricelistError):
            sheets.amount(product, pricelist_id)
