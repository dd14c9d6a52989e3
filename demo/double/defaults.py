"""Default values of new records (``default_get``): the simple ones a shop's writes rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from demo.double.compute.money import company_currency, company_id

if TYPE_CHECKING:
    from demo.double.env import Env

Default = Callable[["Env"], Any]


def _now(env: Env) -> str:
    return env.now.strftime("%Y-%m-%d %H:%M:%S")


def _first(model: str) -> Default:
    return lambda env: next(iter(env.visible(model, list(env.db.table(model).ids())[:50])), False)


DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "product.template": {
        "sale_ok": True, "purchase_ok": True, "type": "consu", "list_price": 1.0, "sequence": 1, "tracking": "none",
        "website_size_x": 1, "website_size_y": 1, "invoice_policy": "order",
        "uom_id": _first("product.uom"), "uom_po_id": _first("product.uom"), "categ_id": _first("product.category"),
    },
    "res.partner": {"type": "contact", "lang": lambda env: env.context.get("lang") or "en_US", "color": 0},
    "res.users": {"lang": "en_US", "company_id": company_id},
    "product.pricelist": {"currency_id": company_currency, "sequence": 16},
    "product.pricelist.item": {
        "applied_on": "3_global", "compute_price": "fixed", "base": "list_price", "min_quantity": 0,
    },
    "sale.order": {
        "state": "draft", "date_order": _now, "company_id": company_id, "user_id": lambda env: env.uid,
        "require_signature": True, "require_payment": True, "prepayment_percent": 1.0, "locked": False,
        "picking_policy": "direct", "warehouse_id": _first("stock.warehouse"), "team_id": 1, "note": False,
    },
    "sale.order.line": {
        "product_uom_qty": 1.0, "sequence": 10, "discount": 0.0, "customer_lead": 0.0, "qty_delivered": 0.0,
    },
    "product.wishlist": {"website_id": _first("website")},
    "crm.lead": {"type": "lead", "user_id": lambda env: env.uid},
    "coupon.program": {
        "program_type": "promotion_program", "promo_code_usage": "no_code_needed",
        "promo_applicability": "on_current_order", "reward_type": "discount", "discount_type": "percentage",
        "discount_apply_on": "on_order", "discount_percentage": 10.0, "rule_min_quantity": 1,
        "reward_product_quantity": 1, "validity_duration": 30, "company_id": company_id,
        "rule_minimum_amount_tax_inclusion": "tax_excluded",
    },
    "coupon.coupon": {"state": "new"},
    "loyalty.program": {
        "program_type": "promotion", "applies_on": "current", "trigger": "auto", "sale_ok": True,
        "ecommerce_ok": True, "company_id": company_id, "currency_id": company_currency,
    },
    "loyalty.rule": {
        "mode": "auto", "minimum_qty": 1, "minimum_amount_tax_mode": "incl", "reward_point_amount": 1.0,
        "reward_point_mode": "order",
    },
    "loyalty.reward": {
        "reward_type": "discount", "discount": 10.0, "discount_mode": "percent", "discount_applicability": "order",
        "required_points": 1.0, "reward_product_qty": 1,
    },
    "delivery.price.rule": {
        "sequence": 10, "variable": "weight", "operator": "<=", "variable_factor": "weight",
    },
    "choose.delivery.carrier": {"delivery_price": 0.0, "display_price": 0.0},
    "sale.advance.payment.inv": {"advance_payment_method": "delivered"},
    "product.image": {"sequence": 10},
    "product.public.category": {"sequence": 10},
}  # fmt: skip


def default_values(env: Env, model: str) -> dict[str, Any]:
    """Every default of the model that the version has a field for; context ``default_*`` keys come first."""
    fields = env.db.model(model).fields
    values: dict[str, Any] = {"active": True} if "active" in fields else {}
    for name, default in DEFAULTS.get(model, {}).items():
        item = fields.get(name)
        if item is None:
            continue
        if model == "product.template" and name in ("uom_id", "uom_po_id"):
            unit = "product.uom" if env.db.dataset.version == "10.0" else "uom.uom"
            value = _first(unit)(env)
        else:
            value = default(env) if callable(default) else default
        if value is not False or not callable(default):
            values[name] = value
    for key, value in env.context.items():
        if key.startswith("default_") and key.removeprefix("default_") in fields:
            values[key.removeprefix("default_")] = value
    return values
