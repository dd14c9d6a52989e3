"""What must hold for any shop: order of rules, dates, margins, chains, units, tiers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.records.pricing import (
    CurrencyRates,
    PriceBase,
    PricedProduct,
    Pricelist,
    PricelistRule,
    PricingPolicy,
    RuleScope,
)
from pricing.engine import PriceEngine, Tier
from pricing.errors import PricelistCycleError, UnknownPricelistError, UnknownUomError
from pricing.evaluation import Price
from pricing.rounding import round_half_up
from tests.pricing import strategies as shop
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19

PRODUCT = PricedProduct(20, 10, 4, Decimal(100), Decimal(0), Decimal(60), "EUR", "EUR", shop.UNIT)
ONE = Decimal(1)


def price(
    rules: list[PricelistRule],
    *,
    policy: PricingPolicy = ODOO_19,
    product: PricedProduct = PRODUCT,
    pricelist_id: int = 1,
    quantity: Decimal = ONE,
    at: datetime = shop.AT,
    uom_id: int | None = None,
) -> Price:
    engine = shop.engine(policy)
    return engine.price(product, pricelist_id, quantity, at, uom_id=uom_id, rules=engine.book(rules))


def fixed(number: int, amount: str, scope: RuleScope = RuleScope.GLOBAL, target: int | None = None) -> PricelistRule:
    return PricelistRule(number, 1, scope, target, "fixed", fixed_price=Decimal(amount))


@given(data=st.data(), policy=shop.POLICIES, product=shop.products(), quantity=shop.QUANTITIES)
def test_the_winner_is_the_first_of_all_rules_in_odoos_order(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, quantity: Decimal
) -> None:
    """The indexed search finds what sorting and walking all rules finds."""
    rules = data.draw(shop.rulebooks(policy))
    pricelist = data.draw(st.sampled_from(sorted(shop.PRICELISTS)))
    now = shop.AT.date() if policy.date_bounds == "date" else shop.AT.replace(tzinfo=None)

    def depth(rule: PricelistRule) -> int:
        return len(list(shop.lineage(rule.target_id))) if rule.scope is RuleScope.CATEGORY else 0

    winners = [
        rule
        for rule in sorted(rules, key=lambda one: (one.scope, -one.min_quantity, -depth(one), -one.id))
        if rule.pricelist_id == pricelist
        and shop.applicable(rule, product)
        and quantity >= rule.min_quantity
        and (rule.date_start is None or rule.date_start <= now)
        and (rule.date_end is None or rule.date_end >= now)
    ]
    found = price(rules, policy=policy, product=product, pricelist_id=pricelist, quantity=quantity)
    assert found.rule_id == (winners[0].id if winners else None)
    assert found.currency == shop.PRICELISTS[pricelist].currency


@given(data=st.data(), policy=shop.POLICIES, product=shop.products(), quantity=shop.QUANTITIES)
def test_a_book_laid_over_another_answers_as_one_book(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, quantity: Decimal
) -> None:
    rules = data.draw(shop.rulebooks(policy))
    below = [rule for rule in rules if data.draw(st.booleans())]
    engine = shop.engine(policy)
    layered = engine.book(below).extended(rule for rule in rules if rule not in below)
    for pricelist in shop.PRICELISTS:
        whole = engine.price(product, pricelist, quantity, shop.AT, rules=engine.book(rules))
        assert engine.price(product, pricelist, quantity, shop.AT, rules=layered) == whole


@given(data=st.data(), policy=shop.POLICIES, product=shop.products())
def test_a_rule_of_another_product_changes_nothing(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct
) -> None:
    rules = data.draw(shop.rulebooks(policy))
    other = data.draw(shop.rules(policy, 999))
    assume(not shop.applicable(other, product))
    assert price([*rules, other], policy=policy, product=product) == price(rules, policy=policy, product=product)


@given(data=st.data(), policy=shop.POLICIES, days=st.integers(1, 1000), product=shop.products())
def test_a_rule_outside_its_dates_never_wins(
    data: st.DataObject, policy: PricingPolicy, days: int, product: PricedProduct
) -> None:
    rule = replace(data.draw(shop.rules(policy, 1)), pricelist_id=1)
    bounds = shop.Bounds(days, -days)
    for dated in (
        replace(rule, date_start=bounds.of(days, policy), date_end=None),
        replace(rule, date_start=None, date_end=bounds.of(-days, policy)),
    ):
        assert price([dated], policy=policy, product=product, quantity=Decimal(50)).rule_id is None


def test_both_ends_of_the_dates_are_included() -> None:
    now = shop.AT.replace(tzinfo=None)
    rule = replace(fixed(1, "9"), date_start=now, date_end=now)
    assert price([rule]).rule_id == 1
    assert price([rule], at=shop.AT + timedelta(seconds=1)).rule_id is None
    assert price([rule], at=shop.AT - timedelta(seconds=1)).rule_id is None
    day = replace(fixed(1, "9"), date_start=now.date(), date_end=now.date())
    assert price([day], policy=ODOO_10, at=shop.AT.replace(hour=23)).rule_id == 1
    assert price([day], policy=ODOO_10, at=shop.AT + timedelta(days=1)).rule_id is None


def test_a_moment_is_the_same_in_every_time_zone_but_a_day_is_the_shops() -> None:
    now = shop.AT.replace(tzinfo=None)
    moment = shop.AT.astimezone(timezone(timedelta(hours=9)))
    assert price([replace(fixed(1, "9"), date_start=now)], at=moment).rule_id == 1

    tomorrow = replace(fixed(1, "9"), date_start=now.date() + timedelta(days=1))
    evening = shop.AT.replace(hour=23, minute=30)
    brussels = timezone(timedelta(hours=1))
    engine = PriceEngine(ODOO_10, shop.PRICELISTS, shop.CATEGORIES, shop.UOMS, shop.RATES, timezone=brussels)
    assert engine.price(PRODUCT, 1, ONE, evening, rules=engine.book([tomorrow])).rule_id == 1
    assert price([tomorrow], policy=ODOO_10, at=evening).rule_id is None


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        price([], at=shop.AT.replace(tzinfo=None))


@given(scopes=st.permutations(list(RuleScope)))
def test_the_most_specific_scope_wins(scopes: list[RuleScope]) -> None:
    targets = {RuleScope.VARIANT: 20, RuleScope.TEMPLATE: 10, RuleScope.CATEGORY: 4, RuleScope.GLOBAL: None}
    rules = [fixed(number, str(number), scope, targets[scope]) for number, scope in enumerate(scopes, 1)]
    while rules:
        most_specific = min(rules, key=lambda rule: rule.scope)
        assert price(rules).rule_id == most_specific.id
        rules.remove(most_specific)


def test_the_deepest_category_wins_and_a_higher_quantity_before_that() -> None:
    shallow, deep = fixed(2, "5", RuleScope.CATEGORY, 1), fixed(1, "6", RuleScope.CATEGORY, 4)
    assert price([shallow, deep]).rule_id == 1
    assert price([replace(shallow, min_quantity=ONE), deep]).rule_id == 2


def test_a_template_with_several_variants_has_no_variant_rule() -> None:
    template = replace(PRODUCT, variant_id=None)
    assert price([fixed(1, "5", RuleScope.VARIANT, 20)], product=template).rule_id is None
    assert price([fixed(1, "5", RuleScope.TEMPLATE, 10)], product=template).rule_id == 1


@given(
    data=st.data(),
    policy=shop.POLICIES,
    product=shop.products(),
    base=st.sampled_from(["list_price", "standard_price"]),
)
def test_margins_bound_the_formula(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, base: PriceBase
) -> None:
    low, high = sorted(data.draw(st.tuples(shop.money("-20", "20"), shop.money("-20", "20"))))
    assume(low and high)
    rule = replace(
        data.draw(shop.rules(policy, 1, chained=False)),
        pricelist_id=1,
        scope=RuleScope.GLOBAL,
        target_id=None,
        compute_price="formula",
        base=base,
        min_quantity=Decimal(0),
        date_start=None,
        date_end=None,
        min_margin=low,
        max_margin=high,
    )
    start = product.standard_price if base == "standard_price" else product.list_price + product.price_extra
    amount = price([rule], policy=policy, product=product).amount
    assert start + low <= amount <= start + high


@given(data=st.data(), policy=shop.POLICIES, product=shop.products(), pricelist=st.sampled_from([1, 2, 3, 4]))
def test_zero_percent_is_the_base(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, pricelist: int
) -> None:
    rule = PricelistRule(1, pricelist, RuleScope.GLOBAL, None, "percentage")
    converting = replace(policy, convert_without_rule=True)
    without = price([], policy=converting, product=product, pricelist_id=pricelist).amount
    assert price([rule], policy=policy, product=product, pricelist_id=pricelist).amount == without
    empty_formula = replace(rule, compute_price="formula")
    assert price([empty_formula], policy=policy, product=product, pricelist_id=pricelist).amount == without


def test_without_a_rule_the_list_price_is_converted_or_not() -> None:
    product = replace(PRODUCT, price_extra=Decimal(5))
    assert price([], policy=ODOO_10, product=product, pricelist_id=2).amount == Decimal(105)
    for policy in (ODOO_14, ODOO_19):
        assert price([], policy=policy, product=product, pricelist_id=2).amount == Decimal(105) * Decimal("1.0823")


@given(
    data=st.data(),
    policy=shop.POLICIES,
    product=shop.products(),
    quantities=st.tuples(shop.QUANTITIES, shop.QUANTITIES),
)
def test_falling_tiers_make_falling_prices(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, quantities: tuple[Decimal, Decimal]
) -> None:
    amounts = sorted(data.draw(st.lists(shop.money(), min_size=1, max_size=5)), reverse=True)
    breaks = sorted(data.draw(st.lists(st.integers(1, 100), min_size=5, max_size=5, unique=True)))
    rules = [
        replace(fixed(number, str(amount)), min_quantity=Decimal(minimum if number > 1 else 0))
        for number, (amount, minimum) in enumerate(zip(amounts, breaks, strict=False), 1)
    ]
    few, many = sorted(quantities)
    at_few, at_many = (price(rules, policy=policy, product=product, quantity=one).amount for one in (few, many))
    assert at_many <= at_few


@given(data=st.data(), policy=shop.POLICIES, product=shop.products(), quantity=st.integers(1, 30))
def test_tiers_say_the_price_of_every_quantity(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, quantity: int
) -> None:
    """Any quantity costs what the last tier at or below it says, breaks of chained pricelists included."""
    rules = data.draw(shop.rulebooks(policy, most=20))
    engine = shop.engine(policy)
    book = engine.book(rules)
    for pricelist in shop.PRICELISTS:
        tiers = engine.tiers(product, pricelist, shop.AT, rules=book)
        assert tiers[0].min_quantity == 1
        assert all(low.min_quantity < high.min_quantity for low, high in pairwise(tiers))
        assert all(low.price != high.price for low, high in pairwise(tiers))
        tier = [one for one in tiers if one.min_quantity <= quantity][-1]
        assert tier.price == engine.price(product, pricelist, Decimal(quantity), shop.AT, rules=book).amount


def test_tiers_follow_the_pricelists_below() -> None:
    chained = PricelistRule(9, 2, RuleScope.GLOBAL, None, "percentage", "pricelist", 1, percent_price=Decimal(50))
    below = [fixed(1, "10"), replace(fixed(2, "8"), min_quantity=Decimal(12))]
    engine = PriceEngine(ODOO_19, {1: Pricelist(1, "EUR"), 2: Pricelist(2, "EUR")}, {}, shop.UOMS, CurrencyRates("EUR"))
    tiers = engine.tiers(PRODUCT, 2, shop.AT, rules=engine.book([chained, *below]))
    assert tiers == (Tier(ONE, Decimal(5)), Tier(Decimal(12), Decimal(4)))


@given(
    data=st.data(),
    policy=shop.POLICIES,
    product=shop.products(),
    quantity=st.integers(1, 40).map(Decimal),
    uom_id=st.sampled_from([shop.DOZEN, shop.PACK]),
)
def test_another_unit_of_a_fixed_price_is_that_many_times_it(
    data: st.DataObject, policy: PricingPolicy, product: PricedProduct, quantity: Decimal, uom_id: int
) -> None:
    """Buying n dozens costs per dozen twelve times what a unit costs when buying 12 n units, and back again."""
    rule = replace(data.draw(shop.rules(policy, 1)), pricelist_id=1, compute_price="fixed")
    size = Decimal({shop.DOZEN: 12, shop.PACK: 6}[uom_id])
    in_units = price([rule], policy=policy, product=product, quantity=quantity * size)
    in_packs = price([rule], policy=policy, product=product, quantity=quantity, uom_id=uom_id)
    assert in_packs.rule_id == in_units.rule_id
    assert round_half_up(in_packs.amount / size, Decimal("1e-15")) == round_half_up(in_units.amount, Decimal("1e-15"))


def test_a_unit_of_another_category_is_taken_for_the_products_own() -> None:
    rule = replace(fixed(1, "7.5"), min_quantity=Decimal(3))
    assert price([rule], quantity=Decimal(3), uom_id=shop.KILOGRAM) == price([rule], quantity=Decimal(3))


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(UnknownUomError, match="99"):
        price([], uom_id=99)
    with pytest.raises(UnknownPricelistError, match="77"):
        price([], pricelist_id=77)
    chained = PricelistRule(1, 1, RuleScope.GLOBAL, None, "percentage", "pricelist", 77)
    with pytest.raises(UnknownPricelistError, match="77"):
        price([chained])


@given(policy=shop.POLICIES, length=st.integers(1, 4))
def test_pricelists_in_a_circle_are_refused(policy: PricingPolicy, length: int) -> None:
    rules = [
        PricelistRule(one, one, RuleScope.GLOBAL, None, "formula", "pricelist", one % length + 1)
        for one in range(1, length + 1)
    ]
    engine = shop.engine(policy)
    book = engine.book(rules)
    with pytest.raises(PricelistCycleError, match="circle") as refused:
        engine.price(PRODUCT, 1, ONE, shop.AT, rules=book)
    assert refused.value.path == (*range(1, length + 1), 1)
    with pytest.raises(PricelistCycleError):
        engine.tiers(PRODUCT, 1, shop.AT, rules=book)
    with pytest.raises(PricelistCycleError):
        engine.possible_prices(PRODUCT, 1, ONE, shop.AT, rules=book)


def test_a_circle_that_the_product_does_not_meet_does_not_matter() -> None:
    rules = [
        PricelistRule(1, 1, RuleScope.GLOBAL, None, "formula", "pricelist", 3),
        PricelistRule(2, 3, RuleScope.TEMPLATE, 11, "formula", "pricelist", 1),
        PricelistRule(3, 3, RuleScope.GLOBAL, None, "fixed", "pricelist", 1, fixed_price=Decimal(42)),
    ]
    assert price(rules).amount == Decimal(42)


@given(data=st.data(), product=shop.products(), quantity=shop.QUANTITIES)
def test_possible_prices_hold_what_any_order_of_ties_gives(
    data: st.DataObject, product: PricedProduct, quantity: Decimal
) -> None:
    """Renumbering the rules is one way to break ties; each gives a possible price."""
    rules = data.draw(shop.rulebooks(ODOO_10))
    engine = shop.engine(ODOO_10)
    numbers = data.draw(st.permutations(range(len(rules))))
    renumbered = [replace(rule, id=number + 1) for rule, number in zip(rules, numbers, strict=True)]
    for pricelist in shop.PRICELISTS:
        possible = engine.possible_prices(product, pricelist, quantity, shop.AT, rules=engine.book(rules))
        other = engine.price(product, pricelist, quantity, shop.AT, rules=engine.book(renumbered))
        assert other.amount in {one.amount for one in possible}


@given(days=st.integers(-5000, 5000), pair=st.permutations(["EUR", "USD", "GBP"]), amount=shop.money())
def test_conversion_there_and_back(days: int, pair: list[str], amount: Decimal) -> None:
    """Through a third currency and back, on any day, nothing is lost but the 28th digit."""
    at = shop.AT + timedelta(days=days)
    engine = shop.engine(ODOO_19)
    lists = {currency: one.id for one in shop.PRICELISTS.values() for currency in [one.currency]}
    there, second, back = pair
    product = replace(PRODUCT, list_price=amount, currency=there)
    converted = engine.price(product, lists[second], ONE, at, rules=engine.book())
    again = replace(product, list_price=converted.amount, currency=second)
    via = engine.price(again, lists[back], ONE, at, rules=engine.book())
    home = replace(product, list_price=via.amount, currency=back)
    returned = engine.price(home, lists[there], ONE, at, rules=engine.book())
    assert abs(returned.amount - amount) < Decimal("1e-20")


def test_rates_count_from_their_day_on() -> None:
    engine_19, engine_14 = shop.engine(ODOO_19), shop.engine(ODOO_14)
    before_any = datetime(2019, 6, 1, tzinfo=UTC)
    old, new = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    amounts = [
        one.price(PRODUCT, 2, ONE, at, rules=one.book()).amount
        for one, at in ((engine_19, old), (engine_19, new), (engine_19, before_any), (engine_14, before_any))
    ]
    assert amounts == [Decimal(110), Decimal("108.23"), Decimal(110), Decimal(100)]
