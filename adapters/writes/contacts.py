"""Making, changing and archiving contacts."""

from __future__ import annotations

from typing import Any, Final

from adapters.errors import OdooNotFoundError, OdooRejectedError
from adapters.reader import Row
from adapters.reads.contacts import ContactReads
from adapters.records.contacts import ContactKind, ContactValues
from adapters.values import many2one

#: What shops show; Odoo has no text of its own for the last two, and would take a state of any country.
NAMELESS: Final = "Contacts require a name."
NO_COUNTRY: Final = "There is no such country."
NOT_ITS_STATE: Final = "This state is not one of the country's."

_TEXTS: Final = ("name", "email", "phone", "street", "street2", "zip", "city", "vat", "lang")


class ContactWrites(ContactReads):
    """Contacts, written as Odoo's own forms do. What refers to a country is checked: Odoo leaves that to its forms."""

    async def create_contact(
        self, values: ContactValues, *, kind: ContactKind, parent_id: int | None = None, is_company: bool = False
    ) -> int:
        if kind == "contact" and values.name is None:
            raise OdooRejectedError(NAMELESS)
        written = self._texts(values) | await self._place(values, None)
        written |= self._named({"kind": kind, "is_company": is_company})
        if parent_id is not None:
            written |= self._named({"parent": parent_id})
        made = await self.transport.call("res.partner", "create", args={"vals_list": written})
        return int(made[0] if isinstance(made, list) else made)

    async def update_contact(self, contact_id: int, values: ContactValues) -> None:
        written = self._texts(values)
        if values.country_id is not None or values.state_id:
            written |= await self._place(values, await self._placed(contact_id))
        elif values.state_id is not None:
            written |= self._named({"state": False})
        if written:
            await self.transport.call("res.partner", "write", [contact_id], {"vals": written})

    async def archive_contact(self, contact_id: int) -> None:
        await self.transport.call("res.partner", "write", [contact_id], {"vals": self._named({"active": False})})

    # -- values ------------------------------------------------------------------------------------------------

    def _named(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same by Odoo's names, as far as this Odoo has them."""
        fields = self.reader.source("contact").fields
        return {fields[name]: value for name, value in values.items() if name in fields}

    def _texts(self, values: ContactValues) -> dict[str, Any]:
        """Texts as they are written; what was shown of a phone may have been the mobile one, which goes with it."""
        if values.name is not None and not values.name.strip():
            raise OdooRejectedError(NAMELESS)
        given = {name: getattr(values, name) for name in _TEXTS}
        texts = {name: text or False for name, text in given.items() if text is not None}
        if texts.get("phone") is False:
            texts["mobile"] = False
        return self._named(texts)

    async def _placed(self, contact_id: int) -> Row:
        """Where a contact is. Raises OdooNotFoundError."""
        rows = await self.reader.read(
            "contact", [["id", "=", contact_id]], only=("state", "country"), context={"active_test": False}
        )
        if not rows:
            raise OdooNotFoundError(f"there is no contact {contact_id}")
        return rows[0]

    async def _place(self, values: ContactValues, now: Row | None) -> dict[str, Any]:
        """Country and state as they are written. A state that was set goes with its country.

        Raises OdooRejectedError for a country that there is not, and a state that is not one of it.
        """
        had_state = many2one(now["state"]) if now is not None else None
        country_id = values.country_id or (many2one(now["country"]) if now is not None else None)
        state_id = values.state_id if values.state_id is not None else had_state
        countries, states = await self.gather(
            self.reader.read("country", [["id", "=", values.country_id or 0]], only=())
            if values.country_id
            else _none(),
            self.reader.read("country_state", [["id", "=", state_id]], only=("country",)) if state_id else _none(),
        )
        if values.country_id is not None and not countries:
            raise OdooRejectedError(NO_COUNTRY)
        belongs = bool(states) and many2one(states[0]["country"]) == country_id
        if values.state_id and not belongs:
            raise OdooRejectedError(NOT_ITS_STATE)
        place: dict[str, Any] = {}
        if values.country_id is not None:
            place["country"] = values.country_id
        if values.state_id is not None or not belongs:
            place["state"] = values.state_id or False
        return self._named(place)


async def _none() -> list[Row]:
    return []
