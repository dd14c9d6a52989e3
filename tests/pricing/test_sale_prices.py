"""``price_unit`` and ``discount``: what pricelists that show discounts put on a line, by version."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from adapters.records.pricing import CurrencyRates, PricedProduct, Pricelist, PricelistRule, RuleScope
from pricing.engine import PriceEngine
from pricing.sale_prices import SalePrice, discount_of, displayed_price, sale_price, stored_price
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19, POLICIES

if TYPE_CHECKING:
    from adapters.records.pricing import PricingPolicy

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
RATES = CurrencyRates("EUR", {"USD": ((date(2020, 1, 1), Decimal("1.1")),)}, {"EUR": Decimal("0.01")})
PRODUCT = PricedProduct(1, 1, 1, Decimal("12.50"), Decimal("0.50"), Decimal("9.995"), "EUR", "EUR", 1)
ALL = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
OLD = pytest.mark.parametrize("policy", [ODOO_10, ODOO_14], ids=["10.0", "14.0"])


def rule(pricelist_id: int, **values: Any) -> PricelistRule:
    return PricelistRule(id=pricelist_id, pricelist_id=pricelist_id, scope=RuleScope.GLOBAL, target_id=None, **values)


def priced(
    policy: PricingPolicy,
    *rules: PricelistRule,
    hidden: tuple[int, ...] = (),
    dollars: tuple[int, ...] = (),
    website: bool = False,
) -> SalePrice:
    """The price in pricelist 1. Pricelists show discounts, and are in euros, but for those named."""
    pricelists = {
        number: Pricelist(number, "USD" if number in dollars else "EUR", shows_discount=number not in hidden)
        for number in (1, 2, 3)
    }
    engine = PriceEngine(policy, pricelists, {}, {}, RATES)
    return sale_price(engine, PRODUCT, 1, Decimal(1), AT, rules=engine.book(rules), website=website)


def line(policy: PricingPolicy, price: SalePrice) -> tuple[Decimal | int, Decimal | int]:
    return stored_price(displayed_price(price, policy), policy), discount_of(price, policy)


def percentage(pricelist_id: int, percent: str, **values: Any) -> PricelistRule:
    return rule(pricelist_id, compute_price="percentage", percent_price=Decimal(percent), **values)


@ALL
def test_a_percentage_is_shown(policy: PricingPolicy) -> None:
    assert line(policy, priced(policy, percentage(1, "20"))) == (13, 20)
    assert line(policy, priced(policy, percentage(1, "7.125"))) == (13, Decimal("7.13"))


@ALL
def test_no_discount_is_shown(policy: PricingPolicy) -> None:
    """The price is the pricelist's: rounded to two decimals up to 14."""
    net = Decimal("12.07375")
    expected = net if policy is ODOO_19 else Decimal("12.07")
    assert line(policy, priced(policy, percentage(1, "7.125"), hidden=(1,))) == (expected, 0)


@pytest.mark.parametrize(("policy", "reached"), [(ODOO_10, False), (ODOO_14, True), (ODOO_19, True)])
def test_the_quantity_that_is_stored_reaches_the_tier(policy: PricingPolicy, reached: bool) -> None:
    """4.995 is 5 with two decimals, and less with three."""
    tier = rule(1, compute_price="fixed", fixed_price=Decimal(9), min_quantity=Decimal(5))
    engine = PriceEngine(policy, {1: Pricelist(1, "EUR")}, {}, {}, RATES)
    price = sale_price(engine, PRODUCT, 1, Decimal("4.995"), AT, rules=engine.book([tier]))
    assert price.price == (9 if reached else 13)


@ALL
def test_a_surcharge_is_part_of_the_price(policy: PricingPolicy) -> None:
    assert line(policy, priced(policy, percentage(1, "-10"))) == (Decimal("14.3"), 0)


@ALL
def test_without_a_rule_nothing_is_taken_off(policy: PricingPolicy) -> None:
    assert line(policy, priced(policy)) == (13, 0)


def test_fixed_prices_and_formulas_are_shown_as_discounts_up_to_14() -> None:
    fixed = rule(1, compute_price="fixed", fixed_price=Decimal("10.40"))
    formula = rule(1, compute_price="formula", discount=Decimal(20))
    for one in (fixed, formula):
        assert line(ODOO_10, priced(ODOO_10, one)) == (13, 20)
        assert line(ODOO_14, priced(ODOO_14, one)) == (13, 20)
        assert line(ODOO_19, priced(ODOO_19, one)) == (Decimal("10.40"), 0)


@OLD
def test_the_cost_is_what_a_rule_on_the_cost_starts_from(policy: PricingPolicy) -> None:
    on_cost = rule(1, compute_price="formula", base="standard_price", discount=Decimal(-30))
    price = priced(policy, on_cost)
    assert price.before_discount == Decimal("9.995")
    assert line(policy, price) == (Decimal("12.99"), 0)


@ALL
def test_through_the_pricelist_it_builds_on(policy: PricingPolicy) -> None:
    """10 % off what is 20 % off: the list price, and 28 %, where the other one shows its discount too."""
    chain = (percentage(1, "10", base="pricelist", base_pricelist_id=2), percentage(2, "20"))
    assert line(policy, priced(policy, *chain)) == (13, 28)


@OLD
def test_not_through_one_that_hides_its_discount(policy: PricingPolicy) -> None:
    chain = (percentage(1, "10", base="pricelist", base_pricelist_id=2), percentage(2, "20"))
    assert line(policy, priced(policy, *chain, hidden=(2,))) == (Decimal("10.40"), 10)


def test_not_through_a_formula_in_19() -> None:
    chain = (
        percentage(1, "10", base="pricelist", base_pricelist_id=2),
        rule(2, compute_price="formula", discount=Decimal(20)),
    )
    assert line(ODOO_19, priced(ODOO_19, *chain)) == (Decimal("10.40"), 10)
    assert line(ODOO_19, priced(ODOO_19, *chain, website=True)) == (13, 28)


def test_currencies() -> None:
    """What another pricelist's rule starts from is rounded when it is converted, up to 14."""
    chain = (
        percentage(1, "10", base="pricelist", base_pricelist_id=2),
        rule(2, compute_price="formula", discount=Decimal(20), surcharge=Decimal("0.003")),
    )
    for policy in (ODOO_10, ODOO_14):
        assert priced(policy, percentage(1, "20"), dollars=(1,)).before_discount == Decimal("14.3")
        assert priced(policy, *chain, dollars=(2,)).before_discount == 13
    assert priced(ODOO_14, dollars=(1,)).before_discount == Decimal("14.3")
    assert priced(ODOO_19, percentage(1, "20"), dollars=(1,)).before_discount == Decimal("14.3")


@OLD
def test_a_fixed_price_left_with_a_circle_of_pricelists(policy: PricingPolicy) -> None:
    """A rule of a fixed price may still name a pricelist to build on; Odoo looks at it for what to show."""
    circle = (
        rule(1, compute_price="fixed", fixed_price=Decimal(9), base="pricelist", base_pricelist_id=2),
        rule(2, compute_price="fixed", fixed_price=Decimal(10), base="pricelist", base_pricelist_id=1),
    )
    assert priced(policy, *circle).price == 9
