"""Odoo 14.0: what changed in newsletters since 10.0, and its wishlists."""

from __future__ import annotations

from adapters.source import Source
from adapters.versions.v10_visitors import VISITOR_SOURCES as V10

VISITOR_SOURCES: dict[str, Source] = {
    "mailing_list": V10["mailing_list"].but({"public": "is_public"}, model="mailing.list"),
    "subscriber": V10["subscriber"].but({"lists": "list_ids"}, model="mailing.contact", drop=["list", "opted_out"]),
    "subscription": Source(
        "mailing.contact.subscription",
        {"contact": "contact_id", "list": "list_id", "opted_out": "opt_out"},
        optional_model=True,
        effect="who opted out of the newsletter cannot subscribe again",
    ),
    "wish": Source(
        "product.wishlist",
        {"variant": "product_id", "active": "active"},
        optional_model=True,
        effect="wishlists stay in the shop (install website_sale_wishlist)",
    ),
}
