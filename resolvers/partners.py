"""Contacts and users, as they are told to whom they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ariadne import EnumType, ObjectType

from adapters.records import Country, CountryState, Customer
from adapters.records.contacts import Contact
from adapters.records.pricing import Pricelist
from cache.contacts import Family
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

partner_type = ObjectType("Partner")
user_type = ObjectType("User")
address_kind = EnumType(
    "AddressType",
    {
        "Contact": "contact",
        "InvoiceAddress": "invoice",
        "DeliveryAddress": "delivery",
        "OtherAddress": "other",
        "PrivateAddress": "private",
    },
)


@dataclass(frozen=True, slots=True)
class Partner:
    """A contact as it is shown to its own ``family``: nothing leads from it to anybody else's."""

    contact: Contact
    family: Family

    @property
    def id(self) -> int:
        return self.contact.id

    @property
    def name(self) -> str | None:
        return self.contact.name or None

    @property
    def email(self) -> str | None:
        return self.contact.email

    @property
    def phone(self) -> str | None:
        return self.contact.phone

    @property
    def street(self) -> str | None:
        return self.contact.street

    @property
    def street2(self) -> str | None:
        return self.contact.street2

    @property
    def zip(self) -> str | None:
        return self.contact.zip

    @property
    def city(self) -> str | None:
        return self.contact.city

    @property
    def vat(self) -> str | None:
        """A company's is that of its contacts."""
        return self.contact.vat or (self.family.buyer.vat if self.family.buyer is not None else None)

    def relative(self, contact: Contact | None) -> Partner | None:
        """Another one of the family."""
        return None if contact is None else Partner(contact, self.family)


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in. ``proven``: whoever asks is known to be them, and may see their contact."""

    id: int
    name: str
    email: str
    proven: bool = True


GUESTS: Final = Partner(
    Contact(id=GUESTS_ID, kind="contact", name=GUESTS_NAME, commercial_partner_id=GUESTS_ID, public=True),
    Family(GUESTS_ID),
)


def signed_in(context: RequestContext) -> Identity:
    """Who asks. Raises NotSignedInError for guests."""
    if context.identity.is_guest:
        raise NotSignedInError
    return context.identity


async def own_customer(context: RequestContext) -> Customer:
    """What Odoo says now of whoever asks.

    Raises NotSignedInError for guests, NotFoundError for who is not in Odoo, or not any more.
    """
    partner_id = signed_in(context).partner_id
    customer = await (await context.adapter()).customer(partner_id=partner_id) if partner_id is not None else None
    return _existing(customer)


async def own_partner(context: RequestContext) -> Partner:
    """The contact of whoever asks; of guests the one of all guests. Raises NotFoundError for who is not in Odoo."""
    if context.identity.is_guest:
        return GUESTS
    identity = context.identity
    return own_of(identity, await context.contacts.family(*await family_key(context)))


async def family_key(context: RequestContext) -> tuple[int, int]:
    """For whom a customer buys, and the company that sells: what `cache.contacts` knows a family by.

    Raises NotSignedInError for guests, NotFoundError for who is not in Odoo.
    """
    identity = signed_in(context)
    buyer_id = identity.commercial_partner_id or identity.partner_id
    if buyer_id is None:
        raise NotFoundError("User does not exist.")
    return buyer_id, (await context.view()).website.company_id


def own_of(identity: Identity, family: Family) -> Partner:
    """A customer's own contact in their family. Raises NotFoundError when it is not there, or they cannot sign in."""
    own = family.get(identity.partner_id)
    if own is None or own.public or (identity.user_id is not None and not own.has_user):
        raise NotFoundError("User does not exist.")
    return Partner(own, family)


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
    context = info.context
    if not user.proven:
        return None
    if user.id == context.identity.user_id:
        return await own_partner(context)
    customer = _existing(await (await context.adapter()).customer(user_id=user.id))
    company_id = (await context.view()).website.company_id
    family = await context.contacts.family(customer.commercial_partner_id, company_id)
    contact = family.get(customer.partner_id)
    if contact is None:
        raise NotFoundError("User does not exist.")
    return Partner(contact, family)


# -- a contact's place ----------------------------------------------------------------------------------------------


async def _countries(info: Info) -> Mapping[int, Country]:
    view = await info.context.view()
    return await view.reference.countries(view.lang, view.dependencies)


@partner_type.field("country")
async def resolve_country(partner: Partner, info: Info) -> Country | None:
    country_id = partner.contact.country_id
    return None if country_id is None else (await _countries(info)).get(country_id)


@partner_type.field("state")
async def resolve_state(partner: Partner, info: Info) -> CountryState | None:
    state_id = partner.contact.state_id
    if state_id is None:
        return None
    states = (state for country in (await _countries(info)).values() for state in country.states)
    return next((state for state in states if state.id == state_id), None)


# -- its family -----------------------------------------------------------------------------------------------------


@partner_type.field("parentId")
def resolve_parent(partner: Partner, _: Info) -> Partner | None:
    return partner.relative(partner.family.get(partner.contact.parent_id))


@partner_type.field("company")
def resolve_company(partner: Partner, _: Info) -> Partner | None:
    return partner.relative(partner.family.buyer)


@partner_type.field("contacts")
def resolve_contacts(partner: Partner, _: Info) -> list[Partner] | None:
    return [Partner(contact, partner.family) for contact in partner.family.children(partner.id)] or None


@partner_type.field("billingAddress")
def resolve_billing_address(partner: Partner, _: Info) -> Partner | None:
    return partner.relative(partner.family.first("invoice", partner.id))


@partner_type.field("shippingAddress")
def resolve_shipping_address(partner: Partner, _: Info) -> Partner | None:
    return partner.relative(partner.family.first("delivery", partner.id))


@partner_type.field("companyName")
def resolve_company_name(partner: Partner, _: Info) -> str | None:
    buyer = partner.family.buyer
    return buyer.name if buyer is not None and buyer.is_company else partner.contact.company_name


@partner_type.field("companyRegNo")
def resolve_company_number(partner: Partner, _: Info) -> str | None:
    buyer = partner.family.buyer
    return partner.contact.company_registry or (buyer.company_registry if buyer is not None else None)


@partner_type.field("isPublic")
def resolve_is_public(partner: Partner, _: Info) -> bool:
    return partner.contact.public or not partner.contact.has_user


partner_type.set_field("isCompany", lambda partner, _: partner.contact.is_company)
partner_type.set_field("addressType", lambda partner, _: partner.contact.kind)


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


BINDABLES = [partner_type, user_type, address_kind]
