"""The catalogue read back from the index: what pages are made of while Odoo does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from adapters.errors import OdooUnavailableError
from adapters.records import (
    Product,
    ProductLinks,
    ProductMatch,
    ProductQuery,
    StockLevel,
    TemplateValue,
    Warehouse,
)
from adapters.records.pricing import PricelistRule, RuleScope
from search import facts
from search.catalogue_matching import Candidate, body_of, found_by
from search.engine import EngineError, EngineRefusedError
from search.guard import EngineSparedError, Guard
from search.indexes import Indexes
from search.role_filter import Query

T = TypeVar("T")

Source: TypeAlias = Mapping[str, Any]

#: documents asked for at once: whole records, parts of facts, and what a list needs
_RECORDS: Final = 500
_FACTS: Final = 2_000
_MATCHES: Final = 4_000

#: seconds for a question, and besides for each document that it may be answered with
PATIENCE: Final = 4.0
_A_DOCUMENT: Final = 0.002


class IndexUnavailableError(OdooUnavailableError):
    """The index cannot be read: the engine is away, there is no such index, or another release has written it."""


class IndexedCatalogue:
    """An `adapters.base.CatalogueReads` on the index in use.

    It knows what is for sale, as of the last sync; of other products it says that they do not exist. Each method asks
    the engine once, or once for every few hundred or thousand products. Raises IndexUnavailableError.

    ``on_answer`` is told of each question: ``answered``, ``refused``, ``away``, or ``spared`` to an engine that is.
    """

    def __init__(
        self,
        indexes: Indexes,
        guard: Guard,
        *,
        patience: float = PATIENCE,
        on_answer: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._indexes = indexes
        self._guard = guard
        self._patience = patience
        self._on_answer = on_answer

    # -- finding ----------------------------------------------------------------------------------------------

    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        """As `OdooAdapter.find_products`; words are looked for as Odoo does, letter by letter."""
        body = body_of(query, _MATCHES)
        found: list[Candidate] = []
        while True:
            hits = await self._hits(lang, body)
            with _readable():
                found += [Candidate(hit) for hit in hits]
            await self._complete(found[-len(hits) :] if hits else [], lang)
            if len(hits) < _MATCHES:
                break
            body["search_after"] = hits[-1]["sort"]
        return found_by(query, found)

    async def find_by_barcode(self, barcode: str) -> int | None:
        """As `OdooAdapter.find_by_barcode`."""
        hits = await self._hits(facts.FACTS, _body({"term": {"barcode": barcode}}, ["codes"], 10))
        return min((int(hit["_id"]) for hit in hits), default=None)

    async def find_by_codes(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """As `OdooAdapter.find_by_codes`, of what is for sale."""
        wanted = list(dict.fromkeys(codes))
        found: dict[str, list[tuple[str, int]]] = {code: [] for code in wanted}
        for chunk in _chunks(wanted, _FACTS):
            any_of = {"bool": {"should": [{"terms": {"sku": chunk}}, {"terms": {"barcode": chunk}}]}}
            for hit in await self._hits(facts.FACTS, _body(any_of, ["codes"], _MATCHES)):
                with _readable():
                    variants = facts.codes_of(hit["_source"])
                for variant_id, sku, barcode in variants:
                    for code in {sku, barcode} & found.keys():
                        found[str(code)].append((sku or "", variant_id))
        return {code: tuple(one for _, one in sorted(variants)) for code, variants in found.items() if variants}

    async def image_owner(self, image_id: int) -> int | None:
        """As `OdooAdapter.image_owner`."""
        hits = await self._hits(facts.FACTS, _body({"term": {"image_ids": image_id}}, False, 1))
        return int(hits[0]["_id"]) if hits else None

    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]:
        """As `OdooAdapter.templates_of`."""
        wanted, found = set(variant_ids), dict[int, int]()
        for chunk in _chunks(sorted(wanted), _FACTS):
            for hit in await self._hits(facts.FACTS, _body({"terms": {"variant_ids": chunk}}, ["variant_ids"], _FACTS)):
                owned = wanted.intersection(hit["_source"]["variant_ids"])
                found.update(dict.fromkeys(owned, int(hit["_id"])))
        return found

    # -- products ---------------------------------------------------------------------------------------------

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,  # noqa: ARG002  # they are in the records
        updated_at: Mapping[int, datetime] | None = None,  # noqa: ARG002
    ) -> list[Product]:
        """As `OdooAdapter.products`, of what is for sale."""
        wanted = list(dict.fromkeys(template_ids))
        records: dict[int, Source] = {}
        costs: dict[int, Source] = {}
        for chunk in _chunks(wanted, _RECORDS):
            for hit in await self._hits(lang, _body(_ids(chunk), [facts.RECORD, "costs"], 2 * len(chunk)), facts.FACTS):
                (records if facts.RECORD in hit["_source"] else costs)[int(hit["_id"])] = hit["_source"]
        with _readable():
            return [facts.product_of(records[one], costs[one]) for one in wanted if one in records and one in costs]

    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]:
        """As `OdooAdapter.links`."""
        return list((await self._by_id(facts.FACTS, template_ids, "links", facts.links_of)).values())

    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        """As `OdooAdapter.template_values`."""
        found = await self._by_id(facts.FACTS, template_ids, "values", facts.values_of)
        return [value for one in sorted(found) for value in found[one]]

    # -- prices and stock -------------------------------------------------------------------------------------

    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
        """As `OdooAdapter.stock`."""
        wanted = {warehouse.id for warehouse in warehouses}
        if not wanted:
            return []
        found = await self._by_id(facts.FACTS, template_ids, "levels", facts.levels_of)
        levels = [level for levels in found.values() for level in levels if level.warehouse_id in wanted]
        return sorted(levels, key=lambda level: (level.variant_id, level.warehouse_id))

    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        """As `OdooAdapter.product_rules`."""
        variants, pricelists = set(variant_ids), set(pricelist_ids)

        def read(source: Source) -> _Rules:
            return _Rules(facts.rules_of(source, pricelists), source["variant_ids"])

        bound = await self._by_id(facts.FACTS, template_ids, "rules", read)
        others = variants.difference(*(found.variant_ids for found in bound.values()))
        rules = [rule for found in bound.values() for rule in found.rules]
        if others:
            owners = set((await self.templates_of(list(others))).values())
            bound = await self._by_id(facts.FACTS, owners, "rules", read)
            found = (rule for of_product in bound.values() for rule in of_product.rules)
            rules += [rule for rule in found if rule.scope is RuleScope.VARIANT and rule.target_id in others]
        return sorted(rules, key=lambda rule: rule.id)

    # -- asking -----------------------------------------------------------------------------------------------

    async def _complete(self, found: Iterable[Candidate], lang: str) -> None:
        """Those with so many variants that they have no short form are made of their records."""
        long = {one.id: one for one in found if one.short is None}
        for product in await self.products(list(long), lang):
            long[product.id].short = ProductMatch(
                id=product.id,
                name=product.name,
                list_price=product.list_price,
                updated_at=product.updated_at,
                variant_ids=tuple(variant.id for variant in product.variants),
            )

    async def _by_id(
        self, of: str, template_ids: Iterable[int], field: str, read: Callable[[Source], T], *, size: int = _FACTS
    ) -> dict[int, T]:
        """What is read of one field of products' documents, by product."""
        found: dict[int, T] = {}
        for chunk in _chunks(list(dict.fromkeys(template_ids)), size):
            fields = [field, "variant_ids"] if of == facts.FACTS else [field]
            hits = await self._hits(of, _body(_ids(chunk), fields, len(chunk)))
            with _readable():
                found.update((int(hit["_id"]), read(hit["_source"])) for hit in hits)
        return found

    async def _hits(self, of: str, body: Mapping[str, Any], *and_of: str) -> list[Any]:
        """The hits in the index of a language, or in that of facts, or in several."""
        names = ",".join(self._indexes.names.alias(one) for one in (of, *and_of))
        search, extra = self._indexes.engine.search(names, body), body["size"] * _A_DOCUMENT
        try:
            answer = await self._guard.ask(names, search, patience=self._patience, extra=extra)
        except EngineError as error:
            self._on_answer(_outcome(error))
            raise IndexUnavailableError(str(error)) from error
        self._on_answer("answered")
        hits: list[Any] = answer["hits"]["hits"]
        return hits


def _outcome(error: EngineError) -> str:
    if isinstance(error, EngineRefusedError):
        return "refused"
    return "spared" if isinstance(error, EngineSparedError) else "away"


class _Rules(NamedTuple):
    """The rules of a product and its variants, and which those are."""

    rules: Sequence[PricelistRule]
    variant_ids: Sequence[int]


def _body(query: Query, source: list[str] | bool, size: int) -> dict[str, Any]:
    return {
        "query": {"bool": {"filter": [query]}},
        "_source": source,
        "size": size,
        "sort": ["_doc"],
        "track_total_hits": False,
    }


def _ids(template_ids: Iterable[int]) -> Query:
    return {"ids": {"values": [str(one) for one in template_ids]}}


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


@contextmanager
def _readable() -> Iterator[None]:
    """What this release cannot read is not there for it."""
    try:
        yield
    except LookupError as error:
        raise IndexUnavailableError(f"another release has written the index, build it anew: {error}") from error
