"""Logins by browser: whose things go over into the session they begin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from identity.identity import Identity
from identity.oidc_errors import AwayLoginError
from identity.oidc_kept import KeptSessions
from identity.oidc_sessions import SignedIn
from identity.sessions import Sessions, SessionsUnavailableError


class BrowserSessions(KeptSessions):
    """What a guest kept, such as a cart, goes over to who logs in; what another customer kept does not."""

    def __init__(self, sessions: Sessions, who: Callable[[SignedIn], Awaitable[Identity]]) -> None:
        super().__init__(sessions, who)
        self._before = sessions

    async def open(self, signed_in: SignedIn, *, replacing: str | None) -> str:
        try:
            before = await self._before.find(replacing, needed=True)
        except SessionsUnavailableError as error:
            raise AwayLoginError("sessions are unavailable") from error
        if before is None or before.identity.is_guest:
            return await super().open(signed_in, replacing=replacing)
        opened = await super().open(signed_in, replacing=None)
        await self.end(replacing or "")
        return opened
