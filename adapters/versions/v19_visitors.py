"""Odoo 19.0: what changed in newsletters since 14.0."""

from __future__ import annotations

from adapters.source import Source
from adapters.versions.v14_visitors import VISITOR_SOURCES as V14

VISITOR_SOURCES: dict[str, Source] = {
    "subscription": V14["subscription"].but(model="mailing.subscription"),
    # of website_sale_mass_mailing
    "newsletter": Source("website", {"list": "newsletter_id"}, addon=frozenset({"list"})),
}
