"""The draft order of a cart: found, or made once."""

from __future__ import annotations

import asyncio
import random

from msgspec.structs import replace

from adapters.errors import OdooConflictError, OdooNotFoundError, OdooRejectedError
from adapters.reads.customers import CustomerReads
from adapters.reads.guests import GuestReads
from adapters.reads.orders import MODULE, external_name
from adapters.records.orders import Order, PushedCart
from adapters.writes.codes import CodeWrites

#: tries to make an order that somebody else is making at the same time, and the first pause between them (seconds)
LOADS = 4
_PAUSE = 0.05
#: no mail to salespeople for every cart, and nobody follows one but its customer
_QUIET = {"mail_create_nosubscribe": True, "mail_auto_subscribe_no_notify": True, "tracking_disable": True}
#: an external id that is there is not written again
_MADE_ONCE = {"mode": "update"}
_SERIALIZATION = "could not serialize access"


class CartDrafts(CodeWrites, GuestReads, CustomerReads):
    """The external id of a cart's order is unique in Odoo's database, so there is one order per cart."""

    async def draft_of(self, cart: PushedCart, partner_id: int) -> Order:
        """The cart's order, made if it is not there."""
        told = {partner_id: cart.commercial_partner_id} if cart.commercial_partner_id is not None else {}
        if cart.order_id is not None:
            try:
                order = await self.read_order(cart.order_id, told)
            except OdooNotFoundError:  # somebody deleted it
                pass
            else:
                if order.cart == cart.cart:
                    return order
        try:
            order = await self.read_order(await self._load(cart, partner_id), told)
        except OdooNotFoundError:  # the external id outlived its order
            order = await self.read_order(await self._load(cart, partner_id, anew=True), told)
        return replace(order, cart=cart.cart)

    async def _load(self, cart: PushedCart, partner_id: int, *, anew: bool = False) -> int:
        """The id of the cart's order by its external id; made together with it in one transaction, so never twice.

        An order that is there is left as it is, unless ``anew``.
        """
        header: dict[str, object] = {
            "id": f"{MODULE}.{external_name(cart.cart)}",
            "partner_id/.id": await self._loadable(cart, partner_id),
            "origin": cart.cart,
        }
        if cart.pricelist_id is not None:  # the currency follows from it
            header["pricelist_id/.id"] = cart.pricelist_id
        if cart.company_id is not None:
            header["company_id/.id"] = cart.company_id
        context = {**_QUIET, **({} if anew else _MADE_ONCE), "noupdate": True}
        if cart.company_id is not None:
            context |= self.company_context(cart.company_id)
        for tries in range(1, LOADS + 1):
            answer = await self.transport.call(
                "sale.order",
                "load",
                args={"fields": list(header), "data": [[str(value) for value in header.values()]]},
                context=context,
            )
            if answer.get("ids"):
                return int(answer["ids"][0])
            message = "\n".join(str(one.get("message", "")) for one in answer.get("messages") or ())
            busy = _SERIALIZATION in message
            # a second try tells a rule from somebody who was quicker
            if not busy and tries > 1:
                raise OdooRejectedError(message.strip())
            if tries < LOADS:
                await asyncio.sleep(_PAUSE * 2**tries * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
        raise OdooConflictError(f"the order of cart {cart.cart} is being made by somebody else")

    async def _loadable(self, cart: PushedCart, partner_id: int) -> int:
        """The partner, or for guests, whose contact is archived and not found by `load`, the company's contact."""
        return partner_id if cart.partner_id is not None else await self.company_partner(cart.website_id)
