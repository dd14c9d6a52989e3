"""Why a recorded call cannot be compared with the recorded database, which is that of the end of the recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from demo.double import Double
from demo.double.errors import OdooFault
from demo.double.methods.registry import NOT_PLAYED, public_method
from tests.double.recordings import Answer, Recorded, lines

#: Models in groups: a change to one shows in answers about the others of its group.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "trade": ("sale.", "stock.", "account.", "choose.", "coupon.", "loyalty.", "delivery.", "payment.", "procurement."),
    "catalogue": ("product.",),
    "people": ("res.partner", "res.users", "portal."),
    "settings": ("ir.", "res.config", "base.", "mail", "crm.", "res."),
}
#: Whose later changes make an answer about a group outdated.
OUTDATED_BY: Mapping[str, frozenset[str]] = {
    "trade": frozenset({"trade", "catalogue", "people"}),
    "catalogue": frozenset({"catalogue", "trade"}),
    "people": frozenset({"people", "trade"}),
    "settings": frozenset({"settings"}),
}
_MEASURED = (
    "(",
    "cost",
    "read x",
    "write x",
    "action_confirm x",
    "write (",
    "write_date",
    "POST received",
    "one write on",
)
_CONTROLLERS = ("/web/session/get_session_info", "/web/dataset", "/website", "/doc", "/json/1")


def group_of(model: str) -> str:
    for group, prefixes in GROUPS.items():
        if model.startswith(prefixes):
            return group
    return "settings"


def last_changes(version: str) -> dict[str, int]:
    """For each group, the number of the last line that changed one of its records."""
    from tests.double.recordings import READING, recorded

    last: dict[str, int] = {}
    for index, line in enumerate(lines(version)):
        if line["endpoint"].startswith(("/shop/", "/website")):
            last["trade"] = index
        call = recorded(version, index, line)
        if (
            call is None
            or not call.model
            or call.method in READING
            or (call.answer.failed and call.answer.error != "TypeError")
        ):
            continue
        last[group_of(call.model)] = index
    return last


def outdated(call: Recorded, last: Mapping[str, int]) -> bool:
    """Records the answer tells about changed after the call."""
    return any(call.index < last.get(group, -1) for group in OUTDATED_BY[group_of(call.model)])


# ------------------------------------------------------------------------------------- reasons, in this order

Reason = Callable[[Recorded, dict[str, Any], Double, Answer], bool]


def _measurement(call: Recorded, line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    text = f"{call.method} {line['method']}"
    names = ("total_ms", "parallel", "wall_ms", "500_reads_of_1_id_ms", "statuses")
    value = call.answer.value
    told = isinstance(value, dict) and any(name in value or any(name in str(key) for key in value) for name in names)
    arguments = call.arguments if isinstance(call.arguments, dict) else {}
    hidden = bool({"n", "parallel", "body_MiB", "body_mib", "note", "xid"} & arguments.keys())
    empty = call.protocol == "json2" and call.method in ("write", "load") and not arguments
    return told or hidden or empty or any(text.startswith(start) or f" {start}" in text for start in _MEASURED)


def _no_answer(call: Recorded, _line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    return call.answer.error == "(no answer)"


def _controller(call: Recorded, _line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    return call.request.path.startswith(_CONTROLLERS)


def _session(call: Recorded, _line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    return call.request.path.startswith("/web/session/authenticate") and not call.answer.failed


def _picture(call: Recorded, _line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    return call.request.path.startswith("/web/image")


def _model_unknown(call: Recorded, _line: dict[str, Any], double: Double, _got: Answer) -> bool:
    missing = call.model not in double.db.models
    said_so = call.answer.error == "werkzeug.exceptions.NotFound" or call.answer.code == 2
    return bool(call.model) and missing and not (said_so and call.model.startswith("no"))


def _not_played(call: Recorded, _line: dict[str, Any], double: Double, _got: Answer) -> bool:
    if call.method in NOT_PLAYED:
        return True
    try:
        public_method(double.version, call.model, call.method)
    except OdooFault as fault:
        return fault.class_name == "NotImplementedError"
    return False


def _without_rows(call: Recorded, _line: dict[str, Any], double: Double, _got: Answer) -> bool:
    """Models known by their fields alone: nothing of them was dumped."""
    return call.model in double.db.models and not double.db.has_rows(call.model)


def _gone(call: Recorded, _line: dict[str, Any], double: Double, _got: Answer) -> bool:
    """The call names records that were deleted before the end (or by the recorder's earlier run)."""
    return any(double.db.table(call.model).get(item) is None for item in record_ids(call)) if call.model else False


def record_ids(call: Recorded) -> list[int]:
    arguments = call.arguments
    if not isinstance(arguments, dict):
        return []
    ids = arguments.get("ids")
    if ids is None and call.method not in ("create", "search", "search_read", "search_count"):
        positional = arguments.get("args") or []
        ids = positional[0] if positional else None
    ids = ids if isinstance(ids, list) else [ids]
    return [item for item in ids if isinstance(item, int) and not isinstance(item, bool)]


def _exists_by_then(call: Recorded, _line: dict[str, Any], _double: Double, got: Answer) -> bool:
    """A login or a wish that the end's database already has, or has no more when the duplicate is refused."""
    if call.model not in ("res.users", "product.wishlist") or call.method not in ("create", "signup"):
        return False
    refused = str(got.error).endswith(("ValidationError", "SignupError")) or got.code == 2
    return refused != call.answer.failed


def _password(call: Recorded, _line: dict[str, Any], _double: Double, _got: Answer) -> bool:
    """Passwords were changed again before the end; and two workers counted failed logins apart, the double together."""
    return call.method in ("change_password", "authenticate", "login") and not call.answer.failed


def _confirmed_later(call: Recorded, _line: dict[str, Any], double: Double, got: Answer) -> bool:
    """The order was confirmed (or cancelled) after the call, and refuses now what it allowed then, or the reverse."""
    if call.model not in ("sale.order", "sale.order.line") or call.method not in ("write", "unlink"):
        return False
    return got.failed != call.answer.failed


REASONS: Mapping[str, Reason] = {
    "a measurement, not a call": _measurement,
    "the server was down": _no_answer,
    "a controller of the website": _controller,
    "a session answer: the double tells the part a client needs": _session,
    "pictures were not dumped": _picture,
    "a model whose fields were not recorded": _model_unknown,
    "a method outside the shop's read side": _not_played,
    "a model of which nothing was dumped": _without_rows,
    "records that were gone by the end": _gone,
    "unique values that are taken (or free again) by the end": _exists_by_then,
    "passwords that changed by the end, or logins taken by the worker that was not cooling down": _password,
    "orders that were confirmed (or cancelled) by the end": _confirmed_later,
}

#: Single calls, by (version, line): what is special about them.
SINGLE: Mapping[tuple[str, int], str] = {
    ("10.0", 535): "the integration user had no e-mail address yet",
    ("10.0", 536): "the integration user had no e-mail address yet",
    ("10.0", 400): "a default property (the carrier) was not dumped",
    ("10.0", 537): "the integration user had no e-mail address yet",
    ("10.0", 531): "the integration user had no e-mail address yet",
    ("14.0", 188): "the text of a record set, which no client can use",
    ("19.0", 763): "the user was archived at that moment",
    ("19.0", 787): "a measurement, not a call",
    ("19.0", 788): "the server had a second database at that moment",
    ("19.0", 790): "the server had a second database at that moment",
    ("19.0", 791): "the server had a second database at that moment",
    ("19.0", 793): "the server had a second database at that moment",
}
