"""Entities of the trade, in no Odoo version's terms: pricelists and their rules, partners, users, orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from demo.wholesale.world import Text

Scope = Literal["0_product_variant", "1_product", "2_product_category", "3_global"]
Computation = Literal["fixed", "percentage", "formula"]
Base = Literal["list_price", "standard_price", "pricelist"]


@dataclass(frozen=True, slots=True)
class Pricelist:
    """A pricelist; its rules are made on demand."""

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
    """A customer profile, or what several of them are together (their ``parent_id``)."""

    id: int
    name: Text
    parent_id: int | None = None


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


Role = Literal["admin", "service", "staff", "portal", "public"]


@dataclass(frozen=True, slots=True)
class User:
    """``id`` is None for the users whose id depends on the version (admin, public).

    ``groups``: external ids of groups they have beside those of their role.
    """

    id: int | None
    login: str
    password: str
    partner_id: int
    role: Role
    groups: tuple[str, ...] = ()


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
    """A confirmed order of a customer."""

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
