"""One login for all calls, asked for again only when it can help."""

from __future__ import annotations

import asyncio
import json
import xmlrpc.client
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import OdooAccessError, OdooUnavailableError
from adapters.rpc import LoginRefusedError, RpcLimits
from tests.rpc.raw_server import Request, answer, raw_server
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.rpc import Transport

    Opened = Callable[..., Transport]

NAMES = ("xmlrpc", "jsonrpc")
WAIT = 0.03


class Odoo:
    """Answers logins with ``uid`` and calls with True, or with fault 3 once the password was changed."""

    def __init__(self, uid: int | bool) -> None:
        self.uid = uid
        self.changed = False
        self.logins = 0
        self.calls = 0

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(WAIT)
        login = b"authenticate" in request.body
        self.logins += login
        self.calls += not login
        result = self.uid if login else True
        writer.write(self._json(request, result) if request.path == "/jsonrpc" else self._xml(result))

    def _json(self, request: Request, result: Any) -> bytes:
        number = json.loads(request.body)["id"]
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "result": result}
        if self.changed and result is True:
            data = {"name": "odoo.exceptions.AccessDenied", "message": "Access Denied"}
            told = {"jsonrpc": "2.0", "id": number, "error": {"code": 200, "message": "", "data": data}}
        return answer(json.dumps(told).encode())

    def _xml(self, result: Any) -> bytes:
        told: Any = (result,)
        if self.changed and result is True:
            told = xmlrpc.client.Fault(3, "Access Denied")
        return answer(xmlrpc.client.dumps(told, methodresponse=True).encode(), "200 OK", "text/xml")


async def read(transport: Transport, **more: Any) -> Any:
    return await transport.call("res.partner", "read", [1], safe=True, **more)


@pytest.mark.parametrize("name", NAMES)
async def test_calls_started_together_log_in_once(name: str, opened: Opened) -> None:
    odoo = Odoo(7)
    async with raw_server(odoo) as server:
        transport = opened(server.url, name)
        assert await asyncio.gather(*(read(transport) for _ in range(8))) == [True] * 8
    assert (odoo.logins, odoo.calls) == (1, 8)


@pytest.mark.parametrize("name", NAMES)
async def test_a_refused_login_is_not_tried_by_every_call(name: str, opened: Opened) -> None:
    odoo = Odoo(False)
    async with raw_server(odoo) as server:
        transport = opened(server.url, name)
        results = await asyncio.gather(*(read(transport) for _ in range(8)), return_exceptions=True)
        assert all(isinstance(result, OdooAccessError) for result in results)
        assert (odoo.logins, odoo.calls) == (1, 0)
        odoo.uid = 7
        with pytest.raises(LoginRefusedError):
            await read(transport)
        assert await transport.authenticate() == 7
        assert await read(transport) is True
    assert (odoo.logins, odoo.calls) == (2, 1)


@pytest.mark.parametrize("name", NAMES)
async def test_a_changed_password_is_noticed(name: str, opened: Opened) -> None:
    odoo = Odoo(7)
    async with raw_server(odoo) as server:
        transport = opened(server.url, name)
        await read(transport)
        odoo.changed, odoo.uid = True, False
        for _ in range(5):
            with pytest.raises(LoginRefusedError):
                await read(transport)
    assert (odoo.logins, odoo.calls) == (2, 2)


@pytest.mark.parametrize("name", NAMES)
async def test_waiting_for_the_login_of_another_call_has_a_limit(name: str, opened: Opened) -> None:
    async def hang(_request: Request, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10 * PATIENCE)

    async with raw_server(hang) as server:
        transport = opened(server.url, name, RpcLimits(timeout=10 * PATIENCE))
        first = asyncio.create_task(read(transport))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(OdooUnavailableError):
                await read(transport, timeout=0.2)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first


@pytest.mark.parametrize("name", NAMES)
async def test_a_cancelled_login_is_taken_over(name: str, opened: Opened) -> None:
    odoo = Odoo(7)
    async with raw_server(odoo) as server:
        transport = opened(server.url, name)
        first, second = (asyncio.create_task(read(transport)) for _ in range(2))
        await asyncio.sleep(WAIT / 2)
        first.cancel()
        assert await second is True
