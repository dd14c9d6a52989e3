"""Numbers for Prometheus."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The process's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.odoo_calls = Counter(
            "headless_odoo_rpc_calls_total",
            "Calls to Odoo.",
            ["model", "method", "outcome"],
            registry=self.registry,
        )
        self.odoo_seconds = Histogram(
            "headless_odoo_rpc_seconds", "Duration of calls to Odoo.", buckets=_SECONDS, registry=self.registry
        )
        self.requests = Counter(
            "headless_odoo_http_requests_total", "Requests answered.", ["route", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "headless_odoo_http_request_seconds",
            "Duration of requests.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )

        self.cache_events = Counter(
            "headless_odoo_cache_events_total",
            "What happened in the cache: hits, misses, refused and stored entries, invalidations, errors of Redis.",
            ["event"],
            registry=self.registry,
        )
        self._requests = lru_cache(maxsize=256)(self.requests.labels)
        self._request_seconds = lru_cache(maxsize=32)(self.request_seconds.labels)
        self._cache_events = lru_cache(maxsize=32)(self.cache_events.labels)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answer to a request."""
        self._requests(route, status).inc()
        self._request_seconds(route).observe(seconds)

    def on_cache_event(self, event: str) -> None:
        """Count what the cache tells."""
        self._cache_events(event).inc()

    def on_call(self, model: str, method: str, seconds: float, error: BaseException | None) -> None:
        """Count a call to Odoo."""
        self.odoo_calls.labels(model, method, type(error).__name__ if error else "ok").inc()
        self.odoo_seconds.observe(seconds)

    def page(self) -> Response:
        """What Prometheus reads."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
