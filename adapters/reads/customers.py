"""Customers: contacts with their users, and what roles can be granted by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.memo import Memo
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.records.customers import Customer, CustomerKind, Group, PartnerCategory
from adapters.rpc.base import Credentials, Transport
from adapters.values import ids, many2one, text

#: Groups and tags of contacts are small tables of the whole Odoo; they are read whole and kept this long (seconds).
TABLES_SECONDS = 60.0

PORTAL_GROUP = "base.group_portal"
_PUBLIC_GROUP = "base.group_public"
#: names Odoo makes up when somebody exports a record: they differ between databases
_MADE_UP = "__"
#: archived ones too
_ALL = {"active_test": False}


@dataclass(frozen=True, slots=True)
class Tables:
    """All groups and all tags of contacts, by id."""

    groups: Mapping[int, Group]
    categories: Mapping[int, PartnerCategory]

    def group(self, xml_id: str) -> Group | None:
        return next((group for group in self.groups.values() if group.xml_id == xml_id), None)

    def groups_of(self, user: Row) -> tuple[Group, ...]:
        """Those of a user's groups that Odoo tells of, by id."""
        return tuple(self.groups[group] for group in sorted(ids(user["groups"])) if group in self.groups)

    def lineage(self, category_ids: Iterable[int]) -> Iterator[PartnerCategory]:
        """The categories, each followed by those above it, none twice."""
        told: set[int] = set()
        for category_id in category_ids:
            following: int | None = category_id
            while following is not None and following not in told and following in self.categories:
                told.add(following)
                category = self.categories[following]
                yield category
                following = category.parent_id


class CustomerReads(Reads):
    """What Odoo says of customers: a read of users, one of contacts by company, and small tables that are kept."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._tables = Memo(self._read_tables, seconds=TABLES_SECONDS)

    async def customer(self, *, user_id: int | None = None, partner_id: int | None = None) -> Customer | None:
        if user_id is not None:
            found = await self._of_users(await self._users("id", [user_id]))
        else:
            found = await self.customers([partner_id] if partner_id is not None else [])
        return found[0] if found else None

    async def customers(self, partner_ids: Sequence[int]) -> list[Customer]:
        if not partner_ids:
            return []
        return await self._of_users(await self._users("partner_id", partner_ids), partner_ids)

    def company_context(self, company_id: int) -> dict[str, Any]:
        """The context in which company-dependent fields are those of the company."""
        return {"force_company": company_id}

    def forget(self) -> None:
        self._tables.forget()
        super().forget()

    # -- rows -------------------------------------------------------------------------------------------------

    async def _users(self, field_name: str, values: Sequence[int]) -> list[Row]:
        return await self.reader.read("account", [among(field_name, values)], context=_ALL)

    async def _of_users(self, users: list[Row], partner_ids: Sequence[int] | None = None) -> list[Customer]:
        """The customers of these contacts (those of the users when not given), in their order."""
        user_of = by_partner(users)
        wanted = list(dict.fromkeys(user_of if partner_ids is None else partner_ids))
        partners, tables = await self.gather(self._partners(wanted, user_of), self._tables_of(users))
        missing = {_commercial(row) for row in partners.values()} - partners.keys()
        if missing:  # of contacts without a user
            partners |= await self._contacts(missing, None)
        category_ids = {category for row in partners.values() for category in ids(row["categories"])}
        if not category_ids <= tables.categories.keys():
            tables = await self._fresh_tables()
        return [
            _customer(partners[partner_id], partners, user_of.get(partner_id), tables)
            for partner_id in wanted
            if partner_id in partners
        ]

    async def _partners(self, wanted: Sequence[int], user_of: Mapping[int, Row]) -> dict[int, Row]:
        """Contacts and their users' commercial partners, each read in the user's company."""
        by_company: dict[int | None, set[int]] = {}
        for partner_id in wanted:
            user = user_of.get(partner_id)
            company_id = many2one(user["company"]) if user is not None else None
            by_company.setdefault(company_id, set()).add(partner_id)
        if by_company:
            # what is asked of these does not depend on the company
            others = {many2one(user_of[partner]["commercial"]) for partner in wanted if partner in user_of}
            next(iter(by_company.values())).update(other for other in others - set(wanted) if other is not None)
        reads = (self._contacts(partner_ids, company_id) for company_id, partner_ids in by_company.items())
        found: list[dict[int, Row]] = await self.gather(*reads)
        return {partner_id: row for rows in found for partner_id, row in rows.items()}

    async def _contacts(self, partner_ids: Iterable[int], company_id: int | None) -> dict[int, Row]:
        context = _ALL if company_id is None else {**_ALL, **self.company_context(company_id)}
        rows = await self.reader.read("customer", [among("id", sorted(partner_ids))], context=context)
        return {row["id"]: row for row in rows}

    # -- tables -----------------------------------------------------------------------------------------------

    async def _tables_of(self, users: list[Row]) -> Tables:
        """The small tables, with every group of these users in them if Odoo tells of it."""
        tables = await self._tables.get()
        group_ids = {group for row in users for group in ids(row["groups"])}
        unknown = self.reader.has("group") and not group_ids <= tables.groups.keys()
        return await self._fresh_tables() if unknown else tables

    async def _fresh_tables(self) -> Tables:
        self._tables.forget()
        return await self._tables.get()

    async def _read_tables(self) -> Tables:
        groups, names, categories = await self.gather(
            self.reader.read("group", []),
            self.reader.read("external_id", [["model", "=", "res.groups"]]),
            self.reader.read("partner_category", [], context=_ALL),
        )
        xml_ids = _xml_ids(names)
        return Tables(
            groups={
                row["id"]: Group(id=row["id"], name=text(row["name"]) or "", xml_id=xml_ids.get(row["id"]))
                for row in groups
            },
            categories={
                row["id"]: PartnerCategory(
                    id=row["id"], name=text(row["name"]) or "", parent_id=many2one(row["parent"])
                )
                for row in categories
            },
        )


def _xml_ids(names: Iterable[Row]) -> dict[int, str]:
    """The external id by record: the first one, made-up ones last."""
    found: dict[int, str] = {}
    for row in sorted(names, key=lambda row: (str(row["module"]).startswith(_MADE_UP), row["id"])):
        found.setdefault(int(row["record"]), f"{row['module']}.{row['name']}")
    return found


def by_partner(users: Iterable[Row]) -> dict[int, Row]:
    """One user per contact: an active one before archived ones, the oldest first."""
    found: dict[int, Row] = {}
    for row in sorted(users, key=lambda row: (not row["active"], row["id"])):
        found.setdefault(many2one(row["partner"]) or 0, row)
    return found


def _commercial(row: Row) -> int:
    return many2one(row["commercial"]) or int(row["id"])


def _customer(row: Row, partners: Mapping[int, Row], user: Row | None, tables: Tables) -> Customer:
    commercial = partners.get(_commercial(row), row)
    categories = dict.fromkeys([*sorted(ids(row["categories"])), *sorted(ids(commercial["categories"]))])
    told = Customer(
        partner_id=row["id"],
        commercial_partner_id=commercial["id"],
        commercial_name=text(commercial["name"]) or "",
        kind="contact",
        active=bool(row["active"]),
        name=text(row["name"]) or "",
        email=text(row["email"]),
        phone=text(row["phone"]),
        vat=text(row["vat"]) or text(commercial["vat"]),
        lang=text(row["lang"]),
        pricelist_id=many2one(row.get("pricelist")),
        categories=tuple(tables.lineage(categories)),
    )
    return told if user is None else _with_user(told, user, tables)


def _with_user(customer: Customer, user: Row, tables: Tables) -> Customer:
    groups = tables.groups_of(user)
    values = {name: getattr(customer, name) for name in customer.__struct_fields__}
    values |= {
        "user_id": user["id"],
        "login": text(user["login"]),
        "kind": kind_of(user, groups),
        "active": customer.active and bool(user["active"]),
        "company_id": many2one(user["company"]),
        "company_ids": tuple(sorted(ids(user["companies"]))),
        "groups": groups,
        "second_factor": bool(user.get("second_factor")),
    }
    return Customer(**values)


def kind_of(user: Row, groups: Iterable[Group]) -> CustomerKind:
    """What a user with these groups is."""
    if not user["share"]:
        return "internal"
    return "public" if any(group.xml_id == _PUBLIC_GROUP for group in groups) else "portal"
