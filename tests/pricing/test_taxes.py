"""Taxes in every combination of kinds, worked out by hand, and what must hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.pricing import RoundingMethod, TaxAmountType, TaxComputation
from pricing.errors import UnknownTaxError
from pricing.taxes import LineTotals, OrderLine, Tax, display_price, order_totals

CENT = Decimal("0.01")
COMPUTATIONS: list[TaxComputation] = ["sequential", "checkpoints", "batches"]
METHODS: list[RoundingMethod] = ["round_per_line", "round_globally"]


def percent(number: int, amount: str, *, included: bool = False, base: bool = False, affected: bool = True) -> Tax:
    return Tax(
        number,
        Decimal(amount),
        price_include=included,
        include_base_amount=base,
        is_base_affected=affected,
        sequence=number,
    )


def fixed(number: int, amount: str, *, included: bool = False, base: bool = False) -> Tax:
    return Tax(number, Decimal(amount), "fixed", price_include=included, include_base_amount=base, sequence=number)


def division(number: int, amount: str, *, included: bool = False) -> Tax:
    return Tax(number, Decimal(amount), "division", price_include=included, sequence=number)


def totals(
    taxes: list[Tax],
    price: str,
    computation: TaxComputation,
    *,
    quantity: int = 1,
    method: RoundingMethod = "round_per_line",
    sold: list[int] | None = None,
) -> LineTotals:
    line = OrderLine(Decimal(price), Decimal(quantity), sold or [tax.id for tax in taxes])
    order = order_totals([line], {tax.id: tax for tax in taxes}, method, CENT, computation=computation)
    assert order.amount_total == order.amount_untaxed + order.amount_tax
    return order.lines[0]


ALL = COMPUTATIONS
NEWER: list[TaxComputation] = ["checkpoints", "batches"]
OLDEST: list[TaxComputation] = ["sequential"]
NEWEST: list[TaxComputation] = ["batches"]
GROUP = Tax(9, amount_type="group", sequence=9, children=(1, 2))
#: computations, taxes, price, price without tax, price with tax
CASES = [
    (ALL, [], "12.345", "12.35", "12.35"),
    (ALL, [percent(1, "21")], "100", "100", "121"),
    (ALL, [percent(1, "21", included=True)], "121", "100", "121"),
    (ALL, [fixed(1, "0.15")], "100", "100", "100.15"),
    (ALL, [fixed(1, "0.15", included=True)], "100", "99.85", "100"),
    # division: the tax is a part of the price with tax
    (ALL, [division(1, "10")], "180", "180", "200"),
    (ALL, [division(1, "10", included=True)], "200", "180", "200"),
    (ALL, [division(1, "100")], "180", "180", {"batches": "360"}),
    # on top of each other only where the first enters the base
    (ALL, [percent(1, "10"), percent(2, "20")], "100", "100", "130"),
    (ALL, [percent(1, "10", base=True), percent(2, "20")], "100", "100", "132"),
    (ALL, [fixed(1, "10", base=True), percent(2, "20")], "100", "100", "132"),
    (ALL, [percent(1, "20"), fixed(2, "10", base=True)], "100", "100", "130"),
    (NEWEST, [percent(1, "10", base=True), percent(2, "20", affected=False)], "100", "100", "130"),
    # two included taxes share the price ... but one after the other in the oldest computation:
    # 131 - 131 / 1.21 = 22.74; 108.26 - 108.26 / 1.1 = 9.84
    (NEWER, [percent(1, "21", included=True), percent(2, "10", included=True)], "131", "100", "131"),
    (OLDEST, [percent(1, "21", included=True), percent(2, "10", included=True)], "131", "98.42", "131"),
    # included, the second computed on the price with the first: 133.1 / 1.21 = 110; 110 / 1.1 = 100
    (NEWER, [percent(1, "10", included=True, base=True), percent(2, "21", included=True)], "133.10", "100", "133.10"),
    # an included eco-tax that VAT is due on: 123 / 1.21 = 101.65; 101.65 - 2
    (NEWER, [fixed(1, "2", included=True, base=True), percent(2, "21", included=True)], "123", "99.65", "123"),
    # included, and another on top of the price without it
    (NEWER, [percent(1, "21", included=True), percent(2, "10")], "121", "100", "131"),
    (ALL, [percent(1, "21", included=True, base=True), percent(2, "10")], "121", "100", "133.10"),
    # a group is its children, in their order
    (ALL, [fixed(1, "10"), percent(2, "10"), GROUP], "200", "200", {"default": "230"}),
    (ALL, [fixed(1, "10", base=True), percent(2, "10"), GROUP], "200", "200", {"default": "231"}),
]
EXPANDED = [
    (computation, taxes, price, excluded, included)
    for computations, taxes, price, excluded, included in CASES
    for computation in computations
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("computation", "taxes", "price", "excluded", "included"), EXPANDED)
def test_worked_out_by_hand(
    computation: TaxComputation,
    taxes: list[Tax],
    price: str,
    excluded: str,
    included: str | dict[str, str],
    method: RoundingMethod,
) -> None:
    sold = [GROUP.id] if GROUP in taxes else None
    if isinstance(included, dict):
        included = included.get(computation, included.get("default", excluded))
    line = totals(taxes, price, computation, method=method, sold=sold)
    assert (line.price_subtotal, line.price_total) == (Decimal(excluded), Decimal(included))


@pytest.mark.parametrize("computation", COMPUTATIONS)
def test_groups_of_groups(computation: TaxComputation) -> None:
    taxes = [
        fixed(1, "10"),
        percent(2, "10"),
        GROUP,
        percent(3, "5"),
        Tax(10, amount_type="group", sequence=10, children=(9, 3)),
    ]
    line = totals(taxes, "200", computation, sold=[10])
    assert line == LineTotals(Decimal(200), Decimal(40), Decimal(240))


@pytest.mark.parametrize("computation", COMPUTATIONS)
def test_the_sequence_decides_the_order_not_the_listing(computation: TaxComputation) -> None:
    taxes = [percent(1, "10", base=True), percent(2, "20")]
    assert totals(taxes, "100", computation, sold=[2, 1]) == totals(taxes, "100", computation, sold=[1, 2])


def test_within_a_sequence_the_listing_decides_in_the_older_ones_and_the_id_in_the_newest() -> None:
    first = Tax(1, Decimal(10), include_base_amount=True, sequence=5)
    second = Tax(2, Decimal(20), sequence=5)
    for computation, reversed_total in (("sequential", "130"), ("checkpoints", "130"), ("batches", "132")):
        line = totals([first, second], "100", computation, sold=[2, 1])  # type: ignore[arg-type]
        assert line.price_total == Decimal(reversed_total)
        assert totals([first, second], "100", computation).price_total == Decimal(132)  # type: ignore[arg-type]


def test_global_rounding_rounds_each_tax_of_the_order_once() -> None:
    """21 % of 0.12 is 0.0252: 0.03 on each of three lines, but 0.08 of the three together."""
    lines = [OrderLine(Decimal("0.12"), Decimal(1), [1])] * 3
    taxes = {1: percent(1, "21")}
    for computation in COMPUTATIONS:
        by_line = order_totals(lines, taxes, "round_per_line", CENT, computation=computation)
        at_once = order_totals(lines, taxes, "round_globally", CENT, computation=computation)
        assert (by_line.amount_tax, at_once.amount_tax) == (Decimal("0.09"), Decimal("0.08"))


def test_a_currency_without_cents() -> None:
    taxes = {1: percent(1, "10")}
    for computation in COMPUTATIONS:
        order = order_totals(
            [OrderLine(Decimal("1234.5"), Decimal(3), [1])],
            taxes,
            "round_per_line",
            Decimal(1),
            computation=computation,
        )
        assert (order.amount_untaxed, order.amount_tax) == (Decimal(3704), Decimal(370))


def test_an_unknown_tax_is_named() -> None:
    for computation in COMPUTATIONS:
        with pytest.raises(UnknownTaxError, match="7"):
            totals([], "1", computation, sold=[7])
        with pytest.raises(UnknownTaxError, match="2"):
            totals([fixed(1, "1"), GROUP], "1", computation, sold=[9])


def test_display_prices() -> None:
    taxes = {1: percent(1, "21"), 2: percent(2, "6", included=True)}
    for computation in COMPUTATIONS:
        shown = display_price(Decimal("10.005"), [1], taxes, CENT, computation=computation)
        assert (shown.tax_excluded, shown.tax_included) == (Decimal("10.01"), Decimal("12.11"))
        shown = display_price(Decimal("10.60"), [2], taxes, CENT, computation=computation)
        assert (shown.tax_excluded, shown.tax_included) == (Decimal(10), Decimal("10.60"))


# -- what holds for any taxes ------------------------------------------------------------------------------------

KINDS: list[TaxAmountType] = ["percent", "fixed", "division"]


@st.composite
def tax_lists(draw: st.DrawFn, *, included: bool | None = None, most: int = 4) -> list[Tax]:
    numbers = count(1)
    flags = st.booleans() if included is None else st.just(included)
    return [
        Tax(
            next(numbers),
            draw(st.decimals(0, 25, places=2)),
            draw(st.sampled_from(KINDS)),
            price_include=draw(flags),
            include_base_amount=draw(st.booleans()),
            is_base_affected=draw(st.booleans()),
            sequence=draw(st.integers(1, 3)),
        )
        for _ in range(draw(st.integers(0, most)))
    ]


PRICES = st.decimals(Decimal(100), Decimal(1000), places=2)
QUANTITIES = st.integers(1, 50).map(Decimal)
ANY_COMPUTATION = st.sampled_from(COMPUTATIONS)


@given(tax_lists(), PRICES, QUANTITIES, ANY_COMPUTATION, st.sampled_from(METHODS))
def test_the_parts_make_the_whole(
    taxes: list[Tax], price: Decimal, quantity: Decimal, computation: TaxComputation, method: RoundingMethod
) -> None:
    line = OrderLine(price, quantity, [tax.id for tax in taxes])
    order = order_totals([line, line], {tax.id: tax for tax in taxes}, method, CENT, computation=computation)
    if method == "round_per_line":
        assert all(one.price_subtotal + one.price_tax == one.price_total for one in order.lines)
        assert order.amount_untaxed == 2 * order.lines[0].price_subtotal
        assert order.amount_tax == 2 * order.lines[0].price_tax
    assert abs(order.amount_untaxed + order.amount_tax - order.amount_total) <= CENT
    for amount in (order.amount_untaxed, order.amount_tax, order.amount_total):
        assert amount % CENT == 0


@given(tax_lists(included=True), PRICES, QUANTITIES, ANY_COMPUTATION)
def test_included_taxes_leave_the_price_as_it_is(
    taxes: list[Tax], price: Decimal, quantity: Decimal, computation: TaxComputation
) -> None:
    """With checkpoints this needs taxes that enter the base to come first: Odoo 12 to 17 count one before them
    that stays out of it twice (see the next test)."""
    if computation == "checkpoints":
        taxes = sorted(taxes, key=lambda tax: not tax.include_base_amount)
        taxes = [replace(tax, sequence=number) for number, tax in enumerate(taxes)]
    line = OrderLine(price, quantity, [tax.id for tax in taxes])
    order = order_totals([line], {tax.id: tax for tax in taxes}, "round_per_line", CENT, computation=computation)
    assert order.amount_total == price * quantity


def test_checkpoints_count_a_tax_twice_as_odoo_does() -> None:
    """Included, by sequence: 10 % that stays out of the base, 10 % that enters it, 10 % of what that makes.

    132 / 1.1 = 120 is what the first two must lead to: 100 + 10 + 10. The third is what is missing from 100 + 10
    to 132: 22, the first one's 10 among them.
    """
    taxes = [
        percent(1, "10", included=True),
        percent(2, "10", included=True, base=True),
        percent(3, "10", included=True),
    ]
    assert totals(taxes, "132", "checkpoints") == LineTotals(Decimal(100), Decimal(42), Decimal(142))
    assert totals(taxes, "132", "batches").price_total == Decimal(132)


@given(tax_lists(included=False), PRICES, QUANTITIES, ANY_COMPUTATION)
def test_taxes_on_top_leave_the_price_without_tax_as_it_is(
    taxes: list[Tax], price: Decimal, quantity: Decimal, computation: TaxComputation
) -> None:
    line = OrderLine(price, quantity, [tax.id for tax in taxes])
    order = order_totals([line], {tax.id: tax for tax in taxes}, "round_per_line", CENT, computation=computation)
    assert order.amount_untaxed == price * quantity
    assert order.amount_total >= order.amount_untaxed


@given(tax_lists(), PRICES, QUANTITIES, ANY_COMPUTATION, st.sampled_from(METHODS))
def test_a_return_is_the_order_with_the_other_sign(
    taxes: list[Tax], price: Decimal, quantity: Decimal, computation: TaxComputation, method: RoundingMethod
) -> None:
    by_id, ids = {tax.id: tax for tax in taxes}, [tax.id for tax in taxes]
    sale = order_totals([OrderLine(price, quantity, ids)], by_id, method, CENT, computation=computation)
    back = order_totals([OrderLine(price, -quantity, ids)], by_id, method, CENT, computation=computation)
    assert (back.amount_untaxed, back.amount_tax) == (-sale.amount_untaxed, -sale.amount_tax)


@given(tax_lists(most=1), PRICES, QUANTITIES, st.sampled_from(METHODS))
def test_one_tax_is_the_same_in_every_version(
    taxes: list[Tax], price: Decimal, quantity: Decimal, method: RoundingMethod
) -> None:
    """But for the cent of a tie: some round the tax, some what is left of the price."""
    line = OrderLine(price, quantity, [tax.id for tax in taxes])
    orders = [
        order_totals([line], {tax.id: tax for tax in taxes}, method, CENT, computation=computation)
        for computation in COMPUTATIONS
    ]
    for order in orders[1:]:
        assert abs(order.amount_untaxed - orders[0].amount_untaxed) <= CENT
        assert abs(order.amount_total - orders[0].amount_total) <= CENT
