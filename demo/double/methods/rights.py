"""Questions about rights."""

from __future__ import annotations

from typing import Any

from demo.double import errors
from demo.double.access import check_model
from demo.double.methods.registry import ONLY_19, UP_TO_14, Call, rpc
from demo.double.sales.discounts import GROUP as DISCOUNT_GROUP
from demo.double.sales.discounts import in_discount_group


@rpc(on_model=True, versions=UP_TO_14)
def check_access_rights(
    call: Call,
    operation: Any,
    raise_exception: bool = True,
) -> bool:
    return _allowed(call, operation, raise_exception=raise_exception)


@rpc(versions=ONLY_19)
def has_access(call: Call, operation: Any) -> bool:
    return _allowed(call, operation, raise_exception=False)


def _allowed(call: Call, operation: Any, *, raise_exception: bool) -> bool:
    try:
        check_model(call.env, call.model, operation)
    except errors.OdooFault:
        if raise_exception:
            raise
        return False
    return True


#: External ids of the groups a user is told by, to the test that tells.
_GROUPS = {"base.group_portal": True, "base.group_user": False}


@rpc("res.users", on_model=True, versions=UP_TO_14)
def has_group(call: Call, group_ext_id: str) -> bool:
    return _in_group(call.env.user_row(), group_ext_id)


@rpc("res.users", versions=ONLY_19, name="has_group")
def has_group_of(call: Call, group_ext_id: str) -> bool:
    user = call.env.row("res.users", call.ids[0]) if call.ids else call.env.user_row()
    if user is not None and group_ext_id == DISCOUNT_GROUP:
        return in_discount_group(call.env, user)
    return user is not None and _in_group(user, group_ext_id)


def _in_group(user: dict[str, Any], group: str) -> bool:
    portal = bool(user.get("share", False))
    if group in _GROUPS:
        return portal is _GROUPS[group]
    if group == "base.group_public":
        return False
    # the rest is told by the login: administrators have every group, portal users none
    return not portal and user.get("login") in ("admin", "__system__")
