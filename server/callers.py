"""Who sends a request."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import structs
from pydantic import SecretStr
from starlette.types import Scope

from adapters.errors import OdooError
from cache.store import Store
from identity.bearer import Verifier
from identity.bearer_claims import Claims
from identity.bearer_errors import ExpiredTokenError, UnverifiableTokenError
from identity.clients import Network, client_address
from identity.cookies import SESSION_COOKIE
from identity.identity import GUEST, Identity
from identity.sessions import SESSION_TAG, Session, Sessions, SessionsUnavailableError, digest_of, session_tag
from server.graphql_request import RequestError
from server.identification import People
from server.identification_facts import FACTS_SECONDS, SessionFacts
from server.identification_origins import Origins

Headers = Mapping[bytes, bytes]
"""Of a request, by lower-case name."""

_COOKIE: Final = SESSION_COOKIE.encode() + b"="
#: what the storefront sends for a visitor without one
_NO_SESSION: Final = _COOKIE + b"undefined"
_BEARER: Final = b"bearer "
#: of so many tokens it is remembered who they are about
_REMEMBERED: Final = 10_000


class Caller(NamedTuple):
    """``host``: of the website that is wanted; ``accept_language``: the header of that name.

    ``session_id``: what the client sent, if it looks like an id. ``has_token``: they come with a token, and have no
    session. ``address``: of the client; empty where it is not known, or does not matter. ``cookies``: filled with
    values of ``Set-Cookie`` for the answer.
    """

    host: str | None = None
    accept_language: str | None = None
    identity: Identity = GUEST
    session: Session | None = None
    is_operator: bool = False
    session_id: str | None = None
    has_token: bool = False
    address: str = ""
    cookies: list[str] | None = None


class _Told(NamedTuple):
    """What a token was taken for. ``claims``: of the very token, as long as its verifier remembers it.

    ``tag``: what tells that the session ended in which the shop signed it; empty where there is none.
    """

    claims: Claims
    identity: Identity
    until: float
    tag: str


class Callers:
    """Finds out who asks. ``guest``: a visitor without a session. ``operator_token``: None: there are no operators.

    ``verifier``: None: no tokens are taken but the operator's. ``clock``: Unix seconds.
    """

    def __init__(
        self,
        guest: Identity,
        operator_token: SecretStr | None,
        *,
        sessions: Sessions,
        facts: SessionFacts,
        people: People,
        verifier: Verifier | None,
        origins: Origins,
        proxies: Sequence[Network],
        store: Store,
        clock: Callable[[], float],
    ) -> None:
        self._guest = guest
        self._operator = f"Bearer {operator_token.get_secret_value()}".encode() if operator_token else None
        self._sessions = sessions
        self._facts = facts
        self._people = people
        self._verifier = verifier
        self._origins = origins
        self._proxies = proxies
        self._store = store
        self._clock = clock
        self._told: OrderedDict[int, _Told] = OrderedDict()
        self._news = 0
        store.on_invalidated(self._heard)

    def at_hand(self, headers: Headers) -> Identity | None:
        """Whose rights the one who asks has, if that can be told without waiting."""
        authorization, cookie = headers.get(b"authorization"), headers.get(b"cookie")
        if authorization is None and (cookie is None or cookie == _NO_SESSION or _COOKIE not in cookie):
            return self._guest
        if authorization is not None:
            if self._is_operator(authorization):
                return self._guest
            token = self._token(authorization)
            if token is not None:
                return self._remembered(token)
        session_id = _session_id(cookie)
        if session_id is None:
            return self._guest
        session = self._sessions.remembered(session_id)
        if session is None or not self._facts.at_hand(session):
            return None
        return self._guest if session.identity.is_guest else session.identity

    async def of(self, headers: Headers) -> Caller:
        """Who asks. Raises `TokenError` for a token that is not taken."""
        return await self._by_token(headers) or await self._by_session(headers, needed=False)

    async def of_change(self, headers: Headers, scope: Scope) -> Caller:
        """Who wants to change something.

        Raises as `of` does, and RequestError when a page of another site wants it, or nobody can know who does.
        """
        caller = await self._by_token(headers)
        if caller is None:
            if not self._origins.may_change(headers):
                raise RequestError(403, "CROSS_SITE", "Pages of other sites cannot change anything here.")
            caller = await self._by_session(headers, needed=True)
        return caller._replace(address=self._address(scope), cookies=[])

    async def _by_token(self, headers: Headers) -> Caller | None:
        authorization = headers.get(b"authorization")
        if authorization is None:
            return None
        if self._is_operator(authorization):
            return _caller(headers, self._guest)._replace(is_operator=True, has_token=True)
        token = self._token(authorization)
        if token is None:
            return None
        identity = self._remembered(token) or await self._identified(token)
        return _caller(headers, identity)._replace(has_token=True)

    async def _by_session(self, headers: Headers, *, needed: bool) -> Caller:
        session_id = _session_id(headers.get(b"cookie"))
        session = None if session_id is None else await self._found(session_id, needed=needed)
        if session_id is None or session is None:
            return _caller(headers, self._guest)._replace(session_id=session_id)
        return self._with_session(headers, session_id, session)

    # -- tokens -----------------------------------------------------------------------------------------------

    def _is_operator(self, authorization: bytes) -> bool:
        return self._operator is not None and hmac.compare_digest(authorization, self._operator)

    def _token(self, authorization: bytes) -> str | None:
        """The bearer token, if there is one and tokens are taken at all."""
        if self._verifier is None or authorization[: len(_BEARER)].lower() != _BEARER:
            return None
        return authorization[len(_BEARER) :].strip().decode("latin-1")

    def _remembered(self, token: str) -> Identity | None:
        claims = self._verifier.remembered(token) if self._verifier is not None else None
        told = self._told.get(id(claims)) if claims is not None and self._store.listening else None
        if told is None or told.claims is not claims or told.until <= self._clock():
            return None
        return told.identity

    async def _identified(self, token: str) -> Identity:
        assert self._verifier is not None  # noqa: S101  # else there would be no token
        claims = await self._verifier.bearer(token)
        heard = self._news
        session = claims.session if self._people.signed(claims) else None
        if session is not None and not await self._sessions.lives(session):
            raise ExpiredTokenError("its session has ended")
        try:
            known = await self._people.of_claims(claims)
        except OdooError as error:
            raise UnverifiableTokenError("what the back office says of them cannot be had") from error
        identity = known.identity or self._guest
        if heard != self._news:  # what was read before a change was announced is not remembered after it
            return identity
        tag = "" if session is None else session_tag(session)
        self._told[id(claims)] = _Told(claims, identity, known.read + FACTS_SECONDS, tag)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return identity

    def _heard(self, tags: frozenset[str]) -> None:
        """Something may be known of customers that was not known before; or sessions have ended, or changed."""
        if not tags or any(tag.startswith("customer:") for tag in tags):
            self._news += 1
            self._told.clear()
        elif any(tag.startswith(SESSION_TAG) for tag in tags):
            self._news += 1
            for key in [key for key, told in self._told.items() if told.tag in tags]:
                del self._told[key]

    # -- sessions ---------------------------------------------------------------------------------------------

    async def _found(self, session_id: str, *, needed: bool) -> Session | None:
        try:
            session = await self._sessions.find(session_id, needed=needed)
        except SessionsUnavailableError as error:
            raise RequestError(503, "IDENTITY_UNAVAILABLE", "Who you are cannot be known right now.") from error
        return None if session is None else await self._facts.current(session_id, session)

    def _with_session(self, headers: Headers, session_id: str, session: Session) -> Caller:
        identity = session.identity
        if identity.is_guest:
            identity = structs.replace(self._guest, session=session.digest)
        return _caller(headers, identity)._replace(session=session, session_id=session_id)

    def _address(self, scope: Scope) -> str:
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        peer = scope.get("client")
        return str(client_address(peer[0] if peer else None, pairs, self._proxies) or "")


def wanted(headers: Headers) -> tuple[str | None, str | None]:
    """The host of the website that is wanted, and the `Accept-Language`."""
    # the storefront sends the host under a name of its own, sic
    host = headers.get(b"resquest-host") or headers.get(b"host")
    language = headers.get(b"accept-language")
    return host.decode("latin-1") if host else None, language.decode("latin-1") if language else None


def _caller(headers: Headers, identity: Identity) -> Caller:
    return Caller(*wanted(headers), identity)


def _session_id(cookie: bytes | None) -> str | None:
    """What looks like the id of a session; None for ``undefined`` and whatever else there may be."""
    if cookie is None or _COOKIE not in cookie:
        return None
    for part in cookie.split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name + b"=" == _COOKIE:
            session_id = value.decode("latin-1")
            return session_id if digest_of(session_id) is not None else None
    return None
