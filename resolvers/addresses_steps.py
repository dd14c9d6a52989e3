"""The steps that changes of contacts are made of."""

from __future__ import annotations

from typing import Final

import structlog
from msgspec import structs

from adapters.records.contacts import Contact, ContactKind, ContactValues
from cache.tags import customer_tag
from resolvers.addresses_book import UNKNOWN, AddressBook, book_of
from resolvers.checkout_contacts import Chosen
from resolvers.context import RequestContext
from resolvers.errors import ForbiddenError, NotFoundError
from resolvers.partners import GUESTS_ID, Partner

log = structlog.get_logger(__name__)

NOT_THEIR_EMAIL: Final = "The email address of somebody's account is changed by nobody else."


async def found(context: RequestContext, contact_id: int, guests: str | None = None) -> tuple[AddressBook, Contact]:
    """The address, as Odoo says right now. ``guests``: why the contact that stands for guests is refused.

    Raises NotFoundError for one that is not theirs, whether it exists or not, and ForbiddenError for the guests'.
    """
    book = await book_of(context, now=True)
    if guests is not None and contact_id == GUESTS_ID and (book is None or book.family.get(GUESTS_ID) is None):
        raise ForbiddenError(guests)
    if book is None:
        raise NotFoundError(UNKNOWN)
    return book, book.find(contact_id)


async def create(context: RequestContext, values: ContactValues, kind: ContactKind, parent_id: int | None) -> int:
    """Make a contact; its id. Raises TooManyContactsError for guests who made, or whose address made, too many."""
    if context.identity.is_guest and context.signing_in is not None:
        await context.signing_in.count_contact(context)
    adapter = await context.adapter()
    contact_id = await adapter.create_contact(values, kind=kind, parent_id=parent_id)
    await changed(context, parent_id or contact_id, contact_id)
    log.info("address.added", who=context.identity.who, contact_id=contact_id, kind=kind)
    return contact_id


async def begin(context: RequestContext, chosen: Chosen, values: ContactValues) -> Chosen:
    """Make a guest's contact: who buys, gets the goods and the bill until something else is said.

    Where nothing can be kept of the guest no contact is made, which nobody could reach any more.
    """
    await context.checkout_contacts.choose(chosen)
    lang = (await context.view()).lang
    contact_id = await create(context, structs.replace(values, lang=lang), "contact", None)
    begun = chosen.but(partner_id=contact_id, invoice_partner_id=contact_id, shipping_partner_id=contact_id)
    await context.checkout_contacts.choose(begun)
    return begun


async def update(context: RequestContext, book: AddressBook, contact: Contact, values: ContactValues) -> Partner:
    """Write what is different; the contact afterwards.

    Raises ForbiddenError for the email address of somebody else who signs in: links for new passwords are mailed there.
    """
    changes = _different(contact, values)
    if changes == ContactValues():
        return book.partner(contact.id)
    if changes.email is not None and contact.has_user and contact.id != book.own.id:
        raise ForbiddenError(NOT_THEIR_EMAIL)
    await (await context.adapter()).update_contact(contact.id, changes)
    await changed(context, book.family.buyer_id, contact.id)
    what = sorted(name for name in changes.__struct_fields__ if getattr(changes, name) is not None)
    log.info("address.changed", who=context.identity.who, contact_id=contact.id, what=what)
    return await shown(context, contact.id)


def _different(contact: Contact, values: ContactValues) -> ContactValues:
    """Those of the values that the contact has not already."""
    asked = {name: getattr(values, name) for name in values.__struct_fields__}
    if asked["email"] is not None and asked["email"] == (contact.email or "").lower():
        asked["email"] = None  # typed in other capitals
    return ContactValues(
        **{
            name: value
            for name, value in asked.items()
            if value is not None and (value or None) != getattr(contact, name, None)
        }
    )


async def changed(context: RequestContext, *contact_ids: int) -> None:
    """What is kept of these contacts is wrong from now on."""
    await context.services.invalidate(frozenset(map(customer_tag, contact_ids)))
    context.contacts.forget()


async def shown(context: RequestContext, contact_id: int) -> Partner:
    """The contact, as it is after a change. Raises NotFoundError when it is gone again."""
    book = await book_of(context)
    if book is None:
        raise NotFoundError(UNKNOWN)
    return book.partner(contact_id)
