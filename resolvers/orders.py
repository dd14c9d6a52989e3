"""Orders of whoever buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ariadne import ObjectType

from adapters.records.orders import InvoiceStatus, Order, OrderQuery, OrderSort, OrderState
from resolvers.arguments import given, page_bounds
from resolvers.context import RequestContext
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.lookahead import names_below, selects
from resolvers.order_view import OrderView, order_view
from resolvers.partners import family_key
from resolvers.query import query
from resolvers.view import Needs

PAGE_SIZE: Final = 10
#: lines, contacts and payments of each are read
MAX_PAGE: Final = 200
UNKNOWN: Final = "Sale Order does not exist."
#: what was ordered
_ORDERED: Final[tuple[OrderState, ...]] = ("sale", "done")
_SORTED_BY: Final[Mapping[str, OrderSort]] = {"id": "id", "dateOrder": "ordered_at", "name": "name", "state": "state"}

list_type = ObjectType("OrderList")


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of orders, and how many there are in all."""

    orders: Sequence[OrderView]
    total: int


async def buyer_of(context: RequestContext) -> int:
    """For whom whoever asks buys. Raises NotSignedInError for guests, NotFoundError for who is not in Odoo."""
    buyer_id, _ = await family_key(context)
    return buyer_id


async def own_orders(context: RequestContext, order_ids: Sequence[int]) -> list[Order]:
    """Those of the orders that whoever asks may see, whatever ids are given. Raises as `buyer_of`."""
    buyer_id = await buyer_of(context)
    wanted = [order_id for order_id in order_ids if order_id > 0]
    found = await (await context.adapter()).orders(wanted) if wanted else []
    return [order for order in found if order.commercial_partner_id == buyer_id and is_order(order)]


async def own_order(context: RequestContext, order_id: int | None) -> Order:
    """Raises as `buyer_of`, and NotFoundError for an order of somebody else, or none."""
    found = await own_orders(context, [order_id] if order_id is not None else [])
    if not found:
        raise NotFoundError(UNKNOWN)
    return found[0]


def is_order(order: Order) -> bool:
    """The draft of a cart that is being filled is none."""
    return order.state != "draft" or order.cart is None


async def prepare(info: Info, *path: str) -> None:
    """Get what all orders of an answer need, once. ``path``: where in the answer they stand."""
    context = info.context
    view = await context.view()
    view.expect(Needs.of(names_below(info, *path)))
    if any(selects(info, *path, name) for name in ("partner", "partnerShipping", "partnerInvoice")):
        await context.contacts.family(*await family_key(context))


@query.field("orders")
async def resolve_orders(
    _: None,
    info: Info,
    *,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    sort: Mapping[str, Any] | None = None,
) -> OrderPage:
    context = info.context
    buyer_id = await buyer_of(context)
    offset, limit = page_bounds(currentPage, pageSize, PAGE_SIZE)
    adapter = await context.adapter()
    ids, total = await adapter.find_orders(_query(buyer_id, filter, sort, offset, min(limit, MAX_PAGE)))
    if not selects(info, "orders"):
        return OrderPage((), total)
    await prepare(info, "orders")
    return OrderPage([order_view(order) for order in await own_orders(context, ids)], total)


@query.field("order")
async def resolve_order(_: None, info: Info, id: int | None = None) -> OrderView:  # noqa: A002
    order = await own_order(info.context, id)
    await prepare(info)
    return order_view(order)


def _query(
    buyer_id: int, filter_: Mapping[str, Any] | None, sort: Mapping[str, Any] | None, offset: int, limit: int
) -> OrderQuery:
    wanted = given(filter_)
    stages: list[OrderState] = [one for one in wanted.get("stages", ()) if one is not None]
    statuses: list[InvoiceStatus] = [one for one in wanted.get("invoiceStatus", ()) if one is not None]
    return OrderQuery(
        commercial_partner_id=buyer_id,
        states=tuple(dict.fromkeys(stages)) or _ORDERED,
        invoice_statuses=tuple(dict.fromkeys(statuses)),
        order=tuple((_SORTED_BY[name], direction == "DESC") for name, direction in given(sort).items()),
        offset=offset,
        limit=limit,
    )


list_type.set_field("totalCount", lambda found, _: found.total)

BINDABLES = [list_type]
