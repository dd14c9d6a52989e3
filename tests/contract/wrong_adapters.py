"""Adapters that are wrong in one way each: the contract must tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count

from msgspec.structs import replace

from adapters.records import (
    Product,
    ProductMatch,
    ProductQuery,
    PublicCategory,
    StockLevel,
    TemplateValue,
    Warehouse,
)
from adapters.records.pricing import PricelistRule
from adapters.versions.v14 import Odoo14Adapter


class _Changed(Odoo14Adapter):
    """Changes each product that it reads."""

    def change(self, product: Product) -> Product:
        return product

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        found = await super().products(template_ids, lang, values=values, updated_at=updated_at)
        return [self.change(product) for product in found]


class WrongListPrice(_Changed):
    """A cent too much."""

    def change(self, product: Product) -> Product:
        return replace(product, list_price=product.list_price + Decimal("0.01"))


class DroppedVariant(_Changed):
    """The last variant is not there."""

    def change(self, product: Product) -> Product:
        return replace(product, variants=product.variants[:-1]) if len(product.variants) > 1 else product


class SwappedVariants(_Changed):
    """The values of two variants are mixed up."""

    def change(self, product: Product) -> Product:
        if len(product.variants) < 2:
            return product
        first, second, *others = product.variants
        swapped = (replace(first, value_ids=second.value_ids), replace(second, value_ids=first.value_ids))
        return replace(product, variants=(*swapped, *others))


class ShowsEverything(_Changed):
    """Everything is published."""

    def change(self, product: Product) -> Product:
        return replace(product, published=True, sale_ok=True)


class HungryForCalls(Odoo14Adapter):
    """Reads products one by one."""

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        found: list[Product] = []
        for template_id in template_ids:
            found += await super().products([template_id], lang, values=values, updated_at=updated_at)
        return found


class NoTiers(Odoo14Adapter):
    """Rules for quantities are forgotten."""

    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        found = await super().product_rules(template_ids, variant_ids, pricelist_ids)
        return [rule for rule in found if rule.min_quantity <= 1]

    async def shop_rules(self) -> list[PricelistRule]:
        return [rule for rule in await super().shop_rules() if rule.min_quantity <= 1]


class OneLanguage(Odoo14Adapter):
    """Speaks English only."""

    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        del lang
        return await super().find_products(query, "en_US")

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        del lang
        return await super().products(template_ids, "en_US", values=values, updated_at=updated_at)


class UnsteadyOrder(Odoo14Adapter):
    """Every other time the other way round."""

    _turns = count()

    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        found = await super().find_products(query, lang)
        return found[::-1] if next(self._turns) % 2 else found


class ForgottenDescendants(Odoo14Adapter):
    """Categories have no parents."""

    async def categories(self, lang: str) -> list[PublicCategory]:
        found = await super().categories(lang)
        return [replace(category, parent_id=None) for category in found]


class LostValues(Odoo14Adapter):
    """Some attribute values of products are left out."""

    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        found = await super().template_values(template_ids)
        return [value for value in found if value.value_id % 5]


class IgnoresReservations(Odoo14Adapter):
    """Tells more stock than is free."""

    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
        found = await super().stock(template_ids, warehouses)
        return [replace(level, free=level.free + 1) for level in found]
