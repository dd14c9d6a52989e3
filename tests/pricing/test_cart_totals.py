"""A cart's totals are those of the order that Odoo makes of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.contacts import FiscalPosition, TaxMapping
from adapters.records.pricing import PricingPolicy, RoundingMethod, Tax
from pricing.cart_totals import CartPricing, PricedLine
from pricing.delivery import Measures, delivery_price
from pricing.engine import PriceEngine
from pricing.fiscal import map_taxes
from pricing.rounding import round_digits, to_decimal
from pricing.sale_prices import SalePrice, sale_price
from pricing.taxes import OrderLine, order_totals
from tests.pricing.policies import POLICIES
from tests.pricing.recorded import DATA, announce, ref
from tests.pricing.recorded_orders import records, shop

if TYPE_CHECKING:
    from adapters.records.pricing import PricedProduct
    from pricing.cart_totals import CartTotals
    from tests.pricing.recorded_orders import RecordedLine, RecordedOrder, Shop

CENT = Decimal("0.01")
ZERO = Decimal(0)
#: Taxes of the same sequence go, in that 14.0, in the order in which its database happened to list them.
LISTED = {"14.0": [4, 7, 3]}


def same(amount: Decimal, recorded: float) -> bool:
    """Equal up to the noise of a binary float (tax amounts have up to 7 decimals)."""
    return round_digits(amount, 7) == round_digits(to_decimal(recorded), 7)


# --- orders whose prices, discounts and taxes are given


def given_price(price_unit: Decimal, discount: Decimal) -> SalePrice:
    """A price that is stored as ``price_unit`` with that discount."""
    if not discount:
        return SalePrice(price_unit)
    return SalePrice(price_unit * (1 - discount / 100), price_unit)


@pytest.mark.parametrize("version", POLICIES)
def test_every_recorded_total(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads((DATA / version / "order_totals.json").read_text())
    taxes = {row["id"]: _tax(row) for row in data["taxes"]}
    wrong: list[str] = []
    checked = 0
    for order in data["orders"]:
        pricing = CartPricing(POLICIES[version], taxes, rounding_method=order["rounding"])
        lines = [_line(number, row, version) for number, row in enumerate(order["lines"], 1)]
        totals = pricing.totals(lines)
        wrong += _differences(totals, order["order"], order["lines"])
        assert sum((one.amount for one in totals.taxes), ZERO) == totals.amount_tax
        checked += len(lines)
    assert not wrong, f"{len(wrong)} amounts differ, the first: {wrong[:3]}"
    assert (len(data["orders"]), checked) == (200, {"10.0": 1097, "14.0": 1039, "19.0": 1117}[version])
    announce(capsys, f"Odoo {version}: carts of {len(data['orders'])} orders, {checked} lines, 0 cents of difference")


def _tax(row: dict[str, Any]) -> Tax:
    return Tax(
        id=row["id"],
        name=row["name"],
        amount=to_decimal(row["amount"]),
        amount_type=row["amount_type"],
        price_include=row["price_include"],
        include_base_amount=row["include_base_amount"],
        sequence=row["sequence"],
    )


def _line(number: int, row: dict[str, Any], version: str) -> PricedLine:
    listed = LISTED.get(version, [])
    tax_ids = sorted(row["taxes"], key=lambda one: listed.index(one) if one in listed else -1)
    price = given_price(to_decimal(row["price_unit"]), to_decimal(row["discount"]))
    return PricedLine(number, to_decimal(row["quantity"]), price, tuple(tax_ids))


def _differences(totals: CartTotals, order: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    wrong = [
        f"{field} {getattr(totals, field)} for {order}"
        for field in ("amount_untaxed", "amount_tax", "amount_total")
        if not same(getattr(totals, field), order[field])
    ]
    for line, row in zip(totals.lines if rows else (), rows, strict=True):
        wrong += [
            f"{field} {getattr(line, field)} for {row}"
            for field in ("price_unit", "discount", "price_subtotal", "price_tax", "price_total")
            if not same(getattr(line, field), row[field]) and (field != "discount" or row["price_unit"])
        ]
    return wrong


# --- orders that Odoos keep, computed anew from the catalogue


#: Lines of the recorded shops whose price does not follow from pricelist, product and quantity; by version and id.
WHY = {
    ("10.0", 29): "price written by hand",
    ("10.0", 33): "price written by hand",
    ("10.0", 43): "copy of an order with a price written by hand",
    ("10.0", 35): "made by RPC: Odoo stores the price before the discount, and no discount",
    ("10.0", 36): "made by RPC: Odoo stores the price before the discount, and no discount",
    ("10.0", 51): "made without a unit: priced as a quantity of 1",
    ("10.0", 57): "made without a unit: priced as a quantity of 1",
    ("14.0", 67): "quantity written later, which prices nothing anew",
    ("14.0", 73): "reward of a promotion",
    ("19.0", 495): "pricelist written later, which prices nothing anew",
    ("19.0", 496): "pricelist written later, which prices nothing anew",
    ("19.0", 497): "price written by hand",
    ("19.0", 498): "price written by hand",
}
#: Orders that Odoo's own demo data bring with them, up to this id: their prices are given in those files.
DEMO = {"10.0": 10, "14.0": 39, "19.0": 40}
#: Orders of 19.0 made while its setting "discounts on lines" was on.
WITH_DISCOUNTS = {"S00059", "S00092"}


def _computed_price(kept: Shop, order: RecordedOrder, line: RecordedLine) -> SalePrice:
    product = _with_chosen_extras(kept, kept.products[line.product_id], line)
    if order.pricelist_id is None:
        return SalePrice(product.list_price + product.price_extra)
    engine = _showing_discounts(kept.engine) if order.name in WITH_DISCOUNTS else kept.engine
    return sale_price(engine, product, order.pricelist_id, line.quantity, line.created, rules=kept.book)


def _showing_discounts(engine: PriceEngine) -> PriceEngine:
    shown = {one: replace(row, shows_discount=True) for one, row in engine._pricelists.items()}
    return PriceEngine(engine.policy, shown, {}, {}, engine._converter._rates)


def _with_chosen_extras(kept: Shop, product: PricedProduct, line: RecordedLine) -> PricedProduct:
    """Extras of attribute values that make no variant count where they are chosen on the line."""
    chosen = line.row.get("product_no_variant_attribute_value_ids") or []
    if not chosen:
        return product
    extras = {row["id"]: row["price_extra"] for row in records(kept.version, "product.template.attribute.value")}
    extra = sum((to_decimal(extras[one]) for one in chosen), ZERO)
    return replace(product, price_extra=product.price_extra + extra)


@pytest.mark.parametrize("version", POLICIES)
def test_prices_of_recorded_orders(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line that Odoo itself priced has ``price_unit`` and ``discount`` from pricelist and quantity alone."""
    kept = shop(version)
    policy = POLICIES[version]
    counted: Counter[str] = Counter()
    for order in kept.orders.values():
        for line in order.lines:
            if line.delivery:
                continue
            if order.id <= DEMO[version]:
                counted["given by demo data"] += 1
                continue
            pricing = CartPricing(policy, kept.taxes)
            computed = pricing.totals([PricedLine(1, line.quantity, _computed_price(kept, order, line))]).lines[0]
            if same(computed.price_unit, float(line.price_unit)) and computed.discount == line.discount:
                counted["reproduced"] += 1
                assert (version, line.id) not in WHY
            else:
                assert (version, line.id) in WHY, (order.name, line, computed)
                counted[WHY[version, line.id]] += 1
    assert counted["reproduced"] == {"10.0": 20, "14.0": 5, "19.0": 105}[version]
    announce(capsys, f"Odoo {version}: prices of lines: {dict(counted)}")


@pytest.mark.parametrize("version", POLICIES)
def test_totals_of_recorded_orders(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Taxes, lines, delivery and amounts of all orders: with prices of our own where Odoo made them, else with its.

    (The taxes that the one fiscal position of 10.0 maps to are not in the recording.)
    """
    kept = shop(version)
    counted: Counter[str] = Counter()
    for order in kept.orders.values():
        mapped = not (version == "10.0" and order.position_id)
        pricing = _pricing(kept, order)
        totals = pricing.totals(_priced_line(kept, order, line, mapped) for line in order.lines if not line.delivery)
        for line in (line for line in order.lines if line.delivery):
            totals = _with_delivery(kept, order, line, pricing, totals)
            counted["deliveries"] += 1
        if not mapped:
            pricing = replace(pricing, line_position=None)
            totals = pricing.totals(_priced_line(kept, order, line, mapped) for line in order.lines)
        stored = [line for line in order.lines if not line.delivery] + [line for line in order.lines if line.delivery]
        shown = [*totals.lines, *([totals.delivery] if totals.delivery else [])]
        for line, computed in zip(stored, shown, strict=True):
            assert set(computed.tax_ids) == set(line.tax_ids) or line.id in _OTHER_TAXES[version], (order.name, line)
        if any(line.id in _OTHER_TAXES[version] for line in order.lines):
            counted["with taxes of another position"] += 1
            continue
        assert not _differences(totals, order.row, []) or not order.lines, (order.name, totals, order.row)
        counted["orders"] += 1
        counted["lines"] += len(order.lines)
    announce(capsys, f"Odoo {version}: totals of orders: {dict(counted)}")


#: Lines whose order was given another fiscal position, or the line other taxes, after it was made; and a reward's,
#: which has those of what it takes a part of.
_OTHER_TAXES: dict[str, set[int]] = {"10.0": set(), "14.0": {73}, "19.0": {495, 496}}


def _pricing(kept: Shop, order: RecordedOrder) -> CartPricing:
    position = kept.positions.get(order.position_id or 0)
    return CartPricing(POLICIES[kept.version], kept.taxes, position, position, kept.rounding_method)


def _priced_line(kept: Shop, order: RecordedOrder, line: RecordedLine, mapped: bool) -> PricedLine:
    by_odoo = order.id > DEMO[kept.version] and (kept.version, line.id) not in WHY
    price = _computed_price(kept, order, line) if by_odoo else given_price(line.price_unit, line.discount)
    return PricedLine(line.id, line.quantity, price, kept.product_taxes[line.product_id] if mapped else line.tax_ids)


def _with_delivery(
    kept: Shop, order: RecordedOrder, line: RecordedLine, pricing: CartPricing, totals: CartTotals
) -> CartTotals:
    """With what the delivery method that the order has costs by itself."""
    method = kept.methods[ref(order.row["carrier_id"]) or 0]
    assert method.variant_id == line.product_id
    product, tax_ids = kept.products[method.variant_id], kept.product_taxes[method.variant_id]
    in_pricelist = SalePrice(method.fixed_price)
    if order.pricelist_id is not None:
        in_pricelist = sale_price(kept.engine, product, order.pricelist_id, Decimal(1), line.created, rules=kept.book)
    price = delivery_price(
        method,
        Measures(),
        totals.amount_total,
        pricing.policy.delivery,
        pricelist_price=in_pricelist.price,
        adapted=lambda one: pricing.adapted_delivery(one, tax_ids),
    )
    assert price is not None
    with_delivery = pricing.with_delivery(totals, price, tax_ids)
    assert with_delivery.delivery is not None
    assert same(with_delivery.delivery.price_unit, float(line.price_unit)), (order.name, price, line)
    return with_delivery


# --- what always holds


TAXES = {
    1: Tax(1, Decimal(21), name="21 %"),
    2: Tax(2, Decimal(6), name="6 % included", price_include=True),
    3: Tax(3, Decimal("0.15"), "fixed", name="eco", include_base_amount=True, sequence=0),
    4: Tax(4, name="0 %"),
    5: Tax(5, Decimal(12), name="12 % included", price_include=True),
}
POSITION = FiscalPosition(
    id=1,
    name="Abroad",
    sequence=1,
    company_id=None,
    auto_apply=False,
    vat_required=False,
    country_id=None,
    country_ids=(),
    state_ids=(),
    zip_from=None,
    zip_to=None,
    taxes=(TaxMapping(tax_id=1, to=4), TaxMapping(tax_id=2, to=5), TaxMapping(tax_id=3, to=None)),
)

prices = st.decimals(Decimal(0), Decimal(2000), places=4)
policies = st.sampled_from(list(POLICIES.values()))
methods = st.sampled_from(["round_per_line", "round_globally"])
positions = st.sampled_from([None, POSITION])
tax_choices = st.lists(st.sampled_from(sorted(TAXES)), unique=True, max_size=3).map(tuple)
sale_prices = st.builds(
    lambda price, shown, before: SalePrice(price, before if shown else None), prices, st.booleans(), prices
)
numberless = st.tuples(st.decimals(Decimal(0), Decimal(500), places=3), sale_prices, tax_choices)
carts = st.lists(numberless, max_size=8).map(
    lambda rows: [PricedLine(number, *row) for number, row in enumerate(rows, 1)]
)


def pricing_of(
    policy: PricingPolicy, method: RoundingMethod = "round_per_line", position: FiscalPosition | None = None
) -> CartPricing:
    return CartPricing(policy, TAXES, position, position, method)


@given(carts, policies, positions, st.randoms())
def test_the_order_of_lines_does_not_matter(
    cart: list[PricedLine], policy: PricingPolicy, position: FiscalPosition | None, random: Any
) -> None:
    """Rounded line by line."""
    totals = pricing_of(policy, position=position).totals(cart)
    shuffled = list(cart)
    random.shuffle(shuffled)
    again = pricing_of(policy, position=position).totals(shuffled)
    assert {line.number: line for line in again.lines} == {line.number: line for line in totals.lines}
    assert (again.amount_untaxed, again.amount_tax, again.amount_total) == (
        totals.amount_untaxed,
        totals.amount_tax,
        totals.amount_total,
    )
    assert sorted(again.taxes) == sorted(totals.taxes)


@given(carts, policies, methods, positions)
def test_taxes_add_up(
    cart: list[PricedLine], policy: PricingPolicy, method: RoundingMethod, position: FiscalPosition | None
) -> None:
    totals = pricing_of(policy, method, position).totals(cart)
    assert sum((one.amount for one in totals.taxes), ZERO) == totals.amount_tax
    if method == "round_per_line":
        assert totals.amount_untaxed + totals.amount_tax == totals.amount_total
        assert sum((line.price_total for line in totals.lines), ZERO) == totals.amount_total


@given(carts, policies, methods, positions, prices, tax_choices)
def test_an_order_of_these_lines_has_these_amounts(
    cart: list[PricedLine],
    policy: PricingPolicy,
    method: RoundingMethod,
    position: FiscalPosition | None,
    delivery: Decimal,
    delivery_taxes: tuple[int, ...],
) -> None:
    """Sent to Odoo as they are (price, quantity, discount, taxes), the lines make the order shown, the delivery's too;
    and a delivery takes the place of the one before."""
    pricing = pricing_of(policy, method, position)
    first = pricing.with_delivery(pricing.totals(cart), Decimal(5), (1,))
    totals = pricing.with_delivery(first, delivery, delivery_taxes)
    assert totals.delivery is not None
    sent = [
        OrderLine(line.price_unit, line.quantity, line.tax_ids, line.discount)
        for line in (*totals.lines, totals.delivery)
    ]
    order = order_totals(sent, TAXES, method, CENT, computation=policy.tax_computation)
    assert (order.amount_untaxed, order.amount_tax, order.amount_total) == (
        totals.amount_untaxed,
        totals.amount_tax,
        totals.amount_total,
    )
    assert totals.amount_delivery == order.lines[-1].price_total
    assert totals.delivery.tax_ids == map_taxes(position, delivery_taxes)


@given(carts, policies, methods, positions)
def test_kept_lines_are_those_that_are_computed(
    cart: list[PricedLine], policy: PricingPolicy, method: RoundingMethod, position: FiscalPosition | None
) -> None:
    pricing = pricing_of(policy, method, position)
    first = pricing.totals(cart)
    changed = [line._replace(quantity=line.quantity + 1) for line in cart[:1]] + cart[1:]
    assert pricing.totals(changed) == pricing_of(policy, method, position).totals(changed)
    assert pricing.totals(cart) == first


@given(carts, policies)
def test_what_is_stored_has_the_decimals_of_the_version(cart: list[PricedLine], policy: PricingPolicy) -> None:
    for line in pricing_of(policy).totals(cart).lines:
        assert line.quantity == round_digits(line.quantity, policy.quantity_digits)
        assert line.discount == round_digits(line.discount, 2)
        assert 0 <= line.discount <= 100
        if policy.price_digits is not None:
            assert line.price_unit == round_digits(line.price_unit, policy.price_digits)


@pytest.mark.parametrize(
    ("version", "price_unit", "total"), [("10.0", "94.34", "94.34"), ("14.0", "94.34", "94.34"), ("19.0", "112", "112")]
)
def test_included_taxes_of_another_country(version: str, price_unit: str, total: str) -> None:
    """6 % included becomes 12 % included: up to 14 it is not put in, and the customer gets the goods for less."""
    price = Decimal(100) if version != "19.0" else Decimal(106)
    line = PricedLine(1, Decimal(1), SalePrice(price), (2,))
    totals = pricing_of(POLICIES[version], position=POSITION).totals([line])
    assert totals.lines[0].price_unit == Decimal(price_unit)
    assert totals.lines[0].tax_ids == (5,)
    assert totals.amount_total == Decimal(total)


def test_an_empty_cart_costs_nothing() -> None:
    for policy in POLICIES.values():
        totals = pricing_of(policy).totals([])
        assert not totals.taxes
        assert not totals.lines
        amounts = [totals.amount_untaxed, totals.amount_tax, totals.amount_total, totals.amount_delivery]
        assert amounts == [0, 0, 0, 0]


def test_what_is_kept_is_bounded() -> None:
    pricing = pricing_of(POLICIES["19.0"])
    many = [PricedLine(number, Decimal(1), SalePrice(Decimal(number)), (1,)) for number in range(1, 2_502)]
    totals = pricing.totals(many)
    assert len(pricing._kept) <= 2_000
    assert totals.amount_untaxed == sum(range(1, 2_502))
    assert pricing.totals(many) == totals
