"""What is no proper request is told so, clearly: by status, by a stable code, and with nothing of our inside."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.conftest import BffOf
from tests.support.bff import Answer, Bff
from tests.support.raw import RawConnection, post

GOOD = "{website{id}}"
#: what would tell of our inside: files, classes, tracebacks, Odoo's models
INSIDE = re.compile(
    r"Traceback|\.py\b|<class|object at 0x|site-packages|msgspec|graphql\.|product\.template|psycopg|Odoo\w*Error"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(bff: BffOf) -> Bff:
    return await bff("14.0")


@pytest_asyncio.fixture(loop_scope="session")
async def wire(shop: Bff) -> AsyncIterator[RawConnection]:
    connection = await RawConnection.open(shop.port)
    yield connection
    await connection.close()


def assert_told(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status, answer.body
    assert code in answer.codes, answer.body
    for error in answer.errors:
        assert error["message"].strip(), answer.body
        assert not INSIDE.search(error["message"]), error
    assert answer.headers["X-Request-Id"]


# -- the body -------------------------------------------------------------------------------------------------

BODIES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"query { website { id } }",
    "cut off": b'{"query": "{website{id}}"',
    "trailing": b'{"query": "{website{id}}"} x',
    "null": b"null",
    "number": b"1",
    "text": b'"{website{id}}"',
    "batch": b'[{"query": "{website{id}}"}]',
    "empty array": b"[]",
    "no query": b"{}",
    "null query": b'{"query": null}',
    "query of another type": b'{"query": 1}',
    "empty query": b'{"query": ""}',
    "blank query": b'{"query": " \\n\\t "}',
    "variables as a list": b'{"query": "{website{id}}", "variables": []}',
    "variables as a text": b'{"query": "{website{id}}", "variables": "{}"}',
    "operation name of another type": b'{"query": "{website{id}}", "operationName": 1}',
    "invalid UTF-8": b'{"query": "{website{id}}\xff"}',
    "UTF-16": '{"query": "{website{id}}"}'.encode("utf-16"),
    "lone surrogate": b'{"query": "{product(slug: \\"\\ud800\\"){id}}"}',
    "deep JSON": b'{"query": "{website{id}}", "variables": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    "huge integer": b'{"query": "{website{id}}", "variables": {"a": ' + b"9" * 5000 + b"}}",
    "NaN": b'{"query": "{website{id}}", "variables": {"a": NaN}}',
    "NUL": b"\x00",
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_no_request(shop: Bff, name: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert_told(await shop.send("POST", "/graphql", data=BODIES[name], headers=headers), 400, "BAD_REQUEST")


async def test_the_last_of_two_equal_keys_counts(shop: Bff) -> None:
    body = b'{"query": "{nothing}", "query": "{website{id}}"}'
    answer = await shop.send("POST", "/graphql", data=body, headers={"Content-Type": "application/json"})
    assert answer.data == {"website": {"id": 1}}


async def test_unknown_members_are_passed_over(shop: Bff) -> None:
    body = {"query": GOOD, "extensions": {"persistedQuery": {}}, "id": 7, "operationName": "", "variables": None}
    assert (await shop.post(body)).data == {"website": {"id": 1}}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""],
)
async def test_another_content_type(shop: Bff, content_type: str) -> None:
    body = json.dumps({"query": GOOD}).encode()
    answer = await shop.send("POST", "/graphql", data=body, headers={"Content-Type": content_type})
    assert_told(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/graphql-response+json"]
)
async def test_content_types_of_json(shop: Bff, content_type: str) -> None:
    body = json.dumps({"query": GOOD}).encode()
    answer = await shop.send("POST", "/graphql", data=body, headers={"Content-Type": content_type})
    assert answer.data == {"website": {"id": 1}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method(shop: Bff, method: str) -> None:
    answer = await shop.send(method, "/graphql", json={"query": GOOD})
    assert_told(answer, 405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


async def test_another_path(shop: Bff) -> None:
    assert_told(await shop.get("/nowhere"), 404, "NOT_FOUND")
    assert_told(await shop.get("/graphql/../admin"), 404, "NOT_FOUND")


# -- sizes ----------------------------------------------------------------------------------------------------


async def test_a_large_body_is_refused_before_it_is_read(shop: Bff, wire: RawConnection) -> None:
    body = json.dumps({"query": GOOD + " " * 1_000_000}).encode()
    await wire.send(post(body)[:2000])  # the rest never comes, and is not waited for
    status, headers, answer = await wire.answer()
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert headers["connection"] == "close"
    assert await wire.at_end()


async def test_a_large_body_sent_whole_is_refused(shop: Bff) -> None:
    answer = await shop.query(GOOD + " " * 1_000_000)
    assert_told(answer, 413, "PAYLOAD_TOO_LARGE")


async def test_a_chunked_body_that_grows_too_large_is_refused(shop: Bff, wire: RawConnection) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    await wire.send(head, *[chunk] * 9)
    status, _, answer = await wire.answer()
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert await wire.at_end()


async def test_a_chunked_body_is_read(shop: Bff, wire: RawConnection) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    await wire.send(head, b'a\r\n{"query": \r\n', b'f\r\n"{website{id}}"\r\n', b"1\r\n}\r\n0\r\n\r\n")
    status, _, answer = await wire.answer()
    assert (status, answer) == (200, {"data": {"website": {"id": 1}}})


async def test_a_connection_serves_on_after_a_bad_request(shop: Bff, wire: RawConnection) -> None:
    for body in (b"{", json.dumps({"query": "{nothing}"}).encode(), json.dumps({"query": GOOD}).encode()):
        await wire.send(post(body))
        status, _, _ = await wire.answer()
    assert status == 200


async def test_what_is_no_http_is_refused(shop: Bff, wire: RawConnection) -> None:
    await wire.send(b"\x16\x03\x01 hello\r\n\r\n")
    status, _, _ = await wire.answer()
    assert status == 400


async def test_a_client_that_leaves_in_the_middle_does_no_harm(shop: Bff, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        connection = await RawConnection.open(shop.port)
        await connection.send(post(json.dumps({"query": GOOD}).encode())[:-5])
        await connection.close()
    assert (await shop.query(GOOD)).data == {"website": {"id": 1}}
    assert "request.failed" not in capsys.readouterr().out


# -- GET ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ("", 400, "BAD_REQUEST"),
        ("query=", 400, "BAD_REQUEST"),
        ("query=%7B", 400, "GRAPHQL_PARSE_FAILED"),
        (f"query={quote(GOOD)}&variables=%7B", 400, "BAD_REQUEST"),
        (f"query={quote(GOOD)}&variables=[]", 400, "BAD_REQUEST"),
        (f"query={quote(GOOD)}&variables=1", 400, "BAD_REQUEST"),
        (f"query={quote(GOOD)}&operationName=x", 400, "OPERATION_RESOLUTION_FAILURE"),
        (f"query={quote('mutation{website{id}}')}", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query=%ff%fe", 400, "GRAPHQL_PARSE_FAILED"),
        ("query=%00", 400, "GRAPHQL_PARSE_FAILED"),
    ],
)
async def test_get(shop: Bff, parameters: str, status: int, code: str) -> None:
    assert_told(await shop.get(f"/graphql?{parameters}"), status, code)


async def test_get_answers_queries(shop: Bff) -> None:
    query = quote("query($id: Int){country(id: $id){code}}")
    answer = await shop.get(f"/graphql?query={query}&variables={quote(json.dumps({'id': 20}))}&operationName=")
    assert answer.status == 200, answer.body


async def test_head_changes_nothing_and_has_no_body(shop: Bff) -> None:
    answer = await shop.send("HEAD", f"/graphql?query={quote(GOOD)}")
    assert (answer.status, answer.raw) == (200, b"")


# -- documents and variables ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A request and the code of its refusal."""

    query: str
    code: str = "GRAPHQL_VALIDATION_FAILED"
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None
    status: int = 400


def _nested(levels: int) -> str:
    return "{category(id:1){" + "parent{" * levels + "id" + "}" * levels + "}}"


def _in_fragments(levels: int) -> str:
    fragments = [f"fragment F{level} on Category{{parent{{...F{level + 1}}}}}" for level in range(levels)]
    return "{category(id:1){...F0}}" + "".join(fragments) + f"fragment F{levels} on Category{{id}}"


def _introspection(times: int) -> str:
    inner = " ".join(f"b{number}: fields{{args{{type{{name}}}}}}" for number in range(times))
    return "{__schema{types{" + " ".join(f"a{number}: fields{{type{{{inner}}}}}" for number in range(times)) + "}}}"


def _doubling(levels: int, leaf: str) -> str:
    fragments = [f"fragment F{level} on Query{{...F{level + 1} ...F{level + 1}}}" for level in range(levels)]
    return "{...F0}" + "".join(fragments) + f"fragment F{levels} on Query{{{leaf}}}"


_SYNTAX, _LIMIT, _INPUT = "GRAPHQL_PARSE_FAILED", "QUERY_TOO_COMPLEX", "BAD_USER_INPUT"
DOCUMENTS: dict[str, Bad] = {
    "malformed": Bad("{website{id}", _SYNTAX),
    "not GraphQL": Bad("SELECT * FROM product_template", _SYNTAX),
    "only a comment": Bad("# nothing", _SYNTAX),
    "only a fragment": Bad("fragment F on Query{website{id}}"),
    "control characters": Bad("{website{\x07id}}", _SYNTAX),
    "lone surrogate in a literal": Bad('{product(slug: "\\uD800"){id}}', _SYNTAX),
    "unterminated text": Bad('{product(slug: "x){id}}', _SYNTAX),
    "unknown field": Bad("{website{passwords}}"),
    "unknown argument": Bad("{product(sku: 1){id}}"),
    "unknown type": Bad("query($a: Nothing){website{id}}"),
    "unknown directive": Bad("{website{id @admin}}"),
    "unknown fragment": Bad("{...F}"),
    "no selection": Bad("{website}"),
    "selection of a scalar": Bad("{website{id{id}}}"),
    "mutation where there is none": Bad("mutation{website{id}}"),
    "subscription": Bad("subscription{website{id}}"),
    "wrong literal": Bad('{product(id: "x"){id}}'),
    "literal beyond 32 bits": Bad("{product(id: 2147483648){id}}"),
    "literal of 6000 digits": Bad("{product(id: " + "9" * 6000 + "){id}}"),
    "wrong enum": Bad("{products(sort: {id: UP}){totalCount}}"),
    "unknown member of an input": Bad("{products(filter: {sku: 1}){totalCount}}"),
    "variable that is not declared": Bad("{product(id: $id){id}}"),
    "variable of the wrong type": Bad("query($a: String){product(id: $a){id}}"),
    "unused variable": Bad("query($a: Int){website{id}}"),
    "wrong value": Bad("query($a: Int){product(id: $a){id}}", _INPUT, {"a": "one"}),
    "float for an integer": Bad("query($a: Int){product(id: $a){id}}", _INPUT, {"a": 1.5}),
    "true for an integer": Bad("query($a: Int){product(id: $a){id}}", _INPUT, {"a": True}),
    "beyond 32 bits": Bad("query($a: Int){product(id: $a){id}}", _INPUT, {"a": 2**31}),
    "beyond 64 bits": Bad("query($a: Int){product(id: $a){id}}", _INPUT, {"a": 2**64 - 1}),
    "object for a text": Bad("query($a: String){product(slug: $a){id}}", _INPUT, {"a": {}}),
    "missing variable": Bad("query($a: Int!){product(id: $a){id}}", _INPUT),
    "null for what must be": Bad("query($a: Int!){product(id: $a){id}}", _INPUT, {"a": None}),
    "unknown key of an input": Bad(
        "query($a: ProductFilterInput){products(filter: $a){totalCount}}", _INPUT, {"a": {"secret": 1}}
    ),
    "null for a directive": Bad("query($a: Boolean = true){website{id @include(if: $a)}}", _INPUT, {"a": None}),
    "unknown operation": Bad("query A{website{id}}", "OPERATION_RESOLUTION_FAILURE", operation="B"),
    "several operations": Bad("query A{website{id}} query B{website{id}}", "OPERATION_RESOLUTION_FAILURE"),
    "two operations of one name": Bad("query A{website{id}} query A{website{id}}"),
    # limits
    "deep": Bad(_nested(20), "QUERY_TOO_DEEP"),
    "deep in fragments": Bad(_in_fragments(20), "QUERY_TOO_DEEP"),
    "very deep": Bad(_nested(3000), _SYNTAX),
    "very deep value": Bad("{products(filter: {ids: " + "[" * 3000 + "]" * 3000 + "}){totalCount}}", _SYNTAX),
    "very deep type": Bad("query($a: " + "[" * 3000 + "Int" + "]" * 3000 + "){website{id}}", _SYNTAX),
    "cyclic fragments": Bad("{...A} fragment A on Query{...B} fragment B on Query{...A}"),
    "fragment of itself": Bad("{category(id: 1){...A}} fragment A on Category{parent{...A}}"),
    "aliases": Bad("{" + " ".join(f"a{n}: website{{id}}" for n in range(200)) + "}", "TOO_MANY_ALIASES"),
    "aliased introspection": Bad(
        "{" + " ".join(f"a{n}: __schema{{types{{name}}}}" for n in range(60)) + "}", "TOO_MANY_ALIASES"
    ),
    "aliased __typename": Bad("{" + " ".join(f"a{n}: __typename" for n in range(60)) + "}", "TOO_MANY_ALIASES"),
    "introspection that multiplies": Bad(_introspection(7), "TOO_MANY_ALIASES"),
    "deep introspection": Bad("{__schema{types" + "{fields{type" * 6 + "{name}" + "}}" * 6 + "}}"),
    "fragments that double": Bad(_doubling(25, "website{id}"), _LIMIT),
    "fragments that double, of nothing": Bad(_doubling(25, "__typename"), _LIMIT),
    "a field a thousand times": Bad("{products{" + "totalCount " * 1000 + "}}"),
    "a thousand unknown fields": Bad("{" + " ".join(f"f{n}" for n in range(1000)) + "}"),
    "too many tokens": Bad("{" + "website{id} " * 3000 + "}", _SYNTAX),
    "too many directives": Bad("{website{id " + "@include(if: true) " * 1500 + "}}", _SYNTAX),
    "a directive twice": Bad("{website{id @include(if: true) @include(if: true)}}"),
    "pages in pages": Bad(
        "{products(pageSize: 10000){products{alternativeProducts{alternativeProducts{alternativeProducts{id}}}}}}",
        _LIMIT,
    ),
    "pages in pages by variable": Bad(
        "query($n: Int){products(pageSize: $n){products{alternativeProducts{accessoryProducts{id name}}}}}",
        _LIMIT,
        {"n": 10_000.0},
    ),
    # arguments
    "page of nothing": Bad("{products(pageSize: 0){totalCount}}", _INPUT),
    "page of less than nothing": Bad("{products(pageSize: -1){totalCount}}", _INPUT),
    "page of 10**9": Bad("{products(pageSize: 1000000000){totalCount}}", _LIMIT),
    "page of 10**9 by variable": Bad("query($n: Int){products(pageSize: $n){totalCount}}", _LIMIT, {"n": 10**9}),
    "page beyond everything": Bad("{products(currentPage: 2147483647){totalCount}}", _INPUT),
    "page of countries": Bad("{countries(pageSize: 0){totalCount}}", _INPUT),
    "page of categories": Bad("{categories(pageSize: 10001){totalCount}}", _INPUT),
    "first of less than nothing": Bad("{productConnection(first: -1){totalCount}}", _INPUT),
    "first too many": Bad("{productConnection(first: 501){totalCount}}", _INPUT),
    "last too many": Bad("{productConnection(last: 50000){totalCount}}", _INPUT),
    "first and last": Bad("{productConnection(first: 1, last: 1){totalCount}}", _INPUT),
    "no cursor": Bad('{productConnection(after: "x"){totalCount}}', _INPUT),
    "a cursor of letters": Bad('{productConnection(before: "YTpi"){totalCount}}', _INPUT),
    "a cursor with too much": Bad('{productConnection(after: "MToyOjM"){totalCount}}', _INPUT),
    "a cursor that is no ASCII": Bad('{productConnection(after: "é"){totalCount}}', _INPUT),
    "a cursor of 100,000 characters": Bad('{productConnection(after: "' + "M" * 100_000 + '"){totalCount}}', _INPUT),
    "unknown language": Bad('{products(language: "tlh"){totalCount}}', _INPUT),
    "long search": Bad('{products(search: "' + "x" * 257 + '"){totalCount}}', _INPUT),
    "many words": Bad('{products(search: "' + " ".join(f"w{n}" for n in range(11)) + '"){totalCount}}', _INPUT),
    "long name": Bad('{products(filter: {name: "' + "x" * 257 + '"}){totalCount}}', _INPUT),
    "long barcode": Bad('{product(barcode: "' + "1" * 257 + '"){id}}', _INPUT),
    "many ids": Bad("query($a: [Int]){products(filter: {ids: $a}){totalCount}}", _INPUT, {"a": list(range(1, 1003))}),
    "many categories": Bad(
        "query($a: [Int]){products(filter: {categoryId: $a}){totalCount}}", _INPUT, {"a": list(range(1, 1003))}
    ),
    "many values": Bad(
        "query($a: [String]){products(filter: {attribValues: $a}){totalCount}}",
        _INPUT,
        {"a": [f"1-{n}" for n in range(1001)]},
    ),
    "negative price": Bad("{products(filter: {minPrice: -1}){totalCount}}", _INPUT),
    "quantity of nothing": Bad('{products{products{unitPrice(quantity: "0"){taxIncluded}}}}', _INPUT),
    "negative quantity": Bad('{products{products{unitPrice(quantity: "-1"){taxIncluded}}}}', _INPUT),
    "quantity that is none": Bad('{products{products{unitPrice(quantity: "many"){taxIncluded}}}}'),
    "quantity NaN": Bad('{products{products{unitPrice(quantity: "NaN"){taxIncluded}}}}'),
    "quantity with a huge exponent": Bad('{products{products{unitPrice(quantity: "1e999999"){taxIncluded}}}}'),
    "quantity with a tiny exponent": Bad('{products{products{unitPrice(quantity: "1e-999999"){taxIncluded}}}}'),
    "quantity by variable": Bad(
        "query($q: Decimal){products{products{unitPrice(quantity: $q){taxIncluded}}}}", _INPUT, {"q": [1]}
    ),
    "quantity true": Bad(
        "query($q: Decimal){products{products{unitPrice(quantity: $q){taxIncluded}}}}", _INPUT, {"q": True}
    ),
    "a country nobody knows": Bad('{country(code: "XX"){id}}', "NOT_FOUND", status=404),
    "an attribute nobody knows": Bad("{attribute(id: 999999){id}}", "NOT_FOUND", status=404),
    "a variant of nothing": Bad(
        "{productVariant(productTemplateId: 2147483647){displayName}}", "NOT_FOUND", status=404
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_bad_document_or_value(shop: Bff, name: str) -> None:
    bad = DOCUMENTS[name]
    calls = len(shop.odoo.double.calls) if shop.odoo else 0
    answer = await shop.post({"query": bad.query, "variables": bad.variables, "operationName": bad.operation})
    assert_told(answer, bad.status, bad.code)
    assert len(answer.raw) < 20_000, "a refusal is short"
    if shop.odoo and bad.code.startswith(("GRAPHQL", "QUERY", "TOO_MANY")):
        assert len(shop.odoo.double.calls) == calls, "Odoo is not asked what will be refused"


# -- odd, but fine --------------------------------------------------------------------------------------------

ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "NUL in a search": ("query($s: String){products(search: $s){totalCount}}", {"s": "a\x00b"}),
    "control characters in a search": ("query($s: String){products(search: $s){totalCount}}", {"s": "\x01\x1f\x7f"}),
    "non-characters in a search": ("query($s: String){products(search: $s){totalCount}}", {"s": "\ufffe\uffff x"}),
    "emoji and other scripts": ("query($s: String){products(search: $s){totalCount}}", {"s": "🐕 犬 ꙮ \u202e"}),
    "wildcards": ("query($s: String){products(search: $s){totalCount}}", {"s": "% _ \\ %_\\"}),
    "quotes": ("query($s: String){products(search: $s){totalCount}}", {"s": "'; DROP TABLE product_template; --"}),
    "NUL in a name": ("query($s: String){products(filter: {name: $s}){totalCount}}", {"s": "\x00"}),
    "NUL in a barcode": ("query($s: String){product(barcode: $s){id}}", {"s": "\x00123\x00"}),
    "NUL in a slug": ("query($s: String){product(slug: $s){id}}", {"s": "/product/\x00-1"}),
    "a slug with an id beyond 32 bits": ("query($s: String){product(slug: $s){id}}", {"s": "/product/x-99999999999"}),
    "a category with an id beyond 32 bits": (
        "query($s: String){products(filter: {categorySlug: $s}){totalCount}}",
        {"s": "/category/x-99999999999"},
    ),
    "a category nobody knows": ("{products(filter: {categoryId: [2147483647]}){totalCount}}", {}),
    "negative ids": ("{products(filter: {ids: [-1, 0, null]}){totalCount}}", {}),
    "a negative id": ("{product(id: -1){id} category(id: -1){id}}", {}),
    "the largest id": ("{product(id: 2147483647){id} category(id: 2147483647){id}}", {}),
    "values of no form": (
        '{products(filter: {attribValues: ["x", "1-", "-1", "", null, "1-9999999999999999999"]}){totalCount}}',
        {},
    ),
    "an endless price": ("{products(filter: {minPrice: " + "9" * 400 + "}){totalCount}}", {}),
    "a price without end": ("query($p: Float){products(filter: {maxPrice: $p}){totalCount}}", {"p": 1e308}),
    "currentPage below one": ("{products(currentPage: -5, pageSize: 1){products{id}}}", {}),
    "nulls everywhere": (
        "{products(currentPage: null, pageSize: null, filter: null, search: null, sort: null){totalCount}}",
        {},
    ),
    "null members": ("{products(filter: {ids: null, inStock: null}, sort: {id: null}){totalCount}}", {}),
    "null for connection": (
        "{productConnection(first: null, after: null, last: null, before: null, filter: null){totalCount}}",
        {},
    ),
    "no product": ("{productConnection(first: 0){nodes{id} edges{cursor} pageInfo{hasNextPage endCursor}}}", {}),
    "no argument": ("{product{id} category{id}}", {}),
    "introspection": ("{__schema{queryType{name}} __type(name: \"Product\"){name fields{name}} __typename}", {}),
    "a skipped field": ("query($a: Boolean!){website{id @skip(if: $a)} __typename}", {"a": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("version", ["10.0", "19.0"])
async def test_odd_but_fine(bff: BffOf, version: str, name: str) -> None:
    text, variables = ODD[name]
    answer = await (await bff(version)).query(text, variables)
    assert answer.data is not None


async def test_every_answer_about_a_document_is_no_longer_than_its_worth(shop: Bff) -> None:
    answer = await shop.query("{" + " ".join(f"unknown{n}" for n in range(1500)) + "}")
    assert answer.status == 400
    assert len(answer.errors) <= 21


@pytest.mark.parametrize("header", ["short", "x" * 65, "has space in it", "ümlaut-id-1234", 'quote"id12345'])
async def test_a_request_id_of_another_form_is_replaced(shop: Bff, header: str) -> None:
    own = (await shop.get("/healthz", **{"X-Request-Id": header})).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", own)


async def test_a_request_id_is_kept(shop: Bff) -> None:
    answer = await shop.get("/healthz", **{"X-Request-Id": "proxy:1234-abcd"})
    assert answer.headers["X-Request-Id"] == "proxy:1234-abcd"
