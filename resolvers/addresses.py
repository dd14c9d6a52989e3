"""Addresses of whoever buys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from ariadne import EnumType
from msgspec import structs

from adapters.records.contacts import Contact, ContactKind, ContactValues
from resolvers.addresses_arguments import changes_of, id_of, new_address, told
from resolvers.addresses_book import AddressBook, book_of, chosen_of, customers_book, guests_book
from resolvers.addresses_steps import begin, changed, create, found, shown, update
from resolvers.checkout_contacts import Chosen
from resolvers.context import RequestContext
from resolvers.errors import ForbiddenError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import Partner
from resolvers.query import query

log = structlog.get_logger(__name__)

#: what an address of a cart is for -> its place
_PLACES: Final[Mapping[ContactKind, str]] = {"invoice": "invoice_partner_id", "delivery": "shipping_partner_id"}

purpose = EnumType("AddressEnum", {"Billing": "invoice", "Shipping": "delivery"})


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a deletion."""

    result: bool


# -- reading --------------------------------------------------------------------------------------------------------


@query.field("addresses")
async def resolve_addresses(
    _: None,
    info: Info,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
) -> list[Partner]:
    book = await book_of(info.context)
    if book is None:
        return []
    purposes = cast("list[ContactKind | None]", (filter or {}).get("addressType") or [])
    wanted = frozenset(kind for kind in purposes if kind is not None)
    return [Partner(contact, book.family) for contact in _listed(book, wanted)]


def _listed(book: AddressBook, wanted: frozenset[ContactKind]) -> Iterable[Contact]:
    """The addresses of these kinds; of none: those for bills and goods, and whoever buys."""
    kinds = wanted or frozenset(_PLACES)
    for contact in book.family.contacts:
        if contact.kind in kinds or (not wanted and contact.id == book.family.buyer_id):
            yield contact


# -- changing -------------------------------------------------------------------------------------------------------


@mutation.field("addAddress")
async def resolve_add_address(
    _: None,
    info: Info,
    *,
    type: ContactKind,  # noqa: A002
    address: Mapping[str, Any] | None = None,
) -> Partner:
    context = info.context
    values = new_address(told(address))
    if context.identity.is_guest:
        return await _add_for_guest(context, values, type)
    book = await customers_book(context, now=True)
    chosen = await chosen_of(context, book)
    same = next((one for one in book.family.contacts if one.kind == type and _is(one, values)), None)
    contact_id = same.id if same is not None else await create(context, values, type, book.family.buyer_id)
    first = book.family.first("delivery", book.own.id)
    ships_to = chosen.shipping_partner_id or (first.id if first is not None else book.own.id)
    await _choose(context, chosen, type, contact_id, for_goods=ships_to in book.primary_ids)
    return await shown(context, contact_id)


async def _add_for_guest(context: RequestContext, values: ContactValues, kind: ContactKind) -> Partner:
    """A guest has one contact, and one address of each kind: what is added again is changed."""
    chosen = await chosen_of(context)
    book = await guests_book(context, chosen, now=True)
    if book is None:
        chosen = await begin(context, chosen, values)
        contact_id = await create(context, values, kind, chosen.partner_id)
    else:
        chosen = await chosen_of(context, book)
        before = book.family.get(getattr(chosen, _PLACES[kind]))
        contact_id = await _put(context, book, values, kind, before)
    ships_to = chosen.shipping_partner_id or chosen.partner_id
    await _choose(context, chosen, kind, contact_id, for_goods=ships_to == chosen.partner_id)
    return await shown(context, contact_id)


async def _put(
    context: RequestContext, book: AddressBook, values: ContactValues, kind: ContactKind, before: Contact | None
) -> int:
    """Change the address that there was, else make one."""
    if before is None or before.kind != kind:
        return await create(context, values, kind, book.own.id)
    # a form is sent whole: what is empty in it was taken out
    emptied = {name: "" for name in ("street2", "city", "email") if getattr(values, name) is None}
    await update(context, book, before, structs.replace(values, **emptied, state_id=values.state_id or 0))
    return before.id


async def _choose(
    context: RequestContext, chosen: Chosen, kind: ContactKind, contact_id: int, *, for_goods: bool
) -> None:
    """Use an address. One for the bill is for the goods as well (``for_goods``) where there was no other."""
    places = {_PLACES[kind], *([_PLACES["delivery"]] if for_goods else [])}
    await context.checkout_contacts.choose(chosen.but(**dict.fromkeys(places, contact_id)))


def _is(contact: Contact, values: ContactValues) -> bool:
    """Does the contact say the same, and no more?"""
    names = ("name", "email", "phone", "street", "street2", "zip", "city", "state_id", "country_id")
    return all(getattr(contact, name) == getattr(values, name) for name in names)


@mutation.field("updateAddress")
async def resolve_update_address(_: None, info: Info, address: Mapping[str, Any]) -> Partner:
    values = changes_of(address)
    book, contact = await found(info.context, id_of(address), "Can't update public user address.")
    return await update(info.context, book, contact, values)


@mutation.field("selectAddress")
async def resolve_select_address(
    _: None,
    info: Info,
    *,
    type: ContactKind,  # noqa: A002
    address: Mapping[str, Any] | None = None,
) -> Partner:
    context = info.context
    book, contact = await found(context, id_of(told(address)))
    await _choose(context, await chosen_of(context, book), type, contact.id, for_goods=False)
    return book.partner(contact.id)


@mutation.field("deleteAddress")
async def resolve_delete_address(_: None, info: Info, address: Mapping[str, Any] | None = None) -> Deleted:
    context = info.context
    book, contact = await found(context, id_of(told(address)), "Can't delete public user address.")
    if contact.id in book.primary_ids:
        raise ForbiddenError("You can't delete the primary address.")
    if contact.has_user:
        raise ForbiddenError("Somebody signs in with this address.")
    await (await context.adapter()).archive_contact(contact.id)
    await changed(context, book.family.buyer_id, contact.id)
    log.info("address.deleted", who=context.identity.who, contact_id=contact.id)
    await _fall_back(context, await chosen_of(context, book), contact.id)
    return Deleted(result=True)


async def _fall_back(context: RequestContext, chosen: Chosen, gone_id: int) -> None:
    """What was chosen for the cart is now whoever buys."""
    places = [place for place in _PLACES.values() if getattr(chosen, place) == gone_id]
    if places:
        await context.checkout_contacts.choose(chosen.but(**dict.fromkeys(places, chosen.partner_id)))


BINDABLES = [purpose]
