"""Logins by browser: whose things go over into the session they begin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from identity.identity import Identity
from identity.oidc_errors import AwayLoginError
from identity.oidc_kept import VALUE, KeptSessions, signed_in_of
from identity.oidc_sessions import SignedIn
from identity.sessions import Session, Sessions, SessionsUnavailableError


class BrowserSessions(KeptSessions):
    """What a guest kept, such as a cart, goes over to who logs in, and what they kept themselves; not another's."""

    def __init__(self, sessions: Sessions, who: Callable[[SignedIn], Awaitable[Identity]]) -> None:
        super().__init__(sessions, who)
        self._before = sessions

    async def open(self, signed_in: SignedIn, *, replacing: str | None) -> str:
        try:
            before = await self._before.find(replacing, needed=True)
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error
        if before is None or before.identity.is_guest or _is_theirs(before, signed_in):
            return await super().open(signed_in, replacing=replacing)
        opened = await super().open(signed_in, replacing=None)
        await self.end(replacing or "")
        return opened


def _is_theirs(session: Session, signed_in: SignedIn) -> bool:
    """Did the same person begin it, by the same issuer's word, and for themselves?"""
    before = signed_in_of(session.values.get(VALUE))
    if before is None or session.identity.acted_by is not None:
        return False
    return (before.issuer, before.subject) == (signed_in.issuer, signed_in.subject)
