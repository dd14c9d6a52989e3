"""Saved baskets, and what is told of a cart as a whole."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from cart.model import Cart
from resolvers.arguments import line
from resolvers.cart_errors import told_as_such
from resolvers.cart_types import shown
from resolvers.cart_view import CartView
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import signed_in


@mutation.field("saveCart")
async def resolve_save(_: None, info: Info, name: str, cartId: str | None = None) -> CartView:  # noqa: N803
    context = info.context
    signed_in(context)
    cart = await context.carts.needed() if cartId is None else await context.carts.own(cartId)
    if cartId is None and not cart.lines:
        raise BadInputError("There is nothing in the cart to be saved.")
    return await _saved(info, cart, name)


@mutation.field("renameCart")
async def resolve_rename(_: None, info: Info, cartId: str, name: str) -> CartView:  # noqa: N803
    signed_in(info.context)
    cart = await info.context.carts.own(cartId)
    if cart.name is None:
        raise BadInputError("Only saved baskets have a name: see saveCart.")
    return await _saved(info, cart, name)


async def _saved(info: Info, cart: Cart, name: str) -> CartView:
    with told_as_such():
        return shown(info, await info.context.carts.store.save(cart.id, line(name, "name")))


@mutation.field("activateCart")
async def resolve_activate(
    _: None,
    info: Info,
    cartId: str,  # noqa: N803
    oldName: str | None = None,  # noqa: N803
) -> CartView:
    context = info.context
    signed_in(context)
    cart = await context.carts.own(cartId)
    old_name = line(oldName, "oldName") or await _name_for_the_old(context)
    with told_as_such():
        return shown(info, await context.carts.store.activate(cart.id, old_name=old_name))


async def _name_for_the_old(context: RequestContext) -> str:
    """A basket that nobody named is called by the moment, as the shop's server has it."""
    return f"{context.services.clock().astimezone(UTC):%Y-%m-%d %H:%M}"


@mutation.field("deleteCart")
async def resolve_delete(_: None, info: Info, cartId: str) -> CartView:  # noqa: N803
    carts = info.context.carts
    cart = await carts.own(cartId)
    with told_as_such():
        await carts.store.delete(cart.id)
    return shown(info, await carts.current())


@mutation.field("setCartDetails")
async def resolve_details(_: None, info: Info, reference: str | None = None, note: str | None = None) -> CartView:
    changes: dict[str, str | None] = {}
    if reference is not None:
        changes["reference"] = line(reference, "reference") or None
    if note is not None:
        changes["note"] = note.strip() or None
    carts = info.context.carts
    return shown(info, await (carts.set_details(**changes) if changes else carts.needed()))


BINDABLES: list[Any] = []
