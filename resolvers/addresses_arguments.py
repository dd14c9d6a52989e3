"""What people type of an address, checked and bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.records.contacts import ContactValues
from resolvers.accounts_arguments import email_of, name_of, phone_of
from resolvers.arguments import given, line
from resolvers.errors import BadInputError

#: as wide as the lines of a label
MAX_LINE: Final = 128
MAX_ZIP: Final = 24


def _text(argument: str, most: int) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if len(text) > most:
            raise BadInputError(f"{argument} may have at most {most} characters.")
        return " ".join(line(text, argument).split())

    return checked


_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": name_of,
    "email": email_of,
    "phone": phone_of,
    "street": _text("street", MAX_LINE),
    "street2": _text("street2", MAX_LINE),
    "zip": _text("zip", MAX_ZIP),
    "city": _text("city", MAX_LINE),
}


def told(address: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The input. Raises BadInputError where there is none."""
    if address is None:
        raise BadInputError("address is missing.")
    return address


def id_of(address: Mapping[str, Any]) -> int:
    """Which address is meant."""
    contact_id: int = address["id"]
    return contact_id


def new_address(address: Mapping[str, Any]) -> ContactValues:
    """The values of an address to add. Raises BadInputError for what makes no sense, and without a name."""
    name_of(address["name"])
    return changes_of(address)


def changes_of(address: Mapping[str, Any]) -> ContactValues:
    """The values that are filled in; nothing can be emptied by them. Raises BadInputError for what makes no sense."""
    filled = given(address)
    texts = {name: check(filled[name]) for name, check in _TEXTS.items() if filled.get(name, "").strip()}
    values: dict[str, Any] = {name: text for name, text in texts.items() if text}
    return ContactValues(**values, country_id=filled.get("countryId"), state_id=filled.get("stateId") or None)
