"""Entities of the goods, in no Odoo version's terms: categories, attributes, products, places and stock.

Money is in integer cents of the company currency, quantities are in the product's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from demo.wholesale.world import Text


@dataclass(frozen=True, slots=True)
class Category:
    """Internal product category. ``path``: ids from the root down to this one."""

    id: int
    name: str
    parent_id: int | None
    path: tuple[int, ...]
    complete_name: str


@dataclass(frozen=True, slots=True)
class PublicCategory:
    """Category of the web shop; ``meta_*`` are its SEO texts (may be empty)."""

    id: int
    name: Text
    parent_id: int | None
    path: tuple[int, ...]
    sequence: int
    meta_title: Text
    meta_description: Text
    meta_keywords: Text


@dataclass(frozen=True, slots=True)
class Attribute:
    """What variants differ by, or customers filter by."""

    id: int
    name: Text
    display: Literal["radio", "select", "color"]
    makes_variants: bool


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One value of an attribute. ``html_color`` is empty unless it is a colour."""

    id: int
    attribute_id: int
    name: Text
    sequence: int
    html_color: str


@dataclass(frozen=True, slots=True)
class LineValue:
    """One value of an attribute on one template, with what it adds to the list price (cents)."""

    id: int
    value_id: int
    extra: int


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """An attribute of a template with the values it comes in."""

    id: int
    attribute_id: int
    makes_variants: bool
    values: tuple[LineValue, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A further picture of a template, without its content."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Variant:
    """``values``: its line values, in the order of the template's lines. ``extra`` and ``cost`` in cents."""

    id: int
    template_id: int
    values: tuple[LineValue, ...]
    code: str
    barcode: str
    extra: int
    cost: int
    weight: float  # kg
    active: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A product with all its variants. ``price`` in cents, without tax."""

    id: int
    name: Text
    description: Text
    web_description: Text
    kind: Literal["storable", "consumable", "service"]
    category_id: int
    public_category_ids: tuple[int, ...]
    uom_id: int
    tax_ids: tuple[int, ...]
    price: int
    published: bool
    active: bool
    sellable: bool
    sequence: int
    meta_title: Text
    meta_description: Text
    meta_keywords: Text
    ribbon_id: int | None
    tag_ids: tuple[int, ...]
    alternative_ids: tuple[int, ...]
    accessory_ids: tuple[int, ...]  # variants
    picture: str  # base64 of a PNG, or empty
    lines: tuple[AttributeLine, ...]
    images: tuple[Image, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """``name`` has no translations: 10.0 cannot translate it."""

    id: int
    name: str
    html_class: str
    background: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of products."""

    id: int
    name: Text
    color: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place of stock; ``path`` are the ids from the root down to it."""

    id: int
    name: str
    usage: Literal["view", "internal", "customer", "supplier", "inventory", "transit"]
    parent_id: int | None
    path: tuple[int, ...]
    complete_name: str
    warehouse_id: int | None


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse and the locations that make it."""

    id: int
    name: str
    code: str
    view_id: int
    stock_id: int
    input_id: int
    output_id: int


@dataclass(frozen=True, slots=True)
class Quant:
    """Stock of a variant in a location: ``quantity`` on hand, of which ``reserved`` for orders."""

    id: int
    variant_id: int
    location_id: int
    quantity: float
    reserved: float
    uom_id: int
