"""Customers as the shop's staff look them up."""

from __future__ import annotations

from adapters.records.catalogue import Record


class CustomerQuery(Record, frozen=True):
    """Which customers to find. ``company_id``: the seller's; contacts of another one's are none.

    ``words``: each has to be in the name, reference, e-mail address, telephone or VAT number. ``ids``: of contacts;
    None: any.
    """

    company_id: int
    words: tuple[str, ...] = ()
    ids: tuple[int, ...] | None = None
    offset: int = 0
    limit: int = 20


class CustomerMatch(Record, frozen=True):
    """A contact that buys, or whose company does. ``reference``: the customer's number, as people of the shop know it.

    ``company``: whom they buy for, themselves where that is nobody else. ``profiles``: the tags of the two.
    ``pricelist``: the name, as Odoo shows it.
    """

    id: int
    name: str
    reference: str | None
    email: str | None
    phone: str | None
    is_company: bool
    commercial_partner_id: int
    company: str
    profiles: tuple[str, ...]
    pricelist_id: int | None
    pricelist: str | None
