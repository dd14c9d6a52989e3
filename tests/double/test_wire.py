"""The recorded HTTP exchanges, byte for byte on the way in, by what matters on the way out."""

from __future__ import annotations

import json
import sys
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

import pytest

from demo.double import Double
from demo.double.recorded import recorded_dataset
from tests.double.asgi import HttpRequest, HttpResponse, ask
from tests.double.comparing import equal, first_difference
from tests.double.recordings import DATA, Answer, read_answer
from tests.double.test_replay import masked, unknown_fields

#: Exchanges that are not compared, or not in full, and why.
LEFT_OUT: Mapping[str, str] = {
    "10.0/08-binary-image_small": "pictures were not dumped",
    "10.0/09-method-returning-None-fault1-but-committed": "a method outside the shop's read side",
    "10.0/21-shop-get_unit_price": "a controller of the website",
    "10.0/22-shop-cart-update_json": "a controller of the website",
    "10.0/31-jsonrpc-null-result": "a method outside the shop's read side",
    "10.0/35-invoice-dates": "a model of which nothing was dumped",
    "10.0/36-legacy-xmlrpc-path-string-faultcode": "the legacy path is not played",
    "10.0/37-web-image": "pictures were not dumped",
    "10.0/38-web-image-conditional": "pictures were not dumped",
    "10.0/42-control-character-breaks-xml": "a partner that was gone by the end",
    "10.0/20-web-session-authenticate-portal": "a session answer: the double tells the part a client needs",
    "19.0/04-json2-null-result": "a method outside the shop's read side",
    "19.0/05-json2-invoice-dates": "a model of which nothing was dumped",
    "19.0/25-json2-binary-image": "pictures were not dumped",
    "19.0/26-json2-create-order-with-lines": "new records get other ids",
    "19.0/17-json2-422-unique-constraint": "the wish it collides with was gone by the end",
    "19.0/41-xmlrpc-validation-error": "the wish it collides with was gone by the end",
    "19.0/37-xmlrpc-none-result-fault": "a method outside the shop's read side",
    "19.0/50-session-authenticate": "a session answer: the double tells the part a client needs",
    "19.0/51-image-get": "pictures were not dumped",
    "19.0/52-image-get-fresh-etag": "pictures were not dumped",
}
#: Fields of records that were written again after the exchange.
WRITTEN_LATER: Mapping[str, frozenset[str]] = {"19.0/01-json2-search_read-paging": frozenset({"write_date"})}
#: Headers that must be the recorded ones.
HEADERS = ("content-type", "server", "www-authenticate")


@dataclass(frozen=True)
class Exchange:
    key: str
    request: HttpRequest
    response: HttpResponse

    @property
    def version(self) -> str:
        return self.key.partition("/")[0]

    @property
    def protocol(self) -> str:
        return "xmlrpc" if self.request.path.startswith("/xmlrpc") else "json"


def exchanges() -> list[Exchange]:
    found = []
    for version in ("10.0", "19.0"):
        for path in sorted((DATA / version / "wire").glob("*.request.http")):
            answer = path.with_name(path.name.replace(".request.", ".response."))
            key = f"{version}/{path.name.removesuffix('.request.http')}"
            found.append(Exchange(key, _request(path), _response(answer)))
    return found


def _split(path: Path) -> tuple[str, dict[str, str], bytes]:
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, body


def _request(path: Path) -> HttpRequest:
    first, headers, body = _split(path)
    method, target, _version = first.split(" ")
    return HttpRequest(method, target, headers, body)


def _response(path: Path) -> HttpResponse:
    first, headers, body = _split(path)
    return HttpResponse(int(first.split(" ")[1]), headers, body)


EXCHANGES = exchanges()


@pytest.mark.parametrize("exchange", [one for one in EXCHANGES if one.key not in LEFT_OUT], ids=lambda one: one.key)
def test_exchange(exchange: Exchange) -> None:
    double = Double(recorded_dataset(exchange.version))
    response = ask(double.asgi(), exchange.request)
    assert response.status == exchange.response.status
    for name in HEADERS:
        recorded = exchange.response.headers.get(name, "").lower().replace("; ", ";")
        assert response.headers.get(name, "").lower().replace("; ", ";").startswith(recorded.partition(";")[0]), name
    expected, answer = (_answer(exchange, one) for one in (exchange.response, response))
    assert (expected.error, expected.code, expected.kind) == (answer.error, answer.code, answer.kind)
    if not expected.failed:
        unknown = unknown_fields(exchange.version, _model(exchange), double)
        unknown |= WRITTEN_LATER.get(exchange.key, frozenset())
        left, right = masked(expected.value, unknown), masked(answer.value, unknown)
        assert equal(left, right), first_difference(left, right)


def _answer(exchange: Exchange, response: HttpResponse) -> Answer:
    if response.headers.get("content-type", "").startswith("text/html"):
        return Answer(response.status, error="(page)")
    return read_answer(exchange.protocol, response)


def _model(exchange: Exchange) -> str:
    if exchange.request.path.startswith("/json/2/"):
        return exchange.request.path.split("/")[3]
    try:
        if exchange.protocol == "xmlrpc":
            params, _method = xmlrpc.client.loads(exchange.request.body)
            return str(params[3]) if len(params) > 3 else ""
        return str(json.loads(exchange.request.body)["params"]["args"][3])
    except (ValueError, LookupError, TypeError, ExpatError):
        return ""


def test_what_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    keys = {exchange.key for exchange in EXCHANGES}
    assert set(LEFT_OUT) <= keys
    with capsys.disabled():
        sys.stdout.write(f"\n{len(keys) - len(LEFT_OUT)} of {len(keys)} wire recordings compared\n")
    assert len(keys) - len(LEFT_OUT) >= 75
