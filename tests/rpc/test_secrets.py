"""The secret stays a secret: in no representation, no error, no log, whatever the server echoes."""

from __future__ import annotations

import json
import logging
import traceback
import xmlrpc.client
from typing import TYPE_CHECKING

import pytest

from adapters.errors import OdooAccessError, OdooError, OdooRejectedError
from adapters.rpc import Credentials, RpcLimits, open_transport
from tests.rpc.raw_server import Request, answer, free_port, raw_server

if TYPE_CHECKING:
    import asyncio

SECRET = "s3cr3t-Pass-w0rd"
NAMES = ("xmlrpc", "jsonrpc", "json2")
LIMITS = RpcLimits(retries=0, timeout=1)

FAULT = """<methodResponse><fault><value><struct>
<member><name>faultCode</name><value><int>{code}</int></value></member>
<member><name>faultString</name><value><string>echo {secret}</string></value></member>
</struct></value></fault></methodResponse>"""


def echoes(name: str, request: Request) -> list[bytes]:
    """Answers that hold the secret in every place an answer has."""
    page = answer(request.body + SECRET.encode(), "400 BAD REQUEST", "text/html", f"X-Echo: {SECRET}")
    moved = answer(b"", "302 Found", "text/html", f"Location: http://x/{SECRET}")
    if name == "xmlrpc":
        faults = [FAULT.format(code=code, secret=SECRET).encode() for code in (1, 2, 3, 4)]
        return [page, moved, *(answer(fault, "200 OK", "text/xml") for fault in faults)]
    data = [
        {"name": f"odoo.exceptions.{kind}", "message": SECRET, "arguments": [SECRET], "debug": SECRET}
        for kind in ("UserError", "AccessError", "MissingError", "Whatever")
    ]
    if name == "json2":
        return [page, moved, *(answer(json.dumps(item).encode(), "422 ERROR") for item in data)]
    number = json.loads(request.body)["id"]
    errors = [{"jsonrpc": "2.0", "id": number, "error": {"code": 1, "message": SECRET, "data": item}} for item in data]
    return [page, moved, *(answer(json.dumps(error).encode()) for error in errors)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", range(6))
async def test_no_error_tells_the_secret(name: str, place: int, caplog: pytest.LogCaptureFixture) -> None:
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> None:
        assert SECRET in request.body.decode() + request.headers.get("authorization", "")
        writer.write(echoes(name, request)[place])

    caplog.set_level(logging.DEBUG)
    async with raw_server(behaviour) as server:
        transport = open_transport(name, Credentials(server.url, "shop", "bff", SECRET), LIMITS)
        with pytest.raises(OdooError) as caught:
            await transport.authenticate()
        await transport.close()
    told = [repr(transport), str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    if isinstance(caught.value, OdooRejectedError):
        told.append(caught.value.message)
    assert not any(SECRET in text for text in [*told, caplog.text])


@pytest.mark.parametrize("name", NAMES)
async def test_no_connection_error_tells_the_secret(name: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    transport = open_transport(name, Credentials(url, "shop", "bff", SECRET), LIMITS)
    with pytest.raises(OdooError) as caught:
        await transport.authenticate()
    await transport.close()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_representations() -> None:
    credentials = Credentials("http://odoo", "shop", "bff", SECRET)
    for name in NAMES:
        text = f"{credentials!r} {open_transport(name, credentials, LIMITS)!r}"
        assert SECRET not in text
        assert "http://odoo" in text


def test_a_secret_that_is_a_word_does_not_spoil_human_texts() -> None:
    """Only long secrets are taken out of what people read; the word ``admin`` may well stand there."""
    text = "Please ask your admin."
    fault = {"faultCode": 2, "faultString": text}
    assert xmlrpc.client.dumps((fault,), methodresponse=True)
    error = OdooRejectedError(text)
    transport = open_transport("xmlrpc", Credentials("http://odoo", "shop", "admin", "admin"), LIMITS)
    transport._scrub(error)  # type: ignore[attr-defined]
    assert error.message == text


@pytest.mark.parametrize(
    "url", ["http://bff:secret@odoo", "http://bff@odoo", "ftp://odoo", "odoo:8069", "", "http://", "/jsonrpc"]
)
def test_unusable_urls_are_refused_without_telling_them(url: str) -> None:
    with pytest.raises(ValueError, match="Odoo's URL") as caught:
        open_transport("jsonrpc", Credentials(url, "shop", "bff", SECRET), LIMITS)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize("name", ["xmlrpc", "jsonrpc"])
async def test_whatever_a_customer_types_as_a_password_is_only_wrong(name: str) -> None:
    """Logins and passwords of customers come from outside."""

    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> None:
        if name == "jsonrpc":
            number = json.loads(request.body)["id"]
            writer.write(answer(json.dumps({"jsonrpc": "2.0", "id": number, "result": False}).encode()))
        else:
            body = xmlrpc.client.dumps((False,), methodresponse=True).encode()
            writer.write(answer(body, "200 OK", "text/xml"))

    async with raw_server(behaviour) as server:
        for text in ("\ud800", "a\x00b\x0b", "]]>&<é\r\n", "😀" * 200):
            transport = open_transport(name, Credentials(server.url, "shop", text, text), LIMITS)
            with pytest.raises(OdooAccessError):
                await transport.authenticate()
            await transport.close()


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "\x00", "\ud800"])
def test_keys_that_no_header_can_carry_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="headers") as caught:
        open_transport("json2", Credentials("http://odoo", "shop", "bff", key), LIMITS)
    assert key not in str(caught.value)


def test_unknown_transports_are_refused() -> None:
    with pytest.raises(ValueError, match="no transport 'soap'"):
        open_transport("soap", Credentials("http://odoo", "shop", "bff", SECRET), LIMITS)
