"""Changing the cart being filled: what the storefront sends, and what others share with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from cart.model import Applied, Cart, Transaction
from resolvers.cart_errors import told_as_such
from resolvers.cart_products import Offers, free_of, offers_of
from resolvers.cart_types import shown
from resolvers.cart_view import CartView, Notice, lowered_message
from resolvers.context import RequestContext
from resolvers.errors import BadInputError, CartRefusalError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.order_view import OrderView

#: so many products or lines may be changed at once
MOST: Final = 1_000
_NOTHING: Final = Decimal(0)


@mutation.field("cartAddMultipleItems")
async def resolve_add(_: None, info: Info, products: Sequence[Mapping[str, Any] | None]) -> CartView:
    wanted = [(int(one["id"]), Decimal(one["quantity"])) for one in _given(products, "products")]
    context = info.context
    offers = await offers_of(context, [variant_id for variant_id, _ in wanted], stock=True)
    for variant_id, _quantity in wanted:
        refusal = offers.refusal(variant_id)
        if refusal is not None:
            raise CartRefusalError(refusal)
    applied = await context.carts.change([added(variant_id, quantity) for variant_id, quantity in wanted])
    check_all(applied)
    cart, notices = await lowered(context, applied.cart, offers)
    return shown(info, cart, notices=notices)


@mutation.field("cartUpdateMultipleItems")
async def resolve_update(_: None, info: Info, lines: Sequence[Mapping[str, Any] | None]) -> CartView:
    wanted = [(int(one["id"]), Decimal(one["quantity"])) for one in _given(lines, "lines")]
    context = info.context
    applied = await context.carts.change([_set(number, quantity) for number, quantity in wanted])
    check_all(applied, ignored=frozenset({"LINE_NOT_FOUND"}))
    numbers = {number for number, _ in wanted}
    touched = [line.variant_id for line in applied.cart.lines if line.number in numbers]
    offers = await offers_of(context, touched, stock=True)
    cart, notices = await lowered(context, applied.cart, offers)
    return shown(info, cart, notices=notices)


@mutation.field("cartRemoveMultipleItems")
async def resolve_remove(_: None, info: Info, lineIds: Sequence[int | None]) -> CartView:  # noqa: N803
    numbers = _given(lineIds, "lineIds")
    applied = await info.context.carts.change([_set(number, _NOTHING) for number in numbers])
    check_all(applied, ignored=frozenset({"LINE_NOT_FOUND"}))
    return shown(info, applied.cart)


@mutation.field("cartClear")
async def resolve_clear(_: None, info: Info) -> OrderView | None:
    carts = info.context.carts
    cart = await carts.needed()
    with told_as_such():
        cleared = await carts.store.clear(cart.id)
    return await CartView(info.context, cleared).order()


# -- what others do too ---------------------------------------------------------------------------------------------


def added(variant_id: int, quantity: Decimal) -> Transaction:
    """So many more of a product. The client has no id for it: sent again, it counts again."""
    return Transaction(id=str(uuid4()), variant_id=variant_id, delta=quantity)


def check_all(applied: Applied, *, ignored: frozenset[str] = frozenset()) -> None:
    """Raises CartRefusalError for the first that was not applied; what could be applied was."""
    for result in applied.results:
        if result.code is not None and result.code not in ignored:
            raise CartRefusalError(result.code)


async def lowered(context: RequestContext, cart: Cart, offers: Offers) -> tuple[Cart, list[Notice]]:
    """The cart with no more of these products than there are, where more cannot be ordered.

    What is free is not held for anybody: it is asked for again when the order is placed.
    """
    view = await context.view()
    free = await free_of(view, offers.by_variant.values())
    changes, notices = [], []
    for variant_id, there in free.items():
        lines = [line for line in cart.lines if line.variant_id == variant_id]
        wanted = sum((line.quantity for line in lines), _NOTHING)
        surplus = wanted - max(there, _NOTHING)
        if surplus <= 0:
            continue
        notices.append(Notice("QUANTITY_LOWERED", lowered_message(wanted, there), variant_id))
        for line in reversed(lines):  # what was added last goes first
            less = min(surplus, line.quantity)
            if less > 0:
                changes.append(_set(line.number, line.quantity - less))
                surplus -= less
    if not changes:
        return cart, notices
    return (await context.carts.apply(cart.id, changes)).cart, notices


def _set(number: int, quantity: Decimal) -> Transaction:
    return Transaction(id=str(uuid4()), number=number, quantity=quantity)


def _given(entries: Iterable[Any], argument: str) -> list[Any]:
    """Those that are not null. Raises BadInputError when there are too many."""
    found = [one for one in entries if one is not None]
    if len(found) > MOST:
        raise BadInputError(f"{argument} may have at most {MOST} entries.")
    return found


BINDABLES: list[Any] = []
