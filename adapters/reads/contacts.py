"""Contacts of customers and their addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.reader import Row, among
from adapters.reads.customers import CustomerReads, by_partner, kind_of
from adapters.records.contacts import Contact, ContactKind
from adapters.source import Domain
from adapters.values import many2one, text

#: what modules add to Odoo's kinds of contact is an address of another kind; a contact without any is a person
_KINDS: Final[Mapping[object, ContactKind]] = {
    "contact": "contact",
    "invoice": "invoice",
    "delivery": "delivery",
    "other": "other",
    "private": "private",
    False: "contact",
}
#: private addresses are of employees, and not for the shop's service user to see (up to 16.0)
_NOT_PRIVATE: Final[list[object]] = ["type", "!=", "private"]
#: archived ones too
_ALL: Final = {"active_test": False}


class ContactReads(CustomerReads):
    """What Odoo says of contacts: a read of contacts and one of those who log in as them, side by side."""

    async def contacts(self, ids: Sequence[int], *, company_id: int | None = None) -> list[Contact]:
        if not ids:
            return []
        found = await self._contacts_of(
            [among("id", ids)], [among("partner_id", ids)], company_id=company_id, context=_ALL
        )
        by_id = {contact.id: contact for contact in found}
        return [by_id[contact_id] for contact_id in dict.fromkeys(ids) if contact_id in by_id]

    async def addresses(
        self, commercial_partner_id: int, *, company_id: int | None = None, persons: bool = False
    ) -> list[Contact]:
        own: Domain = [["commercial_partner_id", "=", commercial_partner_id]]
        found = await self._contacts_of([*own, _NOT_PRIVATE], own, company_id=company_id)
        return [
            contact
            for contact in sorted(found, key=lambda contact: contact.id, reverse=True)
            if persons or contact.kind != "contact" or contact.id == commercial_partner_id
        ]

    # -- rows -------------------------------------------------------------------------------------------------

    async def _contacts_of(
        self,
        domain: Domain,
        users: Domain,
        *,
        company_id: int | None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Contact]:
        """The contacts of a domain, and whether the users of another one are theirs."""
        in_company = {**(context or {}), **({} if company_id is None else self.company_context(company_id))}
        rows, accounts = await self.gather(
            self.reader.read("contact", domain, context=in_company),
            self.reader.read("account", users, context=_ALL, only=("partner", "groups", "share", "active")),
        )
        user_of, public = by_partner(accounts), await self._public(accounts)
        return [_contact(row, user_of.get(row["id"]), public) for row in rows]

    async def _public(self, users: Iterable[Row]) -> frozenset[int]:
        """Those of the users that stand for guests. They are archived and shared: only then it is asked."""
        archived = [row for row in users if row["share"] and not row["active"]]
        if not archived:
            return frozenset()
        tables = await self._tables_of(archived)
        return frozenset(row["id"] for row in archived if kind_of(row, tables.groups_of(row)) == "public")


def _contact(row: Row, user: Row | None, public: frozenset[int]) -> Contact:
    return Contact(
        id=row["id"],
        kind=_KINDS.get(row["kind"], "other"),
        name=text(row["name"]) or "",
        commercial_partner_id=many2one(row["commercial"]) or row["id"],
        parent_id=many2one(row["parent"]),
        active=bool(row["active"]),
        is_company=bool(row["is_company"]),
        email=text(row["email"]),
        phone=text(row["phone"]) or text(row.get("mobile")),
        street=text(row["street"]),
        street2=text(row["street2"]),
        zip=text(row["zip"]),
        city=text(row["city"]),
        state_id=many2one(row["state"]),
        country_id=many2one(row["country"]),
        vat=text(row["vat"]),
        fiscal_position_id=many2one(row.get("fiscal_position")),
        payment_term_id=many2one(row.get("payment_term")),
        pricelist_id=many2one(row.get("pricelist")),
        public=user is not None and user["id"] in public,
        has_user=user is not None and bool(user["active"]),
        company_name=text(row["company_name"]),
        company_registry=text(row.get("company_registry")),
    )
