"""Whose addresses a request may see and change. Whatever is not theirs does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.records.contacts import Contact, ContactKind
from cache.contacts import Family
from resolvers.checkout_contacts import NOBODY, Chosen
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.partners import Partner, family_key, own_of

#: children of the buyer of these kinds are addresses; others are people
ADDRESSES: Final[frozenset[ContactKind]] = frozenset({"invoice", "delivery", "other"})
UNKNOWN: Final = "Address not found."
NO_CART: Final = "Shopping cart not found."


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The contacts of whoever asks. ``own``: of a customer the contact that they sign in as, of a guest the cart's."""

    family: Family
    own: Contact

    @property
    def primary_ids(self) -> frozenset[int]:
        """Whoever asks, and whoever buys."""
        return frozenset({self.own.id, self.family.buyer_id})

    def find(self, contact_id: int) -> Contact:
        """An address that may be used and changed. Raises NotFoundError for another one, whether it exists or not."""
        contact = self.family.get(self.usable(contact_id))
        if contact is None:
            raise NotFoundError(UNKNOWN)
        return contact

    def usable(self, contact_id: int | None) -> int | None:
        """The id, if it is one of an address; those of other people in the company are none."""
        contact = self.family.get(contact_id)
        usable = contact is not None and (contact.kind in ADDRESSES or contact.id in self.primary_ids)
        return contact_id if usable else None

    def partner(self, contact_id: int) -> Partner:
        """As `find`, to be shown."""
        return Partner(self.find(contact_id), self.family)


async def customers_book(context: RequestContext, *, now: bool = False) -> AddressBook:
    """A customer's. ``now``: as Odoo says this very moment, to be asked before something is changed.

    Raises NotSignedInError for guests, NotFoundError for who is not in Odoo.
    """
    family = await _family(context, *await family_key(context), now=now)
    return AddressBook(family, own_of(context.identity, family).contact)


async def guests_book(context: RequestContext, chosen: Chosen, *, now: bool = False) -> AddressBook | None:
    """A guest's; None as long as they have no contact.

    A contact that somebody else took over in Odoo is no guest's any more: it got an account, or became one of a
    company's.
    """
    if chosen.partner_id is None:
        return None
    company_id = (await context.view()).website.company_id
    family = await _family(context, chosen.partner_id, company_id, now=now)
    own = family.buyer
    if own is None or own.public or own.has_user or own.parent_id is not None:
        return None
    return AddressBook(family, own)


async def chosen_of(context: RequestContext, book: AddressBook | None = None) -> Chosen:
    """What is chosen for the cart, as far as it is still in the ``book``.

    Raises NotFoundError for a guest without a cart.
    """
    chosen = await context.checkout_contacts.chosen()
    if chosen is None and context.identity.is_guest:
        raise NotFoundError(NO_CART)
    if chosen is None or book is None:
        return chosen or NOBODY
    return Chosen(
        partner_id=book.own.id if context.identity.is_guest else None,
        invoice_partner_id=book.usable(chosen.invoice_partner_id),
        shipping_partner_id=book.usable(chosen.shipping_partner_id),
    )


async def book_of(context: RequestContext, *, now: bool = False) -> AddressBook | None:
    """That of whoever asks; None of a guest without a contact, or a cart."""
    if not context.identity.is_guest:
        return await customers_book(context, now=now)
    chosen = await context.checkout_contacts.chosen()
    return None if chosen is None else await guests_book(context, chosen, now=now)


async def _family(context: RequestContext, buyer_id: int, company_id: int, *, now: bool) -> Family:
    read = context.contacts.family_now if now else context.contacts.family
    return await read(buyer_id, company_id)
