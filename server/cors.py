"""Pages of other origins that the operator has named may read what is answered (CORS); no others may.

Which pages may *change* something is decided elsewhere, of every mutation (`server.identification_origins`): this only
has browsers let such a page send JSON, and see the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.identification_origins import Origins

#: seconds for which a browser need not ask again; browsers themselves go no further than two hours
_MAX_AGE: Final = b"7200"
#: of an answer, what a page may read beside its body
_EXPOSED: Final = b"cache-status, etag, retry-after, x-request-id"
_Headers = list[tuple[bytes, bytes]]


class Cors:
    """ASGI middleware for the paths given; ``origins``: whose pages they are."""

    def __init__(self, app: ASGIApp, origins: Origins, paths: Iterable[str]) -> None:
        self._app = app
        self._origins = origins
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin")
        allowed: _Headers = [(b"vary", b"Origin")]  # whatever it is: it stands in the answer to another one
        if origin is not None and self._origins.knows(origin):
            allowed += [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true")]
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await _permit(allowed, headers.get(b"access-control-request-headers", b""), send)
                return
            allowed.append((b"access-control-expose-headers", _EXPOSED))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *allowed]}
            await send(message)

        await self._app(scope, receive, sent)


async def _permit(allowed: _Headers, asked: bytes, send: Send) -> None:
    """The answer to a browser that asks before it sends what the page wants."""
    headers = [
        *allowed,
        (b"access-control-allow-methods", b"GET, POST"),
        *([(b"access-control-allow-headers", asked)] if asked else []),
        (b"access-control-max-age", _MAX_AGE),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
