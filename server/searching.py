"""The product index of the settings, as pages ask it."""

from __future__ import annotations

from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Histogram

from cache.store import Store
from identity.roles import Definitions
from resolvers.search_freshness import LastChanges, SearchIndex
from search.asking import Asking, Outcome
from search.guard import Guard
from search.indexes import Names
from search.on_behalf import AUDIENCE, OnBehalf
from search.security import Called
from server.identification_parts import IdentitySettingsError, signer_of
from server.index_parts import engine_of
from server.metrics import Metrics
from server.settings import Settings

_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class SearchMetrics:
    """Questions of pages to the index."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._questions = prometheus_client.Counter(
            "headless_odoo_search_questions_total",
            "Questions to the product index: answered, away (it did not answer), paused (it was not asked, as it did "
            "not answer before), missing (there is no index), refused. All but the first were answered without it.",
            ["outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "headless_odoo_search_seconds",
            "Duration of questions that the product index answered.",
            buckets=_SECONDS,
            registry=registry,
        )

    def on_question(self, outcome: Outcome, seconds: float) -> None:
        """Count a question."""
        self._questions.labels(outcome).inc()
        if outcome == "answered":
            self._seconds.observe(seconds)


def open_search(
    settings: Settings, store: Store, metrics: Metrics, definitions: Definitions, guard: Guard | None
) -> SearchIndex | None:
    """The index, which connects when it is first asked; None where the settings name no engine. Close its asking.

    ``guard``: of all that ask the engine.

    Raises IdentitySettingsError where the engine is to be asked as whoever asks, and there are no keys to sign with.
    """
    if settings.opensearch_url is None:
        return None
    changes = LastChanges()
    store.on_invalidated(changes.heard)
    asking = Asking(
        engine_of(settings),
        Names(settings.opensearch_prefix),
        guard=guard,
        seconds=settings.search_timeout,
        on_question=SearchMetrics(metrics.registry).on_question,
    )
    return SearchIndex(asking, changes, _on_behalf(settings, definitions))


def _on_behalf(settings: Settings, definitions: Definitions) -> OnBehalf | None:
    if not settings.opensearch_as_caller:
        return None
    signer, _ = signer_of(settings)
    if signer is None:
        raise IdentitySettingsError("HEADLESS_ODOO_OPENSEARCH_AS_CALLER needs HEADLESS_ODOO_SIGNING_KEYS_DIR")
    return OnBehalf(signer.to(AUDIENCE), definitions, Called(settings.opensearch_prefix, {}))
