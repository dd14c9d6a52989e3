"""The shop as one request sees it, in one language: tables, labels, prices, and loaders that batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from aiodataloader import DataLoader

from adapters.records import Company, Currency, Product, PublicCategory, Variant, Warehouse, Website
from adapters.records.pricing import PricelistRule
from cache.dependencies import Dependencies
from cache.records import CatalogueRecords
from cache.reference import Labels, Reference, ShopTables
from resolvers.outcomes import Outcomes
from resolvers.prices import Pricer

#: More products than this are read in several calls: one answer must not grow without bound.
MAX_BATCH = 500

Rules = Sequence[PricelistRule]


class ShopView:
    """One request's shop. Its loaders answer each key once and batch what is asked for at the same time."""

    def __init__(
        self,
        *,
        records: CatalogueRecords,
        reference: Reference,
        tables: ShopTables,
        labels: Labels,
        website: Website,
        pricer: Pricer,
        outcomes: Outcomes,
    ) -> None:
        self.records = records
        self.reference = reference
        self.tables = tables
        self.labels = labels
        self.website = website
        self.pricer = pricer
        self.outcomes = outcomes
        self._products: DataLoader[int, Product | None] = DataLoader(self._load_products, max_batch_size=MAX_BATCH)
        self._rules: DataLoader[int, Rules] = DataLoader(self._load_rules, max_batch_size=MAX_BATCH)
        self._stock: DataLoader[int, Mapping[int, Decimal]] = DataLoader(self._load_stock)
        self._templates: DataLoader[int, int | None] = DataLoader(self._load_templates)
        self._seen: dict[int, Product] = {}

    # -- the shop ---------------------------------------------------------------------------------------------

    @property
    def lang(self) -> str:
        return self.labels.lang

    @property
    def dependencies(self) -> Dependencies:
        """What the answer to this request depends on, as far as it is known."""
        return self.records.dependencies

    @property
    def company(self) -> Company:
        return self.tables.companies[self.website.company_id]

    @property
    def company_currency(self) -> Currency:
        """The currency of list prices."""
        return self.tables.currencies[self.company.currency_code]

    @cached_property
    def warehouses(self) -> Sequence[Warehouse]:
        """Those from which this website sells: its company's."""
        return [w for w in self.tables.warehouses if w.company_id == self.website.company_id]

    def shows_category(self, category: PublicCategory) -> bool:
        return category.website_id in {None, self.website.id}

    # -- products ---------------------------------------------------------------------------------------------

    async def product(self, template_id: int) -> Product | None:
        """The product, or None when there is none that this shop shows."""
        return await self._products.load(template_id)

    async def products(self, template_ids: Iterable[int]) -> list[Product]:
        """Those of the products that this shop shows, in the order of the ids."""
        found = await self._products.load_many(list(template_ids))
        return [product for product in found if product is not None]

    async def products_of(self, variant_ids: Sequence[int]) -> list[tuple[Product, Variant]]:
        """The variants that this shop shows, each with its product, in the order of the ids."""
        template_ids = await self._templates.load_many(list(variant_ids))
        products = await self.products(dict.fromkeys(filter(None, template_ids)))
        by_variant = {variant.id: (product, variant) for product in products for variant in product.variants}
        return [by_variant[variant_id] for variant_id in variant_ids if variant_id in by_variant]

    async def prefetch_page_of(self, template_id: int) -> None:
        """Get at once what a product's page needs, and then what the products that it points to need."""
        await self._prefetch([template_id], links=True)
        for links in await self.records.links([template_id]):
            await self._prefetch(links.alternative_ids, variant_ids=links.accessory_ids)
            await self.products([template_id, *links.alternative_ids])

    def shows(self, product: Product) -> bool:
        """Is the product for sale on this website?"""
        return (
            product.published
            and product.sale_ok
            and product.website_id in {None, self.website.id}
            and product.company_id in {None, self.website.company_id}
        )

    async def _prefetch(
        self, template_ids: Sequence[int], *, variant_ids: Sequence[int] = (), links: bool = False
    ) -> None:
        await self.records.prefetch_products(
            template_ids,
            self.lang,
            pricelist_ids=self.pricer.pricelist_ids,
            warehouses=self.warehouses,
            variant_ids=variant_ids,
            links=links,
        )

    async def _load_products(self, template_ids: list[int]) -> list[Product | None]:
        await self._prefetch(template_ids)
        found = await self.records.products(template_ids, self.lang)
        self._seen.update((product.id, product) for product in found if self.shows(product))
        return [self._seen.get(template_id) for template_id in template_ids]

    async def _load_templates(self, variant_ids: list[int]) -> list[int | None]:
        found = await self.records.templates_of(variant_ids)
        return [found.get(variant_id) for variant_id in variant_ids]

    # -- prices and stock -------------------------------------------------------------------------------------

    async def rules(self, product: Product) -> Rules:
        """The pricelist rules bound to the product or its variants that can matter to whoever asks."""
        self._seen.setdefault(product.id, product)
        return await self._rules.load(product.id)

    async def _load_rules(self, template_ids: list[int]) -> list[Rules]:
        products = [self._seen[template_id] for template_id in template_ids]
        found = await self.records.product_rules(products, self.pricer.pricelist_ids, self.pricer.load_rules)
        for rules in found:
            self.dependencies.until(self.pricer.changes_at(rules))
        return found

    async def free(self, product: Product) -> Mapping[int, Decimal]:
        """Free quantity in the company's warehouses by variant id."""
        self._seen.setdefault(product.id, product)
        return await self._stock.load(product.id)

    async def _load_stock(self, template_ids: list[int]) -> list[Mapping[int, Decimal]]:
        variants = {
            template_id: [variant.id for variant in self._seen[template_id].variants] for template_id in template_ids
        }
        free: dict[int, Decimal] = {}
        for level in await self.records.stock(variants, self.warehouses):
            free[level.variant_id] = free.get(level.variant_id, Decimal(0)) + level.free
        return [
            {variant_id: free.get(variant_id, Decimal(0)) for variant_id in variants[template_id]}
            for template_id in template_ids
        ]
