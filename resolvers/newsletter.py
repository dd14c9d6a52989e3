"""Subscribing to the shop's newsletter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from adapters.errors import OdooError
from resolvers.accounts_arguments import email_of
from resolvers.context import RequestContext
from resolvers.errors import BadInputError, ClientError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.visitors_tries import limited_asking

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewsletterSubscribe:
    """What became of it."""

    subscribed: bool


@mutation.field("newsletterSubscribe")
async def resolve_subscribe(_: None, info: Info, email: str | None = None) -> NewsletterSubscribe:
    if email is None:
        raise BadInputError("Invalid email.")
    return NewsletterSubscribe(await _limited(info.context, email_of(email), None))


async def subscribe_along(context: RequestContext, email: str, name: str, *, counted: bool) -> None:
    """The same beside something else, which does not fail with it. ``email``: checked already.

    ``counted``: as a try of its own; what it stands beside is not limited by itself.
    """
    try:
        await (_limited if counted else _subscribe)(context, email, name)
    except (ClientError, OdooError) as error:
        log.warning("newsletter.not_subscribed", who=context.identity.who, error=type(error).__name__)


async def _limited(context: RequestContext, email: str, name: str | None) -> bool:
    """Raises TryLaterError when there were too many, for this address or from this client."""
    async with limited_asking(context, "newsletter", email):
        return await _subscribe(context, email, name)


async def _subscribe(context: RequestContext, email: str, name: str | None) -> bool:
    website = (await context.view()).website
    list_id = context.services.newsletter_list
    return await (await context.adapter()).subscribe(email, name=name, list_id=list_id, website_id=website.id)


BINDABLES: list[Any] = []
