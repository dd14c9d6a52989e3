"""Payments of orders as Odoo 19 has them: made, moved on by what a provider says, and what becomes of the order."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from demo.double import errors
from demo.double.sales import stages
from demo.double.sales.totals import line_rows, settle
from demo.double.writing import create, write

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

MODEL: Final = "payment.transaction"
#: from which states each can be reached
_FROM: Final[Mapping[str, frozenset[str]]] = {
    "pending": frozenset({"draft"}),
    "authorized": frozenset({"draft", "pending"}),
    "done": frozenset({"draft", "pending", "authorized", "error"}),
    "cancel": frozenset({"draft", "pending", "authorized"}),
    "error": frozenset({"draft", "pending", "authorized"}),
}
_PAID: Final = frozenset({"authorized", "done"})
MISMATCH: Final = "The amount or currency doesn't match the transaction."
_UPDATED: Final = "The cart has been updated. Please refresh the page."
_PAID_ALREADY: Final = "The cart has already been paid. Please refresh the page."


def of_order(env: Env, order_id: int) -> list[Row]:
    """The payments of an order."""
    order = env.row("sale.order", order_id) or {}
    rows = (env.row(MODEL, key) for key in order.get("transaction_ids") or ())
    return [row for row in rows if row is not None]


def by_reference(env: Env, reference: object) -> Row | None:
    """The payment with that reference."""
    table = env.db.table(MODEL)
    return next((row for key in table.find("reference", [reference]) if (row := table.get(key)) is not None), None)


def check_payable(env: Env, order: Row, amount: float | None) -> float:
    """What the order costs, if it can be paid now and that is what is to be paid."""
    if order.get("state") == "cancel":
        raise errors.validation_error("The order has been cancelled.")
    lines = line_rows(env, order["id"])
    if not lines:
        raise errors.validation_error("Your cart is not ready to be paid, please verify previous steps.")
    if not order.get("carrier_id") and any(_is_delivered(env, line) for line in lines):
        raise errors.validation_error("No shipping method is selected.")
    total = float(order.get("amount_total") or 0.0)
    if amount and round(amount - total, 2):
        raise errors.validation_error(_UPDATED)
    paid = sum(float(row["amount"]) for row in of_order(env, order["id"]) if row.get("state") in _PAID)
    if not round(paid - total, 2):
        raise errors.user_error(_PAID_ALREADY)
    return total


def _is_delivered(env: Env, line: Row) -> bool:
    product = env.row("product.product", line.get("product_id"))
    template = env.row("product.template", (product or {}).get("product_tmpl_id"))
    return template is not None and template.get("type") == "consu"


def begin(env: Env, order: Row, values: Mapping[str, Any]) -> Row:
    """A payment of all of an order, in state ``draft``."""
    transaction_id = create(
        env,
        MODEL,
        {
            **values,
            "reference": _reference(env, str(order["name"])),
            "currency_id": order["currency_id"],
            "partner_id": order["partner_invoice_id"],
            "state": "draft",
            "sale_order_ids": [[6, 0, [order["id"]]]],
        },
    )
    return env.row(MODEL, transaction_id) or {}


def _reference(env: Env, prefix: str) -> str:
    """The order's name, with the next number behind it where there is one already."""
    reference, number = prefix, 0
    while by_reference(env, reference) is not None:
        number += 1
        reference = f"{prefix}-{number}"
    return reference


def moved(env: Env, transaction_id: int, state: str, message: str | None = None, **values: Any) -> None:
    """The provider said what became of it; what cannot follow is passed over, as Odoo does."""
    row = env.row(MODEL, transaction_id) or {}
    if row.get("state") in _FROM.get(state, ()):
        changes = {"state": state, "state_message": message or False, "is_post_processed": False, **values}
        write(env, MODEL, [transaction_id], changes)


def post_process(env: Env, transaction_id: int) -> None:
    """Go on with the order: confirmed when it is paid, a quotation that was sent while the payment is pending."""
    row = env.row(MODEL, transaction_id) or {}
    orders = [env.row("sale.order", key) or {} for key in env.value(MODEL, row, "sale_order_ids")]
    if row.get("state") == "pending":
        stages.quotation_sent(env, [order["id"] for order in orders if order.get("state") == "draft"])
    elif row.get("state") in _PAID and len(orders) == 1 and orders[0].get("state") in ("draft", "sent"):
        paid = sum(float(one["amount"]) for one in of_order(env, orders[0]["id"]) if one.get("state") in _PAID)
        if round(paid - float(orders[0].get("amount_total") or 0.0), 2) >= 0:
            stages.confirm(env, [orders[0]["id"]])
    write(env, MODEL, [transaction_id], {"is_post_processed": True})
    settle(env)


def minor(amount: float) -> int:
    """In cents: the doubles' currencies have two decimals."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def signature(env: Env, *values: object) -> str:
    """What Odoo signs with its database's secret."""
    secret = env.db.parameter("database.secret") or "the database's own secret"
    return hmac.new(secret.encode(), "|".join(map(str, values)).encode(), hashlib.sha256).hexdigest()
