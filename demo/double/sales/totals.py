"""Amounts and invoice states of orders: worked out once at the end of a change, for all lines together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.double.floats import float_round
from demo.double.sales.lines import LINES
from demo.double.sales.rules import rules_of
from demo.double.sales.taxing import currency_step, totals
from pricing.rounding import round_half_up, to_decimal
from pricing.taxes import LineTotals, OrderLine

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_ORDERED = ("sale", "done")


def line_rows(env: Env, order_id: int) -> list[Row]:
    """The lines of an order, by id."""
    rows = (env.row(LINES, line_id) for line_id in env.db.table(LINES).find("order_id", [order_id]))
    return sorted((row for row in rows if row is not None), key=lambda row: int(row["id"]))


def touch(env: Env, order_id: Any) -> None:
    """The order's amounts are to be worked out anew before anybody looks at them."""
    if order_id:
        env.db.unsettled[order_id] = None


def settle(env: Env) -> None:
    """Work out the amounts of all orders that were touched."""
    while env.db.unsettled:
        order_id, _ = env.db.unsettled.popitem()
        row = env.row("sale.order", order_id)
        if row is not None:
            _settle(env, row)


def _settle(env: Env, order: Row) -> None:
    rules = rules_of(env)
    rows = line_rows(env, order["id"])
    currency = env.value("sale.order", order, "currency_id")
    lines = [
        OrderLine(
            to_decimal(row.get("price_unit") or 0.0),
            to_decimal(row.get("product_uom_qty") or 0.0),
            tuple(env.value(LINES, row, rules.taxes)),
            to_decimal(row.get("discount") or 0.0),
        )
        for row in rows
    ]
    amounts = totals(env, lines, currency, order.get("company_id"))
    state = order.get("state")
    for row, line in zip(rows, amounts.lines, strict=True):
        _put(env, LINES, row, {**_line_amounts(env, row, line, currency), **_line_invoicing(env, row, state)})
    rows = line_rows(env, order["id"])
    values: Row = {
        "amount_untaxed": float(amounts.amount_untaxed),
        "amount_tax": float(amounts.amount_tax),
        "amount_total": float(amounts.amount_total),
        "invoice_status": order_invoicing([row for row in rows if not row.get("display_type")], state),
    }
    if env.db.dataset.version != "19.0":
        values["amount_delivery"] = delivery_amount(rows)
    _put(env, "sale.order", order, values)


def delivery_amount(rows: Sequence[Row]) -> float:
    return float(sum(row.get("price_subtotal") or 0.0 for row in rows if row.get("is_delivery")))


def _put(env: Env, model: str, row: Row, values: Row) -> None:
    """Store what changed. A recomputed field moves the write date where the version lets it."""
    fresh = {name: value for name, value in values.items() if row.get(name, False if value is False else None) != value}
    if not fresh:
        return
    if env.db.profile.recompute_moves_write_date and model == "sale.order":
        fresh |= {"write_date": env.now.strftime("%Y-%m-%d %H:%M:%S.%f"), "write_uid": env.uid}
    env.db.put(model, {**row, **fresh})


def _line_amounts(env: Env, row: Row, line: LineTotals, currency: Any) -> Row:
    step = currency_step(env, currency)
    price = float(row.get("price_unit") or 0.0) * (1 - float(row.get("discount") or 0.0) / 100)
    quantity = to_decimal(row.get("product_uom_qty") or 0.0)
    excluded = float(round_half_up(line.price_subtotal / quantity, step)) if quantity else 0.0
    included = float(round_half_up(line.price_total / quantity, step)) if quantity else 0.0
    values: Row = {
        "price_subtotal": float(line.price_subtotal),
        "price_tax": float(line.price_tax),
        "price_total": float(line.price_total),
        "price_reduce_taxexcl": excluded,
        "price_reduce_taxinc": included,
    }
    if env.db.dataset.version != "19.0":
        values["price_reduce"] = float_round(price, 2)
    return values


def _line_invoicing(env: Env, row: Row, state: Any) -> Row:
    """What is still to be invoiced: what was ordered, or what was delivered, as the product says."""
    if row.get("display_type"):
        return {"qty_to_invoice": 0.0, "invoice_status": "no"}
    ordered, invoiced = float(row.get("product_uom_qty") or 0.0), float(row.get("qty_invoiced") or 0.0)
    delivered = float(row.get("qty_delivered") or 0.0)
    if state not in _ORDERED:
        return {"qty_to_invoice": 0.0, "invoice_status": "no", "state": state}
    product = env.row("product.product", row.get("product_id"))
    by_order = product is None or env.value("product.product", product, "invoice_policy") != "delivery"
    left = (ordered if by_order else delivered) - invoiced
    status = "no"
    if left:
        status = "to invoice"
    elif state == "sale" and by_order and delivered > ordered:
        status = "upselling"
    elif invoiced >= ordered:
        status = "invoiced"
    return {"qty_to_invoice": left, "invoice_status": status, "state": state}


def order_invoicing(rows: Sequence[Row], state: Any) -> str:
    """The invoice state of an order, from those of its lines."""
    statuses = [row.get("invoice_status") or "no" for row in rows]
    if state not in _ORDERED or not statuses:
        return "no"
    if "to invoice" in statuses:
        return "to invoice"
    if all(status == "invoiced" for status in statuses):
        return "invoiced"
    return "upselling" if all(status in ("invoiced", "upselling") for status in statuses) else "no"
