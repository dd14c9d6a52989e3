"""Why no order is placed."""

from __future__ import annotations

from typing import Literal

from cart.model import Cart

RefusalCode = Literal[
    "CART_EMPTY",
    "CART_CLOSED",  # merged or deleted
    "CONTACT_MISSING",  # nobody has said who buys
    "ORDER_CLOSED",  # people of the shop work on its order, or cancelled it
    "CREDIT_EXCEEDED",
    "CREDIT_UNKNOWN",
]


class PlacingRefusedError(Exception):
    """No order can be placed of this cart as it is. ``message`` is for people."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ChangedSinceError(Exception):
    """The cart is another than the customer saw. ``cart``: as it is, if it is there."""

    def __init__(self, cart: Cart | None) -> None:
        super().__init__("the cart has changed")
        self.cart = cart


class StillPlacingError(Exception):
    """Somebody else is placing an order of this cart, or bringing it to Odoo, and it takes long: send it again."""

    def __init__(self) -> None:
        super().__init__("an order is being placed of this cart")
