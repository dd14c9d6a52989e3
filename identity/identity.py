"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import Struct, structs

from identity.roles import Definitions, Facts, grants


class Actor(Struct, frozen=True):
    """A member of staff who acts for a customer."""

    subject: str
    name: str
    partner_id: int | None = None


class Identity(Struct, frozen=True, omit_defaults=True):
    """A guest, or a customer as Odoo and their token tell of them.

    ``subject``: names the person and nobody else, such as ``odoo:7`` or an issuer and its ``sub``; empty of a guest.
    ``commercial_partner_id``: the company they buy for. ``language``: as Odoo's code. ``pricelist_id``: None: the
    website's. ``roles``: granted, in order; what is not defined means nothing. ``staff``: may act for customers.
    ``acted_by``: who really asks, where staff act for the customer that everything else here tells of; such an
    identity is never ``staff`` itself. ``session``: SHA-256 of the session's id in hex.
    """

    subject: str = ""
    partner_id: int | None = None
    commercial_partner_id: int | None = None
    company_id: int | None = None
    user_id: int | None = None
    name: str = ""
    email: str | None = None
    language: str | None = None
    pricelist_id: int | None = None
    roles: tuple[str, ...] = ()
    staff: bool = False
    acted_by: Actor | None = None
    session: str | None = None

    @property
    def is_guest(self) -> bool:
        return not self.subject

    def is_same_person(self, other: Identity) -> bool:
        """Is it the same customer, asking for themselves both times?"""
        return bool(self.subject) and self.subject == other.subject and self.acted_by is other.acted_by is None

    @property
    def who(self) -> str:
        """For the log of changes: both names, where one acts for another. Holds personal data."""
        own = self.subject or "guest"
        return own if self.acted_by is None else f"{self.acted_by.subject} for {own}"


GUEST: Final = Identity()


def guest_of(definitions: Definitions) -> Identity:
    """A guest with the roles that everyone has."""
    return structs.replace(GUEST, roles=grants(definitions, Facts()))


class NotStaffError(Exception):
    """They may not act for customers."""


def acting_for(staff: Identity, customer: Identity) -> Identity:
    """The customer's identity, used by a member of staff: sees what the customer sees, and no more.

    Raises `NotStaffError` when they are none, or already act for somebody.
    """
    if not staff.staff or staff.acted_by is not None or customer.is_guest:
        raise NotStaffError(staff.subject)
    actor = Actor(staff.subject, staff.name, staff.partner_id)
    return structs.replace(customer, acted_by=actor, staff=False, session=None)


@dataclass(frozen=True, slots=True)
class VisibleScope:
    """What answers differ by between those who may share them: never the person.

    ``policy``: `identity.policy.EffectivePolicy.key`. ``include_tax``: prices are shown with tax.
    """

    policy: str
    company_id: int | None
    pricelist_id: int | None
    currency: str
    include_tax: bool

    @property
    def key(self) -> str:
        """A part of a cache key: no two scopes have the same."""
        shown = (self.policy, self.company_id or 0, self.pricelist_id or 0, self.currency, int(self.include_tax))
        return ".".join(map(str, shown))
