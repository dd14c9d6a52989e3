"""The serie of a server is found without login, whichever protocols it speaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adapters.errors import OdooProtocolError, OdooUnavailableError
from adapters.rpc import probe_version
from adapters.rpc.positional import serie_of
from tests.rpc.raw_server import Request, always, answer, free_port, raw_server
from tests.rpc.recorded import pairs

if TYPE_CHECKING:
    import asyncio

PAGES = {pair.key: pair.response for pair in pairs()}
NOT_FOUND = answer(b"<html>", "404 NOT FOUND", "text/html")


@pytest.mark.parametrize(
    ("known", "response", "serie", "requests"),
    [
        ("/xmlrpc/2/common", "10.0/01-version", "10.0", 2),
        ("/xmlrpc/2/common", "19.0/31-xmlrpc-version", "19.0", 2),
        ("/json/version", "19.0/53-json-version", "19.0", 3),
        ("/web/version", "19.0/53-json-version", "19.0", 4),
    ],
)
async def test_the_first_way_that_works(known: str, response: str, serie: str, requests: int) -> None:
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(PAGES[response] if request.path == known else NOT_FOUND)

    async with raw_server(behaviour) as server:
        assert await probe_version(server.url, 5) == serie
        assert len(server.requests) == requests


async def test_jsonrpc_comes_first_and_a_path_in_the_url_is_kept() -> None:
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> None:
        assert request.path == "/odoo/jsonrpc"
        call = json.loads(request.body)
        assert call["params"] == {"service": "common", "method": "version", "args": []}
        result = {"server_version": "14.0+e-20260101", "server_serie": "14.0", "server_version_info": [14, 0]}
        writer.write(answer(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}).encode()))

    async with raw_server(behaviour) as server:
        assert await probe_version(f"{server.url}/odoo/", 5) == "14.0"
        assert len(server.requests) == 1


async def test_nobody_there() -> None:
    with pytest.raises(OdooUnavailableError):
        await probe_version(f"http://127.0.0.1:{free_port()}", 1)


async def test_somebody_else_there() -> None:
    async with raw_server(always(answer(b'{"hello": "world"}'))) as server:
        with pytest.raises(OdooProtocolError, match="no Odoo"):
            await probe_version(server.url, 5)
        assert len(server.requests) == 4


def test_series() -> None:
    assert serie_of({"version_info": ["saas~18", 1, 0, "final", 0, ""], "version": "saas~18.1-20250101"}) == "saas~18.1"
    assert serie_of({"server_version_info": [17, 0, 0, "final", 0, "e"]}) == "17.0"
    with pytest.raises(OdooProtocolError):
        serie_of({"version": "17.0"})
