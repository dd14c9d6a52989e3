"""Questions to the people who sell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from adapters.records.visitors import ContactRequest
from resolvers.accounts_arguments import email_of, name_of, phone_of
from resolvers.arguments import line
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.visitors_tries import limited_asking

log = structlog.get_logger(__name__)

MAX_MESSAGE: Final = 10_000
#: what neither Odoo's database nor XML can hold; line ends and tabs may stand in a message
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Lead:
    """A question as it was taken."""

    id: int
    name: str
    email: str
    phone: str | None
    company: str | None
    subject: str
    message: str


@mutation.field("contactUs")
async def resolve_contact_us(_: None, info: Info, contactus: Mapping[str, Any] | None = None) -> Lead:
    request = _request(contactus)
    lead_id = await _sent(info.context, request)
    log.info("contact.lead_made", who=info.context.identity.who, lead_id=lead_id)
    return Lead(
        id=lead_id,
        name=request.name,
        email=request.email,
        phone=request.phone,
        company=request.company,
        subject=request.subject,
        message=request.message,
    )


async def _sent(context: RequestContext, request: ContactRequest) -> int:
    async with limited_asking(context, "contact", request.email):
        return await (await context.adapter()).create_lead(request)


def _request(given: Mapping[str, Any] | None) -> ContactRequest:
    """What is asked, checked. Raises BadInputError."""
    if given is None:
        raise BadInputError("contactus is missing.")
    if given.get("attachments"):
        raise BadInputError("attachments are not taken.")
    return ContactRequest(
        subject=_filled(" ".join(line(given["subject"], "subject").split()), "subject"),
        name=name_of(given["name"]),
        email=email_of(given["email"]),
        message=_message(given["message"]),
        phone=phone_of(given["phone"]) or None,
        company=" ".join(line(given.get("company"), "company").split()) or None,
    )


def _message(text: str) -> str:
    if len(text) > MAX_MESSAGE:
        raise BadInputError(f"message may have at most {MAX_MESSAGE} characters.")
    return _filled(_UNWRITABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip(), "message")


def _filled(text: str, argument: str) -> str:
    if not text:
        raise BadInputError(f"{argument} may not be empty.")
    return text


BINDABLES: list[Any] = []
