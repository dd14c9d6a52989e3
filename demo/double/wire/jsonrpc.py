"""/jsonrpc and the JSON-RPC controllers of /web: HTTP 200 with a result, no result (None) or an error."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import HTMLResponse, Response

from demo.double import errors
from demo.double.errors import OdooFault
from demo.double.wire.services import dispatch
from demo.double.wire.tracebacks import traceback_text

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.double.core import Double


async def endpoint(request: Request) -> Response:
    """service, method and args in ``params``, as the object and common services take them."""
    double: Double = request.app.state.double
    body = await request.body()
    try:
        envelope = msgspec.json.decode(body)
        params = envelope.get("params") or {}
    except (msgspec.DecodeError, AttributeError):
        return bad_json(body)
    try:
        answer = dispatch(
            double, "jsonrpc", str(params.get("service")), str(params.get("method")), list(params.get("args") or [])
        )
    except OdooFault as fault:
        return error_response(double, envelope.get("id"), fault)
    return result_response(double, envelope.get("id"), answer)


def bad_json(body: bytes) -> Response:
    shown = html.escape(body.decode("utf-8", "replace")[:1000])
    return HTMLResponse(
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>400 Bad Request</title>\n'
        f"<h1>Bad Request</h1>\n<p>Invalid JSON data: '{shown}'</p>\n",
        400,
    )


def result_response(double: Double, call_id: Any, answer: Any) -> Response:
    envelope = {"jsonrpc": "2.0", "id": call_id}
    if answer is not None:
        envelope["result"] = answer
    return _respond(double, envelope)


def error_response(double: Double, call_id: Any, fault: OdooFault) -> Response:
    profile = double.db.profile
    error = {"code": profile.jsonrpc_code, "message": "Odoo Server Error", "data": error_data(double, fault)}
    return _respond(double, {"jsonrpc": "2.0", "id": call_id, "error": error})


_PAIRED = frozenset({errors.VALIDATION_ERROR, errors.MISSING_ERROR, errors.ACCESS_ERROR})


def error_data(double: Double, fault: OdooFault) -> dict[str, Any]:
    """``error.data``: the class, its message and arguments, and the traceback nobody should show."""
    profile = double.db.profile
    paired = profile.paired_arguments and fault.name in _PAIRED
    data: dict[str, Any] = {
        "name": profile.jsonrpc_names.get(fault.name, fault.name),
        "debug": traceback_text(fault, paired=paired, short_class=double.version == "10.0"),
        "message": f"{fault.message}\nNone" if paired else fault.message,
        "arguments": [*fault.arguments, None] if paired else fault.arguments,
    }
    if profile.exception_types:
        data["exception_type"] = profile.exception_types.get(fault.name) or profile.exception_types[""]
    else:
        data["context"] = {}
    return data


def _respond(double: Double, envelope: Any) -> Response:
    return Response(msgspec.json.encode(envelope, enc_hook=_text), media_type=double.db.profile.json_content_type)


def _text(value: Any) -> str:
    """What JSON does not know is shown as its text."""
    return "".join(value) if isinstance(value, str) else str(value)
