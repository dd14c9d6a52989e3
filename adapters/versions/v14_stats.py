"""Odoo 14.0: what changed in purchases and customers since 10.0."""

from __future__ import annotations

from adapters.source import Source
from adapters.versions.v10_stats import STATS_SOURCES as V10

STATS_SOURCES: dict[str, Source] = {
    "purchase_line": V10["purchase_line"].but({"reward": "is_reward_line"}, optional={"is_delivery", "reward"}),
    "known_customer": V10["known_customer"].but({"is_customer": "customer_rank"}),
}
