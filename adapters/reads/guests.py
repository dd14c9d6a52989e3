"""Who stands for guests."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.errors import OdooNotFoundError
from adapters.memo import Memo
from adapters.reader import among
from adapters.reads.base import Reads
from adapters.rpc.base import Credentials, Transport
from adapters.source import Domain
from adapters.values import many2one

#: a website's public user and a company's contact hardly ever change
GUESTS_SECONDS = 600.0
_ALL = {"active_test": False}


@dataclass(frozen=True, slots=True)
class Guest:
    """The contact of a website's guests, and that of the website's company, which is not archived.

    ``external``: the contact's external id; None where it has none, or our user may not read them.
    """

    partner_id: int
    commercial_partner_id: int
    company_partner_id: int
    external: str | None = None


class GuestReads(Reads):
    """The contact of a website's public user. It is archived, as that user is."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._guests: Memo[dict[int, Guest]] = Memo(self._read_guests, GUESTS_SECONDS)

    async def public_partner(self, website_id: int | None = None) -> int:
        return (await self.guest(website_id)).partner_id

    async def guest(self, website_id: int | None = None) -> Guest:
        """Raises OdooNotFoundError when nobody stands for the website's guests."""
        guests = await self._guests.get()
        if not guests or (website_id is not None and website_id not in guests):
            raise OdooNotFoundError(f"no website {website_id or ''} with a public user")
        return guests[min(guests) if website_id is None else website_id]

    async def _read_guests(self) -> dict[int, Guest]:
        websites, companies = await self.gather(
            self.reader.read("guest_website", []), self.reader.read("company_contact", [])
        )
        user_ids = [user for row in websites if (user := many2one(row["user"]))]
        users = await self.reader.read("guest_user", [among("id", user_ids)], context=_ALL)
        contact = {row["id"]: many2one(row["partner"]) or 0 for row in users}
        company = {row["id"]: many2one(row["partner"]) or 0 for row in companies}
        partner_ids = sorted(set(contact.values()) - {0})
        commercial, external = await self.gather(self._buyers(partner_ids), self._external_ids(partner_ids))
        return {
            row["id"]: Guest(
                partner_id=partner_id,
                commercial_partner_id=commercial.get(partner_id, partner_id),
                company_partner_id=company.get(many2one(row["company"]) or 0, 0),
                external=external.get(partner_id),
            )
            for row in websites
            if (user := many2one(row["user"])) in contact and (partner_id := contact[user])
        }

    async def _buyers(self, partner_ids: list[int]) -> dict[int, int]:
        rows = await self.reader.read("customer", [among("id", partner_ids)], only=("commercial",), context=_ALL)
        return {row["id"]: many2one(row["commercial"]) or row["id"] for row in rows}

    async def _external_ids(self, partner_ids: list[int]) -> dict[int, str]:
        """The oldest of each contact."""
        if not self.offers("external_id"):
            return {}
        domain: Domain = [["model", "=", "res.partner"], among("res_id", partner_ids)]
        rows = await self.reader.read("external_id", domain, order="id desc")
        return {row["record"]: f"{row['module']}.{row['name']}" for row in rows}
