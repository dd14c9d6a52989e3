"""The small tables of the shop, known to every process: each page needs them, and they change seldom."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import structlog

from adapters.base import OdooAdapter
from adapters.records import Country
from cache.bought_together import bought_together
from cache.checkout_tables import CheckoutTables, load_checkout
from cache.dependencies import Dependencies
from cache.kept_tables import BOUGHT_TOGETHER, CHECKOUT_OF, COUNTRIES_OF, LABELS_OF, SHOP_TABLES, UNITS_SOLD
from cache.kinds import Kind
from cache.refreshing import Refreshing
from cache.shared_table import LEASE, SharedTable
from cache.store import Store
from cache.tables import Labels, ShopTables, load_countries, load_labels, load_shop, same_tables
from cache.tags import ATTRIBUTES, CATEGORIES, COUNTRIES, LABELS, SHOP

__all__ = ["AdapterProvider", "Clock", "Labels", "Reference", "ShopTables", "utc_now"]

T = TypeVar("T")

log = structlog.get_logger(__name__)

AdapterProvider = Callable[[], Awaitable[OdooAdapter]]
Clock = Callable[[], datetime]
"""Tells the time as an aware datetime."""

POPULAR_FOR: Final = timedelta(days=30)
#: Seconds for which it counts as known what was sold: no change of it is announced.
SOLD_SECONDS: Final = 3600.0
#: Seconds for which it counts as known what is bought together, and of how many lines of orders it is counted, the
#: newest: a read of minutes where there are so many, in one process, behind the pages.
TOGETHER_SECONDS: Final = 86_400.0
TOGETHER_LINES: Final = 150_000
#: seconds that such a read may take before another process reads as well
TOGETHER_LEASE: Final = 600.0


def utc_now() -> datetime:
    return datetime.now(UTC)


_SHOP: Final = frozenset({SHOP})
_LABELS: Final = frozenset({CATEGORIES, ATTRIBUTES, LABELS})
_COUNTRIES: Final = frozenset({COUNTRIES})
_CHECKOUT: Final = frozenset({SHOP})
_SOLD: Final = frozenset[str]()


class Reference:
    """Keeps the tables. ``seconds``: how long they count as fresh; they are served stale while Odoo is away.

    They stay the same objects for as long as they have the same contents. What the ``store`` announces is read anew
    before anybody is given it again; a difference that nobody had announced is announced by the reference itself.
    They are in the store as well: a process that starts finds them there, with or without Odoo, and only one of
    several processes reads them from Odoo when it is time.
    """

    def __init__(
        self, adapter: AdapterProvider, store: Store, *, seconds: float = 60.0, clock: Clock = utc_now
    ) -> None:
        self._adapter = adapter
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._shop = self._keep("shop tables", SHOP_TABLES, read=self._read_shop, tags=_SHOP, same=same_tables)
        self._sold = self._keep(
            "units sold", UNITS_SOLD, read=self._read_sold, tags=_SOLD, seconds=max(seconds, SOLD_SECONDS)
        )
        self._together = self._keep(
            "bought together",
            BOUGHT_TOGETHER,
            read=self._read_together,
            tags=_SOLD,
            seconds=max(seconds, TOGETHER_SECONDS),
            lease=TOGETHER_LEASE,
        )
        self._by_lang: dict[tuple[frozenset[str], str], Refreshing[Any]] = {}
        self._missed = False
        store.on_invalidated(self._heard)

    async def shop(self, dependencies: Dependencies | None = None) -> ShopTables:
        """Raises OdooError when they were never read and cannot be."""
        return await self._get(self._shop, _SHOP, dependencies)

    async def labels(self, lang: str, dependencies: Dependencies | None = None) -> Labels:
        """Raises as `shop` does."""
        kept = self._by_lang.get((_LABELS, lang))
        if kept is None:

            async def read() -> Labels:
                return await load_labels(await self._adapter(), lang)

            kept = self._keep(f"labels {lang}", LABELS_OF, lang, read=read, tags=_LABELS, same=same_tables)
            self._by_lang[_LABELS, lang] = kept
        return cast("Labels", await self._get(kept, _LABELS, dependencies))

    async def countries(self, lang: str, dependencies: Dependencies | None = None) -> Mapping[int, Country]:
        """By id. Raises as `shop` does."""
        kept = self._by_lang.get((_COUNTRIES, lang))
        if kept is None:

            async def read() -> Mapping[int, Country]:
                return await load_countries(await self._adapter(), lang)

            kept = self._keep(f"countries {lang}", COUNTRIES_OF, lang, read=read, tags=_COUNTRIES)
            self._by_lang[_COUNTRIES, lang] = kept
        return cast("Mapping[int, Country]", await self._get(kept, _COUNTRIES, dependencies))

    async def checkout(self, lang: str, dependencies: Dependencies | None = None) -> CheckoutTables:
        """Delivery methods, payment terms and providers. Raises as `shop` does."""
        kept = self._by_lang.get((_CHECKOUT, lang))
        if kept is None:

            async def read() -> CheckoutTables:
                return await load_checkout(await self._adapter(), lang)

            kept = self._keep(f"checkout {lang}", CHECKOUT_OF, lang, read=read, tags=_CHECKOUT)
            self._by_lang[_CHECKOUT, lang] = kept
        return cast("CheckoutTables", await self._get(kept, _CHECKOUT, dependencies))

    async def units_sold(self) -> Mapping[int, Decimal]:
        """Units sold lately, by product id."""
        return await self._sold.get()

    async def bought_together(self) -> Mapping[int, tuple[int, ...]]:
        """Of each product those that were most often in the same orders, by product id: see `cache.bought_together`.

        It may take minutes until it is counted for the first time: pages take what is at hand.
        """
        return await self._together.get()

    def bought_together_at_hand(self) -> Mapping[int, tuple[int, ...]]:
        """The same, as far as it is known without waiting."""
        return self._together.at_hand() or {}

    def invalidate(self) -> None:
        """What the process keeps may be wrong: it is looked for in the store, or read, before it is given again."""
        for kept in self._all():
            kept.invalidate()

    @property
    def loaded(self) -> bool:
        """Are the shop tables known?"""
        return self._shop.loaded

    async def close(self) -> None:
        for kept in self._all():
            await kept.close()

    def _all(self) -> list[Refreshing[Any]]:
        return [self._shop, self._sold, self._together, *self._by_lang.values()]

    def _keep(
        self,
        name: str,
        kind: Kind[T],
        *parts: str,
        read: Callable[[], Awaitable[T]],
        tags: frozenset[str],
        same: Callable[[T, T], bool] = operator.eq,
        seconds: float | None = None,
        lease: float = LEASE,
    ) -> Refreshing[T]:
        async def announce() -> None:
            log.info("reference.changed", what=name)
            await self._store.invalidate(tags)

        table = SharedTable(
            self._store, kind, *parts, read=read, tags=tags, seconds=seconds or self._seconds, lease=lease
        )
        on_difference = announce if tags else None
        return Refreshing(name, table.load, find=table.find, same=same, on_difference=on_difference)

    async def _get(self, kept: Refreshing[T], tags: frozenset[str], dependencies: Dependencies | None) -> T:
        if self._store.listening and self._missed:
            self._missed = False
            self.invalidate()
        if dependencies is None:
            return await kept.get()
        dependencies.add(tags)
        if not self._store.listening:
            dependencies.mark_unsure()
        return await kept.get(dependencies.mark_stale)

    def _heard(self, tags: frozenset[str]) -> None:
        """Something was invalidated; without any tag: something may have been missed."""
        if not tags:
            self._missed = True
        if not tags.isdisjoint(_SHOP):
            self._shop.invalidate()
        for (of_table, _), kept in self._by_lang.items():
            if not tags.isdisjoint(of_table):
                kept.invalidate()

    async def _read_shop(self) -> ShopTables:
        return await load_shop(await self._adapter())

    async def _read_sold(self) -> Mapping[int, Decimal]:
        adapter = await self._adapter()
        return await adapter.units_sold(self._clock() - POPULAR_FOR)

    async def _read_together(self) -> Mapping[int, tuple[int, ...]]:
        adapter = await self._adapter()
        baskets = await adapter.baskets(TOGETHER_LINES)
        return await asyncio.to_thread(bought_together, baskets)
