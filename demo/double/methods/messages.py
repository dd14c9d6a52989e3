"""Messages in a contact's history, which are mailed to whom they are addressed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any
from uuid import uuid4

from demo.double import errors
from demo.double.constraints import missing
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, Call, rpc
from demo.double.writing import create

_SUBTYPES = frozenset({"mail.mt_note", "mail.mt_comment"})


@rpc("res.partner", versions=ONLY_10, name="message_post")
def message_post_of_10(
    call: Call,
    body: str = "",
    subject: Any = None,
    message_type: str = "notification",
    subtype: Any = None,
    parent_id: Any = False,
    attachments: Any = None,
    content_subtype: str = "html",
    **kwargs: Any,
) -> int:
    """Keywords that are no fields of a message are passed over."""
    del parent_id, attachments
    text = body if content_subtype == "html" else f"<p>{escape(body)}</p>"
    return _post(call, text, subject, message_type, subtype, kwargs)


@rpc("res.partner", versions=ONLY_14, name="message_post")
def message_post_of_14(
    call: Call,
    *,
    body: str = "",
    subject: Any = None,
    message_type: str = "notification",
    subtype_xmlid: Any = None,
    **kwargs: Any,
) -> int:
    """As above; all by name."""
    return _post(call, body, subject, message_type, subtype_xmlid, kwargs)


@rpc("res.partner", versions=ONLY_19)
def message_post(
    call: Call,
    *,
    body: str = "",
    subject: Any = None,
    message_type: str = "notification",
    subtype_xmlid: Any = None,
    body_is_html: bool = False,
    **kwargs: Any,
) -> Any:
    """A text is plain unless it is said to be HTML."""
    forbidden = {"model", "res_id", "subtype"} & kwargs.keys()
    if forbidden:
        raise errors.value_error(f"Those values are not supported when posting or notifying: {', '.join(forbidden)}")
    return [_post(call, body if body_is_html else escape(body), subject, message_type, subtype_xmlid, kwargs)]


def _post(call: Call, body: str, subject: Any, kind: str, subtype: Any, more: dict[str, Any]) -> int:
    env = call.env
    if len(call.ids) != 1:
        raise errors.value_error(f"Expected singleton: res.partner{tuple(call.ids)}")
    if env.row("res.partner", call.ids[0]) is None:
        raise missing(env, "res.partner", call.ids)
    if subtype is not None and subtype not in _SUBTYPES:
        raise errors.value_error(f"External ID not found in the system: {subtype}")
    fields = env.db.model("mail.message").fields
    values = {name: value for name, value in more.items() if name in fields and name != "partner_ids"}
    values |= {
        "body": body,
        "subject": subject or False,
        "message_type": kind,
        "model": "res.partner",
        "res_id": call.ids[0],
        "author_id": env.user_row().get("partner_id", False),
        "date": env.now.strftime("%Y-%m-%d %H:%M:%S"),
        "message_id": more.get("message_id") or f"<{uuid4().hex}-openerp-{call.ids[0]}-res.partner@double>",
        "partner_ids": [(6, 0, list(_addressed(more.get("partner_ids") or ())))],
    }
    return create(env.as_superuser(), "mail.message", values)


def _addressed(partner_ids: Iterable[Any]) -> Iterable[int]:
    """Ids, or (up to 13) commands that link them."""
    for one in partner_ids:
        if isinstance(one, int):
            yield one
        elif one[0] == 4:
            yield one[1]
        elif one[0] == 6:
            yield from one[2]
