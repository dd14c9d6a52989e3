"""An id for each request: in every log line, in the answer's headers, and passed on to Odoo."""

from __future__ import annotations

import re
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.rpc import request_id

HEADER = "X-Request-Id"
_SANE = re.compile(r"^[\w.:=-]{8,64}$", re.ASCII)


def current_request_id() -> str:
    return request_id.get()


class RequestIds:
    """ASGI middleware. An id that comes with the request (from a proxy) is kept when it looks like one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        own = given if _SANE.match(given) else uuid.uuid4().hex
        token = request_id.set(own)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = own
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=own):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                request_id.reset(token)
