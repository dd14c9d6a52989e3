"""Brings what changes in Odoo into the index in use, and writes no more than that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from search.changes import Plan, plan_of
from search.documents import PRICE_FIELDS, Document, moment, price_part
from search.engine import BulkOutcome, Operation
from search.indexes import Indexes, SyncState
from search.inputs import Labels
from search.mapping import price_properties
from search.prices import price_key
from search.reading import BATCH, Catalogue, Shop, documents_of, utc_now
from search.renaming import renamed

log = structlog.get_logger(__name__)


class NoIndexError(Exception):
    """There is no index in use yet: it has to be built first."""


@dataclass(slots=True)
class Synced:
    """What a sync wrote: documents. ``repeated``: somebody else synced meanwhile, so the next run does this again."""

    whole: BulkOutcome = field(default_factory=BulkOutcome)
    content: BulkOutcome = field(default_factory=BulkOutcome)
    prices: BulkOutcome = field(default_factory=BulkOutcome)
    stock: BulkOutcome = field(default_factory=BulkOutcome)
    repeated: bool = False

    @property
    def parts(self) -> dict[str, BulkOutcome]:
        return {"whole": self.whole, "content": self.content, "prices": self.prices, "stock": self.stock}


@dataclass(eq=False)
class Sync:
    """Syncs. One at a time is enough for a shop; a second one does the same again, and breaks nothing."""

    catalogue: Catalogue
    indexes: Indexes
    batch: int = BATCH
    clock: Callable[[], datetime] = utc_now
    _labels: dict[str, Labels] = field(init=False, default_factory=dict)

    async def run(self, told: Plan | None = None) -> Synced:
        """Once. ``told``: what is known to have changed besides what Odoo tells.

        Raises NoIndexError, OdooError, EngineError; then nothing is lost, and the next run does it.
        """
        kept = await self.indexes.state()
        if kept is None:
            raise NoIndexError("no index is in use: build one")
        state, place = kept
        now = self.clock()
        changes = await self.catalogue.adapter.changes_since(state.cursor)
        plan = plan_of(changes.changes)
        _join(plan, told)
        shop_prices_due = state.shop_until is not None and state.shop_until <= now
        plan.prices.all = plan.prices.all or shop_prices_due
        run = await self._prepared(now, plan)
        synced = await run.done(plan)
        self._labels = dict(run.shop.labels)
        after = SyncState(
            cursor=changes.cursor,
            observed_at=changes.observed_at,
            stamp=state.stamp,
            shop_until=run.shop.prices.until if plan.prices.all else state.shop_until,
        )
        synced.repeated = not await self.indexes.keep_state(after, after=place)
        return synced

    async def _prepared(self, now: datetime, plan: Plan) -> _Run:
        """Adds to the plan the prices that change by themselves and the products that are named otherwise."""
        shop = await self.catalogue.shop(now)
        in_use = await self.indexes.in_use(shop.langs)
        if in_use.keys() != set(shop.langs):
            raise NoIndexError(f"no index in use for {', '.join(sorted(set(shop.langs) - in_use.keys()))}")
        run = _Run(self.catalogue, self.indexes, shop, in_use, self.batch)
        await run.add_price_fields()
        if not plan.prices.all:
            due = {"range": {"prices_until": {"lte": moment(now)}}}
            plan.prices.ids |= {one async for one in run.ids_of(next(iter(in_use.values())), due)}
        if plan.labels:
            run.relabelled = await self._relabelled(run)
        return run

    async def _relabelled(self, run: _Run) -> dict[str, set[int]]:
        """By language the products that name something which changed; all, if it is not known what did."""
        found: dict[str, set[int]] = {}
        for lang, index in run.in_use.items():
            before = self._labels.get(lang)
            query: Mapping[str, Any] | None = {"match_all": {}}
            if before is not None:
                query = renamed(before, run.shop.labels[lang])
            found[lang] = {one async for one in run.ids_of(index, query)} if query is not None else set()
        return found


@dataclass(eq=False)
class _Run:
    """One sync, with the shop as it is now."""

    catalogue: Catalogue
    indexes: Indexes
    shop: Shop
    in_use: Mapping[str, str]
    batch: int
    relabelled: dict[str, set[int]] = field(default_factory=dict)
    #: products that are written wholly: parts of them need not be
    written: set[int] = field(default_factory=set)

    async def done(self, plan: Plan) -> Synced:
        """Write what is planned: first whole products, then parts of others."""
        synced = Synced()
        products = await self._all_ids() if plan.products.all else plan.products.ids
        synced.whole.add(await self._write_whole(products))
        for lang, ids in self.relabelled.items():
            synced.content.add(await self._write_content(lang, ids - self.written))
        prices = await self._all_ids() if plan.prices.all else plan.prices.ids
        synced.prices.add(await self._write_prices(prices - self.written))
        stock = await self._all_ids() if plan.stock.all else plan.stock.ids
        synced.stock.add(await self._write_stock(stock - self.written))
        lost = {id_ for outcome in synced.parts.values() for _, id_ in outcome.missing}
        synced.whole.add(await self._write_whole(lost - self.written))
        for index in self.in_use.values():
            await self.indexes.engine.refresh(index)
        return synced

    async def ids_of(self, index: str, query: Mapping[str, Any]) -> AsyncIterator[int]:
        """The products that a query finds in an index."""
        await self.indexes.engine.refresh(index)
        async for hit in self.indexes.engine.scan(index, query, source=False):
            yield int(hit["_id"])

    async def add_price_fields(self) -> None:
        """New pricelists get their fields."""
        wanted = {price_key(one) for one in self.shop.prices.pricelists}
        for index in self.in_use.values():
            mappings = await self.indexes.engine.mappings(index)
            known = mappings[index]["properties"]["prices"].get("properties", {})
            if wanted - known.keys():
                properties = price_properties(self.shop.prices.pricelists)
                await self.indexes.engine.put_mapping(index, {"properties": properties})

    # -- writing ----------------------------------------------------------------------------------------------

    async def _write_whole(self, ids: Collection[int]) -> BulkOutcome:
        """Those that are for sale as they are now; the others go."""
        outcome, makers = BulkOutcome(), self.shop.makers()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk)
            operations: list[Operation] = []
            there: dict[str, set[int]] = {lang: set() for lang in self.in_use}
            for lang, document in documents_of(self.shop, makers, batch):
                there[lang].add(document["id"])
                operations.append(Operation("index", self.in_use[lang], document["id"], document))
            operations += [
                Operation("delete", index, one)
                for lang, index in self.in_use.items()
                for one in chunk
                if one not in there[lang]
            ]
            outcome.add(await self.indexes.engine.bulk(operations))
            self.written.update(chunk)
        return outcome

    async def _write_content(self, lang: str, ids: Collection[int]) -> BulkOutcome:
        """What names other things, in one language."""
        outcome, maker = BulkOutcome(), self.shop.makers()[lang]
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=[lang], rules=False, stock=False)
            parts = {product.id: maker.content(product) for product in batch.any_language}
            outcome.add(await self._update([lang], parts))
        return outcome

    async def _write_prices(self, ids: Collection[int]) -> BulkOutcome:
        outcome = BulkOutcome()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=self.shop.langs[:1], stock=False)
            priced = self.shop.prices.of(batch.any_language, batch.rules)
            parts = {one: price_part(prices) for one, prices in priced.items()}
            for lang, index in self.in_use.items():
                there = await self.indexes.engine.documents(index, list(parts), PRICE_FIELDS)
                outcome.missing += [(index, one) for one in parts if one not in there]
                changed = {one: _changed(there[one], part) for one, part in parts.items() if one in there}
                outcome.unchanged += sum(not part for part in changed.values())
                outcome.add(await self._update([lang], {one: part for one, part in changed.items() if part}))
        return outcome

    async def _write_stock(self, ids: Collection[int]) -> BulkOutcome:
        outcome = BulkOutcome()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=self.shop.langs[:1], rules=False)
            parts = self.shop.places.parts(batch.any_language, batch.levels)
            outcome.add(await self._update(self.in_use, parts))
        return outcome

    async def _update(self, langs: Iterable[str], parts: Mapping[int, Document]) -> BulkOutcome:
        """The engine writes nothing where a document has been so already."""
        operations = [
            Operation("update", self.in_use[lang], one, part) for lang in langs for one, part in parts.items()
        ]
        return await self.indexes.engine.bulk(operations)

    async def _all_ids(self) -> set[int]:
        """What is for sale in Odoo, and what is in the index."""
        found = {match.id for match in await self.catalogue.for_sale(self.shop.langs[0])}
        for index in self.in_use.values():
            found |= {one async for one in self.ids_of(index, {"match_all": {}})}
        return found


def _changed(there: Mapping[str, Any], part: Document) -> Document:
    """What of the prices is another now. What an update does not tell stays, so members that went are told as None."""
    found: Document = {}
    for name, now in part.items():
        was = there.get(name)
        if not isinstance(now, Mapping):
            if was != now:
                found[name] = now
            continue
        known: Mapping[str, Any] = was or {}
        differing = {key: now.get(key) for key in {**known, **now} if known.get(key) != now.get(key)}
        if differing:
            found[name] = differing
    return found


def _join(plan: Plan, told: Plan | None) -> None:
    if told is None:
        return
    for mine, theirs in ((plan.products, told.products), (plan.prices, told.prices), (plan.stock, told.stock)):
        mine.ids |= theirs.ids
        mine.all = mine.all or theirs.all
    plan.labels = plan.labels or told.labels


def _chunks(ids: Collection[int], size: int) -> Iterator[Sequence[int]]:
    listed = sorted(ids)
    return (listed[start : start + size] for start in range(0, len(listed), size))
