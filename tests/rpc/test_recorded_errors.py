"""Every error among the recorded calls becomes the right member of the family."""

from __future__ import annotations

import json
import xmlrpc.client
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.errors import (
    OdooAccessError,
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.rpc import LoginRefusedError, ResultLostError, json2, jsonrpc, xmlrpc_compat
from adapters.rpc.http import Reply
from tests.rpc.recorded import VERSIONS, failed_calls

NULL = type(None)


@dataclass(frozen=True)
class Row:
    """Errors whose code (of a fault), name or status (of an HTML page) is ``key`` and whose text holds ``words``."""

    key: int | str
    words: str
    expected: type[OdooError | None]


ROWS = (
    # XML-RPC faults
    Row(1, "TypeError: cannot marshal None unless allow_none", NULL),
    Row(1, "TypeError: dictionary key must be string", ResultLostError),
    Row(1, "TypeError: cannot marshal <class", ResultLostError),
    Row(1, "OperationalError: FATAL:  database", OdooNotFoundError),
    Row(1, 'FATAL:  database "nodb" does not exist', OdooNotFoundError),
    Row(1, "has no attribute 'no_such_method'", OdooNotFoundError),
    Row(1, "has no attribute 'nomethod'", OdooNotFoundError),
    Row(1, "has no attribute 'apply_coupon'", OdooNotFoundError),
    Row(1, "has no attribute 'render_qweb_pdf'", OdooNotFoundError),
    Row(1, "The method 'product.pricelist.price_get' does not exist", OdooNotFoundError),
    Row(1, "AttributeError: 'int' object has no attribute", OdooProtocolError),
    Row(1, "\nValidationError: (", OdooRejectedError),
    Row(1, "\nSignupError: ", OdooRejectedError),
    Row(1, "\nInvalidDatetimeFormat: ", OdooProtocolError),
    Row(1, "\nValueError: ", OdooProtocolError),
    Row(1, "\nTypeError: reset_password()", OdooProtocolError),
    Row(1, "\nTypeError: apply_coupon()", OdooProtocolError),
    Row(1, "\nTypeError: can only concatenate", OdooProtocolError),
    Row(2, "Object no.such.model doesn't exist", OdooNotFoundError),
    Row(2, "Object product.wishlist doesn't exist", OdooNotFoundError),
    Row(2, "Object no.model doesn't exist", OdooNotFoundError),
    Row(2, "(u'Record does not exist or has been deleted.", OdooNotFoundError),
    Row(2, "(u'One of the records you are trying to modify has already been deleted", OdooNotFoundError),
    Row(2, "", OdooRejectedError),
    Row(3, "", LoginRefusedError),
    Row(4, "", OdooAccessError),
    Row(
        "warning -- You can not delete a sent quotation or a sales order! Try to cancel it before.\n\n",
        "",
        OdooRejectedError,
    ),
    # Names of JSON-RPC and JSON-2
    Row("exceptions.AttributeError", "has no attribute 'no_such'", OdooNotFoundError),
    Row("psycopg2.OperationalError", "does not exist", OdooNotFoundError),
    Row("odoo.exceptions.AccessDenied", "", LoginRefusedError),
    Row("odoo.exceptions.AccessError", "", OdooAccessError),
    Row("odoo.exceptions.MissingError", "", OdooNotFoundError),
    Row("odoo.exceptions.UserError", "", OdooRejectedError),
    Row("odoo.exceptions.ValidationError", "", OdooRejectedError),
    Row("builtins.ValueError", "", OdooProtocolError),
    Row("builtins.AttributeError", "", OdooProtocolError),
    Row("psycopg2.errors.InvalidTextRepresentation", "", OdooProtocolError),
    Row("werkzeug.exceptions.BadRequest", "", OdooProtocolError),
    Row("werkzeug.exceptions.Unauthorized", "", LoginRefusedError),
    Row("werkzeug.exceptions.NotFound", "", OdooNotFoundError),
    Row("werkzeug.exceptions.UnprocessableEntity", "", OdooProtocolError),
    # HTML pages by status
    Row("page 403", "", OdooAccessError),
    Row("page 404", "", OdooNotFoundError),
    Row("page 415", "", OdooProtocolError),
    Row("page 500", "", OdooUnavailableError),
)

CHECKED = {"10.0": 74, "14.0": 41, "19.0": 139}
NOT_RPC = {"10.0": 1, "14.0": 3, "19.0": 5}
"""Errors of web pages and controllers."""
NO_ERROR_OF_ODOO = {"10.0": 3, "14.0": 0, "19.0": 0}
"""A refused connection, and two answers that are no error once their control characters are dropped."""

NAMES_OF_PYTHON = ("Traceback", "(u'", "None)", "odoo.exceptions", "psycopg2", "DETAIL:")


def key_of(call: dict[str, Any]) -> int | str | None:
    error = call["error"]
    if isinstance(error, str):
        return f"page {call['http_status']}"
    if "faultCode" in error:
        code: int | str = error["faultCode"]
        return code
    name: str | None = error.get("data", error).get("name")
    return name


def raised(call: dict[str, Any]) -> OdooError | None:
    """What the code under test makes of the recorded error, as it stood on the wire."""
    try:
        decode(call)
    except OdooError as error:
        return error
    return None


def decode(call: dict[str, Any]) -> Any:
    error, endpoint = call["error"], call["endpoint"]
    if endpoint.startswith("/xmlrpc"):
        return xmlrpc_compat.loads(fault_body(error), call["model"] or "")
    if endpoint == "/jsonrpc":
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
        return jsonrpc.decode_answer(Reply(call["http_status"], "application/json", body), 1)
    if isinstance(error, str):
        return json2.decode_answer(Reply(call["http_status"], "text/html", error.encode()), endpoint)
    body = json.dumps(error).encode()
    return json2.decode_answer(Reply(call["http_status"], "application/json", body), endpoint)


def fault_body(error: dict[str, Any]) -> bytes:
    """As Odoo writes it; the standard library's own Fault insists on an integer code."""
    fault = xmlrpc.client.dumps(({"faultCode": error["faultCode"], "faultString": error["faultString"]},))
    value = fault.partition("<value>")[2].rpartition("</value>")[0]
    return f"<methodResponse><fault><value>{value}</value></fault></methodResponse>".encode()


def is_rpc(call: dict[str, Any]) -> bool:
    endpoint: str = call["endpoint"]
    return endpoint.startswith(("/xmlrpc", "/jsonrpc", "/json/2"))


def is_error(call: dict[str, Any]) -> bool:
    error = call["error"]
    return isinstance(error, str) or not ({"transport", "unparsable"} & set(error))


def row_of(call: dict[str, Any]) -> Row:
    key, text = key_of(call), json.dumps(call["error"], ensure_ascii=False).replace("\\n", "\n")
    text = text.replace('\\"', '"')
    return next(row for row in ROWS if row.key == key and row.words in text)


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_errors(version: str) -> None:
    calls = failed_calls(version)
    rpc = [call for call in calls if is_rpc(call)]
    checked = [call for call in rpc if is_error(call)]
    for call in checked:
        error = raised(call)
        assert type(error) is row_of(call).expected, (call["endpoint"], call["error"], error)
        if isinstance(error, OdooRejectedError):
            assert error.message
            assert not any(name in error.message for name in NAMES_OF_PYTHON)
    counts = Counter(type(raised(call)).__name__ for call in checked)
    print(f"{version}: {len(checked)} recorded errors checked: {dict(counts)}")  # noqa: T201  (shown by pytest -s)
    assert len(checked) == CHECKED[version]
    assert len(calls) - len(rpc) == NOT_RPC[version]
    assert len(rpc) - len(checked) == NO_ERROR_OF_ODOO[version]


def test_every_row_is_needed() -> None:
    used = {row_of(call) for version in VERSIONS for call in failed_calls(version) if is_rpc(call) and is_error(call)}
    assert [row for row in ROWS if row not in used] == []


def test_recorded_answers_with_control_characters_are_read() -> None:
    bodies = [call["error"]["body"] for call in failed_calls("10.0") if "unparsable" in call["error"]]
    assert len(bodies) == 2
    for body in bodies:
        assert "\x0b" in body
        (record,) = xmlrpc_compat.loads(body.encode())
        assert record["comment"] == "ab & <c> ]]> é"
