"""Odoo 19.0: what changed in orders since 14.0."""

from __future__ import annotations

from dataclasses import replace

from adapters.order_rules import Wizard
from adapters.source import Source
from adapters.versions.v10_orders import ORDER_SOURCES as V10
from adapters.versions.v14_orders import ORDER_RULES as V14_RULES
from adapters.versions.v14_orders import ORDER_SOURCES as V14

_NO_CODES = "no coupons and gift cards (install sale_loyalty)"

#: 14.0's sources that are gone
GONE = ("coupon", "coupon_program")

ORDER_SOURCES: dict[str, Source] = {
    "order": V14["order"].but(
        {"locked": "locked", "code_rules": "code_enabled_rule_ids", "cards": "applied_coupon_ids"},
        drop=["coupons", "promotion"],
        optional={"carrier", "website", "access_token", "rate", "code_rules", "cards"},
    ),
    "order_line": V14["order_line"].but(
        {"uom": "product_uom_id", "taxes": "tax_ids", "card": "coupon_id"},
        optional={"is_delivery", "is_reward", "card"},
    ),
    "delivery": V14["delivery"].but(
        {
            "description": "website_description",
            "site_description": "carrier_description",
            "fixed_margin": "fixed_margin",
            "zip_prefixes": "zip_prefix_ids",
            "max_weight": "max_weight",
            "max_volume": "max_volume",
            "needed_tags": "must_have_tag_ids",
            "excluded_tags": "excluded_tag_ids",
        },
        drop=["zip_from", "zip_to"],
        optional={"description", "site_description", "published", "website"},
    ),
    "zip_prefix": Source(
        "delivery.zip.prefix",
        {"name": "name"},
        optional=frozenset({"name"}),
        optional_model=True,
        effect="delivery methods go to every zip code",
    ),
    "provider": replace(
        V14["provider"].but(
            {
                "code": "code",
                "countries": "available_country_ids",
                "published": "is_published",
                "methods": "payment_method_ids",
                "captured_by_hand": "capture_manually",
                "stripe_key": "stripe_publishable_key",
                "adyen_key": "adyen_client_key",
            },
            model="payment.provider",
            optional={"website", "captured_by_hand", "stripe_key", "adyen_key"},
        ),
        addon=frozenset({"stripe_key", "adyen_key"}),
    ),
    "payment_method": Source(
        "payment.method",
        {"name": "name", "code": "code", "sequence": "sequence", "primary": "primary_payment_method_id"},
        order="sequence, id",
        optional_model=True,
        effect="no payment methods (the user may not read them)",
    ),
    "transaction": V14["transaction"].but(
        {"provider": "provider_id", "provider_reference": "provider_reference", "landing": "landing_route"}
    ),
    "debtor": V10["debtor"].but({"limited": "use_partner_credit_limit"}, optional={"owed", "limit", "limited"}),
    "card": Source("loyalty.card", {"code": "code", "program": "program_id"}, optional_model=True, effect=_NO_CODES),
    "code_rule": Source(
        "loyalty.rule", {"code": "code", "program": "program_id"}, optional_model=True, effect=_NO_CODES
    ),
    "reward": Source("loyalty.reward", {"program": "program_id"}, optional_model=True, effect=_NO_CODES),
    "loyalty_program": Source("loyalty.program", {"kind": "program_type"}, optional_model=True, effect=_NO_CODES),
}

ORDER_RULES = replace(
    V14_RULES,
    sends_prices=False,
    keeps_taxes=False,
    saves_with_answer=True,
    codes="loyalty",
    code_wizard=Wizard("sale.loyalty.coupon.wizard", {"order": "order_id", "code": "coupon_code"}),
    reward_wizard=Wizard(
        "sale.loyalty.reward.wizard",
        {"order": "order_id", "selected": "selected_reward_id", "offered": "reward_ids"},
    ),
    refresh_rewards="action_open_reward_wizard",
    margin_unit=100,
    html_notes=True,
    portal_links=True,
    invoice_lines=(["display_type", "=", "product"],),
    precisions={"discount_digits": "Discount", "quantity_digits": "Product Unit"},
)
