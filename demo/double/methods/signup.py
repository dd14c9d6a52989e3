"""Signing up, and links for a new password (the module auth_signup)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from demo.double import errors, signup
from demo.double.access import check_model
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, UP_TO_14, Call, rpc
from demo.double.searching import search_ids
from demo.double.writing import create, write

_RESET = "Password reset"
_UNINVITED = "Signup is not allowed for uninvited users"
_SENT = {
    "type": "ir.actions.client",
    "tag": "display_notification",
    "params": {"title": "Notification", "message": "A reset password link was sent by email", "sticky": False},
}


@rpc("res.users", on_model=True, versions=UP_TO_14, name="signup")
def signup_with_database(call: Call, values: Mapping[str, Any], token: Any = None) -> Any:
    return [call.env.db.dataset.database, *_signup(call, dict(values), token)]


@rpc("res.users", on_model=True, versions=ONLY_19, name="signup")
def signup_of_19(call: Call, values: Mapping[str, Any], token: Any = None) -> Any:
    return _signup(call, dict(values), token)


def _signup(call: Call, values: dict[str, Any], token: Any) -> list[Any]:
    """Login and password of whoever signed up, or set a new password, with the token."""
    env = call.env
    if not token:
        values["email"] = values.get("email") or values.get("login")
        _sign_up_uninvited(call, values)
        return [values["login"], values.get("password", False)]
    partner = signup.partner_of(env, str(token))
    signup.cancel(env, partner["id"])
    users = list(env.db.table("res.users").find("partner_id", [partner["id"]]))
    if not users:
        values |= {"name": partner.get("name"), "partner_id": partner["id"]}
        _from_template(call, values)
        return [values["login"], values.get("password", False)]
    values = {name: value for name, value in values.items() if name not in ("login", "name")}
    write(env, "res.users", users[:1], values)
    return [(env.row("res.users", users[0]) or {}).get("login", False), values.get("password", False)]


def _sign_up_uninvited(call: Call, values: dict[str, Any]) -> None:
    db = call.env.db
    if db.dataset.version == "10.0":
        open_to_all = db.parameter("auth_signup.allow_uninvited") == "True"
    else:
        open_to_all = db.parameter("auth_signup.invitation_scope") == "b2c"
    if not open_to_all:
        raise errors.OdooFault(signup.SIGNUP_ERROR, _UNINVITED)
    _from_template(call, values)


def _from_template(call: Call, values: dict[str, Any]) -> None:
    """As the template user does: a portal user."""
    env = call.env
    if not values.get("login"):
        raise errors.value_error("Signup: no login given for new user")
    if not values.get("partner_id") and not values.get("name"):
        raise errors.value_error("Signup: no name or partner given for new user")
    portal = env.db.external_id("base.group_portal")
    groups = {env.db.profile.names.user_groups: [(6, 0, [portal] if portal else [])]}
    try:
        create(env, "res.users", {**values, **groups, "active": True})
    except errors.OdooFault as fault:
        raise errors.OdooFault(signup.SIGNUP_ERROR, fault.message) from fault


@rpc("res.users", versions=UP_TO_14)
def action_reset_password(call: Call) -> None:
    _mail_links(call, call.ids)


@rpc("res.users", versions=ONLY_19, name="action_reset_password")
def action_reset_password_of_19(call: Call) -> Any:
    _mail_links(call, call.ids)
    return _SENT


@rpc("res.users", versions=UP_TO_14)
def reset_password(call: Call, login: Any) -> None:
    _mail_links(call, _named(call, login))


@rpc("res.users", versions=ONLY_19, name="reset_password")
def reset_password_of_19(call: Call, login: Any) -> Any:
    _mail_links(call, _named(call, login))
    return _SENT


def _named(call: Call, login: Any) -> list[int]:
    """The user with the login, or with the address."""
    for name in ("login", "email"):
        found = search_ids(call.env, "res.users", [(name, "=", login)])
        if found:
            break
    if len(found) != 1:
        raise errors.OdooFault("builtins.Exception", "Reset password: invalid username or email")
    return found


def _mail_links(call: Call, user_ids: list[Any]) -> None:
    env = call.env
    check_model(env, "res.users", "write")  # a token is for those to see who may give access
    rows = [env.row("res.users", user_id) or {} for user_id in user_ids]
    if any(not row.get("active") for row in rows):
        raise errors.user_error("You cannot perform this action on an archived user.")
    tomorrow = (env.db.clock() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    for row in rows:
        signup.prepare(env, row["partner_id"], "reset", tomorrow)
        signup.mail_link(env, row, _RESET)


@rpc("res.partner", versions=UP_TO_14)
def signup_prepare(call: Call, signup_type: str = "signup", expiration: Any = False) -> bool:
    for partner_id in call.ids:
        signup.prepare(call.env, partner_id, signup_type, expiration)
    return True


@rpc("res.partner", versions=ONLY_19, name="signup_prepare")
def signup_prepare_of_19(call: Call, signup_type: str = "signup") -> bool:
    for partner_id in call.ids:
        signup.prepare(call.env, partner_id, signup_type)
    return True


@rpc("res.partner")
def signup_cancel(call: Call) -> bool:
    for partner_id in call.ids:
        signup.cancel(call.env, partner_id)
    return True


@rpc("res.partner", on_model=True, versions=(*ONLY_10, *ONLY_14))
def signup_retrieve_info(call: Call, token: Any) -> dict[str, Any]:
    """Whose token it is: closed to clients in 19.0."""
    env = call.env
    row = signup.partner_of(env, str(token))
    told = {"db": env.db.dataset.database, "token": token, "name": row.get("name", False)}
    users = [env.row("res.users", user) or {} for user in env.db.table("res.users").find("partner_id", [row["id"]])]
    return told | (
        {"login": users[0]["login"]} if users else {"login": row.get("email", ""), "email": row.get("email")}
    )


@rpc("ir.model.data", on_model=True, versions=ONLY_10)
def xmlid_to_res_id(call: Call, xmlid: str, raise_if_not_found: bool = False) -> Any:
    found = call.env.db.external_id(xmlid)
    if found is None and raise_if_not_found:
        raise errors.value_error(f"External ID not found in the system: {xmlid}")
    return found or False


@rpc("ir.model.data", on_model=True, versions=UP_TO_14)
def get_object_reference(call: Call, module: str, xml_id: str) -> list[Any]:
    env = call.env
    for record_id in env.db.table("ir.model.data").find("name", [xml_id]):
        row = env.row("ir.model.data", record_id) or {}
        if row.get("module") == module:
            return [row["model"], row["res_id"]]
    raise errors.value_error(f"External ID not found in the system: {module}.{xml_id}")
