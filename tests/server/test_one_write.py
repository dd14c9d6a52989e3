"""Answers in one piece are byte for byte those that uvicorn gives, and are one piece."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from server.one_write import OneWriteProtocol
from tests.support.bff import serving
from tests.support.waiting import PATIENCE, until

_DATE = re.compile(rb"date: [^\r]*\r\n")
#: of the client, before it sends more
GO_ON = b"GO ON"


async def told(request: Request) -> Response:
    return PlainTextResponse(b"body: " + await request.body(), headers={"etag": '"1"'})


async def nothing(request: Request) -> Response:
    return Response(status_code=int(request.path_params["status"]))


async def pieces(request: Request) -> Response:
    async def some() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"HTTP/1.1 %d looks like a head\r\n\r\n" % number
            await asyncio.sleep(0.01)

    length = {"content-length": "99"} if request.query_params.get("length") else None
    return StreamingResponse(some(), headers=length)


async def fails(request: Request) -> Response:
    async def some() -> AsyncIterator[bytes]:
        if request.query_params.get("late"):
            yield b"begun"
        raise ValueError("it failed")

    return StreamingResponse(some(), headers={"content-length": "10"})


APP = Starlette(
    routes=[
        Route("/told", told, methods=["GET", "POST"]),
        Route("/nothing/{status}", nothing),
        Route("/pieces", pieces),
        Route("/fails", fails),
    ]
)


def asked(line: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [line + " HTTP/1.1", "host: shop.example", *headers]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


CLOSE = "connection: close"
CONVERSATIONS: dict[str, Sequence[bytes]] = {
    "one": [asked("GET /told", CLOSE)],
    "many in turn": [asked("GET /told"), asked("POST /told", body=b"x" * 50_000), asked("GET /told", CLOSE)],
    "many at once": [asked("GET /told") + asked("GET /pieces") + asked("HEAD /told") + asked("GET /told", CLOSE)],
    "head alone": [asked("HEAD /told"), asked("HEAD /pieces"), asked("GET /told", CLOSE)],
    "no body": [asked("GET /nothing/204"), asked("GET /nothing/304"), asked("GET /nothing/200", CLOSE)],
    "in pieces": [asked("GET /pieces"), asked("GET /told", CLOSE)],
    "in pieces, of known length": [asked("GET /pieces?length=1", CLOSE)],
    "go on": [asked("POST /told", "expect: 100-continue", "content-length: 3", CLOSE), GO_ON, b"abc"],
    "fails": [asked("GET /fails", CLOSE)],
    "fails late": [asked("GET /fails?late=1", CLOSE)],
    "no such page": [asked("GET /no-such-page", CLOSE)],
    "no http": [b"hello?\r\n\r\n"],
    "http 1.0": [b"GET /told HTTP/1.0\r\n\r\n"],
    "no upgrade": [asked("GET /told", "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13")],
}


async def conversation(port: int, parts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """What is heard until the server ends it, or says nothing more; and what was heard before the client goes on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    before = b""
    try:
        for part in parts:
            if part == GO_ON:
                before = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            else:
                writer.write(part)
        rest = b""
        while piece := await asyncio.wait_for(reader.read(100_000), 2 if b"upgrade" in parts[0] and rest else PATIENCE):
            rest += piece
    except TimeoutError:
        pass
    finally:
        writer.close()
    return before, _DATE.sub(b"", rest)


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_the_same_is_said(name: str) -> None:
    heard: list[tuple[bytes, bytes]] = []
    for protocol in (OneWriteProtocol, HttpToolsProtocol):
        async with serving(APP, protocol) as port:
            heard.append(await conversation(port, CONVERSATIONS[name]))
    assert heard[0] == heard[1]
    assert heard[0][1].startswith(b"HTTP/1.1 ")


class Wire(asyncio.Transport):
    """What goes out, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.sent.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        del name
        return default

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def sent_for(request: bytes, *, count: int) -> list[bytes]:
    """The calls by which an answer is written, of which there are so many."""
    config, wire = uvicorn.Config(APP, http=OneWriteProtocol, lifespan="off", log_level="critical"), Wire()
    config.load()
    protocol = OneWriteProtocol(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    await until(lambda: len(wire.sent) >= count)
    await asyncio.sleep(0.05)
    protocol.connection_lost(None)
    return wire.sent


async def test_an_answer_that_is_ready_is_one_piece() -> None:
    (sent,) = await sent_for(asked("POST /told", body=b"abc"), count=1)
    assert sent.startswith(b"HTTP/1.1 200 OK\r\n")
    assert sent.endswith(b"\r\n\r\nbody: abc")
    (sent,) = await sent_for(asked("HEAD /told"), count=1)
    assert sent.endswith(b"\r\n\r\n")
    (sent,) = await sent_for(asked("GET /nothing/204"), count=1)
    assert sent.startswith(b"HTTP/1.1 204 No Content\r\n")


async def test_of_one_in_pieces_the_head_goes_with_the_first() -> None:
    first, *others = await sent_for(asked("GET /pieces"), count=4)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"0 looks like a head" in first
    assert [b"1 looks" in others[0], b"2 looks" in others[1], others[2]] == [True, True, b"0\r\n\r\n"]


async def test_who_waits_to_go_on_is_told_at_once() -> None:
    sent = await sent_for(asked("POST /told", "expect: 100-continue", "content-length: 3"), count=1)
    assert sent == [b"HTTP/1.1 100 Continue\r\n\r\n"]
