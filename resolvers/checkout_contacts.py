"""Whom a visitor's cart is for: who buys, where the goods and the bill go."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from resolvers.signing_in import SignIns, Visit

#: the session's value
VALUE: Final = "checkout"


class Chosen(msgspec.Struct, frozen=True, array_like=True):
    """Ids of contacts, as far as they were chosen.

    ``partner_id``: a guest's contact; a customer buys for themselves.
    """

    partner_id: int | None = None
    invoice_partner_id: int | None = None
    shipping_partner_id: int | None = None

    def but(self, **changes: int | None) -> Chosen:
        """The same with other ids."""
        return msgspec.structs.replace(self, **changes)


NOBODY: Final = Chosen()


class CheckoutContacts(Protocol):
    """The contacts of the cart that the visitor fills. What stands there proves nothing: it may have changed hands."""

    async def chosen(self) -> Chosen | None:
        """None: a guest who has no cart."""
        ...

    async def choose(self, chosen: Chosen) -> None:
        """Raises SignInsUnavailableError where nothing can be kept right now."""
        ...


class SessionContacts:
    """In the visitor's session. Who asks with a token has none: nothing is kept of what they choose."""

    def __init__(self, visit: Visit, signs: SignIns | None) -> None:
        self._visit = visit
        self._signs = signs

    async def chosen(self) -> Chosen | None:
        session = self._visit.session
        kept = session.values.get(VALUE) if session is not None else None
        try:
            return NOBODY if kept is None else msgspec.json.decode(kept, type=Chosen)
        except msgspec.MsgspecError:
            return NOBODY

    async def choose(self, chosen: Chosen) -> None:
        if self._signs is not None:
            await self._signs.keep(self._visit, {VALUE: msgspec.json.encode(chosen).decode()})
