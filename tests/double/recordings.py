"""The recorded calls as requests that can be made again, and what was answered."""

from __future__ import annotations

import json
import re
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from demo.double.recorded import PASSWORDS, PORTAL_PASSWORD_19
from tests.double.asgi import HttpRequest, HttpResponse

DATA = Path(__file__).parent.parent / "data" / "odoo"
VERSIONS = ("10.0", "14.0", "19.0")
API_KEY = "9ccccc4747e1e169597dfd5a31c2f2da7028d891"
DATABASE = "shop"
#: uid -> login of the recorded users.
LOGINS: Mapping[str, Mapping[int, str]] = {
    "10.0": {1: "admin", 8: "anais@vet.example", 10: "new@vet.example", 12: "bff"},
    "14.0": {2: "admin", 8: "vet0@alcyon.example"},
    "19.0": {2: "admin", 11: "zoe1795289260@example.com"},
}
ADMIN = {"10.0": 1, "14.0": 2, "19.0": 2}
PORTAL = {"10.0": 8, "14.0": 8, "19.0": 11}
#: Methods that change nothing.
READING = frozenset(
    {
        "search", "search_read", "read", "search_count", "read_group", "formatted_read_group", "name_search",
        "name_get", "fields_get", "check_access_rights", "has_access", "has_group", "default_get", "get_param",
        "context_get", "price_get", "price_rule_get", "price_compute", "get_contextual_price", "address_get",
        "web_read", "web_search_read", "get_field_translations", "get_installed", "get_metadata", "authenticate",
        "version", "login", "about", "list", "server_version", "GET",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """An answer reduced to what must agree: a value, or a failure's class and codes."""

    status: int
    value: Any = None
    error: str | None = None  # the exception's class name
    code: Any = None  # fault code or JSON-RPC error code
    kind: str = ""  # JSON-RPC's exception_type

    @property
    def failed(self) -> bool:
        return self.error is not None


@dataclass(frozen=True)
class Recorded:
    """One line of calls.jsonl (``index``: its number) that is a call."""

    version: str
    index: int
    step: str
    protocol: str
    model: str
    method: str
    arguments: Any
    request: HttpRequest
    answer: Answer

    @property
    def key(self) -> str:
        return f"{self.version} line {self.index}: {self.step}: {self.model}.{self.method}"

    @property
    def reads_only(self) -> bool:
        return self.method in READING or self.answer.failed


@cache
def lines(version: str) -> list[dict[str, Any]]:
    text = (DATA / version / "calls.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def recorded(version: str, index: int, line: dict[str, Any]) -> Recorded | None:
    """The line as a call; None when it is none (a measurement, a note)."""
    endpoint = line["endpoint"]
    if endpoint.startswith("/xmlrpc/2/object"):
        return _object_call(version, index, line)
    if endpoint.startswith("/xmlrpc/2/"):
        body = xmlrpc.client.dumps(tuple(line["args"]), line["method"])
        return _call(version, index, line, "xmlrpc", _xml(endpoint, body))
    if endpoint == "/jsonrpc":
        return _jsonrpc(version, index, line)
    if endpoint.startswith("/json/2"):
        return _json2(version, index, line)
    if endpoint.startswith("/web/"):
        return _web(version, index, line)
    return None


def _call(
    version: str, index: int, line: dict[str, Any], protocol: str, request: HttpRequest, **known: Any
) -> Recorded:
    return Recorded(
        version,
        index,
        line["step"],
        protocol,
        known.get("model") or line["model"] or "",
        known.get("method") or line["method"],
        known.get("arguments", line["args"]),
        request,
        recorded_answer(line, protocol),
    )


def _xml(path: str, body: str) -> HttpRequest:
    return HttpRequest("POST", path, {"content-type": "text/xml"}, body.encode())


def _who(version: str, line: dict[str, Any]) -> tuple[int, str]:
    """uid and password of a call."""
    uid = line.get("uid") or ADMIN[version]
    whose = str(line.get("as") or "")
    if not line.get("uid") and ("portal" in whose or (version == "14.0" and _PORTAL_STEP.match(line["step"]))):
        uid = PORTAL[version]
    login = LOGINS[version].get(uid, "admin")
    password = PASSWORDS[version].get(login, PORTAL_PASSWORD_19)
    if "api key" in whose:
        password = API_KEY
    refused = _fault_code(line) == 3 and line["method"] != "change_password"
    return uid, "not the password" if refused else password


#: In 14's recording only the step's title tells that the portal user called.
_PORTAL_STEP = re.compile(r"^\d+ (jsonrpc )?portal ")


def _fault_code(line: dict[str, Any]) -> Any:
    error = line.get("error")
    return error.get("faultCode") if isinstance(error, dict) else None


def _object_call(version: str, index: int, line: dict[str, Any]) -> Recorded:
    uid, password = _who(version, line)
    params = (DATABASE, uid, password, line["model"], line["method"], line["args"], line["kwargs"] or {})
    body = xmlrpc.client.dumps(params, "execute_kw", allow_none=True)
    arguments = {"args": line["args"], **(line["kwargs"] or {})}
    return _call(version, index, line, "xmlrpc", _xml("/xmlrpc/2/object", body), arguments=arguments)


def _jsonrpc(version: str, index: int, line: dict[str, Any]) -> Recorded | None:
    """The versions' recorders wrote the arguments of /jsonrpc in three ways."""
    if version == "10.0":
        if not line["args"]:
            return None
        params = line["args"][0]
        call = params["args"]
    elif version == "14.0":
        service = "object" if line["model"] else "common"
        call = [*line["args"]]
        if line["kwargs"]:
            call[6:7] = [line["kwargs"]]
        method = "execute_kw" if line["model"] else "authenticate"
        params = {"service": service, "method": method, "args": call if line["model"] else [*call, {}][:4]}
    else:
        uid, password = _who(version, line)
        if line["model"]:
            call = [DATABASE, uid, password, line["model"], line["method"], *line["args"]]
            params = {"service": "object", "method": "execute_kw", "args": call}
        else:
            call = line["args"]
            params = {"service": "common", "method": line["method"], "args": call}
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}).encode()
    request = HttpRequest("POST", "/jsonrpc", {"content-type": "application/json"}, body)
    if params["service"] == "object" and len(call) < 5:
        return None
    model, method = (call[3], call[4]) if params["service"] == "object" else ("", params["method"])
    arguments = {"args": call[5] if len(call) > 5 else []} if params["service"] == "object" else call
    return _call(version, index, line, "jsonrpc", request, model=model, method=method, arguments=arguments)


def _json2(version: str, index: int, line: dict[str, Any]) -> Recorded:
    path = line["endpoint"]
    headers = {"content-type": "application/json; charset=utf-8", "x-odoo-database": DATABASE}
    recorded_headers = line.get("request_headers") or {}
    headers["authorization"] = f"bearer {API_KEY}"
    for name, value in recorded_headers.items():
        if value is None or value is False:
            headers.pop(name.lower(), None)
        elif value is not True:
            headers[name.lower()] = value
    refused = line.get("error") if isinstance(line.get("error"), dict) else {}
    if refused and refused.get("message") == "Invalid apikey":  # the recording leaves the secrets out
        headers["authorization"] = "bearer " + "0" * 40
    elif refused and "use an API Key" in refused.get("message", "") and "authorization" in headers:
        headers["authorization"] = "Basic YWRtaW46YWRtaW4="
    body = line["kwargs"] if isinstance(line["kwargs"], str) else json.dumps(line["kwargs"] or {})
    if line["args"] and not line["kwargs"]:
        body = json.dumps(line["args"])
    parts = path.partition("?")[0].split("/")
    model, method = (parts[3], parts[4]) if len(parts) > 4 else ("", "")
    verb = line["method"] if line["method"] in ("GET", "PUT") else "POST"
    request = HttpRequest(verb, path, headers, body.encode())
    return _call(
        version, index, line, "json2", request, model=model, method=method or line["method"], arguments=line["kwargs"]
    )


def _web(version: str, index: int, line: dict[str, Any]) -> Recorded:
    path = line["endpoint"]
    if line["method"] == "GET" or "/web/image" in path:
        return _call(version, index, line, "web", HttpRequest("GET", path))
    given = line["kwargs"] or line["args"]
    given = given[0] if isinstance(given, list) and given else given
    params = given.get("params", given) if isinstance(given, dict) else {}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "method": "call", "params": params}).encode()
    request = HttpRequest("POST", path, {"content-type": "application/json"}, body)
    return _call(version, index, line, "web-jsonrpc", request)


# ------------------------------------------------------------------------------------------------ answers

_LAST_CLASS = re.compile(r"^(?:\w+\.)*([A-Z]\w*[a-z]\w*): ", re.MULTILINE)


def traceback_class(text: str) -> str:
    """The class a traceback ends with."""
    found = _LAST_CLASS.findall(text)
    return str(found[-1]) if found else ""


def recorded_answer(line: dict[str, Any], protocol: str) -> Answer:
    status = line["http_status"] or 0
    error = line.get("error")
    if error is None:
        value = line.get("result")
        if protocol == "jsonrpc" and value == {"jsonrpc": "2.0", "id": 1}:
            value = None
        if protocol.startswith("web") and isinstance(value, dict) and "jsonrpc" in value:
            return _jsonrpc_answer(status, value)
        return Answer(status, value)
    if not isinstance(error, dict):
        return Answer(status, error="(page)")
    if "faultCode" in error:
        code = error["faultCode"]
        return Answer(status, error=traceback_class(error["faultString"]) if code == 1 else "", code=code)
    if "data" in error:
        return _jsonrpc_error(status, error)
    if "name" in error:
        return Answer(status, error=error["name"])
    return Answer(status, error="(no answer)")


def _jsonrpc_error(status: int, error: dict[str, Any]) -> Answer:
    data = error["data"]
    return Answer(status, error=data["name"], code=error["code"], kind=data.get("exception_type", ""))


def _jsonrpc_answer(status: int, envelope: dict[str, Any]) -> Answer:
    error = envelope.get("error")
    return _jsonrpc_error(status, error) if error else Answer(status, envelope.get("result"))


def read_answer(protocol: str, response: HttpResponse) -> Answer:
    """What the double answered."""
    status = response.status
    if protocol == "xmlrpc":
        try:
            (value,), _method = xmlrpc.client.loads(response.body, use_builtin_types=True)
        except xmlrpc.client.Fault as fault:
            error = traceback_class(fault.faultString) if fault.faultCode == 1 else ""
            return Answer(status, error=error, code=fault.faultCode)
        except ExpatError:
            return Answer(status, error="(page)")
        return Answer(status, value)
    kind = response.headers.get("content-type", "")
    if not kind.startswith("application/json"):
        return Answer(status, error="(page)") if status >= 400 else Answer(status, response)
    decoded = json.loads(response.body)
    if isinstance(decoded, dict) and "jsonrpc" in decoded:
        return _jsonrpc_answer(status, decoded)
    if status >= 400:
        return Answer(status, error=decoded["name"])
    return Answer(status, decoded)
