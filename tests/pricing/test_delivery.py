"""What delivery costs, and where it goes to, by version."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.contacts import Contact
from adapters.records.orders import DeliveryMethod, DeliveryPriceRule
from pricing.delivery import Exchange, Measures, Shipped, delivery_price, measures, method_available
from pricing.errors import NoDeliveryPriceError
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19, POLICIES

if TYPE_CHECKING:
    from adapters.records.pricing import PricingPolicy

ALL = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
#: 1 of the company's currency is 0.8 of the order's
EXCHANGE = Exchange(Decimal("0.8"))


def method(**values: Any) -> DeliveryMethod:
    defaults: dict[str, Any] = {
        "id": 1,
        "name": "Courier",
        "sequence": 1,
        "variant_id": 9,
        "pricing": "fixed",
        "fixed_price": Decimal("12.5"),
    }
    return DeliveryMethod(**{**defaults, **values})


def rule(variable: str, operator: str, limit: str, base: str, price: str = "0", factor: str = "weight") -> Any:
    return DeliveryPriceRule(
        variable=variable,  # type: ignore[arg-type]  # one of the five
        operator=operator,  # type: ignore[arg-type]  # one of the five
        limit=Decimal(limit),
        base=Decimal(base),
        price=Decimal(price),
        factor=factor,  # type: ignore[arg-type]  # one of the five
    )


def contact(**values: Any) -> Contact:
    return Contact(id=7, kind="delivery", name="Clinic", commercial_partner_id=7, **values)


def price(
    policy: PricingPolicy, one: DeliveryMethod, total: str = "100", measured: Measures | None = None, **values: Any
) -> Decimal | None:
    return delivery_price(one, measured or Measures(), Decimal(total), policy.delivery, **values)


# --- fixed prices


@ALL
def test_a_fixed_price(policy: PricingPolicy) -> None:
    assert price(policy, method()) == Decimal("12.5")
    assert price(policy, method(pricing="provider")) is None


def test_the_pricelist_counts_in_19_alone() -> None:
    in_pricelist = [price(policy, method(), pricelist_price=Decimal("10.94")) for policy in POLICIES.values()]
    assert in_pricelist == [Decimal("12.5"), Decimal("12.5"), Decimal("10.94")]


def test_a_list_price_is_converted_and_rounded() -> None:
    odd = method(fixed_price=Decimal("9.99"))
    assert price(ODOO_10, odd, exchange=EXCHANGE) == Decimal("7.99")
    assert price(ODOO_14, odd, exchange=EXCHANGE) == Decimal("7.99")
    assert price(ODOO_19, odd, exchange=EXCHANGE, pricelist_price=Decimal("7.992")) == Decimal("7.992")


def test_the_margin_is_put_on_fixed_prices_up_to_14() -> None:
    dearer = method(margin=Decimal(10), fixed_margin=Decimal(2))
    assert price(ODOO_10, method(margin=Decimal(10))) == Decimal("13.75")
    assert price(ODOO_14, method(margin=Decimal(10))) == Decimal("13.75")
    assert price(ODOO_19, dearer) == Decimal("12.5")


def test_the_fiscal_position_changes_the_price_in_19_alone() -> None:
    halved = [price(policy, method(), adapted=lambda one: one / 2) for policy in POLICIES.values()]
    assert halved == [Decimal("12.5"), Decimal("12.5"), Decimal("6.25")]


# --- prices by rules


RULES = (
    rule("weight", "<=", "5", "20"),
    rule("weight", ">", "5", "50"),
)
LIGHT = Measures(quantity=Decimal(2), weight=Decimal(5), volume=Decimal("0.1"), weight_volume=Decimal("0.5"))
HEAVY = Measures(quantity=Decimal(3), weight=Decimal("5.001"), volume=Decimal("0.2"), weight_volume=Decimal(1))


@ALL
def test_the_first_rule_that_applies(policy: PricingPolicy) -> None:
    by_rules = method(pricing="rules", rules=RULES)
    assert price(policy, by_rules, measured=LIGHT) == 20
    assert price(policy, by_rules, measured=HEAVY) == 50
    with pytest.raises(NoDeliveryPriceError):
        price(policy, method(pricing="rules", rules=RULES[:1]), measured=HEAVY)
    with pytest.raises(NoDeliveryPriceError):
        price(policy, method(pricing="rules"))


@ALL
@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("quantity", "==", "3", "1", "0.5", "quantity"), "2.5"),
        (rule("volume", "<", "0.3", "1", "10", "volume"), "3"),
        (rule("wv", ">=", "1", "0", "4", "wv"), "4"),
        (rule("price", ">", "99.99", "1", "0.01", "price"), "2"),
    ],
)
def test_variables_and_factors(policy: PricingPolicy, one: DeliveryPriceRule, expected: str) -> None:
    assert price(policy, method(pricing="rules", rules=(one,)), measured=HEAVY) == Decimal(expected)


@ALL
def test_rules_are_in_the_company_s_currency(policy: PricingPolicy) -> None:
    """An order of 80 is one of 100 for them; the answer is converted back, the margin put on it."""
    by_amount = method(pricing="rules", rules=(rule("price", ">=", "100", "9.99"), rule("price", "<", "100", "20")))
    assert price(policy, by_amount, "80", exchange=EXCHANGE) == Decimal("7.99")
    assert price(policy, by_amount, "79.99", exchange=EXCHANGE) == 16
    dearer = method(pricing="rules", rules=by_amount.rules, margin=Decimal(50), fixed_margin=Decimal(1))
    assert price(policy, dearer, "79.99", exchange=EXCHANGE) == Decimal("24.8")


# --- free from an amount on


@ALL
def test_free_from_an_amount_on(policy: PricingPolicy) -> None:
    free = method(free_over=Decimal(100), margin=Decimal(10))
    assert price(policy, free, "100") == 0
    assert price(policy, free, "99.99") != 0


def test_in_which_currency_the_amount_is() -> None:
    free = method(free_over=Decimal(100))
    assert price(ODOO_10, free, "80", exchange=EXCHANGE) == 0
    assert price(ODOO_14, free, "80", exchange=EXCHANGE) == 10, "14 compares the number of the order"
    assert price(ODOO_14, free, "100", exchange=EXCHANGE) == 0
    assert price(ODOO_19, free, "80", exchange=EXCHANGE, pricelist_price=Decimal(10)) == 0


def test_methods_with_rules_are_free_in_14_alone() -> None:
    free = method(pricing="rules", rules=RULES, free_over=Decimal(100))
    assert [price(policy, free, "100", LIGHT) for policy in POLICIES.values()] == [20, 0, 20]
    assert price(ODOO_14, free, "80", LIGHT, exchange=EXCHANGE) == 0, "either currency's amount does"


# --- sums over the lines


def test_sums_over_lines() -> None:
    lines = [
        Shipped(Decimal(2), Decimal("1.5"), Decimal("0.1")),
        Shipped(Decimal(1), Decimal(3), Decimal("0.2")),
        Shipped(Decimal(5), Decimal(1), Decimal(1), service=True),
    ]
    old, new = measures(lines, ODOO_14.delivery), measures(lines, ODOO_19.delivery)
    assert [old.quantity, old.weight, old.volume] == [8, 11, Decimal("5.4")]
    assert [new.quantity, new.weight, new.volume] == [3, 6, Decimal("0.4")]
    assert (old.weight_volume, new.weight_volume) == (Decimal("59.4"), Decimal("0.9"))
    assert new.all_weight == 11
    assert new.all_volume == Decimal("5.4")
    assert measures([], ODOO_10.delivery) == Measures()


# --- where it delivers


@ALL
def test_countries_and_states(policy: PricingPolicy) -> None:
    def delivers(one: DeliveryMethod, **values: Any) -> bool:
        return method_available(one, contact(**values), Measures(), policy.delivery)

    assert delivers(method())
    assert delivers(method(country_ids=(20, 75)), country_id=75)
    assert not delivers(method(country_ids=(20, 75)), country_id=57)
    assert not delivers(method(country_ids=(20, 75)))
    assert delivers(method(state_ids=(5,)), state_id=5)
    assert not delivers(method(state_ids=(5,)), state_id=6)


@pytest.mark.parametrize(
    ("policy", "code", "expected"),
    [
        (ODOO_10, "AB5", True),
        (ODOO_10, "ab5", False),
        (ODOO_14, "ab5", True),
        (ODOO_10, "AB91", False),
        (ODOO_14, "ab91", False),
        (ODOO_14, "", False),
    ],
)
def test_zip_ranges(policy: PricingPolicy, code: str, expected: bool) -> None:
    ranged = method(zip_from="AB1", zip_to="AB9")
    assert method_available(ranged, contact(zip=code or None), Measures(), policy.delivery) is expected


@pytest.mark.parametrize(
    ("prefixes", "code", "expected"),
    [
        (("1", "20"), "1000", True),
        (("1", "20"), "2040", True),
        (("1", "20"), "3000", False),
        (("AB",), "ab12", True),
        (("100$",), "100", True),
        (("100$",), "1000", False),
        (("(",), "(1", True),
        (("1",), "", False),
    ],
)
def test_zip_prefixes(prefixes: tuple[str, ...], code: str, expected: bool) -> None:
    one = method(zip_prefixes=prefixes)
    assert method_available(one, contact(zip=code or None), Measures(), ODOO_19.delivery) is expected


def test_limits_and_tags() -> None:
    def offered(one: DeliveryMethod, *tag_ids: int) -> bool:
        measured = Measures(all_weight=Decimal(10), all_volume=Decimal(2))
        return method_available(one, contact(), measured, ODOO_19.delivery, tag_ids=tag_ids)

    assert offered(method(max_weight=Decimal(10), max_volume=Decimal(2)))
    assert not offered(method(max_weight=Decimal("9.99")))
    assert not offered(method(max_volume=Decimal("1.99")))
    assert offered(method(max_weight=Decimal(0)))
    assert offered(method(must_have_tag_ids=(1, 2)), 2)
    assert not offered(method(must_have_tag_ids=(1, 2)), 3)
    assert not offered(method(excluded_tag_ids=(1,)), 1, 2)


amounts = st.decimals(Decimal(0), Decimal(10_000), places=2)


@given(amounts, amounts, amounts, st.sampled_from(list(POLICIES.values())))
def test_more_is_never_dearer_than_its_free_amount(
    fixed: Decimal, free_over: Decimal, total: Decimal, policy: PricingPolicy
) -> None:
    """From the amount on nothing, below it the price; in one currency the versions agree."""
    one = method(fixed_price=fixed, free_over=free_over)
    assert delivery_price(one, Measures(), total, policy.delivery) == (0 if total >= free_over else fixed)
