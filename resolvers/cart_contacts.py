"""Whom a cart is for, kept with the cart: `resolvers.checkout_contacts.CheckoutContacts`."""

from __future__ import annotations

from msgspec import structs

from cart.model import CartDetails
from resolvers.cart_visitors import VisitorsCarts
from resolvers.checkout_contacts import NOBODY, Chosen


class CartContacts:
    """The contacts of the cart that the visitor fills."""

    def __init__(self, carts: VisitorsCarts) -> None:
        self._carts = carts

    async def chosen(self) -> Chosen | None:
        """As `CheckoutContacts.chosen`. A customer without a cart has nothing chosen yet."""
        cart = await self._carts.current()
        if cart is not None:
            return chosen_of(cart.details)
        return None if await self._carts.owner() is None else NOBODY

    async def choose(self, chosen: Chosen) -> None:
        """As `CheckoutContacts.choose`; a cart is made if there is none."""
        cart = await self._carts.current()
        if cart is None or chosen_of(cart.details) != chosen:
            await self._carts.set_details(**structs.asdict(chosen))


def chosen_of(details: CartDetails) -> Chosen:
    return Chosen(details.partner_id, details.invoice_partner_id, details.shipping_partner_id)
