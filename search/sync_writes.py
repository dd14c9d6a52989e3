"""What a sync writes: whole products, or those of their parts that are others now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from search.chains import Chains
from search.changes import Plan
from search.documents import PRICE_FIELDS, Document, levels_by_product, moment, price_members
from search.engine import BulkOutcome, Operation
from search.facts import FACTS, levels_part, rules_part
from search.indexes import Indexes
from search.popularity import write_popularity
from search.prices import ProductPrices, rules_by_product
from search.reading import Batch, Catalogue, Shop, documents_of
from search.repricing import Repricing, differing_members
from search.writing import Writing


@dataclass(slots=True)
class Synced:
    """What a sync wrote: documents.

    ``facts``: rules and quantities of products whose documents of languages are told as prices and stock. ``repeated``:
    somebody else synced meanwhile, so the next run does this again.
    """

    whole: BulkOutcome = field(default_factory=BulkOutcome)
    content: BulkOutcome = field(default_factory=BulkOutcome)
    prices: BulkOutcome = field(default_factory=BulkOutcome)
    stock: BulkOutcome = field(default_factory=BulkOutcome)
    facts: BulkOutcome = field(default_factory=BulkOutcome)
    popularity: BulkOutcome = field(default_factory=BulkOutcome)
    repeated: bool = False

    @property
    def parts(self) -> dict[str, BulkOutcome]:
        return {
            "whole": self.whole,
            "content": self.content,
            "prices": self.prices,
            "stock": self.stock,
            "facts": self.facts,
            "popularity": self.popularity,
        }


@dataclass(slots=True)
class Work:
    """What a run has to write: what changes tell (``plan``), and what was found out besides.

    ``repriced``: pricelists whose prices are others by the shop's tables. ``relabelled``: by language the products that
    name something which is named otherwise. ``popularity``: units sold are to be counted anew.
    """

    plan: Plan
    repriced: frozenset[int] = frozenset()
    relabelled: Mapping[str, set[int]] = field(default_factory=dict)
    popularity: bool = False


@dataclass(eq=False)
class Run:
    """One sync, with the shop as it is now. ``in_use``: the indexes of all parts."""

    catalogue: Catalogue
    indexes: Indexes
    shop: Shop
    in_use: Mapping[str, str]
    batch: int
    #: products that are written wholly: parts of them need not be
    written: set[int] = field(init=False, default_factory=set)
    synced: Synced = field(init=False, default_factory=Synced)

    @property
    def languages(self) -> dict[str, str]:
        """The indexes of the languages."""
        return {lang: self.in_use[lang] for lang in self.shop.langs}

    async def done(self, work: Work) -> Synced:
        """Write it: first whole products, then parts of others."""
        synced, plan = self.synced, work.plan
        await self._write_whole(await self._all_ids() if plan.products.all else plan.products.ids)
        for lang, ids in work.relabelled.items():
            synced.content.add(await self._write_content(lang, ids - self.written))
        prices = (await self._all_ids() if plan.prices.all else plan.prices.ids) - self.written
        synced.prices.add(await self._write_prices(prices))
        if work.repriced:
            await self._reprice(work.repriced, but=self.written | prices)
        stock = await self._all_ids() if plan.stock.all else plan.stock.ids
        synced.stock.add(await self._write_stock(stock - self.written))
        if work.popularity:
            synced.popularity.add(await write_popularity(self.indexes.engine, self.languages, self.shop.sold))
        lost = {id_ for outcome in synced.parts.values() for _, id_ in outcome.missing}
        await self._write_whole(lost - self.written)
        if any(outcome.written or outcome.deleted for outcome in synced.parts.values()):
            for index in self.in_use.values():
                await self.indexes.engine.refresh(index)
        return synced

    async def ids_of(self, index: str, query: Mapping[str, Any]) -> AsyncIterator[int]:
        """The products that a query finds in an index."""
        await self.indexes.engine.refresh(index)
        async for hit in self.indexes.engine.scan(index, query, source=False):
            yield int(hit["_id"])

    # -- writing ----------------------------------------------------------------------------------------------

    async def _write_whole(self, ids: Collection[int]) -> None:
        """Those that are for sale as they are now; the others go."""
        makers = self.shop.makers()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk)
            there: dict[str, set[int]] = {part: set() for part in self.in_use}
            async with Writing(self.indexes.engine) as writing:
                for part, document in documents_of(self.shop, makers, batch):
                    there[part].add(document["id"])
                    await writing.add(Operation("index", self.in_use[part], document["id"], document))
                for part, index in self.in_use.items():
                    for one in chunk:
                        if one not in there[part]:
                            await writing.add(Operation("delete", index, one))
            self.synced.whole.add(writing.outcome)
            self.written.update(chunk)

    async def _write_content(self, lang: str, ids: Collection[int]) -> BulkOutcome:
        """What names other things, in one language."""
        outcome, maker = BulkOutcome(), self.shop.makers()[lang]
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=[lang], rules=False, stock=False)
            parts = {product.id: maker.content(product) for product in batch.any_language}
            outcome.add(await self._update([lang], parts))
        return outcome

    async def _write_prices(self, ids: Collection[int]) -> BulkOutcome:
        """Prices and rules as Odoo tells the rules now."""
        outcome = BulkOutcome()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=self.shop.langs[:1], stock=False)
            await self._write_rules(batch)
            parts = self.shop.prices.of(batch.any_language, batch.rules)
            for lang, index in self.languages.items():
                there = await self.indexes.engine.documents(index, list(parts), PRICE_FIELDS)
                outcome.missing += [(index, one) for one in parts if one not in there]
                changed = {one: _changed(there[one], now) for one, now in parts.items() if one in there}
                outcome.unchanged += sum(not part for part in changed.values())
                outcome.add(await self._update([lang], {one: part for one, part in changed.items() if part}))
        return outcome

    async def _reprice(self, pricelists: frozenset[int], *, but: set[int]) -> None:
        """Prices in some pricelists of all products, by the rules of products that the index has."""
        engine, facts = self.indexes.engine, self.in_use[FACTS]
        ids = {one async for one in self.ids_of(facts, {"match_all": {}})} - but
        chains = Chains(self.shop.tables.shop_rules)
        repricing = Repricing(engine, self.languages, facts, self.shop.prices, chains)
        self.synced.prices.add(await repricing.run(ids, pricelists))
        await self._write_whole(repricing.lost)

    async def _write_stock(self, ids: Collection[int]) -> BulkOutcome:
        outcome = BulkOutcome()
        for chunk in _chunks(ids, self.batch):
            batch = await self.catalogue.read(self.shop, chunk, langs=self.shop.langs[:1], rules=False)
            parts = self.shop.places.parts(batch.any_language, batch.levels)
            outcome.add(await self._update(self.languages, parts))
            levels = levels_by_product(batch.any_language, batch.levels)
            self.synced.facts.add(await self._update([FACTS], {one: levels_part(of) for one, of in levels.items()}))
        return outcome

    async def _write_rules(self, batch: Batch) -> None:
        """The rules of products, where they are others now."""
        own = rules_by_product(batch.any_language, batch.rules)
        parts = {one: rules_part(rules) for one, rules in own.items()}
        there = await self.indexes.engine.documents(self.in_use[FACTS], list(parts), ["rules_digest"])
        changed = {
            one: part for one, part in parts.items() if there.get(one, {}).get("rules_digest") != part["rules_digest"]
        }
        self.synced.facts.unchanged += len(parts) - len(changed)
        self.synced.facts.add(await self._update([FACTS], changed))

    async def _update(self, parts: Iterable[str], documents: Mapping[int, Document]) -> BulkOutcome:
        """The engine writes nothing where a document has been so already."""
        return await self.indexes.engine.bulk(
            Operation("update", self.in_use[part], one, document)
            for part in parts
            for one, document in documents.items()
        )

    async def _all_ids(self) -> set[int]:
        """What is for sale in Odoo, and what is in the index."""
        found = {match.id for match in await self.catalogue.for_sale(self.shop.langs[0])}
        for index in self.in_use.values():
            found |= {one async for one in self.ids_of(index, {"match_all": {}})}
        return found


def _changed(there: Mapping[str, Any], prices: ProductPrices) -> Document:
    """What of the prices is another now."""
    until = moment(prices.until) if prices.until is not None else None
    found = differing_members(there, price_members(prices))
    return found if there.get("prices_until") == until else {**found, "prices_until": until}


def _chunks(ids: Collection[int], size: int) -> Iterator[Sequence[int]]:
    listed = sorted(ids)
    return (listed[start : start + size] for start in range(0, len(listed), size))
