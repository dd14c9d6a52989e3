"""What customers bought, kept for minutes: an order of the last moment may be missing, yesterday's may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from adapters.base import OdooAdapter
from adapters.records.stats import PurchasedLine, PurchasedOrder, PurchasedVariant, PurchaseQuery
from cache.dependencies import Dependencies
from cache.kinds import Kind, Life, key_of
from cache.loading import Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket
from cache.tags import ALL_ORDERS, orders_tag

#: Orders are placed by people of the shop too, and nobody may tell of it.
LIFE: Final = Life(300.0, 7 * 86_400.0)


class Bought(Struct, frozen=True, array_like=True):
    """Of a variant: the last line by which it was ordered, and how many orders it is in."""

    last: PurchasedLine
    orders: int


_ORDERS: Final = Kind[tuple[PurchasedOrder, ...]]("purchased-orders", tuple[PurchasedOrder, ...], LIFE)
_VARIANTS: Final = Kind[tuple[PurchasedVariant, ...]]("purchased-variants", tuple[PurchasedVariant, ...], LIFE)
_BOUGHT: Final = Kind[Bought]("bought", Bought, LIFE)


class Purchases:
    """Purchases of buyers as one request reads them. Each is under the buyer's own key, and nobody else's.

    While Odoo is away, what was known for up to a week stands in, and ``dependencies`` tell so. All methods raise
    OdooError when nothing is known.
    """

    def __init__(self, cache: RecordCache, dependencies: Dependencies) -> None:
        self._reader = RecordReader(cache, dependencies)

    async def orders(self, query: PurchaseQuery) -> Sequence[PurchasedOrder]:
        """Their confirmed orders, the oldest first."""

        async def load(
            adapter: OdooAdapter, _: list[str], __: Ticket | None
        ) -> Mapping[str, tuple[PurchasedOrder, ...]]:
            return {"": tuple(await adapter.purchased_orders(query))}

        wanted = Wanted(_ORDERS, {"": key_of(_ORDERS, *_parts(query))}, load, lambda *_: _tags(query))
        return await self._reader.one(wanted) or ()

    async def variants(self, query: PurchaseQuery) -> Sequence[PurchasedVariant]:
        """What they ordered of each variant."""

        async def load(
            adapter: OdooAdapter, _: list[str], __: Ticket | None
        ) -> Mapping[str, tuple[PurchasedVariant, ...]]:
            return {"": tuple(await adapter.purchased_variants(query))}

        wanted = Wanted(_VARIANTS, {"": key_of(_VARIANTS, *_parts(query))}, load, lambda *_: _tags(query))
        return await self._reader.one(wanted) or ()

    async def bought(self, query: PurchaseQuery, variant_ids: Iterable[int]) -> Mapping[int, Bought]:
        """How these variants were ordered; what was not is left out."""

        async def load(adapter: OdooAdapter, missing: list[int], _: Ticket | None) -> Mapping[int, Bought]:
            return summed(await adapter.purchased_lines(query, missing))

        keys = {one: key_of(_BOUGHT, *_parts(query), one) for one in variant_ids}
        if not keys:
            return {}
        found = await self._reader.read(Wanted(_BOUGHT, keys, load, lambda *_: _tags(query)))
        return {variant_id: one for variant_id, one in found.items() if one is not None}


def summed(lines: Iterable[PurchasedLine]) -> dict[int, Bought]:
    """Of lines, the oldest first, what they tell of each variant. What was given back, or is no quantity, is none."""
    last: dict[int, PurchasedLine] = {}
    orders: dict[int, set[int]] = {}
    for line in lines:
        if line.quantity > 0:
            last[line.variant_id] = line
            orders.setdefault(line.variant_id, set()).add(line.order_id)
    return {variant_id: Bought(line, len(orders[variant_id])) for variant_id, line in last.items()}


def _parts(query: PurchaseQuery) -> tuple[int, ...]:
    between = int(query.since.timestamp()), int(query.until.timestamp())
    return query.commercial_partner_id, query.company_id or 0, *between


def _tags(query: PurchaseQuery) -> set[str]:
    return {ALL_ORDERS, orders_tag(query.commercial_partner_id)}
