"""Customers: who may log in, what Odoo says of them, and what is asked of Odoo about their accounts."""

from __future__ import annotations

from typing import Literal

from adapters.records.catalogue import Record

CustomerKind = Literal["portal", "internal", "public", "contact"]


class Group(Record, frozen=True):
    """A group of Odoo's users. ``xml_id`` (``base.group_portal``) is the same in every database of a module."""

    id: int
    name: str
    xml_id: str | None = None


class PartnerCategory(Record, frozen=True):
    """A tag of contacts, by its name in Odoo's source language. ``parent_id``: the tag above it."""

    id: int
    name: str
    parent_id: int | None = None


class Customer(Record, frozen=True):
    """A contact and, if there is one, the user that logs in as them.

    ``kind``: ``portal`` (a customer), ``internal`` (an employee), ``public`` (the user that stands for guests), or
    ``contact`` (nobody can log in as them). ``login`` and ``user_id`` are None for a contact.
    ``commercial_partner_id``: the company that buys, or the contact itself. ``company_id``: the shop's own company
    that the user belongs to. ``pricelist_id``: as Odoo computes it for the contact in that company.
    ``groups`` include those implied by others. ``categories`` are the contact's and its commercial partner's, each
    followed by the ones above it. ``second_factor``: a password alone does not let them in.
    What is told here depends on the rows of ``partner_id`` and ``commercial_partner_id``, and on no other contact's.
    """

    partner_id: int
    commercial_partner_id: int
    commercial_name: str
    kind: CustomerKind
    active: bool
    name: str
    user_id: int | None = None
    login: str | None = None
    email: str | None = None
    phone: str | None = None
    vat: str | None = None
    lang: str | None = None
    company_id: int | None = None
    company_ids: tuple[int, ...] = ()
    pricelist_id: int | None = None
    groups: tuple[Group, ...] = ()
    categories: tuple[PartnerCategory, ...] = ()
    second_factor: bool = False


class CustomerChange(Record, frozen=True):
    """New values of a contact; None leaves one as it is, an empty text clears it (not ``name``)."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    vat: str | None = None
    lang: str | None = None


class Account(Record, frozen=True):
    """A user by what they are called."""

    user_id: int
    partner_id: int
    login: str
    name: str
    email: str | None
