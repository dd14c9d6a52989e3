"""Who may look behind the counter, and how far: staff alone, in the company of the website that they ask."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from cache.customers import Customers
from resolvers.context import RequestContext
from resolvers.errors import ForbiddenError

log = structlog.get_logger(__name__)

_FOR_STAFF = "This is for the shop's staff."


@dataclass(frozen=True, slots=True)
class Scope:
    """What a member of staff is shown: the customers and carts of a company, and of its websites."""

    company_id: int
    website_ids: frozenset[int]


async def scope_of(context: RequestContext) -> Scope:
    """Of whoever asks. Raises ForbiddenError for those who are no staff, act for somebody, or work elsewhere."""
    identity = context.identity
    if not identity.staff or identity.acted_by is not None:
        raise ForbiddenError(_FOR_STAFF)
    view = await context.view()
    company_id = view.website.company_id
    if identity.partner_id is not None:
        known = await Customers(context.services.records).of_partner(identity.partner_id)
        customer = None if known is None else known.customer
        if customer is None or not customer.active:
            raise ForbiddenError(_FOR_STAFF)
        if customer.company_ids and company_id not in customer.company_ids:
            raise ForbiddenError("You do not work for the company of this website.")
    websites = [site for site in view.tables.websites if site.company_id == company_id]
    return Scope(company_id, frozenset(site.id for site in websites) or frozenset({view.website.id}))


def asked(context: RequestContext, what: str, **about: object) -> None:
    """Who asked for what: for whoever has to account for it."""
    identity = context.identity
    log.info("backoffice.asked", who=identity.who, staff=identity.name, what=what, **about)
