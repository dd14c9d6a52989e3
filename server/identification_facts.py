"""Who a session's visitor is, asked again in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from adapters.errors import OdooError
from cache.store import Store
from identity.bearer_claims import Claims
from identity.oidc import BrowserLogin
from identity.oidc_errors import AwayLoginError
from identity.oidc_kept import VALUE, signed_in_of
from identity.oidc_sessions import SignedIn, encode_signed_in
from identity.sessions import Session, Sessions, SessionsUnavailableError
from server.identification import Known, People

log = structlog.get_logger(__name__)

#: Seconds. What a session was found with is remembered for a few more: together it is less than a minute.
FACTS_SECONDS: Final = 50.0
#: so long nobody is asked again after Odoo or an issuer did not answer (seconds)
_PAUSE: Final = 3.0
#: for how long one process may ask an issuer for a session (seconds)
_LEASE: Final = 20.0
#: a value of sessions in which staff act: they are staff by Odoo's word
STAFF_BY_ODOO: Final = "staff_by_odoo"


class SessionFacts:
    """``login``: asks issuers; None where there are none."""

    def __init__(
        self,
        sessions: Sessions,
        people: People,
        store: Store,
        *,
        login: Callable[[], BrowserLogin | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._people = people
        self._store = store
        self._login = login
        self._clock = clock
        self._pause_until = float("-inf")
        #: digests of sessions for which an issuer is being asked
        self._asking: set[str] = set()

    def at_hand(self, session: Session) -> bool:
        """Is what the session tells good enough, without asking anybody?"""
        # both moments are of the clock of where it is kept
        return session.identity.is_guest or not session.facts_are_old(session.seen, FACTS_SECONDS)

    async def current(self, session_id: str, session: Session) -> Session | None:
        """The session with what is known by now; None: it has ended, as its visitor may no longer sign in.

        While Odoo or the issuer is away: as known.
        """
        if self.at_hand(session) or time.monotonic() < self._pause_until:
            return session
        try:
            known = await self._known(session_id, session)
            if known is None:
                return session
            if known.identity is None or await self._has_lost_staff(session):
                log.info("session.closed", who=session.identity.who)
                await self._sessions.end(session_id)
                return None
            age = max(0.0, self._clock() - known.read)
            if not await self._sessions.set_identity(session, known.identity, age=age):
                await self._sessions.end(session_id)
                return None
            return await self._sessions.find(session_id)
        except (OdooError, AwayLoginError, SessionsUnavailableError) as error:
            log.info("identity.as_known", error=type(error).__name__)
            self._pause_until = time.monotonic() + _PAUSE
            return session

    async def _known(self, session_id: str, session: Session) -> Known | None:
        """None: another request is asking right now."""
        signed_in = signed_in_of(session.values.get(VALUE))
        if signed_in is None or session.identity.acted_by is not None:
            return await self._people.again(session.identity)
        renewed = session.facts_at < session.facts_before
        if not renewed and signed_in.refresh_at > self._clock():
            return await self._people.of_claims(signed_in.claims)
        if session.digest in self._asking:
            return None
        self._asking.add(session.digest)
        try:
            async with self._store.lease(f"signed-in:{session.digest}", _LEASE) as mine:
                return await self._at_issuer(session_id, signed_in) if mine else None
        finally:
            self._asking.discard(session.digest)

    async def _at_issuer(self, session_id: str, before: SignedIn) -> Known:
        # another process may just have asked, and used up the refresh token
        session = await self._sessions.find(session_id, needed=True)
        signed_in = signed_in_of(session.values.get(VALUE)) if session is not None else None
        if session is None or signed_in is None:
            return Known(None, self._clock())
        same = signed_in.refresh_token == before.refresh_token
        claims = await self._asked(session, signed_in) if same else signed_in.claims
        return Known(None, self._clock()) if claims is None else await self._people.of_claims(claims)

    async def _asked(self, session: Session, signed_in: SignedIn) -> Claims | None:
        """What the issuer says by now; None when it no longer counts them as logged in."""
        login = self._login()
        if login is None:
            return None
        again = await login.refreshed(signed_in)
        if again is None:
            return None
        await self._sessions.set_values(session, {VALUE: encode_signed_in(again).decode()})
        return again.claims

    async def _has_lost_staff(self, session: Session) -> bool:
        """Were those who act for the visitor staff by Odoo's word, and are no longer?"""
        actor = session.identity.acted_by
        if actor is None or actor.partner_id is None or STAFF_BY_ODOO not in session.values:
            return False
        staff = await self._people.staff_again(actor.partner_id)
        return not staff
