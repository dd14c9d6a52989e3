"""What mutations of accounts ask of the shop's sessions. Who keeps them is the server's business."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from identity.identity import Identity
from identity.sessions import Session
from identity.throttle import Attempt, LoginThrottle


class Visit(Protocol):
    """A request as far as signing in and out needs it: `resolvers.context.RequestContext` is one.

    ``session_id``: what the client sent, if a session was found by it; for the cookie alone. ``client_address``: whose
    request it is, as a text; empty where that is not known. ``cookies``: values of ``Set-Cookie`` for the answer.
    """

    identity: Identity
    session: Session | None
    session_id: str | None
    client_address: str
    cookies: list[str]

    def become(self, identity: Identity, session: Session | None, session_id: str | None) -> None:
        """From now on this request is of somebody else: what it has seen of the shop is forgotten."""
        ...


class SignIns(Protocol):
    """Begins and ends sessions, and puts their cookies on the answer.

    What changes a session raises `resolvers.errors.SignInsUnavailableError` where no session can be kept right now.
    """

    @property
    def throttle(self) -> LoginThrottle:
        """Limits tries at passwords; `attempt` is the short way to it."""
        ...

    @property
    def requests(self) -> LoginThrottle:
        """Limits other requests by which accounts could be guessed or others be bothered, whatever comes of them."""
        ...

    def attempt(self, context: Visit, account: str) -> AbstractAsyncContextManager[Attempt]:
        """Enter to ask Odoo about the password of ``account``, the login as it was typed.

        Raises `identity.throttle.TooManyTriesError` at once instead.
        """
        ...

    async def begin(self, context: Visit, identity: Identity, *, issuer: str = "", sid: str = "") -> None:
        """The caller is signed in as ``identity``: a session with a new id; the one they had ends, its values go over.

        From then on the context is theirs: ``context.identity``, ``context.session`` and views are the new ones.
        ``issuer``, ``sid``: of the issuer's session, where one vouches for them.
        """
        ...

    async def session(self, context: Visit) -> Session:
        """The caller's session; who has none, as a guest at first, gets one. For what has to be kept for them.

        Raises `resolvers.errors.TooManySessionsError` where their address began too many sessions for guests, and
        `resolvers.errors.ForbiddenError` for a customer who comes with a token, and so has none.
        """
        ...

    async def keep(self, context: Visit, values: Mapping[str, str | None]) -> None:
        """Small things the shop keeps for the visitor, in their `session`; None drops one.

        Nothing is kept for a customer who comes with a token, and so has none.
        """
        ...

    async def count_contact(self, context: Visit) -> None:
        """A guest is about to make a contact in Odoo; raises `resolvers.errors.TooManyContactsError` instead."""
        ...

    async def end(self, context: Visit) -> None:
        """The caller's session ends, everywhere; the context goes on as a guest, in a new session without values.

        Where their address began too many sessions for guests, there is none.
        """
        ...

    async def end_all_of(self, context: Visit, partner_id: int, *, keep_own: bool) -> None:
        """All sessions of a customer end; ``keep_own``: but for the caller's."""
        ...

    async def facts(self, partner_id: int | None = None, user_id: int | None = None) -> Identity | None:
        """Who a customer is, as Odoo says now; one of the two ids.

        None: there is no such contact, or none that may sign in (archived, the public user). Raises OdooError.
        """
        ...

    async def act_for(self, context: Visit, partner_id: int) -> Identity:
        """A member of staff is a customer from now on, in a session of its own; it is logged with both names.

        Raises ForbiddenError for whoever is no staff (or acts already), NotFoundError where there is no such customer.
        """
        ...

    def access_token(self, context: Visit) -> tuple[str, float] | None:
        """A token of the shop's own that tells others who the caller is, and for how many seconds; None for guests.

        None also where the shop has no keys to sign with.
        """
        ...
