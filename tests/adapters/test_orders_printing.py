"""PDFs, fetched from a server that answers as Odoo does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from adapters.errors import OdooAccessError, OdooNotSupportedError, OdooUnavailableError
from adapters.rpc import Credentials
from adapters.rpc.printing import Printer

PDF = b"%PDF-1.4 of an order"
RIGHT = "secret"
REPORT = "/report/pdf/sale.report_saleorder/7"


@dataclass
class Office:
    """``shown``: how it answers where a PDF should be."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    shown: tuple[int, str, bytes] = (200, "application/pdf", PDF)

    async def login(self, request: web.Request) -> web.Response:
        params = (await request.json())["params"]
        known = (params["db"], params["login"], params["password"]) == ("shop", "bff", RIGHT)
        answer = web.json_response({"jsonrpc": "2.0", "id": 1, "result": {"uid": 9 if known else False}})
        if known:
            answer.set_cookie("session_id", "opened")
        return answer

    async def show(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        inside = request.cookies.get("session_id") == "opened" or request.query.get("access_token") == "token"
        if not inside:
            raise web.HTTPSeeOther("/web/login")
        status, kind, body = self.shown
        return web.Response(status=status, body=body, content_type=kind)

    def printer(self, password: str = RIGHT) -> Printer:
        return Printer(Credentials(f"http://127.0.0.1:{self.port}", "shop", "bff", password))


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    here = Office()
    app = web.Application()
    app.router.add_post("/web/session/authenticate", here.login)
    app.router.add_get("/{path:.*}", here.show)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        here.port = runner.addresses[0][1]
        yield here
    finally:
        await runner.cleanup()


async def test_printed_by_a_link_or_as_the_service_user() -> None:
    async with office() as here:
        link = "/my/orders/7?access_token=token&report_type=pdf&download=true"
        assert await here.printer().by_link(link) == PDF
        assert await here.printer().by_report("sale.report_saleorder", 7) == PDF
        assert here.asked == [link, REPORT]


async def test_who_gets_no_session_prints_nothing() -> None:
    async with office() as here:
        with pytest.raises(OdooAccessError) as refused:
            await here.printer("wrong-secret").by_report("sale.report_saleorder", 7)
        assert "wrong-secret" not in str(refused.value)
        assert here.asked == []
        with pytest.raises(OdooNotSupportedError):
            await here.printer().by_link("/my/orders/7?access_token=other")


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (200, "text/html", OdooNotSupportedError),
        (403, "text/html", OdooNotSupportedError),
        (500, "text/html", OdooNotSupportedError),
        (502, "text/html", OdooUnavailableError),
    ],
)
async def test_what_is_no_pdf_is_told_as_such(status: int, kind: str, error: type[Exception]) -> None:
    async with office() as here:
        here.shown = (status, kind, b"<html>")
        with pytest.raises(error):
            await here.printer().by_report("sale.report_saleorder", 7)


async def test_no_server_no_pdf() -> None:
    async with office() as here:
        printer = here.printer()
    with pytest.raises(OdooUnavailableError):
        await printer.by_link("/my/orders/7?access_token=token")
