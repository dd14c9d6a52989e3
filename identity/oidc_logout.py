"""Out again: by the browser, which then ends the issuer's session too, or by the issuer, which tells the shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlencode

import structlog

from identity.bearer import Verifier
from identity.bearer_errors import InvalidTokenError
from identity.oidc_checks import LOGOUT_AGE, read_logout
from identity.oidc_errors import AwayLoginError
from identity.oidc_paths import after_logout
from identity.oidc_providers import Providers
from identity.oidc_sessions import Sessions, SignedIn
from identity.oidc_transactions import digest
from identity.oidc_values import Values, ValuesAwayError

log = structlog.get_logger(__name__)

#: a logout token is remembered for longer than it would be taken (seconds)
_REMEMBERED: Final = 2 * LOGOUT_AGE + 300.0


class BrowserLogout:
    """``own_site``: as for `BrowserLogin`. ``elsewhere``: whole addresses to which a logout may lead besides it."""

    def __init__(
        self,
        providers: Providers,
        *,
        verifier: Verifier,
        sessions: Sessions,
        values: Values,
        own_site: str,
        elsewhere: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._providers = providers
        self._verifier = verifier
        self._sessions = sessions
        self._values = values
        self._own_site = own_site
        self._elsewhere = frozenset(elsewhere)
        self._clock = clock

    async def by_browser(self, session_id: str | None, return_to: str | None = None) -> str:
        """End the session; the address to send the browser to (OpenID Connect RP-Initiated Logout 1.0)."""
        there = after_logout(return_to, self._own_site, self._elsewhere)
        signed_in = await self._sessions.signed_in(session_id) if session_id else None
        if session_id:
            await self._sessions.end(session_id)
        return await self._at_issuer(signed_in, there) if signed_in else there

    async def by_issuer(self, logout_token: str) -> int:
        """End the sessions of somebody who logged out at an issuer. How many.

        Raises `TokenError`, or `AwayLoginError` when it could not be done; then it may be sent again.
        """
        verified = await self._verifier.logout_token(logout_token)
        token_id, session, subject = read_logout(verified, self._clock())
        issuer = verified.issuer.issuer
        seen = f"logout:{digest(f'{issuer} {token_id}')}"
        try:
            new = await self._values.add(seen, b"1", _REMEMBERED)
        except ValuesAwayError as error:
            raise AwayLoginError(str(error)) from error
        if not new:
            raise InvalidTokenError("logout token sent again")
        try:
            ended = await self._sessions.end_all_of(issuer, session=session, subject=subject)
        except BaseException:
            await self._values.take(seen)
            raise
        by = "sub" if session is None else "sid"
        log.info("logout.by_issuer", provider=verified.issuer.name, by=by, sessions=ended)
        return ended

    async def _at_issuer(self, signed_in: SignedIn, there: str) -> str:
        provider = self._providers.get(signed_in.provider)
        if provider is None:
            return there
        try:
            endpoint = (await provider.metadata()).end_session_endpoint
        except AwayLoginError:
            return there
        if endpoint is None:
            return there
        query = {
            "id_token_hint": signed_in.id_token,
            "post_logout_redirect_uri": there,
            "client_id": provider.client.client_id,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
