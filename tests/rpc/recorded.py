"""The recorded exchanges with real Odoos: raw request and response pairs, and the errors among the calls."""

from __future__ import annotations

import json
import xmlrpc.client
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.rpc.raw_server import Request, parse_request

DATA = Path(__file__).parent.parent / "data" / "odoo"
VERSIONS = ("10.0", "14.0", "19.0")


@dataclass(frozen=True)
class Pair:
    """One recorded exchange, byte for byte."""

    version: str
    name: str
    request: Request
    response: bytes

    @property
    def key(self) -> str:
        return f"{self.version}/{self.name}"

    @property
    def response_body(self) -> bytes:
        return self.response.partition(b"\r\n\r\n")[2]

    @property
    def protocol(self) -> str:
        """The transport that makes such requests, '' for what is no RPC."""
        for start, protocol in _PROTOCOLS.items():
            if self.request.path.startswith(start):
                return protocol
        return ""


_PROTOCOLS = {"/xmlrpc/": "xmlrpc", "/jsonrpc": "jsonrpc", "/json/2/": "json2", "/json/version": "json2"}


@dataclass(frozen=True)
class ServiceCall:
    """A call of the services ``common`` and ``object``, whichever protocol wrote it."""

    service: str
    method: str
    args: list[Any]

    @property
    def is_object(self) -> bool:
        return self.service == "object" and self.method == "execute_kw"


@cache
def pairs() -> tuple[Pair, ...]:
    found = []
    for version in VERSIONS:
        for path in sorted((DATA / version / "wire").glob("*.request.http")):
            name = path.name.removesuffix(".request.http")
            response = path.with_name(f"{name}.response.http").read_bytes()
            found.append(Pair(version, name, parse_request(path.read_bytes()), response))
    return tuple(found)


@cache
def failed_calls(version: str) -> tuple[dict[str, Any], ...]:
    """The recorded calls that Odoo answered with an error."""
    lines = (DATA / version / "calls.jsonl").read_text("utf-8").splitlines()
    return tuple(call for call in map(json.loads, lines) if "error" in call)


def service_call(request: Request) -> ServiceCall:
    """The call in a request of XML-RPC or JSON-RPC, read without the code under test."""
    if request.path == "/jsonrpc":
        params = json.loads(request.body)["params"]
        return ServiceCall(params["service"], params["method"], params["args"])
    args, method = xmlrpc.client.loads(request.body.decode())
    assert method is not None
    return ServiceCall(request.path.rpartition("/")[2], method, list(args))


SIGNATURES: dict[str, tuple[bool, tuple[str, ...]]] = {
    "search_read": (False, ("domain", "fields", "offset", "limit", "order")),
    "search": (False, ("domain", "offset", "limit", "order")),
    "search_count": (False, ("domain",)),
    "read": (True, ("fields",)),
    "write": (True, ("vals",)),
    "create": (False, ("vals_list",)),
    "unlink": (True, ()),
    "price_get": (True, ("prod_id", "qty", "partner")),
    "product_uom_change": (True, ()),
    "onchange_partner_id": (True, ()),
    "action_update_prices": (True, ()),
    "no_such_method": (True, ()),
    "no_method": (True, ()),
    "_cart_update": (True, ()),
}
"""Of the recorded methods: whether they take ids first, and their parameters in order (from Odoo's sources)."""


@dataclass(frozen=True)
class ModelCall:
    """A call of a model's method with all its arguments by name."""

    model: str
    method: str
    ids: list[int] | None
    args: dict[str, Any]
    context: dict[str, Any] | None


def model_call(call: ServiceCall) -> ModelCall:
    """An ``execute_kw`` with its positions turned into names."""
    _database, _uid, _secret, model, method, *rest = call.args
    places = list(rest[0]) if rest else []
    named = dict(rest[1]) if len(rest) > 1 else {}
    has_ids, names = SIGNATURES[method]
    ids = places.pop(0) if has_ids and places else None
    assert len(places) <= len(names)
    context = named.pop("context", None)
    return ModelCall(model, method, ids, {**dict(zip(names, places, strict=False)), **named}, context)
