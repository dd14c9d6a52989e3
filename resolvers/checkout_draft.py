"""The draft order that Odoo has of a visitor's cart, where something can be done with that alone."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from adapters.base import OdooAdapter
from adapters.errors import OdooOrderClosedError
from adapters.records.orders import Order
from cart.known_order import encode_order
from cart.model import Cart, Synced
from cart.pushing import pushed
from cart.store import CartStore
from resolvers.cart_errors import told_as_such
from resolvers.checkout_prices import CartPrices
from resolvers.context import RequestContext
from resolvers.errors import CartClosedForChangesError, OrderInProgressError

#: seconds for which nobody else brings the cart to Odoo, and to wait for who does
_LEASE: Final = 60.0
_PATIENCE: Final = 10.0
_PAUSE: Final = 0.1


@dataclass
class Draft:
    """``order``: the draft, equal to ``cart``. Whoever changes either says so: it is kept when the draft is left."""

    adapter: OdooAdapter
    cart: Cart
    order: Order


@asynccontextmanager
async def draft_of(context: RequestContext, cart: Cart) -> AsyncIterator[Draft]:
    """The cart's draft, made equal to it; nobody else brings it to Odoo meanwhile.

    Raises OdooError, CartUnavailableError, OrderInProgressError, CartClosedForChangesError.
    """
    adapter, carts, token = await context.adapter(), context.services.carts, uuid.uuid4().hex
    with told_as_such():
        held = await _taken(carts, cart.id, token)
        if held.state != "open":
            await carts.release(cart.id, token)
            raise CartClosedForChangesError
    done: Draft | None = None
    try:
        state = pushed(held, await CartPrices(context).priced(held))
        try:
            done = Draft(adapter, held, await adapter.push_cart(state))
        except OdooOrderClosedError as error:
            raise CartClosedForChangesError from error
        yield done
    finally:
        with told_as_such():
            if done is None:
                await carts.release(held.id, token)
            else:
                known = Synced(
                    version=done.cart.version,
                    order_id=done.order.id,
                    order=encode_order(done.order),
                    at=time.time(),
                )
                await carts.synced(held.id, token, known)


async def _taken(carts: CartStore, cart_id: str, token: str) -> Cart:
    ends = time.monotonic() + _PATIENCE
    while (cart := await carts.take(cart_id, token, _LEASE, only_due=False)) is None:
        if time.monotonic() >= ends:
            raise OrderInProgressError("Your cart is just being brought to the back office; try again in a moment.")
        await asyncio.sleep(_PAUSE)
    return cart
