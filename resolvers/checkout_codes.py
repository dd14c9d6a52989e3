"""Coupons, promotion codes and gift cards on the cart. Odoo judges them."""

from __future__ import annotations

from typing import Any, Final

import structlog
from ariadne import InterfaceType

from adapters.errors import OdooNotSupportedError
from cart.model import Cart
from resolvers.arguments import line
from resolvers.cart_errors import told_as_such
from resolvers.cart_types import shown
from resolvers.cart_view import CartView
from resolvers.checkout_draft import draft_of
from resolvers.errors import BadInputError, ErpNotSupportedError, OrderRefusedError
from resolvers.info import Info
from resolvers.mutation import mutation

log = structlog.get_logger(__name__)

_MAX_CODE: Final = 100

coupons_interface = InterfaceType("ApplyCoupons", lambda *_: "ApplyCouponList")
gift_cards_interface = InterfaceType("ApplyGiftCards", lambda *_: "ApplyGiftCardList")


@mutation.field("applyCoupon")
@mutation.field("applyGiftCard")
async def resolve_apply_code(_: None, info: Info, promo: str | None = None) -> dict[str, Any]:
    """Both take either: the storefront sends gift cards as coupons first."""
    cart = await _applied(info, _code(promo))
    return {"order": await shown(info, cart).order(), "error": None}


@mutation.field("removeCoupon")
async def resolve_remove_coupon(_: None, info: Info, promo: str) -> CartView:
    """It is off at once, and off the draft in Odoo with the next push."""
    code, carts = _code(promo), info.context.carts
    cart = await carts.needed()
    kept = tuple(one for one in cart.details.codes if one.casefold() != code.casefold())
    if kept != cart.details.codes:
        cart = await carts.set_details(codes=kept)
    return shown(info, cart)


async def _applied(info: Info, code: str) -> Cart:
    """The cart with the code, which Odoo has taken. Raises OdooRejectedError in Odoo's words."""
    context = info.context
    cart = await context.carts.needed()
    if not cart.lines:
        raise OrderRefusedError("CART_EMPTY", "There is nothing in the cart.")
    async with draft_of(context, cart) as draft:
        try:
            draft.order = await draft.adapter.apply_code(draft.order.id, code)
        except OdooNotSupportedError as error:
            raise ErpNotSupportedError("This shop has no coupons and gift cards.") from error
        codes = draft.cart.details.codes
        if code.casefold() not in {one.casefold() for one in codes}:
            with told_as_such():
                changed = await context.services.carts.set_details(cart.id, codes=(*codes, code))
            if changed.version == draft.cart.version + 1:  # nobody else has changed it meanwhile
                draft.cart = changed
    return await context.carts.own(cart.id)


def _code(promo: str | None) -> str:
    code = line(promo, "promo")
    if not 0 < len(code) <= _MAX_CODE:
        raise BadInputError(f"promo must have between 1 and {_MAX_CODE} characters.")
    return code


BINDABLES = [coupons_interface, gift_cards_interface]
