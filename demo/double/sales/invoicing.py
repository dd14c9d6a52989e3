"""Invoices of orders: making them of what is to be invoiced, posting them, and what a customer owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.compute.names import display_name
from demo.double.compute.orders import INVOICES
from demo.double.compute.partners import commercial
from demo.double.sales.filling import next_number
from demo.double.sales.lines import customer_language, in_language
from demo.double.sales.rules import rules_of
from demo.double.sales.taxing import totals
from demo.double.sales.totals import line_rows, settle, touch
from pricing.rounding import to_decimal
from pricing.taxes import OrderLine

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_TERM_LINES = "account.payment.term.line"


@dataclass(frozen=True, slots=True)
class InvoiceFields:
    """What an invoice's fields are called in a version, and its states and numbers."""

    kind: str
    number: str
    date: str
    due: str
    residual: str
    origin: str
    reference: str
    term: str
    line_taxes: str
    posted: str
    draft_number: Any
    pattern: str  # of a number: year, month, count
    term_days: str


FIELDS: Mapping[str, InvoiceFields] = {
    "10.0": InvoiceFields(
        "type", "number", "date_invoice", "date_due", "residual", "origin", "name", "payment_term_id",
        "invoice_line_tax_ids", "open", False, "INV/{year}/{count:04d}", "days",
    ),
    "14.0": InvoiceFields(
        "move_type", "name", "invoice_date", "invoice_date_due", "amount_residual", "invoice_origin", "ref",
        "invoice_payment_term_id", "tax_ids", "posted", "/", "INV/{year}/{month:02d}/{count:04d}", "days",
    ),
    "19.0": InvoiceFields(
        "move_type", "name", "invoice_date", "invoice_date_due", "amount_residual", "invoice_origin", "ref",
        "invoice_payment_term_id", "tax_ids", "posted", False, "INV/{year}/{count:05d}", "nb_days",
    ),
}  # fmt: skip
_NOTHING = {
    "10.0": "There is no invoicable line.",
    "14.0": "There is nothing to invoice!",
    "19.0": "Cannot create an invoice. No items are available to invoice.",
}
_NOT_DRAFT = {
    "10.0": "Invoice must be in draft or Pro-forma state in order to validate it.",
    "14.0": "The entry {name} (id {id}) must be in draft.",
    "19.0": "The entry {name} (id {id}) must be in draft.",
}


def invoice_orders(env: Env, ids: Sequence[int]) -> list[int]:
    """An invoice for each buyer and currency of the orders. UserError when there is nothing to invoice."""
    settle(env)
    groups: dict[tuple[Any, Any], list[int]] = {}
    for order_id in ids:
        order = env.row("sale.order", order_id) or {}
        if any(line.get("qty_to_invoice") for line in line_rows(env, order_id)):
            key = (order.get("partner_invoice_id"), env.value("sale.order", order, "currency_id"))
            groups.setdefault(key, []).append(order_id)
    if not groups:
        raise errors.user_error(_NOTHING[env.db.dataset.version])
    return [_make(env, order_ids) for order_ids in groups.values()]


def _make(env: Env, order_ids: Sequence[int]) -> int:
    fields = FIELDS[env.db.dataset.version]
    invoice_model, line_model, link = INVOICES[env.db.dataset.version]
    orders = [env.row("sale.order", order_id) or {} for order_id in order_ids]
    first = orders[0]
    partner = env.row("res.partner", first.get("partner_invoice_id")) or {"id": 0}
    sold = [line for order_id in order_ids for line in line_rows(env, order_id) if line.get("qty_to_invoice")]
    currency = env.value("sale.order", first, "currency_id")
    amounts = totals(env, [_taxed(env, line) for line in sold], currency, first.get("company_id"))
    stamp = _stamp(env)
    row: Row = {
        **stamp,
        "id": env.db.table(invoice_model).next_id(),
        "state": "draft",
        fields.kind: "out_invoice",
        "partner_id": partner["id"],
        "commercial_partner_id": commercial(env, partner)["id"],
        "partner_shipping_id": first.get("partner_shipping_id"),
        "currency_id": currency,
        "company_id": first.get("company_id"),
        "user_id": first.get("user_id"),
        fields.origin: ", ".join(str(order.get("name")) for order in orders),
        fields.reference: ", ".join(
            str(order["client_order_ref"]) for order in orders if order.get("client_order_ref")
        ),
        fields.term: first.get("payment_term_id") or False,
        "amount_untaxed": float(amounts.amount_untaxed),
        "amount_tax": float(amounts.amount_tax),
        "amount_total": float(amounts.amount_total),
        fields.residual: 0.0 if fields.kind == "type" else float(amounts.amount_total),
    }
    if fields.kind != "type":
        due = _due(env, row.get(fields.term), env.now.date())
        row |= {
            "date": env.now.strftime("%Y-%m-%d"),
            "name": fields.draft_number,
            "payment_state": "not_paid",
            fields.due: due,
        }
    row = {name: value for name, value in row.items() if value != ""}
    env.db.put(invoice_model, row)
    for line, amount in zip(sold, amounts.lines, strict=True):
        made = {
            **stamp,
            "id": env.db.table(line_model).next_id(),
            link: row["id"],
            "name": _line_name(env, first, line),
            "product_id": line.get("product_id") or False,
            "quantity": float(line["qty_to_invoice"]),
            "price_unit": float(line.get("price_unit") or 0.0),
            "discount": float(line.get("discount") or 0.0),
            fields.line_taxes: list(line.get(rules_of(env).taxes) or ()),
            "price_subtotal": float(amount.price_subtotal),
            "price_total": float(amount.price_total),
            "partner_id": row["commercial_partner_id"],
            "currency_id": currency,
            "sequence": line.get("sequence") or 10,
        }
        if env.db.dataset.version == "19.0":
            made["display_type"] = "product"
        env.db.put(line_model, made)
        invoiced = [*(line.get("invoice_lines") or ()), made["id"]]
        quantity = float(line.get("qty_invoiced") or 0.0) + made["quantity"]
        current = env.row("sale.order.line", line["id"]) or line
        env.db.put("sale.order.line", {**current, "invoice_lines": invoiced, "qty_invoiced": quantity})
    for order_id in order_ids:
        touch(env, order_id)
    return int(row["id"])


def _line_name(env: Env, order: Row, line: Row) -> str:
    """The line's text; in 19 below the product's name, where that is not in it."""
    text = str(line.get("name") or "")
    if env.db.dataset.version != "19.0" or not line.get("product_id"):
        return text
    there = in_language(env, customer_language(env, order))
    product = str(display_name(there, "product.product", line["product_id"]) or "")
    return text if product in text else f"{product}\n{text}"


def _taxed(env: Env, line: Row) -> OrderLine:
    return OrderLine(
        to_decimal(line.get("price_unit") or 0.0),
        to_decimal(line["qty_to_invoice"]),
        tuple(env.value("sale.order.line", line, rules_of(env).taxes)),
        to_decimal(line.get("discount") or 0.0),
    )


def _stamp(env: Env) -> Row:
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    return {"create_date": moment, "write_date": moment, "create_uid": env.uid, "write_uid": env.uid}


def post(env: Env, ids: Sequence[int]) -> None:
    """Give draft invoices their number and dates."""
    fields = FIELDS[env.db.dataset.version]
    model = INVOICES[env.db.dataset.version][0]
    for invoice_id in ids:
        row = env.row(model, invoice_id) or {}
        if row.get("state") not in ("draft", "proforma2"):
            text = _NOT_DRAFT[env.db.dataset.version]
            raise errors.user_error(text.format(name=row.get("name"), id=invoice_id))
        day = date.fromisoformat(row[fields.date]) if row.get(fields.date) else env.now.date()
        number = _number(env, model, fields, day)
        values: Row = {
            "state": fields.posted,
            fields.number: number,
            fields.date: day.isoformat(),
            fields.due: _due(env, row.get(fields.term), day),
            fields.residual: float(row.get("amount_total") or 0.0),
        }
        if env.db.dataset.version == "19.0":
            values |= {"payment_reference": number, "date": day.isoformat()}
        elif fields.kind == "type":
            values |= {"date": day.isoformat()}
        moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
        env.db.put(model, {**row, **values, "write_date": moment})


def _number(env: Env, model: str, fields: InvoiceFields, day: date) -> str:
    pattern = fields.pattern.partition("{count")[0].format(year=day.year, month=day.month) + r"(\d+)"
    count = next_number(env, model, pattern, fields.number)
    return fields.pattern.format(year=day.year, month=day.month, count=count)


def _due(env: Env, term: Any, day: date) -> str:
    """The last day of a payment term that begins that day; the day itself without one."""
    lines = (env.row(_TERM_LINES, key) or {} for key in env.db.table(_TERM_LINES).find("payment_id", [term or 0]))
    days = [int(line.get(FIELDS[env.db.dataset.version].term_days) or 0) for line in lines]
    return (day + timedelta(days=max(days, default=0))).isoformat()


def owed(env: Env, partner_id: int) -> float:
    """What is open of a company's posted invoices, less its credit notes."""
    fields = FIELDS[env.db.dataset.version]
    model = INVOICES[env.db.dataset.version][0]
    total = 0.0
    for invoice_id in env.db.table(model).find("commercial_partner_id", [partner_id]):
        row = env.row(model, invoice_id) or {}
        if row.get("state") == fields.posted:
            sign = -1 if row.get(fields.kind) == "out_refund" else 1
            total += sign * float(row.get(fields.residual) or 0.0)
    return total
