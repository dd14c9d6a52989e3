"""Subscribing to mailing lists, as the form of Odoo's own website does (``website_mass_mailing``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.reader import Row, among
from adapters.reads.mailing import MailingReads
from adapters.source import Domain
from adapters.values import ids, many2one


class MailingWrites(MailingReads):
    """A contact is on one list (10.0), or on many, where a subscription of its own says who opted out (from 14.0)."""

    async def subscribe(
        self, email: str, *, name: str | None = None, list_id: int | None = None, website_id: int | None = None
    ) -> bool:
        found = await self._list(list_id, website_id)
        if found is None:
            return False
        known = await self._subscribers(email)
        if "list" in self.reader.source("subscriber").fields:
            await self._on_its_list(found, email, name, known)
        else:
            await self._on_lists(found, email, name, known)
        return True

    async def _on_its_list(self, list_id: int, email: str, name: str | None, known: Sequence[Row]) -> None:
        own = [row for row in known if many2one(row["list"]) == list_id]
        if not own:
            await self._change("subscriber", "create", None, {"email": email, "name": name or False, "list": list_id})
        elif all(row["opted_out"] for row in own):
            await self._change("subscriber", "write", [row["id"] for row in own], {"opted_out": False})

    async def _on_lists(self, list_id: int, email: str, name: str | None, known: Sequence[Row]) -> None:
        on_it = [row["id"] for row in known if list_id in ids(row["lists"])]
        added = [[4, list_id]]
        if on_it:
            await self._opt_in(list_id, on_it)
        elif known:
            await self._change("subscriber", "write", [known[0]["id"]], {"lists": added})
        else:
            await self._change("subscriber", "create", None, {"email": email, "name": name or email, "lists": added})

    async def _opt_in(self, list_id: int, contact_ids: Sequence[int]) -> None:
        if not self.offers("subscription"):
            return
        names = self.reader.source("subscription").fields
        domain: Domain = [
            [names["list"], "=", list_id],
            among(names["contact"], contact_ids),
            [names["opted_out"], "=", True],
        ]
        rows = await self.reader.read("subscription", domain, only=())
        if rows:
            await self._change("subscription", "write", [row["id"] for row in rows], {"opted_out": False})

    async def _change(self, source: str, method: str, record_ids: list[int] | None, values: Mapping[str, Any]) -> None:
        described = self.reader.source(source)
        named = {described.fields[name]: value for name, value in values.items()}
        argument = "vals_list" if method == "create" else "vals"
        await self.transport.call(described.model, method, record_ids, {argument: named})
