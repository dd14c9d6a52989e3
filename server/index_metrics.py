"""Numbers of the product index for Prometheus."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Histogram

from search.sync import Synced

_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class IndexMetrics:
    """How far the index is behind Odoo, and what brings it up to date."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = prometheus_client.Gauge(
            "headless_odoo_index_lag_seconds",
            "How long ago Odoo was asked for changes that are in the index; NaN: nobody knows.",
            registry=registry,
        )
        self._lag.set(float("nan"))
        self._documents = prometheus_client.Counter(
            "headless_odoo_index_documents_total",
            "Documents that syncs of this process wrote, deleted, or found as they were.",
            ["action"],
            registry=registry,
        )
        self._syncs = prometheus_client.Counter(
            "headless_odoo_index_syncs_total", "What became of syncs that were due.", ["outcome"], registry=registry
        )
        self._seconds = Histogram(
            "headless_odoo_index_sync_seconds", "Duration of syncs.", buckets=_SECONDS, registry=registry
        )
        self._resorts = prometheus_client.Counter(
            "headless_odoo_index_reads_total",
            "Questions to the index in place of Odoo, while that is away.",
            ["outcome"],
            registry=registry,
        )

    def on_lag(self, lag: timedelta | None) -> None:
        self._lag.set(float("nan") if lag is None else lag.total_seconds())

    def on_sync(self, outcome: str, seconds: float, synced: Synced | None) -> None:
        """Count what became of a sync."""
        self._syncs.labels(outcome).inc()
        if synced is None:
            return
        self._seconds.observe(seconds)
        for done in synced.parts.values():
            for action in ("written", "deleted", "unchanged"):
                self._documents.labels(action).inc(getattr(done, action))

    def on_read(self, outcome: str) -> None:
        self._resorts.labels(outcome).inc()
