"""The shop in commerce's own terms: frozen entities that know no Odoo version.

Money is in integer cents of the company currency (EUR) unless said otherwise, quantities are in the product's own
unit. Ids are the ids the records have in every version. ``Text`` with an empty language is not translated into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

Scope = Literal["0_product_variant", "1_product", "2_product_category", "3_global"]
Computation = Literal["fixed", "percentage", "formula"]
Base = Literal["list_price", "standard_price", "pricelist"]


class Text(NamedTuple):
    """A text and its translations (fr_FR, nl_NL)."""

    en: str
    fr: str = ""
    nl: str = ""

    def format(self, *parts: str) -> Text:
        """Each language's text with its ``{}`` filled in by the same parts."""
        return Text(*(text.format(*parts) if text else "" for text in self))


@dataclass(frozen=True, slots=True)
class Language:
    id: int
    code: str
    iso_code: str
    name: str
    date_format: str
    decimal_point: str
    thousands_sep: str


@dataclass(frozen=True, slots=True)
class Currency:
    id: int
    name: str  # ISO 4217 code
    symbol: str
    full_name: str
    position: Literal["before", "after"]
    active: bool


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """``rate`` units of the currency for 1 EUR from ``day`` on."""

    id: int
    currency_id: int
    day: date
    rate: float


@dataclass(frozen=True, slots=True)
class Country:
    id: int
    code: str
    name: Text
    currency_id: int | None
    phone_code: int
    vat_label: Text
    name_position: str
    state_required: bool
    zip_required: bool


@dataclass(frozen=True, slots=True)
class State:
    id: int
    country_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CountryGroup:
    id: int
    name: str
    country_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Precision:
    id: int
    name: str
    digits: int


@dataclass(frozen=True, slots=True)
class Tax:
    """A sale tax, on top of the price. ``percent``: 21 means 21 %."""

    id: int
    name: str
    label: str
    percent: float


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    id: int
    name: Text
    days: int
    end_of_month: bool


@dataclass(frozen=True, slots=True)
class Carrier:
    """``free_over`` in cents (None: never free); the product is a service that carries the name."""

    id: int
    name: Text
    variant_id: int
    price: int
    free_over: int | None
    country_codes: tuple[str, ...]


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
class UomCategory:
    id: int
    name: Text


@dataclass(frozen=True, slots=True)
class Uom:
    """``ratio`` reference units make one of this unit (Dozen: 12); ``rounding`` is its smallest quantity."""

    id: int
    name: Text
    category_id: int
    reference_id: int
    ratio: float
    rounding: float


@dataclass(frozen=True, slots=True)
class Attribute:
    id: int
    name: Text
    display: Literal["radio", "select", "color"]
    makes_variants: bool


@dataclass(frozen=True, slots=True)
class AttributeValue:
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
    id: int
    attribute_id: int
    makes_variants: bool
    values: tuple[LineValue, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A further picture of a template, without its content."""

    id: int
    name: str
    sequence: int


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
    id: int
    name: Text
    html_class: str
    background: str


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    name: Text
    color: str


@dataclass(frozen=True, slots=True)
class Location:
    id: int
    name: str
    usage: Literal["view", "internal", "customer", "supplier", "inventory", "transit"]
    parent_id: int | None
    path: tuple[int, ...]
    complete_name: str
    warehouse_id: int | None


@dataclass(frozen=True, slots=True)
class Warehouse:
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


@dataclass(frozen=True, slots=True)
class Pricelist:
    id: int
    name: Text
    currency_id: int
    sequence: int
    selectable: bool


class PriceRule(NamedTuple):
    """A pricelist rule (a tuple, because millions of them are made on demand).

    It holds from ``starts`` 00:00 UTC until ``ends`` 00:00 UTC. ``fixed`` is in cents of the pricelist's currency, the
    other amounts in its currency's units; ``percent`` and ``discount`` in percent. ``template_id`` is set for both
    scopes of a product. ``written`` is the time of its last change (UTC, Odoo's string).
    """

    id: int
    pricelist_id: int
    scope: Scope
    written: str
    template_id: int = 0
    variant_id: int = 0
    category_id: int = 0
    min_quantity: int = 0
    computation: Computation = "fixed"
    base: Base = "list_price"
    base_pricelist_id: int = 0
    fixed: int = 0
    percent: float = 0.0
    discount: float = 0.0
    round_to: float = 0.0
    surcharge: float = 0.0
    min_margin: float = 0.0
    max_margin: float = 0.0
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class PartnerCategory:
    """A customer profile."""

    id: int
    name: Text


@dataclass(frozen=True, slots=True)
class Partner:
    """``commercial_id`` is the company a contact belongs to (itself for a company)."""

    id: int
    name: str
    kind: Literal["contact", "invoice", "delivery", "other"] = "contact"
    parent_id: int | None = None
    parent_name: str = ""
    commercial_id: int = 0
    is_company: bool = False
    email: str = ""
    phone: str = ""
    street: str = ""
    zip_code: str = ""
    city: str = ""
    country_id: int | None = None
    state_id: int | None = None
    vat: str = ""
    lang: str = "en_US"
    ref: str = ""
    category_ids: tuple[int, ...] = ()
    pricelist_id: int | None = None
    payment_term_id: int | None = None
    customer: bool = False
    active: bool = True
    shared: bool = True  # not an employee


Role = Literal["admin", "service", "portal", "public"]


@dataclass(frozen=True, slots=True)
class User:
    """``id`` is None for the users whose id depends on the version (admin, public)."""

    id: int | None
    login: str
    password: str
    partner_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class OrderLine:
    """``price`` per unit; amounts in cents, ``subtotal`` without and ``total`` with tax."""

    id: int
    variant_id: int
    uom_id: int
    name: str
    quantity: float
    price: int
    tax_ids: tuple[int, ...]
    subtotal: int
    total: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    name: str
    partner_id: int
    invoice_id: int
    delivery_id: int
    pricelist_id: int
    payment_term_id: int | None
    confirmed: datetime
    reference: str
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Company:
    id: int
    name: str
    partner_id: int
    currency_id: int
    country_id: int


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything but the pricelist rules (see ``rules.RuleBook``)."""

    company: Company
    languages: tuple[Language, ...]
    currencies: tuple[Currency, ...]
    rates: tuple[CurrencyRate, ...]
    countries: tuple[Country, ...]
    states: tuple[State, ...]
    country_groups: tuple[CountryGroup, ...]
    precisions: tuple[Precision, ...]
    taxes: tuple[Tax, ...]
    payment_terms: tuple[PaymentTerm, ...]
    carriers: tuple[Carrier, ...]
    categories: tuple[Category, ...]
    public_categories: tuple[PublicCategory, ...]
    uom_categories: tuple[UomCategory, ...]
    uoms: tuple[Uom, ...]
    attributes: tuple[Attribute, ...]
    attribute_values: tuple[AttributeValue, ...]
    templates: tuple[Template, ...]
    ribbons: tuple[Ribbon, ...]
    tags: tuple[Tag, ...]
    warehouses: tuple[Warehouse, ...]
    locations: tuple[Location, ...]
    quants: tuple[Quant, ...]
    pricelists: tuple[Pricelist, ...]
    partner_categories: tuple[PartnerCategory, ...]
    partners: tuple[Partner, ...]
    users: tuple[User, ...]
    orders: tuple[Order, ...]
    website_name: str = "Vetwholesale"
    api_keys: tuple[tuple[str, str], ...] = field(default=())  # (key, login)
