"""What a new order fills in by itself: number, addresses, pricelist, currency, terms."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from demo.double.compute.money import company_currency
from demo.double.sales.conversion import converted
from demo.double.sales.fiscal import detected_position, partner_property
from demo.double.sales.lines import order_env
from demo.double.sales.rules import rules_of

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

ORDERS = "sale.order"


def complete_order(env: Env, row: Row) -> None:
    """Fill in a new order. Values that were given (even empty ones) stay."""
    rules = rules_of(env)
    if not row.get("name"):
        row["name"] = rules.name.format(next_number(env, ORDERS, r"S[O]?(\d+)"))
    if rules.validity_days and "validity_date" not in row:
        row["validity_date"] = (env.now + timedelta(days=rules.validity_days)).strftime("%Y-%m-%d")
    if rules.follows_customer and row.get("website_id") and row.get("user_id") == env.uid:
        row.pop("user_id")
    from_customer(env, row, {name for name in rules.from_customer if name not in row})
    _currency(env, row)


def change_order(env: Env, row: Row, changed: set[str]) -> None:
    """What follows from a change of an order, in the versions that work it out on a write."""
    rules = rules_of(env)
    if rules.follows_customer and "partner_id" in changed:
        from_customer(env, row, set(rules.from_customer) - changed)
    elif rules.follows_customer and "partner_shipping_id" in changed and "fiscal_position_id" not in changed:
        from_customer(env, row, {"fiscal_position_id"})
    if {"pricelist_id", "partner_id"} & changed:
        row.pop("currency_id", None)
        _currency(env, row)


def from_customer(env: Env, row: Row, names: set[str]) -> None:
    """Set the fields of that name from the order's customer."""
    from demo.double.methods.registry import Call
    from demo.double.methods.users import address_get

    partner = env.row("res.partner", row.get("partner_id"))
    if partner is None:
        return
    if names & {"partner_invoice_id", "partner_shipping_id"}:
        call = Call(env.as_superuser(), "res.partner", [partner["id"]])
        addresses = address_get(call, ["delivery", "invoice"])
        found = {"partner_invoice_id": addresses["invoice"], "partner_shipping_id": addresses["delivery"]}
        row |= {name: value for name, value in found.items() if name in names}
    if "pricelist_id" in names:
        row["pricelist_id"] = env.value("res.partner", partner, "property_product_pricelist")
    if "payment_term_id" in names:
        row["payment_term_id"] = partner_property(env, partner, "property_payment_term_id")
    if "fiscal_position_id" in names:
        row["fiscal_position_id"] = detected_position(env, partner["id"], row.get("partner_shipping_id"))


def _currency(env: Env, row: Row) -> None:
    pricelist = env.row("product.pricelist", row.get("pricelist_id"))
    currency = pricelist.get("currency_id") if pricelist is not None else None
    if not row.get("currency_id"):
        row["currency_id"] = currency or company_currency(env, row.get("company_id"))
    if "currency_rate" in env.db.model(ORDERS).fields:
        there = order_env(env, row, None)
        row["currency_rate"] = converted(there, 1.0, company_currency(env, row.get("company_id")), row["currency_id"])


def next_number(env: Env, model: str, pattern: str, field: str = "name") -> int:
    """The next number of a sequence: one more than the highest that a record bears; never given twice."""
    key = f"last number of {model} {pattern}"
    last: Any = env.db.cache.get(key)
    if last is None:
        table = env.db.table(model)
        names = ((table.get(record_id) or {}).get(field) for record_id in table.ids())
        found = (re.fullmatch(pattern, str(name)) for name in names)
        last = max((int(match[1]) for match in found if match), default=0)
    env.db.cache[key] = last + 1
    return int(last) + 1
