"""A shop with logins by browser, served, and the browser; its sessions are a dictionary."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from yarl import URL

from identity.bearer import Trusted, Verifier
from identity.issuers import Issuer
from identity.issuers_discovery import Discovery
from identity.jwks import KeyLimits, RemoteKeys
from identity.oidc import BrowserLogin
from identity.oidc_http import Http
from identity.oidc_logout import BrowserLogout
from identity.oidc_providers import Providers
from identity.oidc_sessions import Sessions, SignedIn, decode_signed_in, encode_signed_in
from identity.oidc_values import MemoryValues, Values
from server.auth_routes import AuthRoutes, BrowserCookies
from tests.support.bff import serving

ELSEWHERE = "https://partner.example/bye"


class MemorySessions:
    """The shop's sessions, in a dictionary. ``ended``: ids that were worth something once."""

    def __init__(self) -> None:
        self.open_now: dict[str, SignedIn] = {}
        self.ended: list[str] = []
        self.broken = False

    async def open(self, signed_in: SignedIn, *, replacing: str | None) -> str:
        if replacing:
            await self.end(replacing)
        session_id = uuid.uuid4().hex
        self.open_now[session_id] = decode_signed_in(encode_signed_in(signed_in))
        return session_id

    async def signed_in(self, session_id: str) -> SignedIn | None:
        return self.open_now.get(session_id)

    async def end(self, session_id: str) -> None:
        self.open_now.pop(session_id, None)
        self.ended.append(session_id)

    async def end_all_of(self, issuer: str, *, session: str | None, subject: str | None) -> int:
        if self.broken:
            raise ConnectionError
        found = [
            name
            for name, one in self.open_now.items()
            if one.issuer == issuer and (one.session == session if session else one.subject == subject)
        ]
        for name in found:
            await self.end(name)
        return len(found)


class _Late:
    """Routes that are known once the port is."""

    app: Starlette

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Starlette()(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class LoginShop:
    """The routes, served, and a browser that follows no redirect by itself. ``described``: where to log in.

    ``uses``: the sessions that logins end in, if not ``sessions``.
    """

    late: _Late
    verifier: Verifier
    login: BrowserLogin
    logout: BrowserLogout

    def __init__(self, described: Callable[[], Issuer], limits: KeyLimits | None = None) -> None:
        self.sessions = MemorySessions()
        self.uses: Sessions = self.sessions
        self.values: Values = MemoryValues()
        self.http = Http(seconds=10.0)
        self.url = ""
        self.client: aiohttp.ClientSession
        self._described = described
        self._limits = limits

    def wire(self, own_site: str) -> AuthRoutes:
        """Put it together (anew)."""
        described = self._described()
        discovery = Discovery(described, self.http)
        keys = RemoteKeys(described, self.http, discovery, limits=self._limits)
        self.verifier = Verifier([Trusted(described, keys)])
        providers = Providers([(described, discovery)])
        self.login = BrowserLogin(
            providers,
            verifier=self.verifier,
            sessions=self.uses,
            values=self.values,
            http=self.http,
            own_site=own_site,
        )
        self.logout = BrowserLogout(
            providers,
            verifier=self.verifier,
            sessions=self.uses,
            values=self.values,
            own_site=own_site,
            elsewhere=[ELSEWHERE],
        )
        return AuthRoutes(self.login, self.logout, BrowserCookies(3600, secure=False), own_site=own_site)

    def redirect(self, routes: AuthRoutes) -> None:
        """Have these be the routes that are served."""
        self.late.app = Starlette(routes=routes.routes())

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        url = path if path.startswith("http") else self.url + path
        async with self.client.get(URL(url, encoded=True), allow_redirects=False, headers=headers) as response:
            await response.read()
            return response

    async def post_logout(self, token: str) -> tuple[int, Any]:
        async with self.client.post(f"{self.url}/auth/backchannel-logout", data={"logout_token": token}) as response:
            return response.status, await response.json() if response.content_length else None


@asynccontextmanager
async def served(shop: LoginShop, issuer_at: str | None = None) -> AsyncIterator[None]:
    """Have it answer at ``shop.url``, and its browser be open.

    ``issuer_at``: gets its ``Secure`` cookies back without TLS too, as browsers do on the machine itself.
    """
    late = _Late()
    jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False, treat_as_secure_origin=[issuer_at] if issuer_at else [])
    async with serving(late) as port, aiohttp.ClientSession(cookie_jar=jar) as shop.client:
        shop.url = f"http://127.0.0.1:{port}"
        shop.late = late
        shop.redirect(shop.wire(shop.url))
        try:
            yield
        finally:
            await shop.verifier.close()
            await shop.http.close()


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
