"""The payment that a visitor began last, and the order that came of it: the storefront's thank-you page asks for it."""

from __future__ import annotations

from typing import Final

import msgspec

from adapters.records.orders import Order
from cart.payment_store import KeptPayment
from cart.payments import Settled
from resolvers.context import RequestContext
from resolvers.placed import PAYING, is_theirs, remember


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """All have to fit what Odoo tells of the payment."""

    cart: str
    order_id: int
    reference: str


_NONE: Final = _Begun("", 0, "")


async def remember_begun(context: RequestContext, kept: KeptPayment) -> None:
    """Keep in the visitor's session which payment they began; who comes with a token has none."""
    if context.signing_in is None or kept.reference is None:
        return
    value = msgspec.json.encode(_Begun(kept.cart, kept.order_id, kept.reference)).decode()
    if context.session is None or context.session.values.get(PAYING) != value:
        await context.signing_in.keep(context, {PAYING: value})


def _begun(context: RequestContext) -> _Begun:
    kept = context.session.values.get(PAYING) if context.session is not None else None
    try:
        return _NONE if not kept else msgspec.json.decode(kept, type=_Begun)
    except msgspec.MsgspecError:
        return _NONE


async def begun_here(context: RequestContext, reference: str) -> KeptPayment | None:
    """The payment with this reference, if whoever asks began it: in this session, or as the one who buys."""
    found = await context.services.payments.find(reference)
    if found is None:
        return None
    kept, order = found
    here = _begun(context) == _Begun(kept.cart, kept.order_id, reference)
    own = not context.identity.is_guest and is_theirs(context, order)
    return kept if here or own else None


async def settled_here(context: RequestContext, reference: str, *, customer_done: bool = False) -> Settled | None:
    """What became of a payment of the visitor's; what was ordered by it is remembered as placed. Raises OdooError.

    ``customer_done``: as `cart.payments.Payments.settle` has it.
    """
    settled = await context.services.payments.settle(reference, customer_done=customer_done)
    if settled is not None and settled.placement is not None:
        await remember(context, settled.placement)
    return settled


async def paid_last(context: RequestContext) -> Order | None:
    """The order of the payment that was begun last in this session, once something has become of that.

    None also where an order was placed otherwise since. Raises OdooError.
    """
    begun = _begun(context)
    if begun is _NONE:
        return None
    settled = await settled_here(context, begun.reference)
    order = None if settled is None else settled.order
    if settled is None or order is None or settled.state == "draft":
        return None
    if (order.cart, order.id) != (begun.cart, begun.order_id) or not is_theirs(context, order):
        return None
    return order
