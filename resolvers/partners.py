"""Contacts and users, as they are told to whom they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ariadne import ObjectType

from adapters.records import Customer
from adapters.records.pricing import Pricelist
from identity.identity import Identity
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError, NotSignedInError
from resolvers.info import Info
from resolvers.prices import public_pricelist
from resolvers.query import query
from resolvers.view import ShopView
from resolvers.website import currency_answer

#: By these the storefront knows a guest, whatever contact of Odoo's stands for guests.
GUESTS_ID: Final = 4
GUESTS_NAME: Final = "Public user"

#: neither a customer nor an employee: nobody can sign in as them
_NOBODYS: Final = frozenset({"contact", "public"})

partner_type = ObjectType("Partner")
user_type = ObjectType("User")


@dataclass(frozen=True, slots=True)
class Partner:
    """A contact, as far as it is shown."""

    id: int
    name: str
    email: str | None = None
    phone: str | None = None
    vat: str | None = None
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in. ``proven``: whoever asks is known to be them, and may see their contact."""

    id: int
    name: str
    email: str
    proven: bool = True


GUESTS: Final = Partner(GUESTS_ID, GUESTS_NAME, is_public=True)


def signed_in(context: RequestContext) -> Identity:
    """Who asks. Raises NotSignedInError for guests."""
    if context.identity.is_guest:
        raise NotSignedInError
    return context.identity


async def own_customer(context: RequestContext) -> Customer:
    """What Odoo says of whoever asks. Raises NotSignedInError for guests, NotFoundError for who is not in Odoo."""
    partner_id = signed_in(context).partner_id
    customer = await (await context.adapter()).customer(partner_id=partner_id) if partner_id is not None else None
    return _existing(customer)


async def own_partner(context: RequestContext) -> Partner:
    """The contact of whoever asks; of guests the one of all guests. Raises NotFoundError for who is not in Odoo."""
    return GUESTS if context.identity.is_guest else partner_of(await own_customer(context))


def partner_of(customer: Customer) -> Partner:
    return Partner(
        customer.partner_id,
        customer.name,
        email=customer.email,
        phone=customer.phone,
        vat=customer.vat,
        is_public=customer.kind in _NOBODYS,
    )


def user_of(customer: Customer) -> User:
    """Raises NotFoundError for a contact that nobody can sign in as."""
    if customer.user_id is None:
        raise NotFoundError("User does not exist.")
    return User(customer.user_id, customer.name, customer.email or customer.login or "")


def _existing(customer: Customer | None) -> Customer:
    if customer is None or not customer.active:
        raise NotFoundError("User does not exist.")
    return customer


@query.field("partner")
async def resolve_partner(_: None, info: Info) -> Partner:
    return await own_partner(info.context)


@user_type.field("partner")
async def resolve_user_partner(user: User, info: Info) -> Partner | None:
    if not user.proven:
        return None
    adapter = await info.context.adapter()
    return partner_of(_existing(await adapter.customer(user_id=user.id)))


# -- pricelists ---------------------------------------------------------------------------------------------------


def pricelist_answer(view: ShopView, pricelist: Pricelist | None) -> dict[str, Any] | None:
    """A `Pricelist` of the schema; None of one whose prices are not shown to whoever asks."""
    own = view.pricer.pricelist
    if pricelist is None or not view.policy.shows_prices(pricelist.id, own.id if own is not None else None):
        return None
    currency = view.tables.currencies.get(pricelist.currency)
    shown = currency_answer(currency) if currency is not None else None
    return {"id": pricelist.id, "name": pricelist.name, "currency": shown}


@partner_type.field("currentPricelist")
async def resolve_current_pricelist(_: Partner, info: Info) -> dict[str, Any] | None:
    view = await info.context.view()
    return pricelist_answer(view, view.pricer.pricelist)


@partner_type.field("publicPricelist")
async def resolve_public_pricelist(_: Partner, info: Info) -> dict[str, Any] | None:
    view = await info.context.view()
    of_guests = public_pricelist(view.tables, view.website, info.context.services.pricelist_id)
    return pricelist_answer(view, of_guests)


partner_type.set_field("isPublic", lambda partner, _: partner.is_public)

BINDABLES = [partner_type, user_type]
