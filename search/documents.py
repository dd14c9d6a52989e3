"""Documents: what the index holds of a product in one language. `search.mapping` tells the types of the fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeAlias

import msgspec

from adapters.records import Product, PublicCategory, StockLevel, Variant, Warehouse
from adapters.records.pricing import PricelistRule
from search import codes
from search.facts import found_part, levels_part, records_part, rules_part
from search.inputs import Labels, Paths
from search.prices import ProductPrices

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True, eq=False)
class DocumentMaker:
    """Makes documents in the language of its labels. ``sold``: units sold lately, by product id."""

    labels: Labels
    paths: Paths
    sold: Mapping[int, Decimal]

    def document(self, product: Product, prices: ProductPrices, stock: Document) -> Document:
        """The whole document. ``stock``: as `StockPlaces.parts` makes it."""
        return self.whole(product, {**price_part(prices), **stock})

    def whole(self, product: Product, parts: Document) -> Document:
        """The whole document. ``parts``: what is the same in all languages."""
        return {**self.content(product), **parts, "popularity": self.popularity(product.id)}

    def popularity(self, template_id: int) -> float:
        """Units sold lately."""
        return float(self.sold.get(template_id, 0))

    def content(self, product: Product) -> Document:
        """What changes when the product, or something it names, does.

        Its objects always have the same members: what is missing in an update of a document stays as it was.
        """
        return {
            "id": product.id,
            "name": product.name,
            "slug": self.paths.product(product.name, product.id),
            "description": product.description,
            "website_description": product.website_description,
            "seo": msgspec.to_builtins(product.seo),
            "type": product.product_type,
            "storable": product.storable,
            "published": product.published,
            "saleable": product.sale_ok,
            "website_id": product.website_id,
            "company_id": product.company_id,
            "list_price": float(product.list_price),
            "internal_category_id": product.internal_category_id,
            "uom_id": product.uom_id,
            "tax_ids": list(product.tax_ids),
            "allow_out_of_stock": product.allow_out_of_stock,
            "out_of_stock_message": product.out_of_stock_message,
            "show_available_quantity": product.show_available_quantity,
            "rating_average": float(product.rating_average),
            "rating_count": product.rating_count,
            "alternative_ids": list(product.alternative_ids),
            "accessory_ids": list(product.accessory_ids),
            "created_at": moment(product.created_at),
            "updated_at": moment(product.updated_at),
            "images": [_image(image) for image in msgspec.to_builtins(product.images)],
            **_codes(product.variants),
            **self._categories(product),
            **self._values(product),
            **self._marks(product),
            "variants": [_variant(variant, product) for variant in product.variants],
            **records_part(product),
        }

    def _categories(self, product: Product) -> Document:
        own = [self.labels.categories[one] for one in product.public_category_ids if one in self.labels.categories]
        paths = [self._path(category) for category in sorted(own, key=lambda one: (one.sequence, one.id))]
        tree = {step.id: step for path in paths for step in path}
        return {
            "category_ids": list(product.public_category_ids),
            "category_tree_ids": sorted({*tree, *product.public_category_ids}),
            "category_names": [step.name for step in tree.values()],
            "categories": [self._step(path[-1]) for path in paths],
            "breadcrumb": [self._step(step) for step in paths[0]] if paths else [],
        }

    def _path(self, category: PublicCategory) -> list[PublicCategory]:
        """From the top category down to this one; a circle in the data ends it."""
        path: dict[int, PublicCategory] = {}
        at: PublicCategory | None = category
        while at is not None and at.id not in path:
            path[at.id] = at
            at = self.labels.categories.get(at.parent_id or 0)
        return list(path.values())[::-1]

    def _step(self, category: PublicCategory) -> Document:
        slug = self.paths.category(category.name, category.id, category.slug)
        return {"id": category.id, "name": category.name, "slug": slug}

    def _values(self, product: Product) -> Document:
        offered = [
            (value, attribute)
            for row in product.values
            if (value := self.labels.values.get(row.value_id)) is not None
            and (attribute := self.labels.attributes.get(row.attribute_id)) is not None
        ]
        return {
            "attributes": [f"{row.attribute_id}-{row.value_id}" for row in product.values],
            "value_ids": [row.value_id for row in product.values],
            "value_names": list(dict.fromkeys(value.name for value, _ in offered)),
            "values": [
                {"attribute_id": attribute.id, "attribute": attribute.name, "value_id": value.id, "value": value.name}
                for value, attribute in offered
            ],
            "price_extras": [
                *({"value_id": row.value_id, "extra": float(row.price_extra)} for row in product.values),
                *({"variant_id": one.id, "extra": float(one.price_extra)} for one in product.variants),
            ],
        }

    def _marks(self, product: Product) -> Document:
        tags = [tag for one in sorted(product.tag_ids) if (tag := self.labels.tags.get(one)) is not None]
        ribbon = self.labels.ribbons.get(product.ribbon_id or 0)
        shown = [tag for tag in tags if tag.visible]
        return {
            "tag_ids": list(product.tag_ids),
            "tag_names": [tag.name for tag in shown],
            "tags": [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in shown],
            "ribbon_id": product.ribbon_id,
            "ribbon": msgspec.to_builtins(ribbon),
        }


#: the members of `price_part`
PRICE_FIELDS: Final = ("prices", "first_prices", "tiers", "prices_until")


def price_part(prices: ProductPrices) -> Document:
    """What a change of prices alone rewrites."""
    return {
        "prices": dict(prices.cheapest),
        "first_prices": dict(prices.first),
        "tiers": dict(prices.tiers),
        "prices_until": moment(prices.until) if prices.until is not None else None,
    }


def price_members(prices: ProductPrices) -> Document:
    """The members of `price_part` that belong to pricelists, as they are read back."""
    return {
        "prices": dict(prices.cheapest),
        "first_prices": dict(prices.first),
        "tiers": {key: [list(tier) for tier in tiers] for key, tiers in prices.tiers.items()},
    }


def facts_document(product: Product, rules: Iterable[PricelistRule], levels: Iterable[StockLevel]) -> Document:
    """The document of what hangs on no language. ``rules``, ``levels``: the product's own."""
    return {**found_part(product), **rules_part(rules), **levels_part(levels)}


def levels_by_product(products: Iterable[Product], levels: Iterable[StockLevel]) -> dict[int, list[StockLevel]]:
    """Stock levels sorted out; those of other products are passed over."""
    found: dict[int, list[StockLevel]] = {}
    of_variant: dict[int, list[StockLevel]] = {}
    for product in products:
        own = found[product.id] = list[StockLevel]()
        of_variant.update(dict.fromkeys((variant.id for variant in product.variants), own))
    for level in levels:
        if (place := of_variant.get(level.variant_id)) is not None:
            place.append(level)
    return found


@dataclass(frozen=True, eq=False)
class StockPlaces:
    """Where stock is told of: every warehouse, and the warehouses of a company together."""

    warehouses: Sequence[Warehouse]

    @cached_property
    def _company_of(self) -> Mapping[int, int]:
        return {one.id: one.company_id for one in self.warehouses}

    def parts(self, products: Iterable[Product], levels: Iterable[StockLevel]) -> dict[int, Document]:
        """What a change of stock alone rewrites, by product id: where anything of it is free, and what."""
        free: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for level in levels:
            company_id = self._company_of.get(level.warehouse_id)
            if company_id is not None:
                free[level.variant_id][in_warehouse(level.warehouse_id)] += level.free
                free[level.variant_id][in_company(company_id)] += level.free
        return {product.id: _stock_part(product, free) for product in products}


def in_warehouse(warehouse_id: int) -> str:
    """The word for a place where something is free."""
    return f"w{warehouse_id}"


def in_company(company_id: int) -> str:
    """The word for all warehouses of a company: what one lacks is taken from what another has."""
    return f"c{company_id}"


def _stock_part(product: Product, free: Mapping[int, Mapping[str, Decimal]]) -> Document:
    """Yes or no alone: it seldom changes, while quantities do with every order."""
    places = {
        variant.id: sorted(place for place, quantity in free.get(variant.id, {}).items() if quantity > 0)
        for variant in product.variants
    }
    return {
        "in_stock": sorted({place for found in places.values() for place in found}),
        "variants_in_stock": [f"{variant_id}-{place}" for variant_id, found in places.items() for place in found],
    }


def moment(at: datetime) -> str:
    """A moment as the index has it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _codes(variants: Sequence[Variant]) -> Document:
    skus = [variant.sku for variant in variants if variant.sku is not None]
    barcodes = [variant.barcode for variant in variants if variant.barcode is not None]
    return {
        "sku": skus,
        "barcode": barcodes,
        "sku_forms": codes.forms(skus),
        "barcode_forms": codes.forms(barcodes),
    }


def _variant(variant: Variant, product: Product) -> Document:
    """What is shown and found of a variant. Its cost is for pricing alone, and nowhere in the index."""
    attribute_of = {row.value_id: row.attribute_id for row in product.values}
    return {
        "id": variant.id,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "attributes": [f"{attribute_of[one]}-{one}" for one in variant.value_ids if one in attribute_of],
        "value_ids": list(variant.value_ids),
        "weight": float(variant.weight),
        "updated_at": moment(variant.updated_at),
    }


def _image(image: Document) -> Document:
    return {key: value for key, value in image.items() if value is not None and key != "template_id"}
