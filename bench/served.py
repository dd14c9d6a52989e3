"""A server under load, in a process of its own: the application, a bare route, or a mirror.

    python -m bench.served        reads what to be from a line of standard input, as JSON; ends when that ends

``{"kind": "app", "settings": {...}}`` is the application as `server.serve` runs it, ``{"kind": "bare", "pages":
{name: base64}}`` a Starlette application with a route for each, under uvicorn as it comes; ``"kind": "one write"`` the
same, run as the application is. ``{"kind": "mirror", "pages": ...}`` is no HTTP server at all: whatever comes in, the
bytes go out. It prints the port it listens on.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from unittest.mock import patch

import msgspec
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bench.child import first_line
from server.app import create_app
from server.one_write import OneWriteProtocol
from server.serve import serve
from server.settings import Settings


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def counted_app(settings: Settings) -> Starlette:
    """The application, with what the benchmark has to know and to do in it on two more addresses."""
    app = create_app(settings)

    async def counters(_: Request) -> Response:
        """Seconds of CPU time of the process, and how many commands it sent to Redis."""
        return _json({"cpu": time.process_time(), "trips": app.state.store.round_trips})

    async def invalidate(request: Request) -> Response:
        """Invalidate the tags of the body."""
        return _json(await app.state.store.invalidate(msgspec.json.decode(await request.body())))

    app.router.routes.append(Route("/bench/counters", counters))
    app.router.routes.append(Route("/bench/invalidate", invalidate, methods=["POST"]))
    return app


def bare_app(pages: dict[str, bytes]) -> Starlette:
    """What Starlette does at the least: find the route, answer bytes."""

    def answering(body: bytes) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_: Request) -> Response:
            return Response(body, media_type="application/json")

        return answer

    async def counters(_: Request) -> Response:
        return _json({"cpu": time.process_time(), "trips": 0})

    routes = [Route(f"/{name}", answering(body), methods=["GET", "POST"]) for name, body in pages.items()]
    return Starlette(routes=[*routes, Route("/bench/counters", counters)])


class _Mirror(asyncio.Protocol):
    """Answers what is told in the path of a request that comes in one piece."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has another base

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._answers[data[: data.find(b" HTTP/")].rpartition(b"/")[2]])


async def _mirror(pages: dict[str, bytes]) -> None:
    answers = {"counters": b'{"cpu": 0, "trips": 0}', **pages}
    framed = {
        name.encode(): b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        + body
        for name, body in answers.items()
    }
    server = await asyncio.get_running_loop().create_server(lambda: _Mirror(framed), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    what = msgspec.json.decode(first_line())
    pages = {name: base64.b64decode(text) for name, text in what.get("pages", {}).items()}
    if what["kind"] == "mirror":
        uvloop.run(_mirror(pages))
        return
    factory = counted_app if what["kind"] == "app" else lambda _: bare_app(pages)
    settings = Settings.model_validate({"port": 0, "log_level": "warning", **what.get("settings", {})})
    protocol = HttpToolsProtocol if what["kind"] == "bare" else OneWriteProtocol
    with patch("server.serve.create_app", factory), patch("server.serve.OneWriteProtocol", protocol):
        serve(settings, on_listening=lambda address: print(address.rpartition(":")[2], flush=True))


if __name__ == "__main__":
    main()
