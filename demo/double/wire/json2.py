"""/json/2/<model>/<method> (Odoo 19): named arguments, a bearer API key, statuses that mean something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import HTMLResponse, Response

from demo.double import errors
from demo.double.accounts import uid_of_key
from demo.double.errors import OdooFault
from demo.double.profiles import JSON2_STATUSES
from demo.double.wire.tracebacks import traceback_text

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.double.core import Double

_NO_DATABASE = (
    "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected and the requested "
    "URL was not found in the server-wide controllers.</p>\n<p>Please verify the hostname, <a href=/web/login>login"
    "</a> and try again.</p>\n\n<!-- Alternatively, use the X-Odoo-Database header. -->\n"
)
_WRONG_TYPE = (
    "<!doctype html>\n<html lang=en>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media Type</h1>\n"
    "<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;/json/2/&lt;__model__&gt;/&lt;__method__"
    "&gt;&#39; is type=&#39;json2&#39;.<br><br>Please verify the Content-Type request header and try again.</p>\n"
)
_NO_KEY = "User not authenticated, use an API Key with a Bearer Authorization header."


async def endpoint(request: Request) -> Response:
    """``POST /json/2/<model>/<method>``: arguments by name in, the method's result or its error out."""
    double: Double = request.app.state.double
    wanted = request.headers.get("x-odoo-database")
    if wanted is not None and wanted != double.dataset.database:
        return HTMLResponse(_NO_DATABASE, 404)
    if request.method != "POST":
        return await wrong_path(request)
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if body and media_type not in ("application/json", "application/json-rpc"):
        return HTMLResponse(_WRONG_TYPE, 415, headers={"accept": "application/json"})
    try:
        arguments = _arguments(body)
        uid = _uid(double, request.headers.get("authorization"))
        path = request.path_params
        answer = double.execute_named(uid, path["model"], path["method"], arguments)
    except OdooFault as fault:
        return error_response(double, fault)
    return Response(msgspec.json.encode(answer), media_type=double.db.profile.json_content_type)


async def wrong_path(request: Request) -> Response:
    return error_response(
        request.app.state.double,
        _http_error(errors.NOT_FOUND, "Did you mean POST /json/2/<model>/<method>?", 404),
    )


def _arguments(body: bytes) -> dict[str, Any]:
    """The arguments; a body that is no object counts as none."""
    if not body:
        return {}
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise _http_error(errors.BAD_REQUEST, f"could not parse the body as json: {error}", 400) from None
    return decoded if isinstance(decoded, dict) else {}


def _uid(double: Double, header: str | None) -> int:
    scheme, _, key = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise _http_error(errors.UNAUTHORIZED, _NO_KEY, 401)
    uid = uid_of_key(double.db, key.strip())
    if uid is None:
        raise _http_error(errors.UNAUTHORIZED, "Invalid apikey", 401)
    return uid


def _http_error(name: str, message: str, status: int) -> OdooFault:
    return OdooFault(name, message, [message, status])


def error_response(double: Double, fault: OdooFault) -> Response:
    """``{name, message, arguments, context, debug}`` with the status of the exception's class."""
    status = JSON2_STATUSES.get(fault.name, 500)
    body: dict[str, Any] = {
        "name": fault.name,
        "message": fault.message,
        "arguments": fault.arguments,
        "context": {},
        "debug": traceback_text(fault, paired=False, short_class=False),
    }
    headers = {"www-authenticate": "Bearer "} if status == 401 else None
    return Response(msgspec.json.encode(body), status, headers=headers, media_type=double.db.profile.json_content_type)
