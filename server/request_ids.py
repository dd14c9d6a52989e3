"""An id for each request: in every log line, in the answer's headers, and passed on to Odoo."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import count
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, WrappedLogger

from adapters.rpc import request_id

_HEADER: Final = b"x-request-id"
_SANE: Final = re.compile(rb"^[\w.:=-]{8,64}$", re.ASCII)
#: An id names a request, and is no secret: the process by lot, the request by number.
_PROCESS: Final = os.urandom(8).hex().encode()
_numbers: Final = count(1)


def current_request_id() -> str:
    return request_id.get()


def add_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A processor of structlog: every line written during a request has its id."""
    if own := request_id.get():
        event["request_id"] = own
    return event


class RequestIds:
    """ASGI middleware. An id that comes with the request (from a proxy) is kept when it looks like one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = id_header(dict(scope["headers"]))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        token = request_id.set(header[1].decode())
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)


def id_header(headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes]:
    """The header that tells the id of a request: the one it came with, or a new one."""
    sent = headers.get(_HEADER)
    if sent is not None and _SANE.match(sent):
        return _HEADER, sent
    return _HEADER, b"%s%016x" % (_PROCESS, next(_numbers))
