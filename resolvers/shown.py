"""Which of a query's matches whoever asks is shown: decided of each product by its record, and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.records import Product, ProductMatch, ProductQuery
from adapters.together import Together
from cache.dependencies import Dependencies
from cache.records import CatalogueRecords
from resolvers.view import MAX_BATCH, ShopView

#: batches that are read at the same time
_AT_ONCE = 4


@dataclass(frozen=True, eq=False)
class _Judged:
    """Those of the matches that are shown; right for as long as the records count as fresh (Unix seconds)."""

    shown: tuple[ProductMatch, ...]
    fresh_until: float


async def shown_of(view: ShopView, query: ProductQuery, matches: Sequence[ProductMatch]) -> Sequence[ProductMatch]:
    """Those of the query's matches that whoever asks is shown, in their order.

    The very same answer for the very same matches, as long as the records that it was decided by are fresh: whatever
    is told to have changed of any product, there are other matches. Who sees everything is answered the matches.
    """
    if view.policy.sees_everything:
        return matches
    if view.policy.sees_nothing or not matches:
        return ()
    key = ("shown", view.policy.key, query, view.lang)
    kept: _Judged | None = view.outcomes.known(key, (matches,))
    if kept is None or kept.fresh_until <= view.records.cache.clock():
        kept = await _judged(view, matches)
        if view.dependencies.keepable:
            view.outcomes.keep(key, (matches,), kept, len(kept.shown))
    view.dependencies.add((), kept.fresh_until)
    return kept.shown


async def _judged(view: ShopView, matches: Sequence[ProductMatch]) -> _Judged:
    """Reads the products of the matches: those that are not kept, some hundreds a call."""
    dependencies = Dependencies()  # all of these: what the matches themselves depend on covers each
    records = CatalogueRecords(view.records.cache, dependencies)
    ids = [match.id for match in matches]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(batch: list[int]) -> list[Product]:
        async with gate:
            return await records.products(batch, view.lang)

    async with Together() as group:
        batches = [group.create_task(read(ids[start : start + MAX_BATCH])) for start in range(0, len(ids), MAX_BATCH)]
    seen = {product.id for batch in batches for product in batch.result() if view.shows(product)}
    if dependencies.stale:
        view.dependencies.mark_stale()
    if dependencies.unsure:
        view.dependencies.mark_unsure()
    return _Judged(tuple(match for match in matches if match.id in seen), dependencies.fresh_until)
