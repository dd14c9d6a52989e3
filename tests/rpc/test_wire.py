"""Every recorded exchange of an RPC protocol, replayed byte for byte against the transports.

A server answers with the recorded bytes; our request must say what the recorded one said, and the result or the
error must be the right one.
"""

from __future__ import annotations

import json
import xmlrpc.client
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import (
    OdooAccessError,
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.rpc import Credentials, ResultLostError, RpcLimits, open_transport
from tests.rpc.raw_server import RawServer, Request, always, answer, raw_server
from tests.rpc.recorded import ModelCall, Pair, ServiceCall, model_call, pairs, service_call

if TYPE_CHECKING:
    import asyncio

    from adapters.rpc import Transport

ERRORS: dict[str, type[OdooError]] = {
    "10.0/03-authenticate-bad-password-returns-false": OdooAccessError,
    "10.0/04-object-bad-password-fault3": OdooAccessError,
    "10.0/05-unknown-database-fault1": OdooNotFoundError,
    "10.0/10-int-dict-keys-fault1": ResultLostError,
    "10.0/11-access-error-fault4": OdooAccessError,
    "10.0/12-missing-record-fault2": OdooNotFoundError,
    "10.0/13-unknown-field-in-domain-fault1": OdooProtocolError,
    "10.0/14-unknown-method-fault1": OdooNotFoundError,
    "10.0/15-unknown-model-fault2": OdooNotFoundError,
    "10.0/16-validation-error-fault1": OdooRejectedError,
    "10.0/17-user-error-fault2": OdooRejectedError,
    "10.0/18-private-method-fault4": OdooAccessError,
    "10.0/19-malformed-xml": OdooUnavailableError,
    "10.0/23-empty-body": OdooUnavailableError,
    "10.0/24-unknown-service": OdooProtocolError,
    "10.0/25-GET-on-xmlrpc": OdooProtocolError,
    "10.0/27-jsonrpc-user-error": OdooRejectedError,
    "10.0/28-jsonrpc-access-denied": OdooAccessError,
    "10.0/29-jsonrpc-access-error": OdooAccessError,
    "10.0/30-jsonrpc-validation-error": OdooRejectedError,
    "10.0/32-jsonrpc-malformed": OdooProtocolError,
    "10.0/36-legacy-xmlrpc-path-string-faultcode": OdooRejectedError,
    "10.0/41-bad-date": OdooProtocolError,
    "19.0/06-json2-401-bad-key": OdooAccessError,
    "19.0/07-json2-401-no-key": OdooAccessError,
    "19.0/08-json2-403-private-method": OdooAccessError,
    "19.0/09-json2-404-unknown-model": OdooNotFoundError,
    "19.0/10-json2-404-unknown-method": OdooNotFoundError,
    "19.0/11-json2-404-missing-record-write": OdooNotFoundError,
    "19.0/13-json2-422-missing-argument": OdooProtocolError,
    "19.0/14-json2-422-unexpected-argument": OdooProtocolError,
    "19.0/15-json2-422-validation-error": OdooRejectedError,
    "19.0/16-json2-422-user-error": OdooRejectedError,
    "19.0/17-json2-422-unique-constraint": OdooRejectedError,
    "19.0/18-json2-500-unknown-field-read": OdooProtocolError,
    "19.0/19-json2-500-unknown-field-create": OdooProtocolError,
    "19.0/20-json2-400-malformed-body": OdooProtocolError,
    "19.0/21-json2-415-wrong-content-type": OdooProtocolError,
    "19.0/22-json2-404-unknown-database": OdooNotFoundError,
    "19.0/24-json2-404-get-method": OdooNotFoundError,
    "19.0/27-json2-404-fk-missing": OdooNotFoundError,
    "19.0/29-json2-authenticate-wrong": OdooAccessError,
    "19.0/30-json2-500-bad-domain": OdooProtocolError,
    "19.0/33-xmlrpc-authenticate-wrong-password": OdooAccessError,
    "19.0/34-xmlrpc-unknown-database": OdooNotFoundError,
    "19.0/36-xmlrpc-bad-password": OdooAccessError,
    "19.0/38-xmlrpc-unknown-method": OdooNotFoundError,
    "19.0/39-xmlrpc-unknown-field": OdooProtocolError,
    "19.0/40-xmlrpc-missing-record-write": OdooNotFoundError,
    "19.0/41-xmlrpc-validation-error": OdooRejectedError,
    "19.0/42-xmlrpc-unknown-model": OdooNotFoundError,
    "19.0/43-xmlrpc-portal-access-denied": OdooAccessError,
    "19.0/44-xmlrpc-malformed-body": OdooProtocolError,
    "19.0/47-jsonrpc-bad-password": OdooAccessError,
    "19.0/48-jsonrpc-validation-error": OdooRejectedError,
    "19.0/49-jsonrpc-unknown-database": OdooNotFoundError,
}
"""What an exchange ends in, where it is no result."""

TEXTS = {
    "10.0/16-validation-error-fault1": "Contacts require a name.",
    "10.0/17-user-error-fault2": ("You can not delete a sent quotation or a sales order! Try to cancel it before."),
    "10.0/30-jsonrpc-validation-error": "Contacts require a name.",
    "10.0/36-legacy-xmlrpc-path-string-faultcode": (
        "You can not delete a sent quotation or a sales order! Try to cancel it before."
    ),
    "19.0/16-json2-422-user-error": (
        "You can not delete a sent quotation or a confirmed sales order. You must first cancel it."
    ),
    "19.0/17-json2-422-unique-constraint": (
        "The operation cannot be completed: Duplicated wishlisted product for this partner."
    ),
}
"""Odoo's human text, clean of Python's wrapping."""

NULL_RESULTS = {
    "10.0/09-method-returning-None-fault1-but-committed",
    "10.0/31-jsonrpc-null-result",
    "19.0/04-json2-null-result",
    "19.0/37-xmlrpc-none-result-fault",
}

NEVER_SENT = {
    "10.0/19-malformed-xml": "a broken body",
    "10.0/23-empty-body": "no body",
    "10.0/24-unknown-service": "a service Odoo has not",
    "10.0/25-GET-on-xmlrpc": "GET instead of POST",
    "10.0/32-jsonrpc-malformed": "a broken body",
    "10.0/36-legacy-xmlrpc-path-string-faultcode": "the old path",
    "19.0/07-json2-401-no-key": "no key",
    "19.0/20-json2-400-malformed-body": "a broken body",
    "19.0/21-json2-415-wrong-content-type": "another media type",
    "19.0/23-json2-200-no-database-header-single-db": "no database header",
    "19.0/24-json2-404-get-method": "GET instead of POST",
    "19.0/44-xmlrpc-malformed-body": "a broken body",
    "19.0/45-xmlrpc-db-list": "the service db",
}
"""Requests that our transports never make: only the answer is replayed, to some call of ours."""

NOT_RPC = {
    "10.0/20-web-session-authenticate-portal": "a session of the web client",
    "10.0/21-shop-get_unit_price": "a web controller with a session",
    "10.0/22-shop-cart-update_json": "a web controller with a session",
    "10.0/37-web-image": "an image",
    "10.0/38-web-image-conditional": "an image",
    "19.0/50-session-authenticate": "a session of the web client",
    "19.0/51-image-get": "an image",
    "19.0/52-image-get-fresh-etag": "an image",
    "19.0/54-web-health": "a health page",
}

LIMITS = RpcLimits(retries=0)


def test_every_exchange_is_accounted_for() -> None:
    every = {pair.key for pair in pairs()}
    rpc = [pair for pair in pairs() if pair.protocol]
    assert {pair.key for pair in pairs() if not pair.protocol} == set(NOT_RPC)
    assert (set(ERRORS) | NULL_RESULTS | set(NEVER_SENT) | set(TEXTS)) <= every
    count = Counter(pair.version for pair in rpc)
    print(f"recorded exchanges: {len(every)}; RPC: {dict(count)}; answer only: {len(NEVER_SENT)}")  # noqa: T201  (shown by pytest -s)
    assert count == {"10.0": 37, "19.0": 50}


@pytest.mark.parametrize("pair", [pair for pair in pairs() if pair.protocol], ids=lambda pair: pair.key)
async def test_recorded_exchange(pair: Pair) -> None:
    ours = await replay(pair)
    expected = ERRORS.get(pair.key)
    if expected is None:
        assert ours.error is None, ours.error
        assert ours.result == recorded_result(pair)
    else:
        assert type(ours.error) is expected or type(ours.error).__bases__ == (expected,), ours.error
    if pair.key in TEXTS:
        assert isinstance(ours.error, OdooRejectedError)
        assert ours.error.message == TEXTS[pair.key]
    if pair.key not in NEVER_SENT:
        assert_same_request(pair, ours.sent)


class Replayed:
    """What became of one replayed exchange."""

    def __init__(self, sent: Request, result: Any, error: OdooError | None) -> None:
        self.sent, self.result, self.error = sent, result, error


async def replay(pair: Pair) -> Replayed:
    """Make the recorded call again; the server answers with the recorded bytes (after a login, if one comes)."""

    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(login_answer(pair, request) or numbered(pair.response, request))

    async with raw_server(behaviour) as server:
        transport = open_transport(pair.protocol, credentials(pair, server), LIMITS)
        try:
            result = await make_call(transport, pair)
        except OdooError as error:
            return Replayed(server.requests[-1], None, error)
        finally:
            await transport.close()
        return Replayed(server.requests[-1], result, None)


def credentials(pair: Pair, server: RawServer) -> Credentials:
    headers = pair.request.headers
    if pair.protocol == "json2":
        key = headers.get("authorization", "bearer none").split()[1]
        return Credentials(server.url, headers.get("x-odoo-database", "shop"), "admin", key)
    call = recorded_service_call(pair)
    if call is None or not call.args:
        return Credentials(server.url, "shop", "admin", "admin")
    if call.is_object:
        return Credentials(server.url, call.args[0], "someone", call.args[2])
    return Credentials(server.url, *call.args[:3])


def recorded_service_call(pair: Pair) -> ServiceCall | None:
    return None if pair.key in NEVER_SENT or pair.protocol == "json2" else service_call(pair.request)


async def make_call(transport: Transport, pair: Pair) -> Any:
    call = recorded_call(pair)
    if isinstance(call, ModelCall):
        return await transport.call(call.model, call.method, call.ids, call.args, context=call.context)
    return await (transport.version() if call == "version" else transport.authenticate())


def recorded_call(pair: Pair) -> ModelCall | str:
    """The call to make: a model's method, or ``version``, or ``authenticate``."""
    if pair.key in NEVER_SENT:
        return ModelCall("res.partner", "read", [3], {"fields": ["name"]}, None)
    if pair.protocol == "json2":
        return json2_call(pair) if pair.request.body else "version"
    call = service_call(pair.request)
    return model_call(call) if call.is_object else call.method


def json2_call(pair: Pair) -> ModelCall:
    _, _, _, model, method = pair.request.path.split("/")
    args = json.loads(pair.request.body)
    return ModelCall(model, method, args.pop("ids", None), args, args.pop("context", None))


def login_answer(pair: Pair, request: Request) -> bytes | None:
    """The answer to the login before a call of a model, with the recorded uid."""
    if pair.protocol == "json2" or not isinstance(recorded_call(pair), ModelCall):
        return None
    if service_call(request).method != "authenticate":
        return None
    call = recorded_service_call(pair)
    uid = call.args[1] if call is not None else 1
    if pair.protocol == "jsonrpc":
        number = json.loads(request.body)["id"]
        return answer(json.dumps({"jsonrpc": "2.0", "id": number, "result": uid}).encode())
    return answer(xmlrpc.client.dumps((uid,), methodresponse=True).encode(), "200 OK", "text/xml")


def numbered(response: bytes, request: Request) -> bytes:
    """JSON-RPC answers carry the number of the request: the recorded ones say 7, always one digit as ours."""
    if request.path != "/jsonrpc":
        return response
    number = json.loads(request.body)["id"]
    assert 0 < number < 10
    return response.replace(b'"id": 7', f'"id": {number}'.encode())


def recorded_result(pair: Pair) -> Any:
    """The result in the recorded bytes, read without the code under test."""
    if pair.key in NULL_RESULTS:
        return None
    result = read_result(pair)
    if recorded_call(pair) == "version":
        return "{}.{}".format(*(result.get("server_version_info") or result["version_info"]))
    return result


def read_result(pair: Pair) -> Any:
    body = pair.response_body.decode()
    if pair.protocol == "xmlrpc":
        return xmlrpc.client.loads(body.replace("\x0b", ""))[0][0]
    return json.loads(body)["result"] if pair.protocol == "jsonrpc" else json.loads(body)


def assert_same_request(pair: Pair, sent: Request) -> None:
    recorded = pair.request
    assert (sent.verb, sent.path) == (recorded.verb, recorded.path)
    assert sent.headers.get("content-type", "").split(";")[0] == recorded.headers.get("content-type", "").split(";")[0]
    if pair.protocol != "json2":
        assert_same_service_call(service_call(sent), service_call(recorded))
    elif recorded.body:
        assert json.loads(sent.body) == json.loads(recorded.body)
        for name in ("authorization", "x-odoo-database"):
            assert sent.headers.get(name) == recorded.headers.get(name)


def assert_same_service_call(ours: ServiceCall, recorded: ServiceCall) -> None:
    if recorded.is_object:
        assert ours.args[:3] == recorded.args[:3]
        assert model_call(ours) == model_call(recorded)
    else:
        assert ours == recorded


async def test_a_different_request_would_be_noticed() -> None:
    pair = next(pair for pair in pairs() if pair.key == "10.0/33-nil-in-request")
    ours = await replay(pair)
    other = next(pair for pair in pairs() if pair.key == "10.0/41-bad-date")
    with pytest.raises(AssertionError):
        assert_same_request(other, ours.sent)


@pytest.mark.parametrize("protocol", ["xmlrpc", "jsonrpc", "json2"])
async def test_an_answer_of_another_protocol_is_no_result(protocol: str) -> None:
    foreign = {"xmlrpc": "19.0/46-jsonrpc-read", "jsonrpc": "19.0/35-xmlrpc-read-fr", "json2": "10.0/01-version"}
    pair = next(pair for pair in pairs() if pair.key == foreign[protocol])
    async with raw_server(always(pair.response)) as server:
        transport = open_transport(protocol, Credentials(server.url, "shop", "admin", "admin"), LIMITS)
        with pytest.raises(OdooProtocolError):
            await transport.authenticate()
        await transport.close()
