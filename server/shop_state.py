"""How it stands with what the shop is made of, as this process sees it."""

from __future__ import annotations

import asyncio

from adapters.errors import OdooError
from adapters.rpc.breaker import Breaker
from cache.store import Store
from resolvers.shop_state import CacheState, FeedState, OdooState, SearchState, ShopState
from server.connection import OdooConnection
from server.freshness import Freshness
from server.product_index import NoIndex, ProductIndex
from server.settings import Settings


class ShopLook:
    """Looks at the parts of a process. It asks Odoo nothing: a shop whose Odoo hangs is looked at as fast."""

    def __init__(
        self,
        settings: Settings,
        *,
        connection: OdooConnection,
        store: Store,
        index: ProductIndex | NoIndex,
        freshness: Freshness,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._store = store
        self._index = index
        self._freshness = freshness

    async def __call__(self) -> ShopState:
        odoo, cache, search, feed = await asyncio.gather(self._odoo(), self._cache(), self._search(), self._feed())
        return ShopState(odoo, cache, search, feed)

    async def _odoo(self) -> OdooState:
        found = self._connection.capabilities
        error = self._connection.last_error
        if found is None:
            problem = "not connected yet" if error is None else f"not connected ({type(error).__name__})"
            return OdooState(connected=False, answering=False, problem=problem)
        try:
            transport = getattr(await self._connection.adapter(), "transport", None)
        except OdooError as unavailable:
            return OdooState(connected=False, answering=False, problem=type(unavailable).__name__)
        lets_through = transport.closed if isinstance(transport, Breaker) else True
        return OdooState(
            connected=True,
            answering=lets_through,
            version=found.version,
            adapter=found.adapter,
            transport=found.transport,
            problem=None if lets_through else "it did not answer lately",
        )

    async def _cache(self) -> CacheState:
        shared = self._settings.redis_url is not None
        away = shared and await self._store.read("health") is None
        problem = "Redis is away" if away else None
        return CacheState(shared=shared, listening=self._store.listening, problem=problem)

    async def _search(self) -> SearchState:
        if isinstance(self._index, NoIndex):
            return SearchState(configured=False)
        condition = await self._index.look()
        lag = None if condition.lag is None else condition.lag.total_seconds()
        return SearchState(configured=True, lag=lag, problem=await self._index.wrong())

    async def _feed(self) -> FeedState:
        every = self._settings.poll_seconds or None
        return FeedState(every=every, asked=await self._freshness.feed.asked())
