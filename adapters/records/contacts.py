"""Contacts of customers: who buys, where the goods and the bill go, and how their taxes are mapped."""

from __future__ import annotations

from typing import Literal

from adapters.records.catalogue import Record

#: Odoo's kinds of contact; ``private`` is gone in 17
ContactKind = Literal["contact", "invoice", "delivery", "other", "private"]


class Contact(Record, frozen=True):
    """A contact (``res.partner``): a company, a person, or an address of one of them.

    ``commercial_partner_id``: the company that buys, or the contact itself. ``fiscal_position_id`` and
    ``payment_term_id``: as set for them in the shop's company, None where Odoo works it out or nothing is set.
    ``public``: stands for guests. ``has_user``: somebody logs in as them. ``company_name``: of the company that they
    work for, where that is no contact of its own. ``company_registry``: the company's number with its registrar.
    """

    id: int
    kind: ContactKind
    name: str
    commercial_partner_id: int
    parent_id: int | None = None
    active: bool = True
    is_company: bool = False
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    state_id: int | None = None
    country_id: int | None = None
    vat: str | None = None
    fiscal_position_id: int | None = None
    payment_term_id: int | None = None
    pricelist_id: int | None = None
    public: bool = False
    has_user: bool = False
    company_name: str | None = None
    company_registry: str | None = None


class ContactValues(Record, frozen=True):
    """Values to write on a contact; None leaves one as it is, an empty text clears it (not ``name``).

    ``state_id`` 0 clears the state.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    state_id: int | None = None
    country_id: int | None = None
    vat: str | None = None
    lang: str | None = None


class TaxMapping(Record, frozen=True):
    """A tax of products and what takes its place; ``to`` None: nothing does."""

    tax_id: int
    to: int | None


class FiscalPosition(Record, frozen=True):
    """Which taxes take the place of a product's, and for whom (``account.fiscal.position``).

    ``auto_apply``: found by where the goods go (``country_id``, else ``country_ids`` of the country group,
    ``state_ids``, zip between ``zip_from`` and ``zip_to``) and by whether the buyer has a VAT number.
    ``removes_all``: no tax at all is left (19.0: a position without taxes). ``excluded_state_ids``: states that the
    country group leaves out (from 18.0 on).
    """

    id: int
    name: str
    sequence: int
    company_id: int | None
    auto_apply: bool
    vat_required: bool
    country_id: int | None
    country_ids: tuple[int, ...]
    state_ids: tuple[int, ...]
    zip_from: str | None
    zip_to: str | None
    taxes: tuple[TaxMapping, ...]
    removes_all: bool = False
    excluded_state_ids: tuple[int, ...] = ()
