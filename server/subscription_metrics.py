"""Numbers of what customers are to be told, for Prometheus."""

from __future__ import annotations

import asyncio
from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry

from subscriptions.model import SubscriptionsUnavailableError
from subscriptions.store import Subscriptions

#: Seconds that Redis may take while somebody waits for the page.
_LOOK_SECONDS: Final = 1.0


class NewsMetrics:
    """How many customers are to be told something, and for how long. ``kept``: None where nothing can be followed."""

    def __init__(self, registry: CollectorRegistry, kept: Subscriptions | None) -> None:
        self._kept = kept
        self._waiting = prometheus_client.Gauge(
            "headless_odoo_news_waiting",
            "Customers who are to be told of what they follow; the same in every process.",
            registry=registry,
        )
        self._late = prometheus_client.Gauge(
            "headless_odoo_news_late_seconds",
            "For how long the first of them could have been told.",
            registry=registry,
        )

    async def look(self) -> None:
        """Look at what is waiting. While it cannot be reached, numbers stay as they were."""
        if self._kept is None:
            return
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                waiting, late = await self._kept.waiting()
        except (SubscriptionsUnavailableError, TimeoutError):
            return
        self._waiting.set(waiting)
        self._late.set(late)
