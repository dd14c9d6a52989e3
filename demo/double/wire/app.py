"""The ASGI application: routes of the version, and the faults in front of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from demo.double.accounts import SOURCE
from demo.double.core import INJECTED, KILLED, WorkerKilled
from demo.double.faults import failure
from demo.double.wire import images, json2, jsonrpc, payments, sessions, xmlrpc

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from demo.double.core import Double

FAULTS_PATH = "/double/faults"
_RPC_PATHS = ("/xmlrpc/2/object", "/jsonrpc", "/json/2/")
_BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"
_GARBAGE = b"\x00\xff{<not an answer"


def build_app(double: Double) -> ASGIApp:
    """The application of one double."""
    app = Starlette(routes=_routes(double), exception_handlers={404: _not_found, 405: _not_found})
    app.state.double = double
    app.state.sessions = {}
    return Misbehaving(app, double)


def _routes(double: Double) -> list[Route]:
    routes = [
        Route("/xmlrpc/2/{service}", xmlrpc.endpoint, methods=["POST"]),
        Route("/jsonrpc", jsonrpc.endpoint, methods=["POST"]),
        Route("/web/session/authenticate", sessions.authenticate, methods=["POST"]),
        Route("/web/session/get_session_info", sessions.get_session_info, methods=["POST"]),
        Route("/web/webclient/version_info", sessions.version_info, methods=["POST"]),
        Route("/web/image", images.endpoint),
        Route("/web/image/{model}/{record_id:int}/{field}", images.endpoint),
        Route("/web/image/{model}/{record_id:int}/{field}/{rest:path}", images.endpoint),
        Route(FAULTS_PATH, _faults, methods=["GET", "POST"]),
        *payments.routes(double),
    ]
    if double.db.profile.json2:
        methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
        routes += [
            Route("/json/2/{model}/{method}", json2.endpoint, methods=methods),
            Route("/json/2", json2.wrong_path, methods=methods),
            Route("/json/2/{rest:path}", json2.wrong_path, methods=methods),
            Route("/web/version", sessions.web_version),
            Route("/json/version", sessions.web_version),
            Route("/web/health", sessions.health),
        ]
    return routes


async def _not_found(_request: Request, _error: Exception) -> Response:
    return HTMLResponse("<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n", 404)


async def _faults(request: Request) -> Response:
    """GET: what is wrong at the moment. POST: settings of ``Faults.apply``, as JSON."""
    double: Double = request.app.state.double
    if request.method == "POST":
        try:
            double.faults.apply(msgspec.json.decode(await request.body()))
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            return Response(str(error), 400, media_type="text/plain")
    return Response(msgspec.json.encode(double.faults.as_dict()), media_type="application/json")


class Misbehaving:
    """Applies the double's faults to the requests that reach it."""

    def __init__(self, app: ASGIApp, double: Double) -> None:
        self.app = app
        self.double = double

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == FAULTS_PATH:
            await self.app(scope, receive, send)
            return
        faults = self.double.faults
        while faults.hang:  # noqa: ASYNC110 - cleared from other threads, which cannot set an asyncio.Event
            await asyncio.sleep(0.02)
        if faults.latency:
            await asyncio.sleep(faults.latency)
        SOURCE.set(_source(scope, proxy_mode=self.double.proxy_mode))
        if faults.take_unanswered(scope["path"]):
            await self.app(scope, receive, _swallow)
            _hang_up(scope)
        elif scope["path"].startswith(_RPC_PATHS) and not await _is_common(scope, receive):
            await self._call(scope, receive, send)
        else:
            receive = scope.pop("double.receive", receive)
            await self.app(scope, receive, _named(send, self.double))

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A call of a model method."""
        faults, client = self.double.faults, receive
        receive = scope.pop("double.receive", receive)
        if faults.take_drop():
            _hang_up(scope)
            return
        kind = faults.take_failure()
        if kind in ("http_502", "garbage"):
            broken = HTMLResponse(_BAD_GATEWAY, 502) if kind == "http_502" else Response(_GARBAGE)
            await broken(scope, receive, send)
            return
        if faults.take_late_drop():
            await self.app(scope, receive, _swallow)
            _hang_up(scope)
            return
        if faults.take_mute():
            cleared = faults.cleared
            await self.app(scope, receive, _swallow)
            while faults.cleared == cleared and not await _left(client):  # noqa: ASYNC110 - cleared by other threads
                await asyncio.sleep(0.02)
            _hang_up(scope)
            return
        token, killed = INJECTED.set(failure(kind) if kind is not None else None), KILLED.set(faults.take_kill())
        try:
            await self.app(scope, receive, _named(send, self.double))
        except WorkerKilled:
            _hang_up(scope)
        finally:
            INJECTED.reset(token)
            KILLED.reset(killed)


def _source(scope: Scope, *, proxy_mode: bool) -> str | None:
    """The address a request comes from. A proxy is believed when it names itself too, as Odoo has it."""
    headers: dict[bytes, str] = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if proxy_mode and b"x-forwarded-host" in headers and b"x-forwarded-for" in headers:
        return headers[b"x-forwarded-for"].rpartition(",")[2].strip()
    client = scope.get("client")
    return str(client[0]) if client else None


async def _is_common(scope: Scope, receive: Receive) -> bool:
    """JSON-RPC carries the service in its body; the rest is told by the path."""
    if scope["path"] != "/jsonrpc":
        return False
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(chunks)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope["double.receive"] = replay
    return b'"object"' not in body


async def _left(receive: Receive) -> bool:
    """The client does not wait any more."""
    try:
        message = await asyncio.wait_for(receive(), 0.02)
    except TimeoutError:
        return False
    return bool(message["type"] == "http.disconnect")


async def _swallow(_message: Message) -> None:
    return None


def _named(send: Send, double: Double) -> Send:
    """Adds the version's Server header."""
    server = (b"server", double.db.profile.server_header.encode())

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), server]}
        await send(message)

    return named


def _hang_up(scope: Scope) -> None:
    """Close the connection without an answer."""
    transport: Any = scope.get("double.transport")
    if transport is None:
        raise ConnectionResetError("the connection is closed on purpose")
    transport.abort()
