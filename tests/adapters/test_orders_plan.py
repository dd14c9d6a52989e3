"""What is written so that an order equals its cart, against a small model of an order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.order_rules import OrderRules
from adapters.reader import Row
from adapters.reads.order_rows import line_of, number_of, plain, sequence_of
from adapters.records.orders import LineKind, Order, OrderLine, PushedCart, PushedLine
from adapters.versions.v10_orders import ORDER_RULES as V10
from adapters.versions.v14_orders import ORDER_RULES as V14
from adapters.versions.v19_orders import ORDER_RULES as V19
from adapters.writes.cart_header import header_changes
from adapters.writes.cart_plan import Plan, guarded, note_of, plan_push, settled, totals, with_note

DATA = Path(__file__).parent.parent / "data" / "odoo"
RULES = [V10, V14, V19]
ANY_RULES = st.sampled_from(RULES)
QUANTITIES = st.integers(1, 5).map(Decimal)
NOTES = st.sampled_from([None, "", "fragile", "two\nlines"])
PRICES = st.integers(1, 3).map(Decimal)
_KINDS: list[LineKind] = ["product", "product", "product", "foreign", "delivery", "reward", "note"]
KINDS = st.sampled_from(_KINDS)
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)

WISHES = st.builds(
    PushedLine,
    number=st.integers(1, 8),
    variant_id=st.integers(1, 4),
    quantity=QUANTITIES,
    uom_id=st.just(1),
    price_unit=PRICES,
    discount=st.sampled_from([Decimal(0), Decimal(10)]),
    note=NOTES,
)
CART_LINES = st.lists(WISHES, max_size=8, unique_by=lambda line: line.number).map(tuple)


@st.composite
def order_lines(draw: st.DrawFn) -> tuple[OrderLine, ...]:
    """Lines as they may be found: of several kinds, with lost numbers and numbers that stand twice."""
    found = []
    for line_id in range(1, draw(st.integers(0, 10)) + 1):
        kind = draw(KINDS)
        number = draw(st.one_of(st.none(), st.integers(1, 9))) if kind == "product" else None
        found.append(
            OrderLine(
                id=line_id,
                kind=kind,
                name=with_note("Name", draw(NOTES)),
                quantity=draw(QUANTITIES),
                price_unit=draw(PRICES),
                discount=Decimal(0),
                price_subtotal=Decimal(1),
                price_tax=Decimal(0),
                price_total=Decimal(1),
                number=number,
                variant_id=draw(st.integers(1, 4)),
            )
        )
    return tuple(found)


def an_order(*lines: OrderLine, **more: object) -> Order:
    values: dict[str, object] = {
        "id": 7,
        "name": "SO7",
        "state": "draft",
        "cart": "c",
        "partner_id": 3,
        "commercial_partner_id": 3,
        "invoice_partner_id": 3,
        "shipping_partner_id": 3,
        "currency": "EUR",
        "pricelist_id": 1,
        "company_id": 1,
        "ordered_at": MOMENT,
        "updated_at": MOMENT,
        "amount_untaxed": Decimal(0),
        "amount_tax": Decimal(0),
        "amount_total": Decimal(0),
        "lines": lines,
    }
    return Order(**{**values, **more})  # type: ignore[arg-type]  # a mapping of all sorts


def written(order: Order, plan: Plan, rules: OrderRules) -> Order:
    """The order after the plan, as Odoo does it: names of new lines are its own, and so are prices from 19.0 on."""
    lines = []
    for line in order.lines:
        if line.id in plan.removed:
            continue
        values = dict(plan.changed.get(line.id, {}))
        number = number_of(values.pop("sequence", sequence_of(line.number or 0))) if line.kind == "product" else None
        lines.append(replace(line, **values, number=number))
    last = max([line.id for line in order.lines], default=0)
    for line_id, wish in enumerate(plan.added, last + 1):
        made = OrderLine(
            id=line_id,
            kind="product",
            name="Name",
            quantity=wish.quantity,
            price_unit=wish.price_unit if rules.sends_prices else Decimal(99),
            discount=wish.discount if rules.sends_prices else Decimal(0),
            price_subtotal=Decimal(1),
            price_tax=Decimal(0),
            price_total=Decimal(1),
            number=wish.number,
            variant_id=wish.variant_id,
        )
        lines.append(made)
    return replace(order, lines=tuple(lines))


@settings(max_examples=1500, deadline=None)
@given(order_lines(), CART_LINES, st.dictionaries(st.integers(1, 8), st.integers(1, 10), max_size=4), ANY_RULES)
def test_two_writes_at_most_make_any_order_equal(
    lines: tuple[OrderLine, ...], wished: tuple[PushedLine, ...], told: dict[int, int], rules: OrderRules
) -> None:
    there = {line.id for line in lines}  # Odoo never gives an id again
    cart = PushedCart(cart="c", lines=wished, line_ids={key: one for key, one in told.items() if one in there})
    order = an_order(*lines)
    for _ in range(2):
        plan = plan_push(order, cart, {}, rules)
        order = written(order, guarded(plan, order, cart), rules)
    assert not plan_push(order, cart, {}, rules)
    ours = {line.number: line for line in order.lines if line.kind == "product"}
    assert len(ours) == sum(line.kind == "product" for line in order.lines)
    assert ours.keys() == {line.number for line in wished}
    for wish in wished:
        line = ours[wish.number]
        assert (line.variant_id, line.quantity) == (wish.variant_id, wish.quantity)
        assert note_of(line.name) == (wish.note or "")
        assert not rules.sends_prices or (line.price_unit, line.discount) == (wish.price_unit, wish.discount)
    others = [line for line in lines if line.kind != "product"]
    assert [line for line in order.lines if line.kind != "product"] == others


@settings(max_examples=500, deadline=None)
@given(order_lines(), CART_LINES, st.sampled_from([{}, {"reference": "PO"}, {"pricelist": 4}]), ANY_RULES)
def test_what_matters_is_never_written_without_deleting_a_line_of_ours(
    lines: tuple[OrderLine, ...], wished: tuple[PushedLine, ...], header: dict[str, object], rules: OrderRules
) -> None:
    order, cart = an_order(*lines), PushedCart(cart="c", lines=wished)
    plan = guarded(plan_push(order, cart, header, rules), order, cart)
    ours = {line.id for line in lines if line.kind == "product"}
    only_texts = (
        not plan.header and not plan.added and all(values.keys() == {"name"} for values in plan.changed.values())
    )
    assert set(plan.removed) <= ours
    assert not ours or plan.removed or only_texts
    assert not set(plan.removed) & plan.changed.keys()


def test_lines_are_made_anew_when_what_they_hang_on_changes() -> None:
    line = PushedLine(number=1, variant_id=1, quantity=Decimal(2), uom_id=1, price_unit=Decimal(1))
    cart = PushedCart(cart="c", lines=(line,))
    order = written(an_order(), plan_push(an_order(), cart, {}, V10), V10)
    for header, expected in (
        ({"pricelist": 2}, {"10", "14", "19"}),
        ({"fiscal_position": 2}, {"10", "14", "19"}),
        ({"partner": 2}, {"19"}),
        ({"shipping_partner": 2}, {"19"}),
        ({"reference": "x"}, set()),
    ):
        anew = {
            name
            for name, rules in zip(("10", "14", "19"), RULES, strict=True)
            if plan_push(order, cart, header, rules).added
        }
        assert anew == expected, header


def test_a_quantity_that_odoo_rounds_is_settled() -> None:
    wish = PushedLine(number=1, variant_id=1, quantity=Decimal("0.3333"), uom_id=1, price_unit=Decimal(1))
    cart = PushedCart(cart="c", lines=(wish,))
    order = written(an_order(), plan_push(an_order(), cart, {}, V14), V14)
    rounded = replace(order, lines=(replace(order.lines[0], quantity=Decimal("0.33")),))
    assert settled(plan_push(rounded, cart, {}, V14))
    assert not settled(plan_push(an_order(), cart, {}, V14))
    assert not settled(plan_push(rounded, replace(cart, lines=(replace(wish, note="x"),)), {}, V14))


def test_the_header_says_only_what_differs() -> None:
    order = an_order(reference="PO 1", note="Terms", payment_term_id=4, fiscal_position_id=5)
    cart = PushedCart(cart="c", lines=(), partner_id=3)
    assert header_changes(order, cart, 3, V10) == {"fiscal_position": False}
    assert header_changes(order, cart, 3, V19) == {}
    same = replace(cart, reference="PO 1 ", note="Terms", pricelist_id=1, payment_term_id=4, fiscal_position_id=5)
    assert header_changes(order, same, 3, V10) == {}
    cleared = replace(same, reference="", note=" ")
    assert header_changes(order, cleared, 3, V10) == {"reference": False, "note": False}
    moved = header_changes(order, replace(same, shipping_partner_id=8), 6, V10)
    assert moved == {"partner": 6, "invoice_partner": 6, "shipping_partner": 8}
    html = header_changes(order, replace(same, note="a < b\nc"), 3, V19)
    assert html == {"note": "<p>a &lt; b<br>c</p>"}
    assert plain(html["note"]) == "a < b\nc"


@pytest.mark.parametrize("written_as", ["Le <matin>", "1 < 2", "a\n\nb", "« guillemets »"])
def test_a_plain_text_is_no_html(written_as: str) -> None:
    assert plain(written_as) == written_as


def test_the_numbers_of_lines_are_told_from_those_that_odoo_gives() -> None:
    assert [number_of(sequence_of(number)) for number in (1, 7, 1000)] == [1, 7, 1000]
    # the default, one added after our second line, and three that were counted anew
    assert [number_of(sequence) for sequence in (0, 10, sequence_of(2) + 1, 11, 12)] == [None] * 5
    row: Row = {
        "id": 1,
        "sequence": sequence_of(3),
        "creator": [8, "Service"],
        "name": "N",
        "quantity": 1.0,
        "price_unit": 2.0,
        "discount": 0.0,
        "subtotal": 2.0,
        "tax": 0.42,
        "total": 2.42,
        "taxes": [4],
        "variant": [5, "P"],
        "uom": [1, "Unit"],
        "delivered": 0.0,
        "invoiced": 0.0,
    }
    somebody: Row = {"creator": [2, "Demo"]}
    moved: Row = {"sequence": 10}
    for changed, of_cart, expected in (
        ({}, True, ("product", 3)),
        (somebody, True, ("product", 3)),  # the service user may be another one by now
        (moved, True, ("product", None)),
        ({**moved, **somebody}, True, ("foreign", None)),
        ({}, False, ("product", None)),
    ):
        line = line_of({**row, **changed}, of_cart, 8, {})
        assert (line.kind, line.number) == expected


def exact(value: float) -> Decimal:
    return Decimal(format(value, ".15g"))


NOTHING = OrderLine(
    id=1,
    kind="product",
    name="",
    quantity=Decimal(1),
    price_unit=Decimal(0),
    discount=Decimal(0),
    price_subtotal=Decimal(0),
    price_tax=Decimal(0),
    price_total=Decimal(0),
)


@pytest.mark.parametrize("version", ["10.0", "14.0"])
def test_totals_of_real_orders_are_the_sums_that_are_used(version: str) -> None:
    """Where they are not, the order is read again."""
    rules = {"10.0": V10, "14.0": V14}[version]
    recorded = json.loads((DATA / version / "order_totals.json").read_text("utf-8"))["orders"]
    checked = 0
    for one in recorded:
        if rules.totals == "sums_per_line" and one["rounding"] != "round_per_line":
            continue
        lines = [
            replace(NOTHING, price_subtotal=exact(row["price_subtotal"]), price_tax=exact(row["price_tax"]))
            for row in one["lines"]
        ]
        amounts = [exact(one["order"][name]) for name in ("amount_untaxed", "amount_tax", "amount_total")]
        assert list(totals(lines, Decimal("0.01"))) == amounts
        checked += 1
    assert checked >= 100
