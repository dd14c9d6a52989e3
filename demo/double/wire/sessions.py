"""Web sessions and version controllers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from demo.double import errors
from demo.double.access import is_admin, is_portal
from demo.double.accounts import log_in
from demo.double.compute.names import display_name
from demo.double.env import Env
from demo.double.errors import OdooFault
from demo.double.wire.jsonrpc import bad_json, error_response, result_response
from demo.double.wire.services import version_info as common_version

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.double.core import Double

_COOKIE = "session_id"


async def _envelope(request: Request) -> dict[str, Any] | None:
    try:
        decoded = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        return None
    return decoded if isinstance(decoded, dict) else None


async def authenticate(request: Request) -> Response:
    """Log in with a password; the answer carries a session cookie."""
    double: Double = request.app.state.double
    envelope = await _envelope(request)
    if envelope is None:
        return bad_json(await request.body())
    params = envelope.get("params") or {}
    try:
        double.check_database(params.get("db"))
        uid = log_in(double.db, str(params.get("login")), str(params.get("password")), interactive=True)
    except OdooFault as fault:
        if double.version == "10.0" and fault.name == errors.ACCESS_DENIED:
            return result_response(double, envelope.get("id"), {"uid": False, **_server(double)})
        return error_response(double, envelope.get("id"), fault)
    if (double.db.table("res.users").get(uid) or {}).get("totp_secret"):
        return result_response(double, envelope.get("id"), _half_way(double))
    key = secrets.token_hex(20)
    request.app.state.sessions[key] = uid
    response = result_response(double, envelope.get("id"), session_info(double, uid))
    response.set_cookie(_COOKIE, key, max_age=604_800, httponly=True, path="/")
    return response


async def get_session_info(request: Request) -> Response:
    double: Double = request.app.state.double
    envelope = await _envelope(request) or {}
    uid = request.app.state.sessions.get(request.cookies.get(_COOKIE, ""))
    if uid is None:
        fault = OdooFault("odoo.http.SessionExpiredException", "Session expired")
        return error_response(double, envelope.get("id"), fault)
    return result_response(double, envelope.get("id"), session_info(double, uid))


def _half_way(double: Double) -> dict[str, Any]:
    """A second factor is asked for: nobody is logged in yet."""
    if double.version == "19.0":
        return {"uid": None}
    nobody = {"name": False, "username": False, "partner_display_name": False, "company_id": None, "partner_id": None}
    return {"uid": None, "is_system": False, "is_admin": False, "user_context": {}, **_server(double), **nobody}


def _server(double: Double) -> dict[str, Any]:
    return {
        "db": double.dataset.database,
        "server_version": double.version,
        "server_version_info": list(double.db.profile.server_version_info),
    }


def session_info(double: Double, uid: int) -> dict[str, Any]:
    """Who is logged in, as the web client is told."""
    env = Env(double.db, uid, sudo=True)
    user = env.user_row()
    partner = user.get("partner_id", False)
    info: dict[str, Any] = {
        "uid": uid,
        "is_admin": is_admin(env),
        "user_context": {
            "lang": env.value("res.users", user, "lang") or False,
            "tz": env.value("res.users", user, "tz") or False,
            "uid": uid,
        },
        **_server(double),
        "name": display_name(env, "res.users", uid),
        "username": user.get("login", False),
        "partner_id": partner,
        "web.base.url": "http://127.0.0.1",
    }
    if double.version == "10.0":
        return {**info, "company_id": user.get("company_id", False)}
    info |= {"is_system": is_admin(env), "partner_display_name": display_name(env, "res.partner", partner)}
    if double.version == "19.0":
        info |= {"is_public": False, "is_internal_user": not is_portal(env)}
    return info


async def version_info(request: Request) -> Response:
    """/web/webclient/version_info"""
    envelope = await _envelope(request) or {}
    return result_response(request.app.state.double, envelope.get("id"), common_version(request.app.state.double))


async def web_version(request: Request) -> Response:
    """/web/version and /json/version (19)."""
    double: Double = request.app.state.double
    body = {"version_info": list(double.db.profile.server_version_info), "version": double.version}
    return Response(msgspec.json.encode(body), media_type=double.db.profile.json_content_type)


async def health(_request: Request) -> Response:
    return Response(b'{"status": "pass"}', media_type="application/json", headers={"cache-control": "no-store"})
