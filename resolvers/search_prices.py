"""What one unit costs whoever asks, of many products at once: for lists that are sorted or filtered by it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from adapters.records import Product, ProductMatch, ProductQuery
from adapters.together import Together
from cache.dependencies import Dependencies
from cache.records import CatalogueRecords
from pricing.errors import PricingError
from resolvers.view import MAX_BATCH, Rules, ShopView

#: batches that are read at the same time
_AT_ONCE: Final = 4
#: products priced before others get their turn
_IN_A_ROW: Final = 100
#: An answer made of the prices of more products than this names none of them, and is kept for this time at most.
MAX_NAMED: Final = 500
UNNAMED_FOR: Final = timedelta(seconds=30)


@dataclass(frozen=True, eq=False)
class _Priced:
    """Prices of the cheapest variants, by product id; what they hang on, and until when they are right."""

    prices: Mapping[int, Decimal]
    tags: frozenset[str]
    fresh_until: float
    valid_until: datetime | None

    def tell(self, dependencies: Dependencies) -> None:
        dependencies.add(self.tags, self.fresh_until)
        dependencies.until(self.valid_until)

    def holds(self, view: ShopView) -> bool:
        fresh = self.fresh_until > view.records.cache.clock()
        return fresh and (self.valid_until is None or self.valid_until > view.pricer.at)


async def unit_prices(view: ShopView, query: ProductQuery, matches: Sequence[ProductMatch]) -> Mapping[int, Decimal]:
    """By product id what one unit of its cheapest variant costs whoever asks, as the website shows it.

    Of the very same matches the very same mapping, as long as it is right. What has no variant, or no price, is not in
    it. Reads all the products, some hundred at a time.
    """
    pricelist = view.pricer.pricelist
    key = ("unit prices", query, view.lang, view.website.id, pricelist.id if pricelist else None)
    kept: _Priced | None = view.outcomes.known(key, (matches, view.tables))
    if kept is None or not kept.holds(view):
        kept = await _priced(view, matches)
        if view.dependencies.keepable:
            view.outcomes.keep(key, (matches, view.tables), kept, len(kept.prices))
    kept.tell(view.dependencies)
    return kept.prices


async def _priced(view: ShopView, matches: Sequence[ProductMatch]) -> _Priced:
    dependencies = Dependencies()
    records = CatalogueRecords(view.records.cache, dependencies)
    ids = [match.id for match in matches]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(batch: list[int]) -> tuple[list[Product], Sequence[Rules]]:
        async with gate:
            products = await records.products(batch, view.lang)
            return products, await records.product_rules(products, view.pricer.pricelist_ids, view.pricer.load_rules)

    async with Together() as group:
        batches = [group.create_task(read(ids[start : start + MAX_BATCH])) for start in range(0, len(ids), MAX_BATCH)]
    prices: dict[int, Decimal] = {}
    for batch in batches:
        for number, (product, rules) in enumerate(zip(*batch.result(), strict=True)):
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(0)
            dependencies.until(view.pricer.changes_at(rules))
            price = _cheapest(view, product, rules)
            if price is not None:
                prices[product.id] = price
    if dependencies.stale:
        view.dependencies.mark_stale()
    if dependencies.unsure:
        view.dependencies.mark_unsure()
    if len(ids) > MAX_NAMED:
        dependencies.until(view.pricer.at + UNNAMED_FOR)
    return _Priced(
        prices=prices,
        tags=dependencies.tags if len(ids) <= MAX_NAMED else frozenset(),
        fresh_until=dependencies.fresh_until,
        valid_until=dependencies.valid_until,
    )


def _cheapest(view: ShopView, product: Product, rules: Rules) -> Decimal | None:
    try:
        return min((view.pricer.quote(product, variant, rules).shown for variant in product.variants), default=None)
    except PricingError:
        return None
