"""Addresses for logins by browser, and the shop's own keys."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from identity.bearer_errors import TokenError
from identity.cookies import SESSION_COOKIE, expired_cookie, session_cookie
from identity.keys import KeyFileError
from identity.oidc import CALLBACK, BrowserLogin
from identity.oidc_errors import AwayLoginError, LoginError
from identity.oidc_logout import BrowserLogout
from identity.oidc_transactions import PATIENCE
from identity.signing import Signer
from server.answers import refusal

log = structlog.get_logger(__name__)

_MAX_FORM: Final = 16_384
#: seconds that a form may take to arrive
_PATIENCE: Final = 5.0
#: nothing here may be kept by a cache, nor its address (which may hold a code) be told to other sites
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
#: seconds for which others may keep the public keys; whoever meets a key that they do not know should ask again
_KEYS_SECONDS: Final = 300


class SessionCookies(Protocol):
    """How a browser shows which session it is in."""

    def read(self, request: Request) -> str | None: ...

    def set(self, response: Response, session_id: str) -> None: ...

    def clear(self, response: Response) -> None: ...


class BrowserCookies:
    """`SessionCookies`, in the cookie that the storefront forwards. ``seconds``: how long it lives unused."""

    def __init__(self, seconds: float, *, secure: bool) -> None:
        self._seconds = seconds
        self._secure = secure

    def read(self, request: Request) -> str | None:
        return request.cookies.get(SESSION_COOKIE)

    def set(self, response: Response, session_id: str) -> None:
        response.headers.append("Set-Cookie", session_cookie(session_id, self._seconds, secure=self._secure))

    def clear(self, response: Response) -> None:
        response.headers.append("Set-Cookie", expired_cookie(secure=self._secure))


class AuthRoutes:
    """``own_site``: the shop's address as browsers see it. ``failed_path``: the page that is told of a failed login."""

    def __init__(
        self,
        login: BrowserLogin,
        logout: BrowserLogout,
        cookies: SessionCookies,
        *,
        own_site: str,
        failed_path: str = "/login",
    ) -> None:
        self._login = login
        self._logout = logout
        self._cookies = cookies
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(own_site))
        self._secure = own_site.startswith("https:")
        self._failed_path = failed_path

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/auth/login", self.begin, methods=["GET"]),
            Route(CALLBACK, self.finish, methods=["GET"]),
            Route("/auth/logout", self.end, methods=["GET", "POST"]),
            Route("/auth/backchannel-logout", self.ended_by_issuer, methods=["POST"]),
        ]

    async def begin(self, request: Request) -> Response:
        """``?return=/path&provider=name&lang=fr``: to the issuer's page."""
        asked = request.query_params
        try:
            begun = await self._login.begin(
                return_to=asked.get("return"), provider=asked.get("provider"), language=_language(asked.get("lang"))
            )
        except LoginError as error:
            return self._failed(error)
        response = _redirect(begun.url)
        response.set_cookie(
            begun.cookie, begun.secret, max_age=int(PATIENCE), httponly=True, samesite="lax", secure=self._secure
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Where the issuer sends the browser back to."""
        answer = dict(request.query_params)
        try:
            finished = await self._login.finish(answer, request.cookies, self._cookies.read(request))
        except LoginError as error:
            response = self._failed(error)
        else:
            response = _redirect(finished.return_to)
            self._cookies.set(response, finished.session_id)
        cookie = self._login.cookie(answer.get("state", ""))
        if cookie in request.cookies:
            response.delete_cookie(cookie, httponly=True, samesite="lax", secure=self._secure)
        return response

    async def end(self, request: Request) -> Response:
        """``?return=/path``: the session ends, here and at the issuer. Pages of other sites cannot ask for it."""
        if not self._is_own(request):
            return refusal(403, "CROSS_SITE", "Another site cannot log anybody out.", _PRIVATE)
        try:
            url = await self._logout.by_browser(self._cookies.read(request), request.query_params.get("return"))
        except AwayLoginError as error:
            log.warning("logout.failed", reason=error.reason)
            return refusal(503, error.code, "Nobody can be logged out right now; try again.", _PRIVATE)
        response = _redirect(url)
        self._cookies.clear(response)
        return response

    async def ended_by_issuer(self, request: Request) -> Response:
        """A form with ``logout_token`` (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8)."""
        try:
            token = await _logout_token(request)
            if token is None:
                return _told(400, "invalid_request", "a form with one logout_token is wanted")
            await self._logout.by_issuer(token)
        except TokenError as error:
            log.warning("logout.refused", reason=error.reason)
            return _told(error.status if error.status >= 500 else 400, "invalid_request", str(error))
        except AwayLoginError as error:
            log.warning("logout.failed", reason=error.reason)
            return _told(503, "temporarily_unavailable", "try again later")
        return Response(status_code=200, headers=_PRIVATE)

    def _failed(self, error: LoginError) -> Response:
        log.warning("login.failed", code=error.code, reason=error.reason)
        query = urlencode({"error": error.code, "return": error.return_to})
        return _redirect(f"{self._failed_path}?{query}")

    def _is_own(self, request: Request) -> bool:
        """Does a page of the shop ask, or the address bar? Browsers that tell neither are too old to tell."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if origin is not None and origin != self._origin:
            return False
        return site in {None, "same-origin", "none"}


def jwks_route(signer: Signer) -> Route:
    """``/.well-known/jwks.json``: the keys that the shop signs its own tokens with."""

    async def jwks(_: Request) -> Response:
        try:
            document = signer.jwks()
        except KeyFileError as error:
            log.warning("signing_keys.unusable", reason=str(error))
            return refusal(503, "KEYS_UNAVAILABLE", "There are no keys right now.", {"Cache-Control": "no-store"})
        return JSONResponse(document, headers={"Cache-Control": f"public, max-age={_KEYS_SECONDS}"})

    return Route("/.well-known/jwks.json", jwks, methods=["GET"])


def _redirect(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers=_PRIVATE)


def _told(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status, headers=_PRIVATE)


def _language(asked: str | None) -> str | None:
    """``fr_BE`` or ``fr-BE``, if it looks like one."""
    return asked.replace("_", "-") if asked and len(asked) <= 16 and asked.replace("_", "").isalnum() else None


async def _logout_token(request: Request) -> str | None:
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MAX_FORM:
                    return None
    except (ClientDisconnect, TimeoutError):
        return None
    if not request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return None
    try:
        form = parse_qs(body.decode("ascii"), max_num_fields=16)
    except ValueError:
        return None
    found = form.get("logout_token", [])
    return found[0] if len(found) == 1 else None
