"""From what is known of somebody, by Odoo and by an issuer's word, to who they are here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import structs

from adapters.base import OdooAdapter
from adapters.records.customers import Customer
from cache.customers import Customers, KnownCustomer
from cache.reference import AdapterProvider
from identity.bearer_claims import Claims, Principal
from identity.facts import facts_of, identity_of
from identity.identity import Actor, Identity
from identity.roles import Definitions, grants


@dataclass(frozen=True, slots=True)
class Known:
    """``identity``: None: the account was closed. ``read``: when it was begun to ask for it (Unix seconds)."""

    identity: Identity | None
    read: float


class People:
    """Finds customers. ``own_issuer``: the ``iss`` of the shop's own tokens. ``clock``: Unix seconds.

    All methods but `now` may tell what was true up to a minute ago, or while Odoo is away a week. They raise OdooError
    when nothing is known.
    """

    def __init__(
        self,
        definitions: Definitions,
        customers: Customers,
        adapter: AdapterProvider,
        *,
        own_issuer: str | None,
        clock: Callable[[], float],
    ) -> None:
        self.definitions = definitions
        self._customers = customers
        self._adapter = adapter
        self._own_issuer = own_issuer
        self._clock = clock

    def signed(self, claims: Claims) -> bool:
        """Is it one of the shop's own tokens?"""
        return claims.issuer == self._own_issuer

    async def of_claims(self, claims: Claims) -> Known:
        """Who a token is about: the contact it names, else the one with the verified address, else who it tells of."""
        principal, own = claims.principal, self.signed(claims)
        subject = principal.subject if own else f"{claims.issuer} {principal.subject}"
        known = await self._customer(principal)
        if known is not None and (known.shut or not _may_sign_in(known.customer)):
            return Known(None, known.read)
        if known is None or known.customer is None:
            return Known(self._by_word_alone(claims, subject, own=own), self._clock())
        payload = None if own else claims.payload
        identity = identity_of(self.definitions, known.customer, subject=subject, claims=payload)
        return Known(self._with_word(identity, principal) if own else identity, known.read)

    async def again(self, identity: Identity) -> Known:
        """What is known by now of a customer who logged in with a password, or for whom staff act."""
        if identity.partner_id is None:
            return Known(identity, self._clock())
        known = await self._customers.of_partner(identity.partner_id)
        if known is None:
            return Known(None, self._clock())
        customer = known.customer
        if not _may_sign_in(customer) or customer is None or customer.user_id != identity.user_id:
            return Known(None, known.read)
        return Known(identity_of(self.definitions, customer, subject=identity.subject), known.read)

    async def staff_again(self, partner_id: int) -> bool:
        """Is this contact a member of staff, by Odoo's word?"""
        known = await self._customers.of_partner(partner_id)
        if known is None or known.customer is None or not _may_sign_in(known.customer):
            return False
        return identity_of(self.definitions, known.customer, subject="staff").staff

    async def now(self, partner_id: int | None = None, user_id: int | None = None) -> Identity | None:
        """As Odoo says right now. None: no such customer, or none who may sign in."""
        adapter: OdooAdapter = await self._adapter()
        customer = await adapter.customer(partner_id=partner_id, user_id=user_id)
        if customer is None or not _may_sign_in(customer):
            return None
        return identity_of(self.definitions, customer, subject=subject_of(customer))

    async def _customer(self, principal: Principal) -> KnownCustomer | None:
        if principal.partner_id is not None:
            return await self._customers.of_partner(principal.partner_id)
        if principal.email and principal.email_verified:
            return await self._customers.of_email(principal.email)
        return None

    def _by_word_alone(self, claims: Claims, subject: str, *, own: bool) -> Identity:
        """Somebody whom Odoo does not know: what the issuer says of them."""
        principal = claims.principal
        if own:
            roles = self.definitions.known(principal.roles)
        else:
            roles = grants(self.definitions, facts_of(None, claims.payload))
        identity = Identity(
            subject=subject,
            company_id=principal.company_id,
            name=principal.name or "",
            email=principal.email if principal.email_verified else None,
            language=principal.language,
            pricelist_id=principal.pricelist_id,
            roles=roles,
            staff=self.definitions.is_staff(roles),
        )
        return _acted(identity, principal)

    def _with_word(self, identity: Identity, principal: Principal) -> Identity:
        """With the roles that an issuer had vouched for when the shop signed its own token."""
        roles = self.definitions.roles
        vouched = [name for name in principal.roles if name in roles and roles[name].granted.claims]
        named = self.definitions.known((*identity.roles, *vouched)) if vouched else identity.roles
        identity = structs.replace(identity, roles=named, staff=self.definitions.is_staff(named))
        return _acted(identity, principal)


def subject_of(customer: Customer) -> str:
    """Names a customer of Odoo's and nobody else."""
    return f"contact:{customer.partner_id}" if customer.user_id is None else f"odoo:{customer.user_id}"


def principal_of(identity: Identity) -> Principal:
    """What the shop's own tokens say of somebody. Addresses in Odoo are not verified."""
    actor = identity.acted_by
    return Principal(
        subject=identity.subject,
        roles=identity.roles,
        partner_id=identity.partner_id,
        pricelist_id=identity.pricelist_id,
        company_id=identity.company_id,
        language=identity.language,
        email=identity.email,
        name=identity.name or None,
        actor=actor.subject if actor is not None else None,
    )


def _acted(identity: Identity, principal: Principal) -> Identity:
    if principal.actor is None:
        return identity
    return structs.replace(identity, acted_by=Actor(principal.actor, principal.actor), staff=False)


def _may_sign_in(customer: Customer | None) -> bool:
    return customer is None or (customer.active and customer.kind != "public")
