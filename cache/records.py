"""The catalogue as one request reads it: through the cache, in batches, from Odoo only what is not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from adapters.base import CatalogueReads
from adapters.errors import OdooUnavailableError
from adapters.records import Product, ProductLinks, ProductMatch, ProductQuery, StockLevel, TemplateValue, Warehouse
from adapters.records.pricing import PricelistRule
from cache.dependencies import Dependencies
from cache.kinds import (
    CODED,
    FOUND,
    IN_STOCK,
    LEVELS,
    LINKS,
    OWNER,
    OWNERS,
    PRODUCT,
    RULES,
    SEARCHED,
    VALUES,
    Kind,
    Life,
    among,
    digest,
    digest_of,
    key_of,
)
from cache.levels import level_key, levels_of, named
from cache.loading import Loaded, OfCatalogue
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket
from cache.tags import ALL_PRICES, ALL_PRODUCTS, PRODUCTS, STOCK, price_tag, product_tag

LoadRules = Callable[[CatalogueReads, Sequence[Product]], Awaitable[Sequence[Sequence[PricelistRule]]]]


class _JustRead(NamedTuple):
    """Stock of products that a request loaded itself."""

    ticket: Ticket | None
    places: str
    template_ids: frozenset[int]
    levels: Sequence[StockLevel]


class CatalogueRecords(RecordReader):
    """The reads of `adapters.base.OdooAdapter` that concern products, for one request. All take many at once."""

    def __init__(self, cache: RecordCache, dependencies: Dependencies) -> None:
        super().__init__(cache, dependencies)
        #: what this request loaded itself, with the ticket taken before: good enough to make products of
        self._values: tuple[Ticket | None, Sequence[TemplateValue]] | None = None
        self._moments: tuple[Ticket | None, dict[int, datetime]] | None = None
        self._levels: _JustRead | None = None
        self._names: dict[int, tuple[object, str]] = {}

    def _among(self, ids: frozenset[int]) -> str:
        """`among`, of what this request asks for again and again."""
        name = self._names.get(id(ids))
        if name is None:
            name = self._names[id(ids)] = ids, among(list(ids))
        return name[1]

    def _named(self, warehouses: Sequence[Warehouse]) -> str:
        """`named` likewise."""
        name = self._names.get(id(warehouses))
        if name is None:
            name = self._names[id(warehouses)] = warehouses, named(warehouses)
        return name[1]

    # -- what a query finds -----------------------------------------------------------------------------------

    async def prefetch_matches(
        self, query: ProductQuery, lang: str, *, values: bool, warehouses: Sequence[Warehouse] | None
    ) -> None:
        """What the next three methods will ask for, in one round trip."""
        keys = [key_of(FOUND, lang, digest(query))]
        if values:
            keys.append(_set_key(VALUES, query, lang))
        if warehouses is not None:
            keys.append(_set_key(IN_STOCK, query, lang, named(warehouses)))
        await self.prefetch(keys)

    async def find_products(self, query: ProductQuery, lang: str) -> tuple[ProductMatch, ...]:
        """As `OdooAdapter.find_products`. As long as nothing changed it is the very same tuple."""

        async def load(
            adapter: CatalogueReads, _: list[ProductQuery], __: Ticket | None
        ) -> Mapping[ProductQuery, tuple[ProductMatch, ...]]:
            return {query: tuple(await adapter.find_products(query, lang))}

        keys = {query: key_of(FOUND, lang, digest(query))}
        return await self.one(OfCatalogue(FOUND, keys, load, _of_the_list, _life(query))) or ()

    async def values_of(
        self, query: ProductQuery, lang: str, matches: Sequence[ProductMatch]
    ) -> tuple[TemplateValue, ...]:
        """The attribute values of the query's matches. As long as nothing changed it is the very same tuple."""
        if not matches:
            return ()

        async def load(
            adapter: CatalogueReads, _: list[ProductQuery], __: Ticket | None
        ) -> Mapping[ProductQuery, tuple[TemplateValue, ...]]:
            return {query: tuple(await adapter.template_values([match.id for match in matches]))}

        keys = {query: _set_key(VALUES, query, lang)}
        return await self.one(OfCatalogue(VALUES, keys, load, _of_the_list, _life(query))) or ()

    async def in_stock_of(
        self, query: ProductQuery, lang: str, matches: Sequence[ProductMatch], warehouses: Sequence[Warehouse]
    ) -> frozenset[int]:
        """Those of the query's matches of which any variant is free. The very same set while nothing changed."""
        if not matches:
            return frozenset()

        async def load(
            adapter: CatalogueReads, _: list[ProductQuery], ticket: Ticket | None
        ) -> Mapping[ProductQuery, frozenset[int]]:
            template_ids = [match.id for match in matches]
            levels = await adapter.stock(template_ids, warehouses)
            self._levels = _JustRead(ticket, named(warehouses), frozenset(template_ids), levels)
            free: dict[int, Decimal] = defaultdict(Decimal)
            for level in levels:
                free[level.variant_id] += level.free
            return {
                query: frozenset(
                    match.id for match in matches if any(free.get(one, 0) > 0 for one in match.variant_ids)
                )
            }

        keys = {query: _set_key(IN_STOCK, query, lang, named(warehouses))}
        return await self.one(OfCatalogue(IN_STOCK, keys, load, lambda *_: (PRODUCTS, STOCK))) or frozenset()

    # -- products ---------------------------------------------------------------------------------------------

    async def products(self, template_ids: Sequence[int], lang: str) -> list[Product]:
        """As `OdooAdapter.products`."""

        async def load(adapter: CatalogueReads, missing: list[int], ticket: Ticket | None) -> Mapping[int, Product]:
            loaded = await adapter.products(
                missing, lang, values=self._values_for(missing, ticket), updated_at=self._moments_for(ticket)
            )
            return {product.id: product for product in loaded}

        keys = {template_id: _product_key(template_id, lang) for template_id in template_ids}
        found = await self.read(OfCatalogue(PRODUCT, keys, load, _of_product))
        products = [product for product in found.values() if product is not None]
        self.cache.owners.note(products)
        return products

    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]:
        """As `OdooAdapter.links`."""

        async def load(adapter: CatalogueReads, missing: list[int], _: Ticket | None) -> Mapping[int, ProductLinks]:
            return {links.id: links for links in await adapter.links(missing)}

        keys = {template_id: key_of(LINKS, template_id) for template_id in template_ids}
        found = await self.read(OfCatalogue(LINKS, keys, load, _of_product))
        return [links for links in found.values() if links is not None]

    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]:
        """As `OdooAdapter.templates_of`; while Odoo is away of variants whose products have been looked at."""

        async def load(adapter: CatalogueReads, missing: list[int], _: Ticket | None) -> Mapping[int, int]:
            return await adapter.templates_of(missing)

        keys = {variant_id: key_of(OWNER, "variant", variant_id) for variant_id in variant_ids}
        try:
            found = await self.read(OfCatalogue(OWNER, keys, load, _of_owner))
        except OdooUnavailableError:
            known = self.cache.owners.of(variant_ids)
            if known is None:
                raise
            self.dependencies.mark_stale()
            return known
        return {variant_id: template_id for variant_id, template_id in found.items() if template_id is not None}

    async def accessory_owners(self, accessory_ids: Mapping[int, Sequence[int]]) -> dict[int, Mapping[int, int]]:
        """`templates_of` for the accessories (variant ids) of products (template ids), which are told.

        For a page: kept by product, so that whose variants they are can be asked for together with the product.
        """

        async def load(adapter: CatalogueReads, missing: list[int], _: Ticket | None) -> Mapping[int, dict[int, int]]:
            every = dict.fromkeys(variant for template_id in missing for variant in accessory_ids[template_id])
            owner_of = await adapter.templates_of(list(every))
            return {
                template_id: {one: owner_of[one] for one in accessory_ids[template_id] if one in owner_of}
                for template_id in missing
            }

        def tags(template_id: int, owners: Mapping[int, int] | None) -> tuple[str, ...]:
            known = owners or {}
            lacking = len(known) < len(set(accessory_ids[template_id]))
            owned = (product_tag(owner) for owner in dict.fromkeys(known.values()))
            return (*_of_product(template_id, None), *owned, *((PRODUCTS,) if lacking else ()))

        keys = {template_id: key_of(OWNERS, template_id) for template_id in accessory_ids}
        found = await self.read(OfCatalogue(OWNERS, keys, load, tags))
        return {template_id: owners or {} for template_id, owners in found.items()}

    async def find_by_barcode(self, barcode: str) -> int | None:
        """As `OdooAdapter.find_by_barcode`."""

        async def load(adapter: CatalogueReads, _: list[str], __: Ticket | None) -> Mapping[str, int]:
            template_id = await adapter.find_by_barcode(barcode)
            return {} if template_id is None else {barcode: template_id}

        return await self.one(OfCatalogue(OWNER, {barcode: key_of(OWNER, "barcode", barcode)}, load, _of_owner))

    async def find_by_codes(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """As `OdooAdapter.find_by_codes`."""

        async def load(adapter: CatalogueReads, missing: list[str], _: Ticket | None) -> Mapping[str, tuple[int, ...]]:
            return await adapter.find_by_codes(missing)

        keys = {code: key_of(CODED, digest_of(code)) for code in codes}
        found = await self.read(OfCatalogue(CODED, keys, load, lambda *_: (PRODUCTS,)))
        return {code: variant_ids for code, variant_ids in found.items() if variant_ids}

    async def image_owner(self, image_id: int) -> int | None:
        """As `OdooAdapter.image_owner`."""

        async def load(adapter: CatalogueReads, _: list[int], __: Ticket | None) -> Mapping[int, int]:
            template_id = await adapter.image_owner(image_id)
            return {} if template_id is None else {image_id: template_id}

        return await self.one(OfCatalogue(OWNER, {image_id: key_of(OWNER, "image", image_id)}, load, _of_owner))

    # -- prices and stock -------------------------------------------------------------------------------------

    async def product_rules(
        self, products: Sequence[Product], pricelist_ids: Iterable[int], load_rules: LoadRules
    ) -> list[Sequence[PricelistRule]]:
        """For each product what ``load_rules`` answers: its rules in the pricelists and those they lead to."""
        by_id = {product.id: product for product in products}

        async def load(
            adapter: CatalogueReads, missing: list[int], _: Ticket | None
        ) -> Mapping[int, tuple[PricelistRule, ...]]:
            rules = await load_rules(adapter, [by_id[template_id] for template_id in missing])
            return {template_id: tuple(found) for template_id, found in zip(missing, rules, strict=True)}

        pricelists = among(list(pricelist_ids))
        keys = {template_id: _rules_key(template_id, pricelists) for template_id in by_id}
        found = await self.read(OfCatalogue(RULES, keys, load, _of_rules))
        return [found[product.id] or () for product in products]

    async def stock(
        self, variant_ids: Mapping[int, Sequence[int]], warehouses: Sequence[Warehouse]
    ) -> list[StockLevel]:
        """As `OdooAdapter.stock`, of products (template ids) whose variants are told."""
        places = named(warehouses)

        def just_read(template_ids: Sequence[int], ticket: Ticket | None) -> Sequence[StockLevel] | None:
            return self._levels_for(template_ids, ticket, places)

        found = await self.read(levels_of(variant_ids, warehouses, places, just_read))
        return [level for levels in found.values() for level in levels or ()]

    # -- without waiting, where it is at hand -----------------------------------------------------------------

    def product_at_hand(self, template_id: int, lang: str) -> Product | None:
        """As `products`. Raises NotAtHandError, as the next ones do."""
        return self.at_hand(PRODUCT, _product_key(template_id, lang))

    def rules_at_hand(self, template_id: int, pricelist_ids: frozenset[int]) -> Sequence[PricelistRule]:
        """As `product_rules`."""
        return self.at_hand(RULES, _rules_key(template_id, self._among(pricelist_ids))) or ()

    def stock_at_hand(self, template_id: int, warehouses: Sequence[Warehouse]) -> Sequence[StockLevel]:
        """As `stock`."""
        return self.at_hand(LEVELS, level_key(template_id, self._named(warehouses))) or ()

    # -- in one round trip ------------------------------------------------------------------------------------

    async def prefetch_products(
        self,
        template_ids: Iterable[int],
        lang: str,
        *,
        pricelist_ids: frozenset[int],
        warehouses: Sequence[Warehouse],
        rules: bool = True,
        stock: bool = True,
        links: bool = False,
        owners: bool = False,
    ) -> None:
        """Content, rules and stock of the products, what they point to, and whose their accessories are."""
        pricelists, places = self._among(pricelist_ids), self._named(warehouses)
        keys: list[str] = []
        for template_id in template_ids:
            if self.is_known_to_miss(_product_key(template_id, lang)):
                continue
            keys.append(_product_key(template_id, lang))
            if rules:
                keys.append(_rules_key(template_id, pricelists))
            if stock:
                keys.append(level_key(template_id, places))
            if links:
                keys.append(key_of(LINKS, template_id))
            if owners:
                keys.append(key_of(OWNERS, template_id))
        await self.prefetch(keys)

    # -- what was just read makes products without reading it again -------------------------------------------

    def on_loaded(self, kind: Kind[Any], loaded: Loaded) -> None:
        """Remember what matches and values were loaded just now."""
        if kind is FOUND:
            ((_, matches),) = loaded.values.values()
            self._moments = loaded.ticket, {match.id: match.updated_at for match in matches}
        elif kind is VALUES:
            ((_, values),) = loaded.values.values()
            self._values = loaded.ticket, values
        elif kind is LINKS:
            moments = {links.id: links.updated_at for _, links in loaded.values.values() if links is not None}
            self._moments = loaded.ticket, moments

    def _values_for(self, template_ids: Sequence[int], ticket: Ticket | None) -> list[TemplateValue] | None:
        """The products' values, if all were loaded under this ticket: older ones would outlive their change."""
        known = self._moments_for(ticket)
        if self._values is None or self._values[0] != ticket or not all(one in known for one in template_ids):
            return None
        wanted = set(template_ids)
        return [value for value in self._values[1] if value.template_id in wanted]

    def _levels_for(
        self, template_ids: Sequence[int], ticket: Ticket | None, places: str
    ) -> Sequence[StockLevel] | None:
        """The products' stock, if it was loaded under this ticket."""
        read = self._levels
        if (
            read is None
            or read.ticket != ticket
            or read.places != places
            or not read.template_ids.issuperset(template_ids)
        ):
            return None
        return read.levels

    def _moments_for(self, ticket: Ticket | None) -> Mapping[int, datetime]:
        return self._moments[1] if self._moments is not None and self._moments[0] == ticket else {}


def _product_key(template_id: int, lang: str) -> str:
    return key_of(PRODUCT, lang, template_id)


def _rules_key(template_id: int, pricelists: str) -> str:
    return key_of(RULES, pricelists, template_id)


def _set_key(kind: Kind[Any], query: ProductQuery, lang: str, *parts: object) -> str:
    """The key of something that all orders of the query share; and all languages, if it has no words."""
    words = bool(query.words or query.name_words)
    return key_of(kind, *parts, lang if words else "", digest(msgspec.structs.replace(query, order=())))


def _life(query: ProductQuery) -> Life | None:
    return SEARCHED if query.words or query.name_words or query.ids is not None else None


def _of_the_list(_: ProductQuery, __: object) -> tuple[str, ...]:
    return (PRODUCTS,)


def _of_product(template_id: int, _: object) -> tuple[str, ...]:
    return product_tag(template_id), ALL_PRODUCTS


def _of_owner(_: object, template_id: int | None) -> tuple[str, ...]:
    """Nothing changes while the owner does not; what belongs to nobody may come with any product."""
    return (PRODUCTS,) if template_id is None else (product_tag(template_id), ALL_PRODUCTS)


def _of_rules(template_id: int, _: object) -> tuple[str, ...]:
    """A new variant may have rules of its own."""
    return price_tag(template_id), ALL_PRICES, product_tag(template_id), ALL_PRODUCTS
