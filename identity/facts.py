"""What Odoo and a token tell of a customer, as roles are granted by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.records.customers import Customer
from identity.identity import Identity
from identity.roles import Definitions, Facts, grants


def facts_of(customer: Customer | None, claims: Mapping[str, Any] | None = None) -> Facts:
    """``customer``: None for somebody whom a token alone tells of. Contacts and companies no longer active: nothing."""
    if customer is None or not customer.active:
        return Facts(signed_in=customer is None and bool(claims), claims=(claims or {}) if customer is None else {})
    groups = customer.groups
    categories = customer.categories
    return Facts(
        signed_in=True,
        groups=frozenset(one.id for one in groups) | frozenset(one.xml_id for one in groups if one.xml_id),
        partner_categories=frozenset(one.id for one in categories) | frozenset(one.name for one in categories),
        pricelist_id=customer.pricelist_id,
        claims=claims or {},
    )


def identity_of(
    definitions: Definitions, customer: Customer, *, subject: str, claims: Mapping[str, Any] | None = None
) -> Identity:
    """Who a customer is. ``subject``: names the person, as `identity.identity.Identity` tells."""
    roles = grants(definitions, facts_of(customer, claims))
    return Identity(
        subject=subject,
        partner_id=customer.partner_id,
        commercial_partner_id=customer.commercial_partner_id,
        company_id=customer.company_id,
        user_id=customer.user_id,
        name=customer.name,
        email=customer.email,
        language=customer.lang,
        pricelist_id=customer.pricelist_id,
        roles=roles,
        staff=definitions.is_staff(roles),
    )
