"""The shop as one request sees it, in one language: tables, labels, prices, and loaders that batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from aiodataloader import DataLoader

from adapters.errors import OdooUnavailableError
from adapters.records import Company, Currency, Product, PublicCategory, Variant, Warehouse, Website
from adapters.records.pricing import PricelistRule
from cache.dependencies import Dependencies
from cache.product_names import product_names
from cache.record_cache import NotAtHandError
from cache.records import CatalogueRecords
from cache.reference import Labels, Reference, ShopTables
from identity.policy import EffectivePolicy
from resolvers.outcomes import Outcomes
from resolvers.prices import Pricer

#: More products than this are read in several calls: one answer must not grow without bound.
MAX_BATCH = 500

Rules = Sequence[PricelistRule]

_NOTHING = Decimal(0)


#: fields that price rules are needed for, and stock
_PRICED: Final = frozenset(
    {
        "combinationInfo",
        "combinationInfoVariant",
        "jsonLd",
        "priceTiers",
        "unitPrice",
        "variantHasDiscountedPrice",
        "variantPrice",
        "variantPriceAfterDiscount",
    }
)
_STOCKED: Final = frozenset({"isInStock", "jsonLd", "qty", "stock"})


class Needs(NamedTuple):
    """What is going to be asked of products besides their content. It is got with it: nothing fails that was missed."""

    rules: bool = False
    stock: bool = False

    @classmethod
    def of(cls, names: frozenset[str]) -> Needs:
        """What fields of these names need."""
        return cls(not _PRICED.isdisjoint(names), not _STOCKED.isdisjoint(names))

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.rules or other.rules, self.stock or other.stock)


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
        policy: EffectivePolicy,
        pricer: Pricer,
        outcomes: Outcomes,
    ) -> None:
        self.records = records
        self.reference = reference
        self.tables = tables
        self.labels = labels
        self.website = website
        self.policy = policy
        self.pricer = pricer
        self.outcomes = outcomes
        self._needs = Needs()
        self._seen: dict[int, Product] = {}
        self._known_rules: dict[int, Rules] = {}
        self._known_free: dict[int, Mapping[int, Decimal]] = {}
        self._names: dict[tuple[str, ...], DataLoader[int, Mapping[str, str]]] = {}

    # -- loaders, of what is not at hand ----------------------------------------------------------------------

    @cached_property
    def _products(self) -> DataLoader[int, Product | None]:
        return DataLoader(self._load_products, max_batch_size=MAX_BATCH)

    @cached_property
    def _rules(self) -> DataLoader[int, Rules]:
        return DataLoader(self._load_rules, max_batch_size=MAX_BATCH)

    @cached_property
    def _stock(self) -> DataLoader[int, Mapping[int, Decimal]]:
        return DataLoader(self._load_stock)

    @cached_property
    def _coded(self) -> DataLoader[str, tuple[int, ...]]:
        return DataLoader(self._load_coded, max_batch_size=MAX_BATCH)

    @cached_property
    def _templates(self) -> DataLoader[int, int | None]:
        return DataLoader(self._load_templates)

    @cached_property
    def _owners(self) -> DataLoader[int, Mapping[int, int]]:
        return DataLoader(self._load_owners, max_batch_size=MAX_BATCH)

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
        found = await self.products([template_id])
        return found[0] if found else None

    async def products(self, template_ids: Iterable[int]) -> list[Product]:
        """Those of the products that this shop shows, in the order of the ids."""
        wanted = list(template_ids)
        try:
            return self.products_at_hand(wanted)
        except NotAtHandError:
            found = await self._products.load_many(wanted)
            return [product for product in found if product is not None]

    def products_at_hand(self, template_ids: Iterable[int]) -> list[Product]:
        """As `products`. Raises NotAtHandError when one of them has to be waited for."""
        found = []
        for template_id in template_ids:
            product = self._seen.get(template_id) or self.records.product_at_hand(template_id, self.lang)
            if product is not None and self.shows(product):
                self._seen[template_id] = product
                found.append(product)
        return found

    async def names(self, template_id: int, langs: Sequence[str]) -> Mapping[str, str]:
        """What a product that is for sale is called in these languages."""
        wanted = tuple(langs)
        loader = self._names.get(wanted)
        if loader is None:

            async def load(template_ids: list[int]) -> list[Mapping[str, str]]:
                found = await product_names(self.records, template_ids, wanted)
                return [found[one] for one in template_ids]

            loader = self._names[wanted] = DataLoader(load, max_batch_size=MAX_BATCH)
        return await loader.load(template_id)

    async def products_of(self, variant_ids: Sequence[int]) -> list[tuple[Product, Variant]]:
        """The variants that this shop shows, each with its product, in the order of the ids."""
        template_ids = await self._templates.load_many(list(variant_ids))
        return await self._shown(variant_ids, filter(None, template_ids))

    async def products_of_skus(self, skus: Sequence[str]) -> list[Product]:
        """The products that this shop shows of which a variant has one of the SKUs: each once, in their order."""
        coded = await self._coded.load_many(list(skus))
        found = await self.products_of([variant_id for variant_ids in coded for variant_id in variant_ids])
        wanted = set(skus)  # a code is found as a barcode too
        return list({product.id: product for product, variant in found if variant.sku in wanted}.values())

    async def accessories_of(self, product: Product) -> list[tuple[Product, Variant]]:
        """The product's accessories that this shop shows: variants, each with its product."""
        if not product.accessory_ids:
            return []
        self._seen.setdefault(product.id, product)
        owners = await self._owners.load(product.id)
        return await self._shown(product.accessory_ids, owners.values())

    def bought_with(self, template_id: int) -> Sequence[int]:
        """The products (ids) most often ordered with this one, shown here or not, as far as it is counted."""
        return self.reference.bought_together_at_hand().get(template_id, ())

    async def _shown(self, variant_ids: Sequence[int], template_ids: Iterable[int]) -> list[tuple[Product, Variant]]:
        products = await self.products(dict.fromkeys(template_ids))
        by_variant = {variant.id: (product, variant) for product in products for variant in product.variants}
        return [by_variant[variant_id] for variant_id in variant_ids if variant_id in by_variant]

    def expect(self, needs: Needs) -> None:
        """Products that are read from now on need this too."""
        self._needs |= needs

    async def prefetch_page_of(
        self,
        template_id: int,
        needs: Needs,
        *,
        alternatives: Needs | None,
        accessories: Needs | None,
        together: Needs | None,
    ) -> None:
        """Get at once what a product's page needs, and then what the products that it points to need.

        ``alternatives``, ``accessories``, ``together`` (bought with it): None where they are not asked for.
        """
        await self._prefetch([template_id], needs, links=True, owners=accessories is not None)
        for links in await self.records.links([template_id]):
            pointed = dict.fromkeys(links.alternative_ids if alternatives is not None else ())
            pointed.update(dict.fromkeys(self.bought_with(template_id) if together is not None else ()))
            if accessories is not None and links.accessory_ids:
                owners = await self.records.accessory_owners({template_id: links.accessory_ids})
                pointed.update(dict.fromkeys(owners[template_id].values()))
            nothing = Needs()
            await self._prefetch(pointed, (alternatives or nothing) | (accessories or nothing) | (together or nothing))
            with suppress(OdooUnavailableError):  # whoever cannot do without one of them asks for it again
                await self.products(dict.fromkeys([template_id, *pointed]))

    def shows(self, product: Product) -> bool:
        """Is the product for sale on this website, to whoever asks?"""
        return (
            product.published
            and product.sale_ok
            and product.website_id in {None, self.website.id}
            and product.company_id in {None, self.website.company_id}
            and self.policy.sees(product)
        )

    async def _prefetch(
        self, template_ids: Iterable[int], needs: Needs, *, links: bool = False, owners: bool = False
    ) -> None:
        await self.records.prefetch_products(
            template_ids,
            self.lang,
            pricelist_ids=self.pricer.pricelist_ids,
            warehouses=self.warehouses,
            rules=needs.rules,
            stock=needs.stock,
            links=links,
            owners=owners,
        )

    async def _load_products(self, template_ids: list[int]) -> list[Product | None]:
        await self._prefetch(template_ids, self._needs)
        found = await self.records.products(template_ids, self.lang)
        self._seen.update((product.id, product) for product in found if self.shows(product))
        return [self._seen.get(template_id) for template_id in template_ids]

    async def _load_coded(self, codes: list[str]) -> list[tuple[int, ...]]:
        found = await self.records.find_by_codes(codes)
        return [found.get(code, ()) for code in codes]

    async def _load_templates(self, variant_ids: list[int]) -> list[int | None]:
        found = await self.records.templates_of(variant_ids)
        return [found.get(variant_id) for variant_id in variant_ids]

    async def _load_owners(self, template_ids: list[int]) -> list[Mapping[int, int]]:
        accessory_ids = {template_id: self._seen[template_id].accessory_ids for template_id in template_ids}
        found = await self.records.accessory_owners(accessory_ids)
        return [found[template_id] for template_id in template_ids]

    # -- prices and stock -------------------------------------------------------------------------------------

    async def rules(self, product: Product) -> Rules:
        """The pricelist rules bound to the product or its variants that can matter to whoever asks."""
        try:
            return self.rules_at_hand(product)
        except NotAtHandError:
            self._seen.setdefault(product.id, product)
            return await self._rules.load(product.id)

    def rules_at_hand(self, product: Product) -> Rules:
        """As `rules`. Raises NotAtHandError when they have to be waited for."""
        rules = self._known_rules.get(product.id)
        if rules is None:
            try:
                rules = self.records.rules_at_hand(product.id, self.pricer.pricelist_ids)
            except NotAtHandError:
                raise NotAtHandError(lambda: self.rules(product)) from None
            self._known_rules[product.id] = rules
            self.dependencies.until(self.pricer.changes_at(rules))
        return rules

    async def _load_rules(self, template_ids: list[int]) -> list[Rules]:
        products = [self._seen[template_id] for template_id in template_ids]
        found = await self.records.product_rules(products, self.pricer.pricelist_ids, self.pricer.load_rules)
        for product, rules in zip(products, found, strict=True):
            self._known_rules[product.id] = rules
            self.dependencies.until(self.pricer.changes_at(rules))
        return found

    async def free(self, product: Product) -> Mapping[int, Decimal]:
        """Free quantity in the company's warehouses by variant id."""
        try:
            return self.free_at_hand(product)
        except NotAtHandError:
            self._seen.setdefault(product.id, product)
            return await self._stock.load(product.id)

    def free_at_hand(self, product: Product) -> Mapping[int, Decimal]:
        """As `free`. Raises NotAtHandError when it has to be waited for."""
        free = self._known_free.get(product.id)
        if free is None:
            found = dict.fromkeys((variant.id for variant in product.variants), _NOTHING)
            try:
                levels = self.records.stock_at_hand(product.id, self.warehouses)
            except NotAtHandError:
                raise NotAtHandError(lambda: self.free(product)) from None
            for level in levels:
                if level.variant_id in found:
                    found[level.variant_id] += level.free
            free = self._known_free[product.id] = found
        return free

    async def _load_stock(self, template_ids: list[int]) -> list[Mapping[int, Decimal]]:
        variants = {
            template_id: [variant.id for variant in self._seen[template_id].variants] for template_id in template_ids
        }
        free: dict[int, Decimal] = {}
        for level in await self.records.stock(variants, self.warehouses):
            free[level.variant_id] = free.get(level.variant_id, Decimal(0)) + level.free
        for template_id in template_ids:
            self._known_free[template_id] = {one: free.get(one, _NOTHING) for one in variants[template_id]}
        return [self._known_free[template_id] for template_id in template_ids]
