"""Mailing lists, and who is on them."""

from __future__ import annotations

import re
from typing import Final

from adapters.reader import Row
from adapters.reads.base import Reads
from adapters.source import Domain
from adapters.values import many2one

_WILD: Final = re.compile(r"([\\%_])")


class MailingReads(Reads):
    """Which list is the newsletter, and who is on it."""

    async def _list(self, list_id: int | None, website_id: int | None) -> int | None:
        """The list that is asked for, else the website's, else the first public one; None: there is none."""
        if not self.offers("mailing_list"):
            return None
        wanted = list_id or await self._website_list(website_id)
        domain: Domain = [["id", "=", wanted]] if wanted else self._public_lists()
        rows = await self.reader.read("mailing_list", domain, only=(), limit=1)
        return int(rows[0]["id"]) if rows else None

    async def _website_list(self, website_id: int | None) -> int | None:
        if website_id is None or not self.offers("newsletter") or "list" not in self.reader.source("newsletter").fields:
            return None
        rows = await self.reader.read("newsletter", [["id", "=", website_id]])
        return many2one(rows[0]["list"]) if rows else None

    def _public_lists(self) -> Domain:
        public = self.reader.source("mailing_list").fields.get("public")
        return [] if public is None else [[public, "=", True]]

    async def _subscribers(self, email: str) -> list[Row]:
        """Contacts of this address, however it is written."""
        return await self.reader.read("subscriber", [["email", "=ilike", _WILD.sub(r"\\\1", email)]])
