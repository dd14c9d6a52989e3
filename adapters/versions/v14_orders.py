"""Odoo 14.0: what changed in orders since 10.0."""

from __future__ import annotations

from dataclasses import replace

from adapters.order_rules import Wizard
from adapters.source import Source
from adapters.versions.v10_orders import ORDER_RULES as V10_RULES
from adapters.versions.v10_orders import ORDER_SOURCES as V10

_NO_CODES = "no coupons (install sale_coupon)"

ORDER_SOURCES: dict[str, Source] = {
    "order": V10["order"].but(
        {
            "website": "website_id",
            "access_token": "access_token",
            "rate": "currency_rate",
            "coupons": "applied_coupon_ids",
            "promotion": "code_promo_program_id",
        },
        drop=["confirmed"],
        optional={"carrier", "website", "access_token", "rate", "coupons", "promotion"},
    ),
    "order_line": V10["order_line"].but(
        {"template": "product_template_id", "is_reward": "is_reward_line", "display_type": "display_type"},
        optional={"is_delivery", "is_reward"},
    ),
    "delivery": V10["delivery"].but(
        {
            "published": "is_published",
            "website": "website_id",
            "free_over": "free_over",
            "invoicing": "invoice_policy",
        },
        optional={"description", "published", "website"},
    ),
    "payment_term": V10["payment_term"].but(order="sequence, id"),
    "provider": V10["provider"].but(
        {
            "mode": "state",
            "website": "website_id",
            "countries": "country_ids",
            "pending_message": "pending_msg",
        },
        drop=["published"],
        optional={"website"},
    ),
    "transaction": V10["transaction"].but({"order": "sale_order_ids", "payment": "payment_id"}),
    "invoice": V10["invoice"].but(
        {
            "name": "name",
            "kind": "move_type",
            "invoiced_on": "invoice_date",
            "due_on": "invoice_date_due",
            "reference": "ref",
            "residual": "amount_residual",
        },
        model="account.move",
        order="invoice_date desc, id desc",
    ),
    "invoice_line": V10["invoice_line"].but(
        {"invoice": "move_id", "total": "price_total"}, model="account.move.line", order="move_id, sequence, id"
    ),
    "coupon": Source(
        "coupon.coupon",
        {"code": "code", "program": "program_id", "state": "state", "order": "sales_order_id"},
        optional=frozenset({"order"}),
        optional_model=True,
        effect=_NO_CODES,
    ),
    "coupon_program": Source(
        "coupon.program",
        {"code": "promo_code", "product": "discount_line_product_id"},
        optional_model=True,
        effect=_NO_CODES,
    ),
}

ORDER_RULES = replace(
    V10_RULES,
    totals="sums",
    delivery=Wizard(
        "choose.delivery.carrier", {"order": "order_id", "carrier": "carrier_id", "price": "delivery_price"}
    ),
    codes="coupons",
    code_wizard=Wizard("sale.coupon.apply.code", {"code": "coupon_code"}),
    refresh_rewards="recompute_coupon_lines",
    quotation_sent="action_quotation_sent",
    invoice_parent="move_id",
    posted=(["move_type", "in", ["out_invoice", "out_refund"]], ["state", "=", "posted"]),
    invoice_lines=(["exclude_from_invoice_tab", "=", False], ["display_type", "=", False]),
)
