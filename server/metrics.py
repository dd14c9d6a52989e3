"""Numbers for Prometheus."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import Response

from cart.store import CartStore, CartsUnavailableError

#: seconds that carts may take to tell what is due
_LOOK_SECONDS: Final = 1.0
_NOT_PUSHED: Final = frozenset({"gone", "away", "carts_away"})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The process's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.odoo_calls = prometheus_client.Counter(
            "headless_odoo_rpc_calls_total",
            "Calls to Odoo.",
            ["model", "method", "outcome"],
            registry=self.registry,
        )
        self.odoo_seconds = Histogram(
            "headless_odoo_rpc_seconds", "Duration of calls to Odoo.", buckets=_SECONDS, registry=self.registry
        )
        self.carts = CartMetrics(self.registry)
        self._tally = Tally()
        self.registry.register(self._tally)
        self.answered = self._tally.answered
        self.on_cache_event = self._tally.on_cache_event

    def on_call(self, model: str, method: str, seconds: float, error: BaseException | None) -> None:
        """Count a call to Odoo."""
        self.odoo_calls.labels(model, method, type(error).__name__ if error else "ok").inc()
        self.odoo_seconds.observe(seconds)

    def page(self) -> Response:
        """What Prometheus reads."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class CartMetrics:
    """Carts on their way to Odoo."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counts = prometheus_client.Gauge(
            "headless_odoo_carts",
            "Carts that Odoo does not know as they are: due, waiting (not yet due, or being pushed), dead.",
            ["state"],
            registry=registry,
        )
        self._oldest = prometheus_client.Gauge(
            "headless_odoo_carts_oldest_due_seconds", "For how long the first cart has been due.", registry=registry
        )
        self._pushes = prometheus_client.Counter(
            "headless_odoo_cart_pushes_total", "What became of carts that were due.", ["outcome"], registry=registry
        )
        self._seconds = Histogram(
            "headless_odoo_cart_push_seconds",
            "Duration of bringing a cart to Odoo.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._differences = prometheus_client.Counter(
            "headless_odoo_cart_differences_total",
            "Lines of carts that Odoo computed otherwise than the shop.",
            registry=registry,
        )

    def on_push(self, outcome: str, seconds: float) -> None:
        """Count what became of a cart."""
        self._pushes.labels(outcome).inc()
        if outcome not in _NOT_PUSHED:
            self._seconds.observe(seconds)

    def on_difference(self, lines: int) -> None:
        self._differences.inc(lines)

    async def look(self, carts: CartStore) -> None:
        """Look at what is due. While carts are away, numbers stay as they were."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                counts = await carts.counts()
        except (CartsUnavailableError, TimeoutError):
            return
        for state in ("due", "waiting", "dead"):
            self._counts.labels(state).set(getattr(counts, state))
        self._oldest.set(0.0 if counts.oldest is None else max(0.0, time.time() - counts.oldest))


class Tally(Collector):
    """Counts what happens with every answer: in plain numbers, as the client's own counters cost part of a hit."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._durations: dict[str, list[int]] = {}  # by route: how many in each bucket, the last one without end
        self._seconds: Counter[str] = Counter()
        self._cache_events: Counter[str] = Counter()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answer to a request."""
        self._requests[route, status] += 1
        durations = self._durations.get(route)
        if durations is None:
            durations = self._durations[route] = [0] * (len(_SECONDS) + 1)
        durations[bisect_left(_SECONDS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # Counter is typed for whole numbers alone

    def on_cache_event(self, event: str) -> None:
        """Count what the cache tells."""
        self._cache_events[event] += 1

    def collect(self) -> Iterator[Metric]:
        """As the registry asks for it."""
        requests = CounterMetricFamily("headless_odoo_http_requests", "Requests answered.", labels=["route", "status"])
        for (route, status), count in self._requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "headless_odoo_http_request_seconds", "Duration of requests.", labels=["route"]
        )
        bounds = [*map(prometheus_client.utils.floatToGoString, _SECONDS), "+Inf"]
        for route, counts in self._durations.items():
            buckets = list(zip(bounds, map(float, accumulate(counts)), strict=True))
            durations.add_metric([route], buckets, self._seconds[route])
        yield durations
        events = CounterMetricFamily(
            "headless_odoo_cache_events",
            "What happened in the cache: hits, misses, refused and stored entries, invalidations, errors of Redis.",
            labels=["event"],
        )
        for event, count in self._cache_events.items():
            events.add_metric([event], count)
        yield events
