"""Brings what changes in Odoo into the index in use, and writes no more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from msgspec import structs

from search.chains import Chains, affected, fingerprints, other_pricelists
from search.changes import Plan, plan_of
from search.documents import moment
from search.facts import FACT_FIELDS, FACTS
from search.indexes import BuildMeta, Indexes, SyncState, decoded
from search.inputs import Labels
from search.mapping import price_properties, properties
from search.prices import price_key
from search.reading import BATCH, Catalogue, Shop, utc_now
from search.renaming import renamed
from search.sync_writes import Run, Synced, Work

__all__ = ["NoIndexError", "Sync", "Synced"]

#: units sold lately are counted anew after this long
_COUNTED_EVERY: Final = timedelta(hours=6)


class NoIndexError(Exception):
    """There is no index in use that could follow: one has to be built first."""


@dataclass(eq=False)
class Sync:
    """Syncs. One at a time is enough for a shop; a second one does the same again, and breaks nothing."""

    catalogue: Catalogue
    indexes: Indexes
    batch: int = BATCH
    clock: Callable[[], datetime] = utc_now
    _labels: dict[str, Labels] = field(init=False, default_factory=dict)
    _sold: Mapping[int, Decimal] | None = field(init=False, default=None)

    async def run(self, told: Plan | None = None) -> Synced:
        """Once. ``told``: what is known to have changed besides what Odoo tells. Where that is all of something, it is
        left to Odoo to tell what it was.

        Raises NoIndexError, OdooError, EngineError; then nothing is lost, and the next run does it.
        """
        kept = await self.indexes.state()
        if kept is None:
            raise NoIndexError("no index is in use: build one")
        state, place = kept
        now = self.clock()
        counts = state.counted_at is None or now - state.counted_at >= _COUNTED_EVERY
        changes = await self.catalogue.adapter.changes_since(state.cursor)
        plan = plan_of(changes.changes)
        if told is not None:
            plan.join(told.single)
        shop = await self.catalogue.shop(now, sold=None if counts else self._sold)
        run = await self._begun(shop)
        priced = fingerprints(shop.prices)
        synced = await run.done(await self._work(run, plan, state, priced, now, counts=counts))
        self._labels, self._sold = dict(shop.labels), shop.sold
        after = SyncState(
            cursor=changes.cursor,
            observed_at=changes.observed_at,
            stamp=state.stamp,
            priced=priced,
            counted_at=now if counts else state.counted_at,
        )
        synced.repeated = not await self.indexes.keep_state(after, after=place)
        return synced

    async def _begun(self, shop: Shop) -> Run:
        """With the indexes in use, which have fields for all pricelists then."""
        in_use = await self.indexes.in_use(shop.parts)
        if lacking := [part for part in shop.parts if part not in in_use]:
            raise NoIndexError(f"no index in use for {', '.join(lacking)}: build one")
        lists = {price_key(one) for one in shop.prices.pricelists}
        for part, index in in_use.items():
            mappings = await self.indexes.engine.mappings(index)
            known: Mapping[str, Any] = mappings[index].get("properties", {})
            if (FACT_FIELDS if part == FACTS else properties(())).keys() - known.keys():
                raise NoIndexError(f"the index in use for {part} was made by another release: build one")
            if part != FACTS and lists - known["prices"].get("properties", {}).keys():
                added = price_properties(shop.prices.pricelists)
                await self.indexes.engine.put_mapping(index, {"properties": added})
            await self._tell_seller(shop, index, decoded(mappings[index].get("_meta", {})))
        return Run(self.catalogue, self.indexes, shop, in_use, shop.batch_size(self.batch))

    async def _tell_seller(self, shop: Shop, index: str, meta: BuildMeta | None) -> None:
        """Whose prices are in the index, if it is somebody else now."""
        if meta is None:
            return
        prices = shop.prices
        now = structs.replace(
            meta,
            company_id=prices.company_id,
            include_tax=prices.include_tax,
            priced_otherwise=prices.sold_otherwise,
        )
        if now != meta:
            await self.indexes.tell(index, now)

    async def _work(
        self, run: Run, plan: Plan, state: SyncState, priced: Mapping[str, str], now: datetime, *, counts: bool
    ) -> Work:
        """What is planned, with the prices that change by themselves and the products that are named otherwise."""
        if other_pricelists(state.priced, priced):
            plan.prices.all = True
        if not plan.prices.all:
            due = {"range": {"prices_until": {"lte": moment(now)}}}
            first = next(iter(run.languages.values()))
            plan.prices.ids |= {one async for one in run.ids_of(first, due)}
        return Work(
            plan,
            repriced=affected(state.priced, priced, Chains(run.shop.tables.shop_rules)),
            relabelled=await self._relabelled(run) if plan.labels else {},
            popularity=counts,
        )

    async def _relabelled(self, run: Run) -> dict[str, set[int]]:
        """By language the products that name something which changed; all, if it is not known what did."""
        found: dict[str, set[int]] = {}
        for lang, index in run.languages.items():
            before = self._labels.get(lang)
            query: Mapping[str, Any] | None = {"match_all": {}}
            if before is not None:
                query = renamed(before, run.shop.labels[lang])
            found[lang] = {one async for one in run.ids_of(index, query)} if query is not None else set()
        return found
