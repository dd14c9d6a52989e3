"""Odoo 19.0: what changed in purchases and customers since 14.0."""

from __future__ import annotations

from adapters.source import Source
from adapters.versions.v14_stats import STATS_SOURCES as V14

STATS_SOURCES: dict[str, Source] = {
    # nothing can be searched by is_reward_line any more: it is not stored
    "purchase_line": V14["purchase_line"].but({"uom": "product_uom_id", "reward": "reward_id"}),
    "known_customer": V14["known_customer"],
}
