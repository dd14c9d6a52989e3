"""What a line of an order fills in by itself: name, unit, price, taxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from demo.double.compute.names import display_name
from demo.double.floats import float_round
from demo.double.price_inputs import POLICIES
from demo.double.prices import priced_variant, rule_price
from demo.double.sales.conversion import converted
from demo.double.sales.discounts import percentage, price_before, shows_discounts
from demo.double.sales.fiscal import detected_position, mapped_taxes, partner_property
from demo.double.sales.rules import rules_of
from demo.double.sales.taxing import without_included
from pricing.rounding import to_decimal

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

LINES = "sale.order.line"
_PRODUCT = "product.product"
#: Changing one of these prices a line anew, in the versions that do so.
PRICED_BY = frozenset({"product_id", "product_uom_qty", "product_uom_id", "product_no_variant_attribute_value_ids"})


def complete_line(env: Env, row: Row) -> None:
    """Fill in a new line. Values that were given (even empty ones) stay."""
    rules = rules_of(env)
    if row.get("display_type"):
        row |= {"product_uom_qty": 0.0, "price_unit": 0.0, rules.taxes: []}
        return
    product = env.row(_PRODUCT, row.get("product_id"))
    if product is None:
        return
    order = env.row("sale.order", row.get("order_id")) or {}
    quantity = float(row.get("product_uom_qty") or 0.0)
    if rules.unit_resets_quantity and not row.get(rules.unit):
        quantity = 1.0
    if not row.get(rules.unit):
        row[rules.unit] = env.value(_PRODUCT, product, "uom_id")
    if not row.get("name"):
        row["name"] = description(env, product, customer_language(env, order), _options(row))
    if rules.taxes not in row:
        row[rules.taxes] = line_taxes(env, order, product)
    if "price_unit" not in row:
        set_price(env, order, row, quantity)
    elif rules.has_technical_price:
        row.setdefault("technical_price_unit", row["price_unit"])
    if order.get("state") in ("sale", "done"):
        row["state"] = order["state"]


def change_line(env: Env, row: Row, changed: set[str]) -> None:
    """What follows from a change of a line, in the versions that work it out on a write."""
    rules = rules_of(env)
    product = env.row(_PRODUCT, row.get("product_id"))
    if not rules.reprices or product is None or not changed & PRICED_BY:
        return
    order = env.row("sale.order", row.get("order_id")) or {}
    if "product_id" in changed:
        if "name" not in changed:
            row["name"] = description(env, product, customer_language(env, order), _options(row))
        if rules.unit not in changed:
            row[rules.unit] = env.value(_PRODUCT, product, "uom_id")
        if rules.taxes not in changed:
            row[rules.taxes] = line_taxes(env, order, product)
    fixed = row.get("is_delivery") or row.get("reward_id")
    if "price_unit" in changed or fixed or _priced_by_hand(row):
        return
    set_price(env, order, row, float(row.get("product_uom_qty") or 0.0))


def _priced_by_hand(row: Row) -> bool:
    """A price that is not the one Odoo last worked out was set by somebody, and stays."""
    return float(row.get("technical_price_unit") or 0.0) != float(row.get("price_unit") or 0.0)


def set_price(env: Env, order: Row, row: Row, quantity: float) -> None:
    """Work out the price of a line (per its unit) for so many units."""
    price, _rule, discount = line_price(env, order, row, quantity)
    row["price_unit"] = price
    row.setdefault("discount", 0.0)
    if discount is not None:
        row["discount"] = discount
    if rules_of(env).has_technical_price:
        row["technical_price_unit"] = price


def line_price(env: Env, order: Row, row: Row, quantity: float) -> tuple[float, Any, float | None]:
    """Price of a unit as the version stores it, and the pricelist rule it comes from (False: none).

    Then the discount that the version works out beside it (a percentage); None: it leaves the line's as it is.
    """
    rules = rules_of(env)
    product = env.row(_PRODUCT, row.get("product_id"))
    if product is None:
        return 0.0, False, None
    priced = priced_variant(env, product)
    extra = sum(env.values("product.template.attribute.value", _options(row), "price_extra"))
    if extra:
        priced = replace(priced, price_extra=priced.price_extra + to_decimal(extra))
    unit = row.get(rules.unit) or priced.uom_id
    at = order_env(env, order, unit)
    pricelist = order.get("pricelist_id")
    price, rule = rule_price(at, pricelist, priced, quantity)
    if _shows_discounts(env, pricelist):
        price = max(price, _undiscounted(at, priced_by=rule, product=product, pricelist=pricelist, quantity=quantity))
    discount = None
    if shows_discounts(env):
        before = price_before(at, order, product, rule, pricelist, quantity)
        discount = percentage(before, price)
        price = price if before is None else max(before, price)
    own = env.value(_PRODUCT, product, "taxes_id")
    price = without_included(env, price, own, row.get(rules.taxes) or [])
    digits = POLICIES[env.db.dataset.version].price_digits
    return (price if digits is None else float_round(price, digits)), rule, discount


def order_env(env: Env, order: Row, unit: Any) -> Env:
    """The environment prices of an order are read in: at its date, per that unit."""
    key = ("pricing env", order.get("id"), order.get("date_order"), unit)
    found: Env | None = env.memo.get(key)
    if found is None:
        found = env.memo[key] = env.with_context(date=order.get("date_order") or False, uom=unit, lang=None)
    return found


def _shows_discounts(env: Env, pricelist: Any) -> bool:
    """Up to 16 a pricelist may store list prices and show its discounts: which a write over RPC does not fill in."""
    row = env.row("product.pricelist", pricelist) or {}
    return row.get("discount_policy") == "without_discount"


def _undiscounted(env: Env, *, priced_by: Any, product: Row, pricelist: Any, quantity: float) -> float:
    """The price a discount is shown on: list price, cost, or that of the pricelist the rule builds on."""
    item = env.row("product.pricelist.item", priced_by) or {}
    if item.get("base") == "pricelist" and item.get("base_pricelist_id"):
        base, rule = rule_price(env, item["base_pricelist_id"], priced_variant(env, product), quantity)
        if _shows_discounts(env, item["base_pricelist_id"]):
            return _undiscounted(
                env, priced_by=rule, product=product, pricelist=item["base_pricelist_id"], quantity=quantity
            )
        return base
    name = "standard_price" if item.get("base") == "standard_price" else "lst_price"
    value = float(env.value(_PRODUCT, product, name))
    return converted(env, value, env.value(_PRODUCT, product, "currency_id"), _currency(env, pricelist))


def _currency(env: Env, pricelist: Any) -> Any:
    return (env.row("product.pricelist", pricelist) or {}).get("currency_id", False)


# ------------------------------------------------------------------------------------------- names and taxes


def customer_language(env: Env, order: Row) -> str | None:
    """The language of the customer, in which the lines of an order are written."""
    partner = env.row("res.partner", order.get("partner_id")) or {}
    lang = partner.get("lang")
    return lang if lang in env.db.languages() else None


def in_language(env: Env, lang: str | None) -> Env:
    key = ("language env", lang)
    found: Env | None = env.memo.get(key)
    if found is None:
        found = env.memo[key] = env.with_context(lang=lang)
    return found


def description(env: Env, product: Row, lang: str | None, options: Sequence[int] = ()) -> str:
    """A product's name as a line tells it: code, name, sales text, and what was chosen of its options."""
    there = in_language(env, lang)
    name = str(display_name(there, _PRODUCT, product["id"]) or "")
    text = there.value(_PRODUCT, product, "description_sale")
    lines = [name, *([str(text)] if text else [])]
    for option in options:
        value = there.row("product.template.attribute.value", option)
        if value is not None:
            attribute = there.value("product.template.attribute.value", value, "attribute_id")
            shown = there.value("product.template.attribute.value", value, "name")
            lines.append(f"{display_name(there, 'product.attribute', attribute)}: {shown}")
    return "\n".join(lines)


def _options(row: Row) -> Sequence[int]:
    """Attribute values chosen on the line that make no variant."""
    return row.get("product_no_variant_attribute_value_ids") or []


def line_taxes(env: Env, order: Row, product: Row) -> list[int]:
    """A product's taxes after the order's fiscal position."""
    company = order.get("company_id")
    own = [
        tax
        for tax in env.value(_PRODUCT, product, "taxes_id")
        if not company or (env.row("account.tax", tax) or {}).get("company_id") in (None, False, company)
    ]
    return mapped_taxes(env, _position(env, order), own)


def _position(env: Env, order: Row) -> Any:
    """The order's fiscal position; before 19 the customer's where the order has none (create leaves it empty)."""
    if order.get("fiscal_position_id") or rules_of(env).follows_customer:
        return order.get("fiscal_position_id")
    if env.db.dataset.version == "10.0":
        partner = env.row("res.partner", order.get("partner_id"))
        return partner_property(env, partner, "property_account_position_id") if partner else False
    key = ("position", order.get("partner_id"))
    if key not in env.memo:
        env.memo[key] = detected_position(env, order.get("partner_id"), None)
    return env.memo[key]
