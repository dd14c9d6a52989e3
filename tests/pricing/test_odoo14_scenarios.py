"""Random shops, orders, deliveries and fiscal positions, computed by a real Odoo 14.0: every number comes out here."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from adapters.records.contacts import Contact, FiscalPosition, TaxMapping
from adapters.records.orders import DeliveryMethod, DeliveryPriceRule
from adapters.records.pricing import CurrencyRates, PricedProduct, Pricelist, PricelistRule, RuleScope, Tax, Uom
from pricing.cart_totals import CartPricing, PricedLine
from pricing.delivery import Exchange, Shipped, delivery_price, measures, method_available
from pricing.engine import PriceEngine
from pricing.errors import NoDeliveryPriceError
from pricing.fiscal_positions import FiscalSeat, fiscal_position_for, line_position_for
from pricing.rounding import round_digits, to_decimal
from pricing.sale_prices import sale_price
from tests.pricing.policies import ODOO_14
from tests.pricing.recorded import DATA, announce

if TYPE_CHECKING:
    import pytest

    from pricing.cart_totals import CartLineTotals, CartTotals
    from pricing.rulebook import RuleBook

Row = dict[str, Any]
CENT = Decimal("0.01")
AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")


@cache
def scenarios() -> Row:
    data: Row = json.loads((DATA / "14.0" / "cart_scenarios.json").read_text())
    return data


def position(row: Row) -> FiscalPosition:
    return FiscalPosition(
        id=row["id"],
        name=row["name"],
        sequence=row["sequence"],
        company_id=row["company_id"],
        auto_apply=row["auto_apply"],
        vat_required=row["vat_required"],
        country_id=row["country_id"],
        country_ids=tuple(row["country_ids"]),
        state_ids=tuple(row["state_ids"]),
        zip_from=row["zip_from"],
        zip_to=row["zip_to"],
        taxes=tuple(TaxMapping(tax_id=source, to=target) for source, target in row["taxes"]),
    )


def contact(row: Row) -> Contact:
    return Contact(kind="contact", name="Somebody", commercial_partner_id=row["id"], **row)


def test_fiscal_positions(capsys: pytest.CaptureFixture[str]) -> None:
    seat = FiscalSeat(1)
    checked = found = 0
    for group in scenarios()["fiscal"]:
        positions = [position(row) for row in group["positions"]]
        for case in group["cases"]:
            buyer, delivery = contact(case["buyer"]), contact(case["delivery"])
            one = fiscal_position_for(positions, policy=ODOO_14.fiscal, seat=seat, delivery=delivery, buyer=buyer)
            assert (one.id if one else None) == case["position"], (case, positions)
            alone = line_position_for(None, positions, policy=ODOO_14.fiscal, seat=seat, buyer=buyer)
            assert (alone.id if alone else None) == case["alone"], (case, positions)
            checked += 1
            found += one is not None
    assert (checked, found > 250) == (480, True)
    announce(capsys, f"Odoo 14.0: {checked} fiscal positions found as it does ({found} orders have one)")


def test_where_methods_deliver() -> None:
    results = []
    for row in scenarios()["matches"]:
        method = DeliveryMethod(
            id=1,
            name="Courier",
            sequence=1,
            variant_id=1,
            pricing="fixed",
            fixed_price=Decimal(1),
            country_ids=tuple(row["countries"]),
            state_ids=tuple(row["states"]),
            zip_from=row["zip_from"],
            zip_to=row["zip_to"],
        )
        delivers = method_available(method, contact(row["contact"]), measures([], ODOO_14.delivery), ODOO_14.delivery)
        assert delivers is row["matches"], row
        results.append(delivers)
    assert len(results) == 60
    assert 10 < sum(results) < 50


# --- orders


@dataclass(frozen=True)
class Shop:
    engine: PriceEngine
    book: RuleBook
    products: dict[int, PricedProduct]
    rows: dict[int, Row]
    taxes: dict[int, Tax]
    positions: dict[int, FiscalPosition]
    methods: dict[int, DeliveryMethod]


@cache
def shop() -> Shop:
    data = scenarios()
    dated: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for code, day, rate in data["rates"]:
        dated[code].append((date.fromisoformat(day), to_decimal(rate)))
    engine = PriceEngine(
        ODOO_14,
        {row["id"]: Pricelist(**row) for row in data["pricelists"]},
        {},
        {1: Uom(1, Decimal(1), 1)},
        CurrencyRates(data["company_currency"], {code: tuple(days) for code, days in dated.items()}),
    )
    return Shop(
        engine=engine,
        book=engine.book(_rule(row) for row in data["items"]),
        products={row["id"]: _product(row, data["company_currency"]) for row in data["products"]},
        rows={row["id"]: row for row in data["products"]},
        taxes={row["id"]: _tax(row) for row in data["taxes"]},
        positions={row["id"]: position(row) for row in data["mapping_positions"]},
        methods={row["id"]: _method(row) for row in data["carriers"]},
    )


def _rule(row: Row) -> PricelistRule:
    return PricelistRule(
        id=row["id"],
        pricelist_id=row["pricelist_id"],
        scope=RuleScope.GLOBAL if row["applied_on"] == "3_global" else RuleScope.VARIANT,
        target_id=row["product_id"] or None,
        compute_price=row["compute_price"],
        base=row["base"],
        base_pricelist_id=row["base_pricelist_id"] or None,
        min_quantity=to_decimal(row["min_quantity"]),
        fixed_price=to_decimal(row["fixed_price"]),
        percent_price=to_decimal(row["percent_price"]),
        discount=to_decimal(row["price_discount"]),
        round_to=to_decimal(row["price_round"]),
        surcharge=to_decimal(row["price_surcharge"]),
    )


def _product(row: Row, currency: str) -> PricedProduct:
    price, cost = to_decimal(row["list_price"]), to_decimal(row["standard_price"])
    return PricedProduct(row["id"], row["tmpl"], None, price, Decimal(0), cost, currency, currency, 1)


def _tax(row: Row) -> Tax:
    return Tax(**{**row, "amount": to_decimal(row["amount"])})


def _method(row: Row) -> DeliveryMethod:
    names = ("variable", "operator", "limit", "base", "price", "factor")
    rules = [dict(zip(names, one, strict=True)) for one in row["rules"]]
    numbers = ("limit", "base", "price")
    return DeliveryMethod(
        id=row["id"],
        name="Courier",
        sequence=1,
        variant_id=row["product"],
        pricing="fixed" if row["type"] == "fixed" else "rules",
        fixed_price=to_decimal(row["fixed_price"]),
        margin=to_decimal(row["margin"]),
        free_over=to_decimal(row["amount"]) if row["free_over"] else None,
        tax_ids=tuple(row["taxes"]),
        rules=tuple(DeliveryPriceRule(**{**one, **{name: to_decimal(one[name]) for name in numbers}}) for one in rules),
    )


def test_orders(capsys: pytest.CaptureFixture[str]) -> None:
    kept = shop()
    wrong: list[str] = []
    lines = discounts = 0
    for order in scenarios()["orders"]:
        totals = _pricing(kept, order).totals(_lines(kept, order))
        wrong += _differences(totals, order)
        for computed, row in zip(totals.lines, order["lines"], strict=True):
            wrong += _line_differences(computed, row)
            lines += 1
            discounts += computed.discount > 0
    assert not wrong, f"{len(wrong)} differ, the first: {wrong[:3]}"
    assert (lines, discounts > 100) == (322, True)
    announce(capsys, f"Odoo 14.0: {lines} lines of random pricelists, {discounts} of them with a discount shown")


def test_deliveries(capsys: pytest.CaptureFixture[str]) -> None:
    kept = shop()
    wrong: list[str] = []
    told = 0
    for order in scenarios()["orders"]:
        pricing = _pricing(kept, order)
        totals = pricing.totals(_lines(kept, order))
        measured = measures(
            [
                Shipped(line.quantity, to_decimal(product["weight"]), to_decimal(product["volume"]))
                for line, product in ((line, kept.rows[line.number]) for line in totals.lines)
            ],
            ODOO_14.delivery,
        )
        exchange = Exchange(kept.engine._converter.factor("USD", order["currency"], _moment(order).date()))
        for row in order["deliveries"]:
            method = kept.methods[row["carrier"]]
            try:
                price = delivery_price(method, measured, totals.amount_total, ODOO_14.delivery, exchange=exchange)
            except NoDeliveryPriceError:
                price = None
            if not row["success"]:
                assert price is None, (row, price)
                continue
            assert price is not None, row
            with_it = pricing.with_delivery(totals, price, method.tax_ids)
            assert with_it.delivery is not None
            wrong += [f"price {price} for {row}"] if not _same(with_it.delivery.price_unit, row["price_unit"]) else []
            wrong += _differences(with_it, row)
            told += 1
    assert not wrong, f"{len(wrong)} differ, the first: {wrong[:3]}"
    assert told > 200
    announce(capsys, f"Odoo 14.0: {told} prices of delivery, and the orders with them")


def _moment(order: Row) -> datetime:
    return datetime.fromisoformat(order["date"]).replace(tzinfo=UTC)


def _pricing(kept: Shop, order: Row) -> CartPricing:
    """(The buyer of these orders has no position of their own.)"""
    chosen = kept.positions.get(order["position"])
    return CartPricing(ODOO_14, kept.taxes, chosen, chosen, order["rounding"])


def _lines(kept: Shop, order: Row) -> list[PricedLine]:
    found = []
    for row in order["lines"]:
        product, quantity = kept.products[row["product"]], to_decimal(row["qty"])
        price = sale_price(kept.engine, product, order["pricelist"], quantity, _moment(order), rules=kept.book)
        found.append(PricedLine(row["product"], quantity, price, tuple(kept.rows[row["product"]]["taxes"])))
    return found


def _same(amount: Decimal, recorded: float) -> bool:
    return round_digits(amount, 7) == round_digits(to_decimal(recorded), 7)


def _differences(totals: CartTotals, order: Row) -> list[str]:
    return [
        f"{name} {getattr(totals, name)} for {order}"
        for name in AMOUNTS
        if not _same(getattr(totals, name), order[name])
    ]


def _line_differences(line: CartLineTotals, row: Row) -> list[str]:
    wrong = [
        f"{name} {getattr(line, name)} for {row}"
        for name in ("price_unit", "discount", "price_subtotal", "price_tax", "price_total")
        if not _same(getattr(line, name), row[name])
    ]
    return wrong + ([f"taxes {line.tax_ids} for {row}"] if set(line.tax_ids) != set(row["taxes"]) else [])
