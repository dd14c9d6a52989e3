"""Who buys what is in a cart, and where bill and goods go."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from adapters.errors import OdooError
from adapters.records.contacts import Contact
from cache.contacts import Family
from cart.model import CartDetails
from resolvers.addresses_book import AddressBook, customers_book, guests_book
from resolvers.cart_contacts import chosen_of
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.order_view import Parties
from resolvers.partners import GUESTS

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Buyer:
    """``partner``: who buys; ``delivery``: where the goods go. Of a guest without a contact the one of all guests.

    ``known``: False: who they are could not be read, so taxes may be others.
    """

    parties: Parties
    partner: Contact
    delivery: Contact
    known: bool = True


GUEST_BUYER = Buyer(Parties(), GUESTS.contact, GUESTS.contact)


async def buyer_of(context: RequestContext, details: CartDetails) -> Buyer:
    """The buyer of the cart of whoever asks. Contacts that are not theirs count as not chosen."""
    identity = context.identity
    try:
        if identity.is_guest:
            book = await guests_book(context, chosen_of(details))
        else:
            book = await customers_book(context)
    except NotFoundError:
        book = None
    except OdooError as error:
        log.info("cart.buyer_unknown", error=type(error).__name__)
        parties = Parties(identity.commercial_partner_id, identity.partner_id, identity.partner_id, identity.partner_id)
        return Buyer(parties, GUESTS.contact, GUESTS.contact, known=False)
    return GUEST_BUYER if book is None else _buyer(book, details)


def _buyer(book: AddressBook, details: CartDetails) -> Buyer:
    """What is not chosen is as Odoo chooses it: the first address of the kind, else whoever buys."""
    own, family = book.own, book.family
    shipping = book.usable(details.shipping_partner_id) or _first(family, "delivery", own)
    invoice = book.usable(details.invoice_partner_id) or _first(family, "invoice", own)
    parties = Parties(family.buyer_id, own.id, invoice, shipping)
    return Buyer(parties, own, family.get(shipping) or own)


def _first(family: Family, kind: str, own: Contact) -> int:
    found = family.first("delivery" if kind == "delivery" else "invoice", own.id)
    return own.id if found is None else found.id
