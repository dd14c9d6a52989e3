"""Values of Odoo survive the wire; what cannot be carried is refused or dropped as documented."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import math
import re
import xmlrpc.client
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import (
    OdooError,
    OdooProtocolError,
)
from adapters.rpc import json2, jsonrpc, xmlrpc_compat
from adapters.rpc.http import Reply
from adapters.rpc.values import to_wire

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML 1.0 cannot hold (beside surrogates, which UTF-8 cannot hold either)."""

INT32 = st.integers(-(2**31), 2**31 - 1)
SCALARS = st.none() | st.booleans() | INT32 | st.floats(allow_nan=False, allow_infinity=False)
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        SCALARS | texts,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
        max_leaves=25,
    )


def plain(value: Any, clean: Any) -> Any:
    """``value`` with every text cleaned, keys too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [plain(item, clean) for item in value]
    if isinstance(value, dict):
        return {clean(key): plain(item, clean) for key, item in value.items()}
    return value


def without_surrogates(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def for_xml(text: str) -> str:
    return ILLEGAL.sub("", without_surrogates(text))


def answered(value: Any) -> bytes:
    """An answer as the standard library of the server writes it."""
    return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()


@given(values(ANY_TEXT))
def test_xmlrpc_requests_carry_all_but_illegal_characters(value: Any) -> None:
    body = xmlrpc_compat.dumps("execute_kw", [to_wire(value)])
    (received,), method = xmlrpc.client.loads(body.decode())
    assert method == "execute_kw"
    assert received == plain(value, for_xml)


@given(values(ANY_TEXT))
def test_what_a_request_carries_comes_back_in_an_answer(value: Any) -> None:
    (received,), _ = xmlrpc.client.loads(xmlrpc_compat.dumps("x", [to_wire(value)]).decode())
    body = answered(received).replace(b"\r", b"&#13;")
    assert xmlrpc_compat.loads(body) == received


@given(values(st.text(st.characters(codec="utf-8", exclude_characters="\r"))))
def test_xmlrpc_answers_are_read_whatever_characters_they_hold(value: Any) -> None:
    assert xmlrpc_compat.loads(answered(value)) == plain(value, for_xml)


@given(values(ANY_TEXT))
def test_json_requests_carry_everything(value: Any) -> None:
    body = json.loads(jsonrpc.encode_call("object", "execute_kw", [to_wire(value)], 1))
    assert body["params"]["args"] == [plain(value, without_surrogates)]
    sent = json.loads(json2.encode_call("write", [1], {"vals": {"x": value}}, {"lang": "fr_FR"}))
    expected = {"vals": {"x": plain(value, without_surrogates)}, "ids": [1], "context": {"lang": "fr_FR"}}
    assert sent == expected


@given(values(st.text(st.characters(codec="utf-8"))))
def test_json_answers_are_read(value: Any) -> None:
    for ascii_only in (True, False):
        body = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert json2.decode_answer(Reply(200, "application/json", body), "/x") == value
        answer = b'{"jsonrpc": "2.0", "id": 3, "result": %s}' % body
        assert jsonrpc.decode_answer(Reply(200, "application/json", answer), 3) == value


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(body: bytes) -> None:
    reply = Reply(200, "application/json", body)
    with contextlib.suppress(OdooError):
        xmlrpc_compat.loads(body)
    with contextlib.suppress(OdooError):
        jsonrpc.decode_answer(reply, 1)
    with contextlib.suppress(OdooError):
        json2.decode_answer(reply, "/x")


@given(st.data())
def test_no_damage_to_an_xmlrpc_answer_breaks_the_reader(data: st.DataObject) -> None:
    body = bytearray(answered({"name": "é", "ids": [1, 2.5, True], "at": xmlrpc.client.DateTime(0)}))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body) - 1))
        end = data.draw(st.integers(start, min(len(body), start + 12)))
        body[start:end] = data.draw(st.binary(max_size=6))
        if not body:
            return
    try:
        xmlrpc_compat.loads(bytes(body))
    except OdooError:
        return


class State(str, Enum):  # noqa: UP042  (the older form is what callers may hold)
    DRAFT = "draft"


class Number(IntEnum):
    ONE = 1


CONVERTED: list[tuple[Any, Any]] = [
    (Decimal("12.30"), 12.3),
    (dt.date(2026, 2, 3), "2026-02-03"),
    (dt.date(7, 2, 3), "0007-02-03"),
    (dt.datetime(2026, 2, 3, 4, 5, 6, 999), "2026-02-03 04:05:06"),  # noqa: DTZ001
    (dt.datetime(7, 2, 3, 4, 5, 6, 999, tzinfo=dt.UTC), "0007-02-03 04:05:06"),
    (dt.datetime(2026, 2, 3, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-02-02 23:00:00"),
    ((1, (2, "a")), [1, [2, "a"]]),
    (b"\x00\xff", "AP8="),
    (bytearray(b"ab"), "YWI="),
    (State.DRAFT, "draft"),
    (Number.ONE, 1),
    (True, True),
    ("a\ud800b\ud83d\ude00c", "a\ufffdb😀c"),
    ({"a": {"b": (Decimal(1),)}}, {"a": {"b": [1.0]}}),
]


@pytest.mark.parametrize(("value", "expected"), CONVERTED, ids=str)
def test_conversions(value: Any, expected: Any) -> None:
    converted = to_wire(value)
    assert converted == expected
    assert type(converted) is type(expected)
    assert json.loads(json2.encode_call("write", None, {"vals": value}, None)) == {"vals": expected}


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    "value",
    [
        {1: 2},
        {1, 2},
        pytest.param(object(), id="object"),
        math.nan,
        math.inf,
        Decimal("NaN"),
        CIRCLE,
        1j,
        {"a": [object]},
    ],
    ids=repr,
)
def test_what_odoo_cannot_take_is_refused(value: Any) -> None:
    with pytest.raises(OdooProtocolError):
        to_wire(value)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**70])
def test_xmlrpc_has_no_large_integers_and_json_has(number: int) -> None:
    with pytest.raises(OdooProtocolError, match="32 bit"):
        xmlrpc_compat.dumps("x", [[number]])
    assert json.loads(jsonrpc.encode_call("object", "x", [number], 1))["params"]["args"] == [number]


def test_dates_binaries_and_extensions_in_answers() -> None:
    moment = xmlrpc.client.DateTime(dt.datetime(2026, 11, 21, 19, 25, 53, tzinfo=dt.UTC))
    data = bytes(range(256))
    assert xmlrpc_compat.loads(answered([moment, xmlrpc.client.Binary(data)])) == [
        "2026-11-21 19:25:53",
        base64.b64encode(data).decode(),
    ]
    assert xmlrpc_compat.loads(response("<value><nil/></value>")) is None
    assert xmlrpc_compat.loads(response("<value>bare</value>")) == "bare"
    assert xmlrpc_compat.loads(response("<value><i8>99999999999</i8></value>")) == 99999999999
    assert xmlrpc_compat.loads(response("<value><bigdecimal>1.5</bigdecimal></value>")) == 1.5


def response(value: str, head: str = "<?xml version='1.0'?>") -> bytes:
    return f"{head}<methodResponse><params><param>{value}</param></params></methodResponse>".encode()


LAUGHS = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        response("<value><string>&c;</string></value>", LAUGHS),
        response("<value><string>&a;</string></value>", OUTSIDE),
        response("<value><string>x</string></value>", "<!DOCTYPE x>"),
        b"",
        b"<html><body>hello</body></html>",
        b"<methodResponse/>",
        b"<methodResponse><params></params></methodResponse>",
        b"<methodResponse><params><param><value><struct></value></param></params></methodResponse>",
        b"<methodResponse><fault><value><int>1</int></value></fault></methodResponse>",
        b"<methodResponse><fault><value><struct></struct></value></fault></methodResponse>",
        b"<methodCall><methodName>x</methodName></methodCall>",
        response("<value><int>1</int></value><value><int>2</int></value>"),
        response("<value><boolean>2</boolean></value>"),
        response("<value><int>x</int></value>"),
        response("<value><dateTime.iso8601>soon</dateTime.iso8601></value>"),
        response("<value><unknown>1</unknown></value>"),
        response("<value><string>&#11;&#0;&nope;</string></value>"),
    ],
)
def test_strange_xml_is_refused(body: bytes) -> None:
    with pytest.raises(OdooProtocolError):
        xmlrpc_compat.loads(body)


def test_illegal_references_are_dropped_like_the_characters() -> None:
    assert xmlrpc_compat.loads(response("<value><string>a&#11;b&#x0B;&#65;\x0c&#xFFFF;</string></value>")) == "abA"


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 2, "result": 1}',
        b'{"result": 1}',
        b"[]",
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 100, "message": "?"}}',
        b'{"jsonrpc": "2.0", "id": 1, "error": "?"}',
        b'{"jsonrpc": "2.0", "id": 1, "result": NaN}',
    ],
)
def test_strange_json_is_refused(body: bytes) -> None:
    with pytest.raises(OdooProtocolError):
        jsonrpc.decode_answer(Reply(200, "application/json", body), 1)


def test_a_missing_result_is_none() -> None:
    assert jsonrpc.decode_answer(Reply(200, "application/json", b'{"jsonrpc": "2.0", "id": 1}'), 1) is None
