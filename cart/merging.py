"""One cart goes into another, whatever happens in between: a guest's into the customer's, at login.

The two may lie on different servers, so there are three steps, each atomic and safe to repeat:

1. The source is closed: what arrives for it from now on is told to go on in the target.
2. The target takes in what is in the source, and notes that it has, in one step.
3. The source notes that it has arrived.

A process that dies in between leaves a source that is ``merging``; whoever meets it goes on: the next merge, a change
on its way (`cart.carts.Carts`), or the worker, to whom it is due. What the target noted keeps a repeated second step
from counting twice. A target that has been closed meanwhile notes that it refused, for good, and only then the source
is sent elsewhere.
"""

from __future__ import annotations

from typing import Final, Protocol

from cart.model import Cart
from cart.store import CartChanges, CartClosedError, CartNotFoundError, MergeSteps

#: so often a source may be sent on before that counts as a fault
_TARGETS: Final = 16


class Mergeable(CartChanges, MergeSteps, Protocol):
    """What merging needs of a store."""


async def merge(store: Mergeable, source_id: str, target_id: str) -> Cart:
    """Put all that is in the source into the target; the cart that it is in then.

    Quantities of equal lines are added (up to the largest that may be), differing notes follow one another; the
    number of lines is not bounded here, so that nothing is lost. The target's details stand, where it has any; codes
    of both are kept. A source that has been merged already goes where it went. Raises `CartNotFoundError`;
    `CartClosedError` when the source is placed, requested or deleted, or an order is just being placed of either:
    the cart is in the error. In the last case try again.
    """
    if source_id == target_id:
        return await _found(store, target_id)
    target = await open_end(store, await _found(store, target_id), without=source_id)
    source, remembered = await store.seal(source_id, target.id)
    for _ in range(_TARGETS):
        if source.state != "merged" or source.into is None:
            raise CartClosedError(source)
        if not source.merging:
            return await open_end(store, await _found(store, source.into), without=source_id)
        outcome, absorbed = await store.absorb(source.into, source, remembered)
        if outcome == "DONE" and absorbed is not None:
            await store.finish_merge(source_id, source.into)
            return absorbed
        if outcome == "BUSY" and absorbed is not None:
            raise CartClosedError(absorbed)
        if absorbed is None and source.into == target.id:
            raise CartNotFoundError(target.id)
        other = await open_end(store, absorbed or target, without=source_id)
        await store.redirect(source_id, source.into, other.id)
        source, remembered = await store.seal(source_id, other.id)
    raise CartClosedError(source)


async def open_end(store: CartChanges, cart: Cart, *, without: str = "") -> Cart:
    """Where one goes on instead of ``cart``: the cart it was merged into, and so on; at the end of a closed one the
    current cart of its owner."""
    seen = {without}
    while cart.state == "merged" and cart.into is not None and cart.id not in seen:
        seen.add(cart.id)
        following = await store.find(cart.into)
        if following is None:
            break
        cart = following
    if cart.state in ("open", "placing") and cart.id not in seen:
        return cart
    current = await store.current(cart.owner, create=True)
    if current is None or current.id == without:
        raise CartClosedError(cart)
    return current


async def _found(store: CartChanges, cart_id: str) -> Cart:
    cart = await store.find(cart_id)
    if cart is None:
        raise CartNotFoundError(cart_id)
    return cart
