"""What documents are made of, read from Odoo: some hundred products at a time, in all languages at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from adapters.base import OdooAdapter
from adapters.records import Product, ProductMatch, ProductQuery, StockLevel
from adapters.records.pricing import PricelistRule
from adapters.together import Together
from search.documents import Document, DocumentMaker, StockPlaces, facts_document, levels_by_product, price_part
from search.facts import FACTS
from search.inputs import Labels, LoadLabels, LoadTables, Paths, Tables
from search.other_languages import OTHER_NAMES, other_names
from search.prices import ShopPrices, rules_by_product
from search.sellers import Seller, sellers_of

#: products read together, at most; and so many that a read has about this number of their price rules
BATCH: Final = 200
_RULES_TOGETHER: Final = 10_000
_LEAST: Final = 20
#: batches on their way from Odoo while others are made into documents
_AHEAD: Final = 2
_POPULAR_FOR: Final = timedelta(days=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class Batch:
    """Products in every language, with their rules and stock. Those that are not for sale are left out."""

    ids: Sequence[int]
    products: Mapping[str, Sequence[Product]]
    rules: Sequence[PricelistRule]
    levels: Sequence[StockLevel]

    @property
    def any_language(self) -> Sequence[Product]:
        return next(iter(self.products.values()), ())


@dataclass(frozen=True, eq=False)
class Shop:
    """The shop as it was read at one moment: what does not come with the products."""

    tables: Tables
    labels: Mapping[str, Labels]
    sold: Mapping[int, Decimal]
    prices: ShopPrices
    paths: Paths

    @property
    def langs(self) -> tuple[str, ...]:
        return tuple(self.labels)

    @property
    def parts(self) -> tuple[str, ...]:
        """What has an index of its own: each language, and the facts."""
        return (*self.labels, FACTS)

    def makers(self) -> dict[str, DocumentMaker]:
        return {lang: DocumentMaker(labels, self.paths, self.sold) for lang, labels in self.labels.items()}

    def batch_size(self, most: int) -> int:
        """How many products to read together: fewer, where each has a price in many pricelists."""
        return min(most, max(_LEAST, _RULES_TOGETHER // max(len(self.tables.pricelists), 1)))

    @property
    def places(self) -> StockPlaces:
        return StockPlaces(self.tables.warehouses)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Reads from Odoo for the index.

    ``langs``: Odoo's codes; without any all that a website has. ``company_id``: whose prices; else of the first
    website. ``include_tax``: as prices are shown; else as that website has it.
    """

    adapter: OdooAdapter
    load_tables: LoadTables
    load_labels: LoadLabels
    paths: Paths
    langs: Sequence[str] = ()
    company_id: int | None = None
    include_tax: bool | None = None

    async def shop(self, at: datetime, *, sold: Mapping[int, Decimal] | None = None) -> Shop:
        """The shop, with prices of a moment (aware). ``sold``: units sold lately, if known. Raises OdooError."""
        tables = await self.load_tables(self.adapter)
        langs = self.langs or languages(tables)
        async with Together() as group:
            labels = {lang: group.create_task(self.load_labels(self.adapter, lang)) for lang in langs}
            counted = group.create_task(self.adapter.units_sold(at - _POPULAR_FOR)) if sold is None else None
        return Shop(
            tables=tables,
            labels={lang: task.result() for lang, task in labels.items()},
            sold=counted.result() if counted is not None else sold or {},
            prices=self.prices(tables, at),
            paths=self.paths,
        )

    def prices(self, tables: Tables, at: datetime) -> ShopPrices:
        """What prices at a moment."""
        website = tables.websites[0] if tables.websites else None
        company_id = self.company_id or (website.company_id if website else next(iter(tables.companies)))
        of_company = next((one for one in tables.websites if one.company_id == company_id), website)
        shown = of_company.prices_include_tax if of_company else False
        mostly = Seller(company_id, shown if self.include_tax is None else self.include_tax)
        sellers = sellers_of(tables, mostly, fixed=self.include_tax is not None)
        return ShopPrices(tables, *mostly, at, sellers)

    async def for_sale(self, lang: str) -> list[ProductMatch]:
        """All products for sale on any website, ascending by id."""
        return await self.adapter.find_products(ProductQuery(order=(("id", False),)), lang)

    async def read(
        self,
        shop: Shop,
        template_ids: Sequence[int],
        *,
        langs: Sequence[str] | None = None,
        moments: Mapping[int, datetime] | None = None,
        rules: bool = True,
        stock: bool = True,
    ) -> Batch:
        """Those of the products that are for sale. ``moments``: of such, when they were written, if that is known."""
        adapter = self.adapter
        if moments is None:
            query = ProductQuery(ids=tuple(template_ids))
            moments = {match.id: match.updated_at for match in await adapter.find_products(query, shop.langs[0])}
        wanted = list(moments)
        values = await adapter.template_values(wanted)
        async with Together() as group:
            levels = group.create_task(adapter.stock(wanted, shop.tables.warehouses)) if stock else None
            read = {
                lang: group.create_task(adapter.products(wanted, lang, values=values, updated_at=moments))
                for lang in (shop.langs if langs is None else langs)
            }
            first = await next(iter(read.values()))
            variants = [variant.id for product in first for variant in product.variants]
            pricelists = list(shop.tables.pricelists)
            bound = group.create_task(adapter.product_rules(wanted, variants, pricelists)) if rules else None
        products = {lang: [one for one in task.result() if _is_for_sale(one)] for lang, task in read.items()}
        return Batch(
            ids=list(template_ids),
            products=products,
            rules=bound.result() if bound else (),
            levels=levels.result() if levels else (),
        )

    async def batches(self, shop: Shop, matches: Sequence[ProductMatch], size: int = BATCH) -> AsyncIterator[Batch]:
        """All of them, in order; the next ones are on their way while one is used."""
        waiting: deque[asyncio.Task[Batch]] = deque()
        chunks = _chunks(matches, shop.batch_size(size))
        try:
            while True:
                while len(waiting) < _AHEAD and (chunk := next(chunks, None)):
                    moments = {match.id: match.updated_at for match in chunk}
                    waiting.append(asyncio.create_task(self.read(shop, list(moments), moments=moments)))
                if not waiting:
                    return
                yield await waiting.popleft()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def documents_of(shop: Shop, makers: Mapping[str, DocumentMaker], batch: Batch) -> Iterator[tuple[str, Document]]:
    """The batch as documents, with the part they belong to. What is the same in all languages is computed once."""
    products = batch.any_language
    rules, levels = rules_by_product(products, batch.rules), levels_by_product(products, batch.levels)
    elsewhere = other_names(batch.products)
    in_language = {lang: {product.id: product for product in found} for lang, found in batch.products.items()}
    for one in products:
        prices = shop.prices.of([one], rules[one.id])[one.id]
        stock = shop.places.parts([one], levels[one.id])[one.id]
        shared = _encoded({**price_part(prices), **stock})
        for lang, found in in_language.items():
            if one.id in found:  # else it was just taken off sale
                document = makers[lang].whole(found[one.id], shared)
                yield lang, {**document, OTHER_NAMES: elsewhere[lang][one.id]}
        yield FACTS, facts_document(one, rules[one.id], levels[one.id])


def _encoded(part: Document) -> Document:
    """With members that are JSON already: they go into several documents."""
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in part.items()}


def _chunks(matches: Sequence[ProductMatch], size: int) -> Iterator[Sequence[ProductMatch]]:
    return (matches[start : start + size] for start in range(0, len(matches), size))


def _is_for_sale(product: Product) -> bool:
    return product.published and product.sale_ok


def languages(tables: Tables) -> list[str]:
    """The languages of the websites, else all."""
    used = [lang for website in tables.websites for lang in website.languages]
    return list(dict.fromkeys(used or [language.code for language in tables.languages]))
