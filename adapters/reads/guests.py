"""Who stands for guests."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.errors import OdooNotFoundError
from adapters.memo import Memo
from adapters.reader import among
from adapters.reads.base import Reads
from adapters.rpc.base import Credentials, Transport
from adapters.values import many2one

#: a website's public user and a company's contact hardly ever change
GUESTS_SECONDS = 600.0
_ALL = {"active_test": False}


@dataclass(frozen=True, slots=True)
class _Guest:
    partner_id: int
    company_partner_id: int


class GuestReads(Reads):
    """The contact of a website's public user. It is archived, as that user is."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._guests: Memo[dict[int, _Guest]] = Memo(self._read_guests, GUESTS_SECONDS)

    async def public_partner(self, website_id: int | None = None) -> int:
        return (await self._guest(website_id)).partner_id

    async def company_partner(self, website_id: int | None = None) -> int:
        """The contact of the website's own company, which is not archived."""
        return (await self._guest(website_id)).company_partner_id

    async def _guest(self, website_id: int | None) -> _Guest:
        guests = await self._guests.get()
        if not guests or (website_id is not None and website_id not in guests):
            raise OdooNotFoundError(f"no website {website_id or ''} with a public user")
        return guests[min(guests) if website_id is None else website_id]

    async def _read_guests(self) -> dict[int, _Guest]:
        websites, companies = await self.gather(
            self.reader.read("guest_website", []), self.reader.read("company_contact", [])
        )
        user_ids = [user for row in websites if (user := many2one(row["user"]))]
        users = await self.reader.read("guest_user", [among("id", user_ids)], context=_ALL)
        contact = {row["id"]: many2one(row["partner"]) or 0 for row in users}
        company = {row["id"]: many2one(row["partner"]) or 0 for row in companies}
        return {
            row["id"]: _Guest(contact[user], company.get(many2one(row["company"]) or 0, 0))
            for row in websites
            if (user := many2one(row["user"])) in contact
        }
