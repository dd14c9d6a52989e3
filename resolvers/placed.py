"""The order that a visitor placed last: by it alone a guest sees an order."""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from adapters.records.orders import Order
from cart.placement import Placement
from resolvers.context import RequestContext
from resolvers.errors import SignInsUnavailableError
from resolvers.orders import is_order

log = structlog.get_logger(__name__)

#: the session's values: the order placed last, and the payment begun since
VALUE: Final = "placed"
PAYING: Final = "paying"


class _Placed(msgspec.Struct, frozen=True, array_like=True):
    """Both have to fit what Odoo tells of the order."""

    cart: str
    order_id: int


async def remember(context: RequestContext, placement: Placement) -> None:
    """Keep in the visitor's session which order they placed; who comes with a token has none."""
    if context.signing_in is None or placement.order is None:
        return
    kept = msgspec.json.encode(_Placed(placement.cart, placement.order.id)).decode()
    if context.session is not None and context.session.values.get(VALUE) == kept:
        return
    try:
        await context.signing_in.keep(context, {VALUE: kept, PAYING: None})
    except SignInsUnavailableError:  # the order is placed all the same
        log.warning("order.not_remembered", order_id=placement.order.id)


async def placed_last(context: RequestContext) -> Order | None:
    """The order that was placed last in this session. Raises OdooError."""
    kept = context.session.values.get(VALUE) if context.session is not None else None
    try:
        placed = None if kept is None else msgspec.json.decode(kept, type=_Placed)
    except msgspec.MsgspecError:
        return None
    if placed is None:
        return None
    for order in await (await context.adapter()).orders([placed.order_id]):
        if order.cart == placed.cart and is_order(order) and is_theirs(context, order):
            return order
    return None


def is_theirs(context: RequestContext, order: Order) -> bool:
    """A customer sees what their company ordered, whatever the session was before they signed in."""
    identity = context.identity
    buyer_id = identity.commercial_partner_id or identity.partner_id
    return identity.is_guest or order.commercial_partner_id == buyer_id
