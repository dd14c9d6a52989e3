"""The rules with a last day, and the products of internal categories: read in one call each, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from adapters.base import OdooAdapter
from adapters.records.pricing import PricelistRule
from cache.dependencies import Dependencies
from cache.kept_rules import KeptRule, packed, unpacked
from cache.kinds import CONTENT, Kind, among, key_of
from cache.loading import Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket
from cache.tags import PRICES, PRODUCTS, SHOP

_DATED: Final = Kind[tuple[PricelistRule, ...]]("dated-rules", tuple[KeptRule, ...], CONTENT, packed, unpacked)
_WITHIN: Final = Kind[tuple[int, ...]]("within", tuple[int, ...], CONTENT)


class PromotionRules:
    """Reads for one request. Methods raise OdooError when nothing is known."""

    def __init__(self, cache: RecordCache, dependencies: Dependencies) -> None:
        self._reader = RecordReader(cache, dependencies)

    async def dated(self, pricelist_ids: Sequence[int], at: datetime) -> list[PricelistRule]:
        """The rules of these pricelists that have a last day, which has not passed; what has, may be among them.

        One call for all that are not kept.
        """

        async def load(
            adapter: OdooAdapter, missing: list[int], _: Ticket | None
        ) -> Mapping[int, tuple[PricelistRule, ...]]:
            found: dict[int, list[PricelistRule]] = {pricelist_id: [] for pricelist_id in missing}
            for rule in await adapter.ending_rules(missing, at):
                found[rule.pricelist_id].append(rule)
            return {pricelist_id: tuple(rules) for pricelist_id, rules in found.items()}

        keys = {one: key_of(_DATED, one) for one in dict.fromkeys(pricelist_ids)}
        found = await self._reader.read(Wanted(_DATED, keys, load, lambda *_: (PRICES, SHOP)))
        return [rule for rules in found.values() for rule in rules or ()]

    async def products_within(self, category_ids: Sequence[int]) -> tuple[int, ...]:
        """The products (template ids) for sale whose internal category is one of these, or below one."""
        if not category_ids:
            return ()

        async def load(adapter: OdooAdapter, _: list[str], __: Ticket | None) -> Mapping[str, tuple[int, ...]]:
            return {name: tuple(await adapter.products_within(category_ids))}

        name = among(list(category_ids))
        wanted = Wanted(_WITHIN, {name: key_of(_WITHIN, name)}, load, lambda *_: (PRODUCTS, SHOP))
        return await self._reader.one(wanted) or ()
