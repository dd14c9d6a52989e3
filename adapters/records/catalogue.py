"""The catalogue: products, variants, attributes, public categories, stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

CreateVariant = Literal["always", "dynamic", "no_variant"]
ProductType = Literal["goods", "service", "combo"]
ProductOrder = Literal["id", "name", "list_price", "create_date"]


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records: immutable, compared by value."""


class Seo(Record, frozen=True):
    """Search-engine texts of a page, as the merchant wrote them."""

    title: str | None = None
    description: str | None = None
    keywords: str | None = None
    image_url: str | None = None


class Attribute(Record, frozen=True):
    """A product attribute such as pack size."""

    id: int
    name: str
    display_type: str  # radio, select, color, pills, multi, image
    create_variant: CreateVariant
    visible: bool  # offered as a filter
    sequence: int
    value_ids: tuple[int, ...]  # in display order


class AttributeValue(Record, frozen=True):
    """One value of an attribute, such as 5 kg."""

    id: int
    attribute_id: int
    name: str
    html_color: str | None
    sequence: int


class TemplateValue(Record, frozen=True):
    """An attribute value offered by a product: one row of its attribute lines.

    ``source_id`` is the row that Odoo's variants refer to, in the versions that have one.
    ``price_extra`` is added to the list price of the variants with this value (company currency).
    """

    template_id: int
    attribute_id: int
    value_id: int
    price_extra: Decimal
    source_id: int | None = None


class ProductImage(Record, frozen=True):
    """An extra picture (or video) of a product, or of one variant of it."""

    id: int
    name: str
    template_id: int
    variant_id: int | None
    sequence: int
    video_url: str | None
    updated_at: datetime


class Variant(Record, frozen=True):
    """A sellable variant. ``cost`` is for pricing only and never shown to a customer."""

    id: int
    template_id: int
    sku: str | None
    barcode: str | None
    value_ids: tuple[int, ...]  # product attribute values, ascending
    price_extra: Decimal
    cost: Decimal
    weight: Decimal
    updated_at: datetime


class Product(Record, frozen=True):
    """A product (Odoo's template) in one language, with its active variants and pictures.

    ``list_price`` and the variants' extras and costs are in the company's currency, per unit ``uom_id``.
    """

    id: int
    name: str
    description: str | None  # plain text for customers
    website_description: str | None  # HTML
    product_type: ProductType
    storable: bool
    published: bool
    sale_ok: bool
    website_id: int | None
    company_id: int | None
    list_price: Decimal
    internal_category_id: int | None
    uom_id: int
    tax_ids: tuple[int, ...]
    public_category_ids: tuple[int, ...]
    alternative_ids: tuple[int, ...]
    accessory_ids: tuple[int, ...]
    tag_ids: tuple[int, ...]
    ribbon_id: int | None
    allow_out_of_stock: bool
    out_of_stock_message: str | None
    show_available_quantity: bool
    rating_average: Decimal
    rating_count: int
    seo: Seo
    created_at: datetime
    updated_at: datetime
    values: tuple[TemplateValue, ...]
    variants: tuple[Variant, ...]
    images: tuple[ProductImage, ...]

    @property
    def first_variant(self) -> Variant | None:
        """The variant shown first; None while no variant exists yet (dynamic creation)."""
        return self.variants[0] if self.variants else None


class ProductTag(Record, frozen=True):
    """A label of products that customers may see, such as "new"."""

    id: int
    name: str
    color: str | None  # HTML colour
    visible: bool
    updated_at: datetime


class Ribbon(Record, frozen=True):
    """A label laid over a product's picture, such as "Sale"."""

    id: int
    name: str
    text_color: str | None
    background_color: str | None
    html_class: str | None


class PublicCategory(Record, frozen=True):
    """A category of the shop (not the internal category that accounting and pricing use)."""

    id: int
    name: str
    parent_id: int | None
    sequence: int
    website_id: int | None
    slug: str | None  # set by hand in Odoo, else None
    description: str | None  # HTML
    seo: Seo
    updated_at: datetime


def with_those_above(categories: Mapping[int, PublicCategory], category_ids: Iterable[int]) -> set[int]:
    """The ids of the categories, and of all that they are in. ``categories``: all that there are, by id."""
    found: set[int] = set()
    for category_id in category_ids:
        at: int | None = category_id
        while at is not None and at not in found:
            found.add(at)
            category = categories.get(at)
            at = None if category is None else category.parent_id
    return found


class StockLevel(Record, frozen=True):
    """Free quantity (on hand minus reserved) of one variant in one warehouse, in the product's unit."""

    variant_id: int
    warehouse_id: int
    free: Decimal


class Basket(Record, frozen=True):
    """The products (templates) of one confirmed order, and the contact who bought them."""

    buyer_id: int
    template_ids: frozenset[int]


class ProductQuery(Record, frozen=True):
    """Which published, sellable products to find. Empty members do not restrict.

    ``category_ids``: in any of these public categories or below. ``words``: each must occur in the name, the
    customer description or the SKU. ``name_words``: each must occur in the name.
    """

    website_id: int | None = None
    company_id: int | None = None
    ids: tuple[int, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    words: tuple[str, ...] = ()
    name_words: tuple[str, ...] = ()
    order: tuple[tuple[ProductOrder, bool], ...] = ()  # (key, descending)


class ProductMatch(Record, frozen=True):
    """A product found by a query: what sorting and counting need of it, and what its links are made of."""

    id: int
    name: str
    list_price: Decimal
    updated_at: datetime
    variant_ids: tuple[int, ...]


class ProductLinks(Record, frozen=True):
    """Which products a product points to: alternatives by product id, accessories by variant id."""

    id: int
    updated_at: datetime
    alternative_ids: tuple[int, ...]
    accessory_ids: tuple[int, ...]
