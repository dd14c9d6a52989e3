"""Pages of Odoo's website, asked for as a browser does: what failures mean, and what is sent along."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from adapters.errors import (
    OdooNotSupportedError,
    OdooProtocolError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.rpc.base import Credentials
from adapters.rpc.website import MAX_ANSWER, Website
from tests.rpc.raw_server import RawServer, Request, raw_server

Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def website(server: RawServer) -> Website:
    return Website(Credentials(server.url, "shop", "bff", "the service user's password"))


def answering(body: bytes, status: str = "200 OK", *headers: str, media_type: str = "application/json") -> Behaviour:
    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)

    return answer


def result(value: object, number: int = 1) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": value}).encode()


async def test_a_page_is_asked_as_a_visitor() -> None:
    async with raw_server(answering(result({"a": 1}), "200 OK", "Set-Cookie: session_id=abc; Path=/")) as server:
        told = await website(server).call("/shop/x", {"p": 1})
        assert (told.result, told.visit) == ({"a": 1}, "abc")
        (request,) = server.requests
        assert (request.verb, request.path) == ("POST", "/shop/x")
        assert json.loads(request.body)["params"] == {"p": 1}
        assert not {"cookie", "authorization", "x-forwarded-for", "x-forwarded-host"} & request.headers.keys()
        assert "password" not in request.body.decode()


async def test_the_visit_goes_on_and_others_are_spoken_for() -> None:
    async with raw_server(answering(result(None))) as server:
        told = await website(server).call(
            "/payment/x", {}, visit="abc", client="203.0.113.7", public_url="https://shop.example"
        )
        assert told.visit == "abc"
        headers = server.requests[0].headers
        assert headers["cookie"] == "session_id=abc"
        assert headers["x-forwarded-host"] == "shop.example"
        assert (headers["x-forwarded-proto"], headers["x-forwarded-for"]) == ("https", "203.0.113.7")


async def test_a_client_that_is_no_address() -> None:
    async with raw_server(answering(result(None))) as server:
        with pytest.raises(ValueError, match="does not appear"):
            await website(server).call("/payment/x", {}, client="203.0.113.7\r\nX-Evil: 1")
        assert server.requests == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("404 Not Found", OdooNotSupportedError),
        ("405 Method Not Allowed", OdooNotSupportedError),
        ("502 Bad Gateway", OdooUnavailableError),
        ("400 Bad Request", OdooProtocolError),
    ],
)
async def test_pages_that_do_not_answer(status: str, error: type[Exception]) -> None:
    async with raw_server(answering(b"<h1>no</h1>", status, media_type="text/html")) as server:
        with pytest.raises(error):
            await website(server).call("/shop/x", {})
        with pytest.raises(error):
            await website(server).visit("/shop/x", {})


async def test_odoo_refuses() -> None:
    data = {"name": "odoo.exceptions.ValidationError", "message": "No.", "arguments": ["No."], "debug": ""}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "x", "data": data}}).encode()
    async with raw_server(answering(body)) as server:
        with pytest.raises(OdooRejectedError, match=r"No\."):
            await website(server).call("/shop/x", {})


async def test_answers_that_are_none() -> None:
    async with raw_server(answering(b"<html>", media_type="text/html")) as server:
        with pytest.raises(OdooProtocolError):
            await website(server).call("/shop/x", {})
    async with raw_server(answering(b" " * (MAX_ANSWER + 1))) as server:
        with pytest.raises(OdooProtocolError, match="bytes"):
            await website(server).call("/shop/x", {})


async def test_nobody_is_there() -> None:
    async with raw_server(answering(b"")) as server:
        pages = website(server)
    with pytest.raises(OdooUnavailableError):
        await pages.call("/shop/x", {})


async def test_redirects_are_not_followed() -> None:
    async with raw_server(answering(b"", "303 See Other", "Location: http://127.0.0.1:1/")) as server:
        await website(server).visit("/payment/x", {"reference": "S1/2 & more"})
        assert server.requests[0].path == "/payment/x?reference=S1/2+%26+more"
