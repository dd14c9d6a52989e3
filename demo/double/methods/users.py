"""Users: who they are, their passwords, and (19) checking somebody's login with a service key."""

from __future__ import annotations

from typing import Any

from demo.double import errors
from demo.double.accounts import check_password, log_in, set_password
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, UP_TO_14, Call, rpc


@rpc("res.users", on_model=True, versions=UP_TO_14)
def context_get(call: Call) -> Any:
    answer = _context(call)
    # a frozendict up to 14: XML-RPC cannot marshal it there
    return FrozenDict(answer) if call.env.db.dataset.version == "14.0" else answer


@rpc("res.users", on_model=True, versions=ONLY_19, name="context_get")
def context_get_with_uid(call: Call) -> Any:
    return {**_context(call), "uid": call.env.uid}


class FrozenDict(dict[str, Any]):
    """What 14 answers as a user's context: a type JSON knows as a dict and XML-RPC does not know."""


def _context(call: Call) -> dict[str, Any]:
    env = call.env
    user = env.user_row()
    return {
        "lang": env.value("res.users", user, "lang") or False,
        "tz": env.value("res.users", user, "tz") or False,
    }


@rpc("res.users", on_model=True, versions=ONLY_10)
def change_password(call: Call, old_passwd: str, new_passwd: str) -> bool:
    return _change(call, old_passwd, new_passwd)


@rpc("res.users", on_model=True, versions=(*ONLY_14, *ONLY_19), name="change_password")
def change_password_since_14(call: Call, old_passwd: str, new_passwd: str) -> bool:
    return _change(call, old_passwd, new_passwd)


def _change(call: Call, old: str, new: str) -> bool:
    db = call.env.db
    if not check_password(db, call.env.uid, old):
        raise errors.access_denied(db.profile.access_denied_text)
    if not new:
        raise errors.user_error("Setting empty passwords is not allowed for security reasons!")
    set_password(db, call.env.uid, new)
    return True


@rpc("res.users", on_model=True, versions=ONLY_19)
def authenticate(call: Call, credential: dict[str, Any], user_agent_env: dict[str, Any]) -> Any:
    login, password = str(credential.get("login", "")), str(credential.get("password", ""))
    uid = log_in(call.env.db, login, password, interactive=bool(user_agent_env.get("interactive", True)))
    return {"uid": uid, "auth_method": "password", "mfa": "default"}


@rpc("res.partner")
def address_get(call: Call, adr_pref: Any = None) -> dict[str, int]:
    """The contact to use for each address type: a child of that type, of this contact or its parents."""
    env = call.env
    wanted = dict.fromkeys([*(adr_pref or []), "contact"])
    if not call.ids or env.row("res.partner", call.ids[0]) is None:
        return {}
    start = call.ids[0]
    found: dict[str, int] = {}
    current: Any = start
    while current:
        row = env.row("res.partner", current) or {"id": current}
        for record_id in [current, *env.value("res.partner", row, "child_ids")]:
            kind = (env.row("res.partner", record_id) or {}).get("type", "contact")
            if kind in wanted and kind not in found:
                found[kind] = record_id
        if row.get("is_company") or not row.get("parent_id"):
            break
        current = row["parent_id"]
    default = found.get("contact", start)
    return {kind: found.get(kind, default) for kind in wanted}
