"""Delivery methods: whether one goes to an address, what it costs, and its line on the order."""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo.double import errors
from demo.double.compute.money import company_currency
from demo.double.ordering import sort_ids
from demo.double.prices import priced_variant, rule_price
from demo.double.sales.conversion import converted
from demo.double.sales.lines import customer_language, in_language, line_taxes, order_env
from demo.double.sales.rules import rules_of
from demo.double.sales.totals import line_rows, settle
from demo.double.writing import create, unlink, write
from pricing.rounding import to_decimal

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

CARRIERS = "delivery.carrier"
_NO_ADDRESS = {
    "10.0": "No carrier matching.",
    "14.0": "Error: this delivery method is not available for this address.",
    "19.0": "Error: this delivery method is not available for this address.",
}
_NO_RULE = {
    "10.0": "Selected product in the delivery method doesn't fulfill any of the delivery carrier(s) criteria.",
    "14.0": "No price rule matching this order; delivery cost cannot be computed.",
    "19.0": "No price rule matching this order; delivery cost cannot be computed.",
}
_INVOICED = (
    "You can not update the shipping costs on an order where it was already invoiced!\n\nThe following delivery lines "
    "(product, invoiced quantity and price) have already been processed:\n\n"
)
_FREE_FIELDS = {"10.0": "free_if_more_than", "14.0": "free_over", "19.0": "free_over"}
_TESTS: Mapping[str, Callable[[float, float], bool]] = {
    "==": op.eq, "<=": op.le, "<": op.lt, ">=": op.ge, ">": op.gt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """A delivery's price in the order's currency; ``carrier_price``: before it was given free. ``error``: refused."""

    price: float = 0.0
    carrier_price: float = 0.0
    message: str = ""
    error: str = ""


def rate(env: Env, carrier: Row, order: Row) -> Rate:
    """What the delivery of an order costs (``rate_shipment``)."""
    version = env.db.dataset.version
    settle(env)
    order = env.row("sale.order", order["id"]) or order
    if not reaches(env, carrier, env.row("res.partner", order.get("partner_shipping_id"))):
        return Rate(error=_NO_ADDRESS[version])
    total = _company_amount(env, order, _amount_without_delivery(env, order))
    by_rule = carrier.get("delivery_type") == "base_on_rule"
    found = _rule_price(env, carrier, order, total) if by_rule else _fixed_price(env, carrier, order)
    if found is None:
        return Rate(error=_NO_RULE[version])
    price = _with_margin(env, carrier, found)
    if carrier.get(_FREE_FIELDS[version]) and total >= float(carrier.get("amount") or 0.0):
        limit = float(carrier.get("amount") or 0.0)
        return Rate(0.0, price, f"The shipping is free since the order amount exceeds {limit:.2f}.")
    return Rate(price, price)


def reaches(env: Env, carrier: Row, partner: Row | None) -> bool:
    """The carrier delivers to that address: by country, state and postal code."""
    partner = partner or {}
    countries, states = carrier.get("country_ids") or [], carrier.get("state_ids") or []
    if countries and partner.get("country_id") not in countries:
        return False
    if states and partner.get("state_id") not in states:
        return False
    code = str(partner.get("zip") or "").upper()
    prefixes = carrier.get("zip_prefix_ids") or []
    if prefixes:
        names = ((env.row("delivery.zip.prefix", prefix) or {}).get("name") for prefix in prefixes)
        return any(name and code.startswith(str(name)) for name in names)
    start, end = str(carrier.get("zip_from") or "").upper(), str(carrier.get("zip_to") or "").upper()
    return not (start and code < start) and not (end and code > end)


def available(env: Env, order: Row) -> list[int]:
    """The active carriers that deliver to the order's address, in their order."""
    address = env.row("res.partner", order.get("partner_shipping_id"))
    ids = env.visible(CARRIERS, list(env.db.table(CARRIERS).ids()))
    return sort_ids(env, CARRIERS, [key for key in ids if reaches(env, env.row(CARRIERS, key) or {}, address)])


def _fixed_price(env: Env, carrier: Row, order: Row) -> float:
    """Up to 16 the carrier's price as it is, later the pricelist's price of the delivery product."""
    price = float(carrier.get("fixed_price") or 0.0)
    product = env.row("product.product", carrier.get("product_id"))
    if env.db.dataset.version != "19.0" or product is None:
        return _order_amount(env, order, price)
    priced = replace(priced_variant(env, product), list_price=to_decimal(price), price_extra=to_decimal(0))
    return rule_price(order_env(env, order, None), order.get("pricelist_id"), priced, 1.0)[0]


def _rule_price(env: Env, carrier: Row, order: Row, total: float) -> float | None:
    """The first rule that fits tells the price; None when none does."""
    measures = _measures(env, order, total)
    model = "delivery.price.rule"
    for rule_id in sort_ids(env, model, list(env.db.table(model).find("carrier_id", [carrier["id"]]))):
        rule = env.row(model, rule_id) or {}
        measured = measures[rule.get("variable") or "weight"]
        if _TESTS[rule.get("operator") or "<="](measured, float(rule.get("max_value") or 0.0)):
            factor = measures[rule.get("variable_factor") or "weight"]
            price = float(rule.get("list_base_price") or 0.0) + float(rule.get("list_price") or 0.0) * factor
            return _order_amount(env, order, price)
    return None


def _measures(env: Env, order: Row, total: float) -> dict[str, float]:
    weight = volume = quantity = 0.0
    for line in line_rows(env, order["id"]):
        product = env.row("product.product", line.get("product_id"))
        if product is None or line.get("is_delivery"):
            continue
        if env.db.dataset.version != "10.0" and env.value("product.product", product, "type") == "service":
            continue
        pieces = env.value("sale.order.line", line, "product_qty")
        weight += pieces * float(env.value("product.product", product, "weight") or 0.0)
        volume += pieces * float(env.value("product.product", product, "volume") or 0.0)
        quantity += pieces
    return {"price": total, "weight": weight, "volume": volume, "wv": weight * volume, "quantity": quantity}


def _with_margin(env: Env, carrier: Row, price: float) -> float:
    """A percentage up to 16; a fraction later, with a fixed amount, and on fixed prices none."""
    margin = float(carrier.get("margin") or 0.0)
    if env.db.dataset.version != "19.0":
        return price * (1 + margin / 100)
    if carrier.get("delivery_type") == "fixed":
        return price
    return price * (1 + margin) + float(carrier.get("fixed_margin") or 0.0)


def _amount_without_delivery(env: Env, order: Row) -> float:
    delivery = sum(line.get("price_total") or 0.0 for line in line_rows(env, order["id"]) if line.get("is_delivery"))
    return float(order.get("amount_total") or 0.0) - float(delivery)


def _company_amount(env: Env, order: Row, amount: float) -> float:
    there = order_env(env, order, None)
    currency = env.value("sale.order", order, "currency_id")
    return converted(there, amount, currency, company_currency(env, order.get("company_id")))


def _order_amount(env: Env, order: Row, amount: float) -> float:
    there = order_env(env, order, None)
    currency = env.value("sale.order", order, "currency_id")
    return converted(there, amount, company_currency(env, order.get("company_id")), currency)


# ----------------------------------------------------------------------------------------------- on the order


def set_delivery(env: Env, order_id: int, carrier: Row, price: float) -> None:
    """Replace the order's delivery line (``set_delivery_line``)."""
    remove_delivery(env, order_id)
    write(env, "sale.order", [order_id], {"carrier_id": carrier["id"]})
    order = env.row("sale.order", order_id) or {}
    rules = rules_of(env)
    product = env.row("product.product", carrier.get("product_id")) or {}
    lines = env.value("sale.order", order, "order_line")
    values: Row = {
        "order_id": order_id,
        "name": _description(env, order, carrier, product, price),
        "product_id": product.get("id"),
        "product_uom_qty": 1.0,
        rules.unit: env.value("product.product", product, "uom_id"),
        rules.taxes: [(6, 0, line_taxes(env, order, product))],
        "price_unit": price,
        "is_delivery": True,
    }
    if lines:
        values["sequence"] = int((env.row("sale.order.line", lines[-1]) or {}).get("sequence") or 0) + 1
    create(env, "sale.order.line", values)


def remove_delivery(env: Env, order_id: int) -> None:
    """Take the delivery lines away. UserError when one was invoiced."""
    lines = [line for line in line_rows(env, order_id) if line.get("is_delivery")]
    if any(line.get("qty_invoiced") for line in lines):
        raise errors.user_error(_INVOICED)
    if lines:
        unlink(env, "sale.order.line", [line["id"] for line in lines])


def _description(env: Env, order: Row, carrier: Row, product: Row, price: float) -> str:
    """The carrier's name in the customer's language; that it is free, where it would not be."""
    there = in_language(env, customer_language(env, order))
    name = str(there.value(CARRIERS, carrier, "name") or "")
    text = there.value("product.product", product, "description_sale")
    if text and env.db.dataset.version != "10.0":
        name = f"{name}: {text}"
    if env.db.dataset.version != "10.0" and carrier.get("free_over") and not round(price, 2):
        name += "\nFree Shipping"
    return name
