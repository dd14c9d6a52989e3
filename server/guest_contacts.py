"""Contacts that guests make in Odoo: bounded by where they come from, and by session."""

from __future__ import annotations

from dataclasses import dataclass

from identity.rates import Rate


@dataclass(frozen=True, slots=True)
class GuestContacts:
    """``by_address``: the clients'; ``by_session``: whose digests are counted."""

    by_address: Rate
    by_session: Rate

    async def taken(self, address: str | None, session: str | None) -> float | None:
        """Count one more contact. None: it may be made; else for how many seconds there can be no other.

        Where the session made too many the address is not counted: others come from it too.
        """
        for rate, name in ((self.by_session, session), (self.by_address, address)):
            wait = None if name is None else await rate.taken(name)
            if wait is not None:
                return wait
        return None
