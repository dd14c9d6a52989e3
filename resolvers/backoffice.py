"""Customers, their carts and their orders, for people of the shop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from aiodataloader import DataLoader
from ariadne import ObjectType

from adapters.records.backoffice import CustomerMatch, CustomerQuery
from adapters.records.orders import Order, OrderQuery, OrderState
from cart.model import Cart, Owner
from resolvers.arguments import page_bounds, words
from resolvers.backoffice_staff import Scope, asked, scope_of
from resolvers.cart_errors import told_as_such
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.money import money
from resolvers.order_types import MOMENT
from resolvers.query import query
from resolvers.stats import StatsView, stats_view
from resolvers.view import MAX_BATCH

MAX_PAGE: Final = 100
#: of so many people of a company the carts are looked for
MAX_PEOPLE: Final = 100
UNKNOWN: Final = "There is no such customer."
_ORDERED: Final[tuple[OrderState, ...]] = ("sale", "done")

backoffice_type = ObjectType("Backoffice")
customer_type = ObjectType("BackofficeCustomer")
order_type = ObjectType("BackofficeOrder")


class Backoffice:
    """What a member of staff may see, in one request. It is made for those alone who may: see `scope_of`."""

    def __init__(self, context: RequestContext, scope: Scope) -> None:
        self.context = context
        self.scope = scope
        self._customers: DataLoader[int, CustomerMatch | None] = DataLoader(self._load, max_batch_size=MAX_BATCH)

    async def customer(self, partner_id: int) -> CustomerView | None:
        """A customer; all that are asked for at the same time are read at once."""
        found = await self._customers.load(partner_id)
        return None if found is None else CustomerView(self, found)

    async def find(self, **restricted: Any) -> tuple[list[CustomerView], int]:
        """Those of a page, and how many there are."""
        adapter = await self.context.adapter()
        wanted = CustomerQuery(company_id=self.scope.company_id, **restricted)
        found, total = await adapter.find_customers(wanted)
        return [CustomerView(self, one) for one in found], total

    def has(self, cart: Cart) -> bool:
        """Is it one of theirs?"""
        return cart.owner.website_id in self.scope.website_ids

    async def _load(self, partner_ids: list[int]) -> list[CustomerMatch | None]:
        found, _ = await self.find(ids=tuple(partner_ids), limit=len(partner_ids))
        by_id = {one.match.id: one.match for one in found}
        return [by_id.get(one) for one in partner_ids]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer, as staff see them."""

    office: Backoffice
    match: CustomerMatch


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart, as staff see it."""

    office: Backoffice
    cart: Cart


async def backoffice_of(context: RequestContext) -> Backoffice:
    """Raises ForbiddenError: see `scope_of`."""
    return Backoffice(context, await scope_of(context))


@query.field("backoffice")
async def resolve_backoffice(_: None, info: Info) -> Backoffice:
    return await backoffice_of(info.context)


@backoffice_type.field("customers")
async def resolve_customers(
    office: Backoffice,
    _: Info,
    search: str | None = None,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
) -> dict[str, Any]:
    wanted = words(search, "search")
    offset, limit = page_bounds(currentPage, pageSize)
    asked(office.context, "customers", search=" ".join(wanted), offset=offset)
    found, total = await office.find(words=wanted, offset=offset, limit=min(limit, MAX_PAGE))
    return {"customers": found, "totalCount": total}


@backoffice_type.field("customer")
async def resolve_customer(office: Backoffice, _: Info, id: int) -> CustomerView:  # noqa: A002
    asked(office.context, "customer", customer=id)
    found = await office.customer(id) if id > 0 else None
    if found is None:
        raise NotFoundError(UNKNOWN)
    return found


def written(seconds: float) -> str:
    """A moment (Unix seconds) as moments are written."""
    return datetime.fromtimestamp(seconds, UTC).strftime(MOMENT)


# -- customers ------------------------------------------------------------------------------------------------------


@customer_type.field("carts")
async def resolve_carts(customer: CustomerView, _: Info) -> list[CartRow]:
    office, match = customer.office, customer.match
    people = [match.id]
    if match.commercial_partner_id == match.id:
        family = await office.context.contacts.family(match.id, office.scope.company_id)
        people += [one.id for one in family.contacts if one.has_user and one.id != match.id][:MAX_PEOPLE]
    owners = [
        Owner(kind="customer", key=str(one), website_id=website_id)
        for one in people
        for website_id in sorted(office.scope.website_ids)
    ]
    store = office.context.services.carts
    with told_as_such():
        found = await asyncio.gather(*(store.carts_of(owner) for owner in owners))
    carts = sorted((cart for own in found for cart in own), key=lambda cart: (cart.created, cart.id))
    return [CartRow(office, cart) for cart in carts]


@customer_type.field("orders")
async def resolve_orders(
    customer: CustomerView,
    _: Info,
    stages: Sequence[OrderState] | None = None,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
) -> dict[str, Any]:
    offset, limit = page_bounds(currentPage, pageSize, 10)
    adapter = await customer.office.context.adapter()
    wanted = OrderQuery(
        commercial_partner_id=customer.match.commercial_partner_id,
        company_id=customer.office.scope.company_id,
        states=tuple(dict.fromkeys(stages or _ORDERED)),
        order=(("ordered_at", True), ("id", True)),
        offset=offset,
        limit=min(limit, MAX_PAGE),
    )
    ids, total = await adapter.find_orders(wanted)
    return {"orders": await adapter.orders(ids) if ids else [], "totalCount": total}


@customer_type.field("stats")
def resolve_stats(customer: CustomerView, _: Info, **arguments: Any) -> StatsView:
    office = customer.office
    return stats_view(office.context, customer.match.commercial_partner_id, arguments, office.scope.company_id)


_CUSTOMERS: Final[Mapping[str, str]] = {
    "id": "id",
    "name": "name",
    "reference": "reference",
    "email": "email",
    "phone": "phone",
    "isCompany": "is_company",
    "companyId": "commercial_partner_id",
    "company": "company",
    "profiles": "profiles",
    "pricelistId": "pricelist_id",
    "pricelist": "pricelist",
}
for _name, _attribute in _CUSTOMERS.items():
    customer_type.set_field(_name, lambda view, _, attribute=_attribute: getattr(view.match, attribute))


# -- orders ---------------------------------------------------------------------------------------------------------


def _money(order: Order, amount: Decimal) -> dict[str, Any]:
    return money(amount, order.currency)


order_type.set_field("stage", lambda order, _: order.state)
order_type.set_field("dateOrder", lambda order, _: order.ordered_at.strftime(MOMENT))
order_type.set_field("partnerId", lambda order, _: order.partner_id)
order_type.set_field("amountUntaxed", lambda order, _: _money(order, order.amount_untaxed))
order_type.set_field("amountTax", lambda order, _: _money(order, order.amount_tax))
order_type.set_field("amountTotal", lambda order, _: _money(order, order.amount_total))
order_type.set_field("lineCount", lambda order, _: len(order.lines))
order_type.set_field("clientOrderRef", lambda order, _: order.reference)
order_type.set_field("cartId", lambda order, _: order.cart)

BINDABLES = [backoffice_type, customer_type, order_type]
