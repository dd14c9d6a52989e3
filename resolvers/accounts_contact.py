"""What whoever buys tells of themselves at the checkout."""

from __future__ import annotations

from typing import Any

from adapters.records.contacts import ContactValues
from resolvers.accounts_arguments import email_of, name_of, phone_of
from resolvers.addresses_book import customers_book, guests_book
from resolvers.addresses_steps import begin, shown, update
from resolvers.checkout_contacts import NOBODY
from resolvers.context import RequestContext
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.newsletter import subscribe_along
from resolvers.partners import Partner


@mutation.field("createUpdatePartner")
async def resolve_create_update_partner(
    _: None,
    info: Info,
    *,
    name: str,
    email: str,
    subscribeNewsletter: bool | None = None,  # noqa: N803
    phone: str | None = None,
) -> Partner:
    context = info.context
    values = ContactValues(name=name_of(name), email=email_of(email), phone=phone_of(phone or "") or None)
    told = await _told(context, values)
    if subscribeNewsletter:
        await subscribe_along(context, values.email or "", values.name or "", counted=True)
    return told


async def _told(context: RequestContext, values: ContactValues) -> Partner:
    """The contact of whoever asks with these values; a guest's is made where there is none."""
    if not context.identity.is_guest:
        book = await customers_book(context, now=True)
        return await update(context, book, book.own, values)
    chosen = await context.checkout_contacts.chosen() or NOBODY  # without a cart, one is made
    guests = await guests_book(context, chosen, now=True)
    if guests is not None:
        return await update(context, guests, guests.own, values)
    begun = await begin(context, chosen, values)
    return await shown(context, begun.partner_id or 0)


BINDABLES: list[Any] = []
