"""Customers as the shop's staff look them up."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from adapters.reader import Row, among
from adapters.reads.customers import CustomerReads, Tables
from adapters.reads.order_rows import label
from adapters.records.backoffice import CustomerMatch, CustomerQuery
from adapters.source import Domain
from adapters.values import ids, many2one, text

#: where a word may stand
_SEARCHED: Final = ("name", "reference", "email", "phone", "vat")
#: addresses are no customers
_PERSONS: Final = ("contact", False)


class BackofficeReads(CustomerReads):
    """One search with its count, one read of the page, and the companies of those on it.

    ``customer_mark``: what a contact that buys is known by: up to 12.0 a flag, then how often they did.
    """

    customer_mark: ClassVar[tuple[str, object]]

    async def find_customers(self, query: CustomerQuery) -> tuple[list[CustomerMatch], int]:
        source, domain = self.reader.source("known_customer"), self._customer_domain(query)
        found, total = await self.gather(
            self.transport.call(
                source.model,
                "search",
                args={"domain": domain, "offset": query.offset, "limit": query.limit, "order": source.order},
                safe=True,
            ),
            self.reader.count("known_customer", domain),
        )
        page = [int(one) for one in found]
        if not page:
            return [], total
        context = self.company_context(query.company_id)
        rows = await self._customer_rows(page, context)
        others = {many2one(row["commercial"]) or 0 for row in rows.values()} - rows.keys() - {0}
        companies = rows | (await self._customer_rows(sorted(others), context) if others else {})
        tables = await self._tables.get()
        return [_match(rows[one], companies, tables) for one in page if one in rows], total

    async def _customer_rows(self, partner_ids: list[int], context: dict[str, Any]) -> dict[int, Row]:
        rows = await self.reader.read("known_customer", [among("id", partner_ids)], context=context)
        return {row["id"]: row for row in rows}

    def _customer_domain(self, query: CustomerQuery) -> Domain:
        """Contacts of this seller that buy, or whose company does, or who can sign in."""
        fields = self.reader.source("known_customer").fields
        domain: Domain = [
            [fields["company"], "in", [False, query.company_id]],
            [fields["kind"], "in", list(_PERSONS)],
            "|",
            "|",
            *self._buys(fields["is_customer"]),
            *self._buys(f"{fields['commercial']}.{fields['is_customer']}"),
            [f"{fields['users']}.share", "=", True],
        ]
        if query.ids is not None:
            domain.append(among("id", query.ids))
        for word in query.words:
            domain += ["|"] * (len(_SEARCHED) - 1)
            domain += [[fields[name], "ilike", word] for name in _SEARCHED]
        return domain

    def _buys(self, name: str) -> Domain:
        operator, value = self.customer_mark
        return [[name, operator, value]]


def _match(row: Row, companies: dict[int, Row], tables: Tables) -> CustomerMatch:
    commercial = companies.get(many2one(row["commercial"]) or row["id"], row)
    tags = dict.fromkeys([*sorted(ids(row["categories"])), *sorted(ids(commercial["categories"]))])
    return CustomerMatch(
        id=row["id"],
        name=text(row["name"]) or "",
        reference=text(row["reference"]) or text(commercial["reference"]),
        email=text(row["email"]),
        phone=text(row["phone"]),
        is_company=bool(row["is_company"]),
        commercial_partner_id=commercial["id"],
        company=text(commercial["name"]) or "",
        profiles=tuple(one.name for one in tables.lineage(tags)),
        pricelist_id=many2one(row.get("pricelist")),
        pricelist=label(row.get("pricelist")) or None,
    )
