"""The product index beside a process that serves or works: read back, kept fresh, looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from adapters.base import CatalogueReads, OdooAdapter
from adapters.errors import OdooError
from adapters.patience import Patience
from cache.reference import Clock, Reference, utc_now
from cache.store import Store
from search.catalogue_reads import IndexedCatalogue
from search.condition import Condition, Looking
from search.engine import EngineError
from search.guard import Guard
from search.indexes import Indexes
from search.reading import languages
from search.sync import Sync
from server.connection import OdooConnection
from server.index_metrics import IndexMetrics
from server.index_parts import catalogue_of, engine_of
from server.index_worker import IndexWorker
from server.metrics import Metrics
from server.settings import Settings

#: Seconds that the engine may take for a look, and for which what it told is told again.
PATIENCE: Final = 2.0
_KEPT: Final = 5.0

AdapterProvider = Callable[[], Awaitable[OdooAdapter]]


class ProductIndex:
    """The index of the settings, which have to name an engine. ``clock``: the moment that prices are for.

    ``guard``: of all that ask the engine.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        adapter: AdapterProvider,
        reference: Reference,
        metrics: IndexMetrics,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._adapter = adapter
        self._reference = reference
        self._metrics = metrics
        self._clock = clock
        self._engine = engine_of(settings)
        self._indexes = Indexes(self._engine, settings.opensearch_prefix)
        self._looking = Looking(self._indexes)
        self._looked: tuple[float, Condition] = float("-inf"), Condition(None)
        self._lock = asyncio.Lock()
        self._synced: tuple[OdooAdapter, Sync] | None = None
        self.guard = Guard(self._engine, seconds=settings.search_timeout)
        self._reads = IndexedCatalogue(self._indexes, self.guard, on_answer=metrics.on_read)
        self.worker = (
            IndexWorker(store, self._sync, seconds=settings.index_seconds, on_sync=metrics.on_sync)
            if settings.index_sync
            else None
        )

    def start(self) -> None:
        if self.worker is not None:
            self.worker.start()

    async def close(self) -> None:
        if self.worker is not None:
            await self.worker.close()
        await self.guard.close()
        await self._engine.close()

    def resort(self) -> CatalogueReads:
        """The catalogue as it is in the index."""
        return self._reads

    async def wrong(self) -> str | None:
        """Why it does not serve as it should, in plain words; None when it does."""
        return (await self.look()).beyond(timedelta(seconds=self._settings.index_lag_seconds))

    async def look(self) -> Condition:
        """How it stands. As those who ask come often, an answer is kept for a while."""
        async with self._lock:
            at, condition = self._looked
            if time.monotonic() - at >= _KEPT:
                condition = await self._look()
                self._looked = time.monotonic(), condition
                self._metrics.on_lag(condition.lag)
            return condition

    async def _look(self) -> Condition:
        try:
            langs = languages(await self._reference.shop()) if self._reference.loaded else []
            async with Patience(PATIENCE):
                return await self._looking.look(langs, utc_now())
        except TimeoutError:
            return Condition("OpenSearch does not answer in time")
        except EngineError as error:
            return Condition(f"OpenSearch does not answer ({str(error)[:200]})")
        except OdooError as error:
            return Condition(f"the languages of the shop are not known ({type(error).__name__})")

    async def _sync(self) -> Sync:
        """What syncs with the adapter there is. It remembers names, so it is the same one as long as that is."""
        adapter = await self._adapter()
        adapter.forget()  # what is kept to save calls may be older than the change
        if self._synced is None or self._synced[0] is not adapter:
            self._synced = adapter, Sync(catalogue_of(self._settings, adapter), self._indexes, clock=self._clock)
        return self._synced[1]


class NoIndex:
    """Where the settings name no engine: Odoo alone knows products."""

    resort: Final = None
    wrong: Final = None
    guard: Final = None

    def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def look(self) -> Condition:
        return Condition(None)


def product_index(
    settings: Settings, store: Store, connection: OdooConnection, reference: Reference, metrics: Metrics, clock: Clock
) -> ProductIndex | NoIndex:
    """The index of the settings."""
    if settings.opensearch_url is None:
        return NoIndex()
    numbers = IndexMetrics(metrics.registry)
    return ProductIndex(
        settings, store=store, adapter=connection.adapter, reference=reference, metrics=numbers, clock=clock
    )
