"""The shop as one request sees it, in one language: tables, labels, prices, and loaders that batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from aiodataloader import DataLoader

from adapters.base import OdooAdapter
from adapters.records import Company, Currency, Product, ProductMatch, PublicCategory, TemplateValue, Variant, Website
from adapters.records.pricing import PricelistRule
from cache.reference import Labels, Reference, ShopTables
from resolvers.prices import Pricer

#: More products than this are read in several calls: one answer must not grow without bound.
MAX_BATCH = 500

Rules = Sequence[PricelistRule]


class ShopView:
    """One request's shop. Its loaders answer each key once and batch what is asked for at the same time."""

    def __init__(
        self,
        *,
        adapter: OdooAdapter,
        reference: Reference,
        tables: ShopTables,
        labels: Labels,
        website: Website,
        pricer: Pricer,
    ) -> None:
        self.adapter = adapter
        self.reference = reference
        self.tables = tables
        self.labels = labels
        self.website = website
        self.pricer = pricer
        self._products: DataLoader[int, Product | None] = DataLoader(self._load_products, max_batch_size=MAX_BATCH)
        self._rules: DataLoader[int, Rules] = DataLoader(self._load_rules, max_batch_size=MAX_BATCH)
        self._stock: DataLoader[int, Mapping[int, Decimal]] = DataLoader(self._load_stock)
        self._templates: DataLoader[int, int | None] = DataLoader(self._load_templates)
        self._seen: dict[int, Product] = {}
        self._values: dict[int, list[TemplateValue]] = {}
        self._updated_at: dict[int, datetime] = {}
        self._variants: dict[int, tuple[int, ...]] = {}

    # -- the shop ---------------------------------------------------------------------------------------------

    @property
    def lang(self) -> str:
        return self.labels.lang

    @property
    def company(self) -> Company:
        return self.tables.companies[self.website.company_id]

    @property
    def company_currency(self) -> Currency:
        """The currency of list prices."""
        return self.tables.currencies[self.company.currency_code]

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

    def remember_matches(self, matches: Iterable[ProductMatch]) -> None:
        """Use what a query has read already when these products are loaded."""
        for match in matches:
            self._updated_at[match.id] = match.updated_at
            self._variants[match.id] = match.variant_ids

    def remember_moment(self, template_id: int, updated_at: datetime) -> None:
        """Use this moment of the product's last change when it is loaded."""
        self._updated_at[template_id] = updated_at

    def remember_values(self, template_ids: Iterable[int], values: Iterable[TemplateValue]) -> None:
        """Use these attribute values, all that the products have, when they are loaded."""
        self._values.update((template_id, []) for template_id in template_ids)
        for value in values:
            self._values[value.template_id].append(value)

    def shows(self, product: Product) -> bool:
        """Is the product for sale on this website?"""
        return (
            product.published
            and product.sale_ok
            and product.website_id in {None, self.website.id}
            and product.company_id in {None, self.website.company_id}
        )

    async def _load_products(self, template_ids: list[int]) -> list[Product | None]:
        known = all(template_id in self._values for template_id in template_ids)
        values = [value for template_id in template_ids for value in self._values[template_id]] if known else None
        found = await self.adapter.products(template_ids, self.lang, values=values, updated_at=self._updated_at)
        self._seen.update((product.id, product) for product in found if self.shows(product))
        return [self._seen.get(template_id) for template_id in template_ids]

    async def _load_templates(self, variant_ids: list[int]) -> list[int | None]:
        found = await self.adapter.templates_of(variant_ids)
        return [found.get(variant_id) for variant_id in variant_ids]

    # -- prices and stock -------------------------------------------------------------------------------------

    async def rules(self, product: Product) -> Rules:
        """The pricelist rules bound to the product or its variants that can matter to whoever asks."""
        self._seen.setdefault(product.id, product)
        return await self._rules.load(product.id)

    async def _load_rules(self, template_ids: list[int]) -> list[Rules]:
        products = [self._seen[template_id] for template_id in template_ids]
        return await self.pricer.load_rules(self.adapter, products)

    async def free(self, template_id: int) -> Mapping[int, Decimal]:
        """Free quantity in the company's warehouses by variant id, of a product loaded or remembered."""
        return await self._stock.load(template_id)

    async def in_stock(self, template_ids: Sequence[int]) -> set[int]:
        """Those of the products of which any variant is free."""
        free = await self._stock.load_many(list(template_ids))
        return {
            template_id
            for template_id, of_variants in zip(template_ids, free, strict=True)
            if any(quantity > 0 for quantity in of_variants.values())
        }

    async def _load_stock(self, template_ids: list[int]) -> list[Mapping[int, Decimal]]:
        warehouses = [w for w in self.tables.warehouses if w.company_id == self.website.company_id]
        free: dict[int, Decimal] = {}
        for level in await self.adapter.stock(template_ids, warehouses):
            free[level.variant_id] = free.get(level.variant_id, Decimal(0)) + level.free
        return [
            {variant_id: free.get(variant_id, Decimal(0)) for variant_id in self._variant_ids(template_id)}
            for template_id in template_ids
        ]

    def _variant_ids(self, template_id: int) -> Sequence[int]:
        product = self._seen.get(template_id)
        return [v.id for v in product.variants] if product is not None else self._variants.get(template_id, ())
