"""Signing in and out: `resolvers.signing_in.SignIns` over the shop's sessions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

import structlog

from adapters.errors import OdooError
from identity.clients import throttled_as
from identity.cookies import session_cookie
from identity.identity import Identity, NotStaffError, acting_for
from identity.keys import KeyFileError
from identity.oidc_kept import VALUE
from identity.rates import Rate
from identity.sessions import Issued, Lifetimes, Session, Sessions, SessionsUnavailableError
from identity.signing import Signer
from identity.throttle import Attempt, LoginThrottle
from resolvers.errors import (
    ForbiddenError,
    NotFoundError,
    SignInsUnavailableError,
    TooManyContactsError,
    TooManySessionsError,
)
from resolvers.signing_in import Visit
from server.guest_contacts import GuestContacts
from server.identification import People, principal_of
from server.identification_facts import STAFF_BY_ODOO

log = structlog.get_logger(__name__)

#: what was just read of a customer may be older by as long as a login takes (seconds)
_AGE: Final = 2.0


class ShopSignIns:
    """``throttle``: of tries at passwords; ``requests``: of others about accounts; ``visitors``: of guests, by address.

    ``contacts``: those that guests make. ``guest``: a visitor without a session. ``secure``: cookies go by TLS alone.
    ``signer``: None: no own tokens.
    """

    def __init__(
        self,
        sessions: Sessions,
        people: People,
        throttle: LoginThrottle,
        *,
        requests: LoginThrottle,
        visitors: Rate,
        contacts: GuestContacts,
        guest: Identity,
        lifetimes: Lifetimes,
        secure: bool,
        signer: Signer | None,
    ) -> None:
        self._sessions = sessions
        self._people = people
        self._throttle = throttle
        self._requests = requests
        self._visitors = visitors
        self._contacts = contacts
        self._guest = guest
        self._lifetimes = lifetimes
        self._secure = secure
        self._signer = signer

    @property
    def throttle(self) -> LoginThrottle:
        return self._throttle

    @property
    def requests(self) -> LoginThrottle:
        return self._requests

    def attempt(self, context: Visit, account: str) -> AbstractAsyncContextManager[Attempt]:
        return self._throttle.attempt(account, _counted_as(context))

    async def begin(self, context: Visit, identity: Identity, *, issuer: str = "", sid: str = "") -> None:
        await self._begin(context, identity, issuer=issuer, sid=sid)
        log.info("session.begun", who=identity.who)

    async def session(self, context: Visit) -> Session:
        if context.session is None:
            if not context.identity.is_guest:
                raise ForbiddenError("This needs a session; a token has none.")
            await self._begin_for_guest(context)
        assert context.session is not None  # noqa: S101  # it was just begun
        return context.session

    async def keep(self, context: Visit, values: Mapping[str, str | None]) -> None:
        if context.session is None and not context.identity.is_guest:
            return
        session = await self.session(context)
        try:
            kept = await self._sessions.set_values(session, values)
        except SessionsUnavailableError as error:
            raise SignInsUnavailableError from error
        if not kept:  # it ended meanwhile
            raise SignInsUnavailableError
        now = {name: value for name, value in {**session.values, **values}.items() if value is not None}
        context.session = replace(session, values=now)

    async def count_contact(self, context: Visit) -> None:
        session = None if context.session is None else context.session.digest
        wait = await self._contacts.taken(_counted_as(context), session)
        if wait is not None:
            log.info("contact.refused", address=_counted_as(context))
            raise TooManyContactsError(wait)

    async def end(self, context: Visit) -> None:
        who = context.identity.who
        try:
            ended = await self._sessions.end(context.session_id)
        except SessionsUnavailableError as error:
            raise SignInsUnavailableError from error
        context.become(self._guest, None, None)
        context.cookies.clear()
        if ended:  # one for another: there are no more than before
            await self._begin(context, self._guest)
        log.info("session.ended", who=who)

    async def end_all_of(self, context: Visit, partner_id: int, *, keep_own: bool) -> None:
        own = context.session is not None and context.identity.partner_id == partner_id
        try:
            ended = await self._sessions.end_all_of(partner_id, keep=context.session_id if keep_own else None)
        except SessionsUnavailableError as error:
            raise SignInsUnavailableError from error
        log.info("sessions.ended", partner_id=partner_id, count=ended)
        if own and not keep_own:
            context.become(self._guest, None, None)
            await self._begin(context, self._guest)

    async def facts(self, partner_id: int | None = None, user_id: int | None = None) -> Identity | None:
        return await self._people.now(partner_id, user_id)

    async def act_for(self, context: Visit, partner_id: int) -> Identity:
        staff = context.identity
        if not staff.staff:  # before it is told whether there is such a customer
            raise ForbiddenError("This is for the shop's staff.")
        customer = await self.facts(partner_id)
        if customer is None:
            raise NotFoundError("There is no such customer.")
        try:
            identity = acting_for(staff, customer)
        except NotStaffError as error:
            raise ForbiddenError("This is for the shop's staff.") from error
        by_odoo = staff.partner_id is not None and await self._is_staff_by_odoo(staff.partner_id)
        values = {STAFF_BY_ODOO: "1"} if by_odoo else {}
        own = context.session  # whoever is logged out at the issuer acts for nobody any more
        if own is None:
            await self._begin(context, identity, values=values)
        else:
            await self._begin(context, identity, issuer=own.issuer, sid=own.sid, sub=own.sub, values=values)
        log.info("acting.begun", who=identity.who, staff=staff.name, customer=customer.name)
        return context.identity

    def access_token(self, context: Visit) -> tuple[str, float] | None:
        identity = context.identity
        if self._signer is None or identity.is_guest:
            return None
        try:
            return self._signer.sign(principal_of(identity), session=identity.session), self._signer.seconds
        except KeyFileError as error:
            log.warning("signing_keys.unusable", reason=str(error))
            return None

    async def settle(self, context: Visit) -> None:
        """See that the answer to a mutation sets the session's cookie; who has no session gets one.

        Without it the storefront would plant a cookie that scripts can read, of the visitor's own words. From an
        address that began too many there is an answer, but no session; what needs one asks for it by `session`.
        """
        if context.cookies:
            return
        if context.session is not None and context.session_id is not None:
            self._set_cookie(context, context.session_id, context.identity)
            return
        try:
            await self._begin_for_guest(context)
        except SignInsUnavailableError:
            log.warning("session.not_begun")
        except TooManySessionsError:
            log.info("session.refused", address=_counted_as(context))

    async def _begin_for_guest(self, context: Visit) -> None:
        """A session for whoever has none. Raises TooManySessionsError instead."""
        address = _counted_as(context)
        wait = None if address is None else await self._visitors.taken(address)
        if wait is not None:
            raise TooManySessionsError(wait)
        await self._begin(context, self._guest)

    async def _begin(
        self,
        context: Visit,
        identity: Identity,
        *,
        issuer: str = "",
        sid: str = "",
        sub: str = "",
        values: dict[str, str] | None = None,
    ) -> None:
        """What a guest kept goes over to who they turn out to be, and what one kept to oneself; not to another."""
        before = context.session
        had = context.session_id if before is not None else None
        goes_over = before is None or before.identity.is_guest or before.identity.is_same_person(identity)
        given = {**(values or {}), **({VALUE: ""} if before is not None and VALUE in before.values else {})}
        try:
            issued = await self._sessions.begin(
                identity, issuer=issuer, sid=sid, sub=sub, values=given, old=had if goes_over else None, age=_AGE
            )
            if not goes_over:
                await self._sessions.end(had)
        except SessionsUnavailableError as error:
            raise SignInsUnavailableError from error
        self._enter(context, issued)

    def _enter(self, context: Visit, issued: Issued) -> None:
        context.become(issued.session.identity, issued.session, issued.session_id)
        context.cookies.clear()
        self._set_cookie(context, issued.session_id, issued.session.identity)

    def _set_cookie(self, context: Visit, session_id: str, identity: Identity) -> None:
        seconds = self._lifetimes.of(identity).idle
        context.cookies.append(session_cookie(session_id, seconds, secure=self._secure))

    async def _is_staff_by_odoo(self, partner_id: int) -> bool:
        try:
            return await self._people.staff_again(partner_id)
        except OdooError:
            return False


def _counted_as(context: Visit) -> str | None:
    return throttled_as(ip_address(context.client_address)) if context.client_address else None
