"""The draft order of a cart: found, or made once."""

from __future__ import annotations

import asyncio
import random

import structlog
from msgspec.structs import replace

from adapters.errors import OdooAccessError, OdooConflictError, OdooNotFoundError, OdooRejectedError
from adapters.reads.customers import CustomerReads
from adapters.reads.guests import GuestReads
from adapters.reads.orders import MODULE, external_name
from adapters.records.orders import Order, PushedCart
from adapters.writes.cart_import import Contact, Import, bare_import, whole_import
from adapters.writes.codes import CodeWrites

log = structlog.get_logger(__name__)

#: tries to make an order that somebody else is making at the same time, and the first pause between them (seconds)
LOADS = 4
_PAUSE = 0.05
#: seconds a write may take: for the order, and for each of its lines (10.0 takes some 30 ms)
_ORDER_SECONDS, _LINE_SECONDS = 20.0, 0.15
#: no mail to salespeople for every cart, and nobody follows one but its customer
_QUIET = {"mail_create_nosubscribe": True, "mail_auto_subscribe_no_notify": True, "tracking_disable": True}
#: an external id that is there is not written again
_MADE_ONCE = {"mode": "update"}
_SERIALIZATION = "could not serialize access"


class CartDrafts(CodeWrites, GuestReads, CustomerReads):
    """The external id of a cart's order is unique in Odoo's database, so there is one order per cart."""

    async def draft_of(self, cart: PushedCart, partner_id: int) -> Order:
        """The cart's order; made if it is not there, with all that the cart has, as far as Odoo takes it at once."""
        told = await self._buyer_told(cart, partner_id)
        if cart.order_id is not None:
            try:
                order = await self.read_order(cart.order_id, told)
            except OdooNotFoundError:  # somebody deleted it
                pass
            else:
                if order.cart == cart.cart:
                    return order
        try:
            order = await self.read_order(await self._made_once(cart, partner_id), told, with_lines=True)
        except OdooNotFoundError:  # the external id outlived its order
            order = await self.read_order(await self._made_anew(cart, partner_id), told)
        return replace(order, cart=cart.cart)

    async def _buyer_told(self, cart: PushedCart, partner_id: int) -> dict[int, int]:
        """The company that buys, where it is known."""
        if cart.commercial_partner_id is not None:
            return {partner_id: cart.commercial_partner_id}
        if cart.partner_id is None:
            guest = await self.guest(cart.website_id)
            return {guest.partner_id: guest.commercial_partner_id}
        return {}

    async def _made_once(self, cart: PushedCart, partner_id: int) -> int:
        """The id of the cart's order. One that is there is left as it is."""
        contact = await self._importable(cart, partner_id)
        source, lines = self.reader.source("order"), self.reader.source("order_line")
        name = f"{MODULE}.{external_name(cart.cart)}"
        bare = bare_import(name, cart, contact, source.fields)
        # who buys has to be right before there are lines: their prices and taxes hang on it
        if not cart.lines or contact.id != partner_id:
            return await self._load(cart, bare, _MADE_ONCE)
        try:
            whole = whole_import(name, cart, contact, self.order_rules, source.fields, lines.fields)
            return await self._load(cart, whole, _MADE_ONCE, tries_rejected=1)
        except (OdooRejectedError, OdooNotFoundError, OdooAccessError) as error:
            # what it is about is found out when the lines are written, or somebody was quicker
            log.info("cart.made_bare", cart=cart.cart, reason=str(error))
        return await self._load(cart, bare, _MADE_ONCE, tries_rejected=1)

    async def _made_anew(self, cart: PushedCart, partner_id: int) -> int:
        """The same, for an external id whose order has gone. Twice at once it would bring lines twice: without any."""
        contact = await self._importable(cart, partner_id)
        name = f"{MODULE}.{external_name(cart.cart)}"
        return await self._load(cart, bare_import(name, cart, contact, self.reader.source("order").fields), {})

    async def _load(self, cart: PushedCart, rows: Import, mode: dict[str, str], *, tries_rejected: int = 2) -> int:
        """The id of the cart's order by its external id; made together with it in one transaction, so never twice.

        ``tries_rejected``: by a second try a rule is told from somebody who was quicker.
        """
        context = {**_QUIET, **mode, "noupdate": True}
        if cart.company_id is not None:
            context |= self.company_context(cart.company_id)
        for tries in range(1, LOADS + 1):
            answer = await self.transport.call(
                "sale.order",
                "load",
                args={"fields": rows.fields, "data": rows.rows},
                context=context,
                timeout=writing_seconds(rows.lines),
            )
            if answer.get("ids"):
                return int(answer["ids"][0])
            message = "\n".join(str(one.get("message", "")) for one in answer.get("messages") or ())
            if _SERIALIZATION not in message and tries >= tries_rejected:
                raise OdooRejectedError(message.strip())
            if tries < LOADS:
                await asyncio.sleep(_PAUSE * 2**tries * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
        raise OdooConflictError(f"the order of cart {cart.cart} is being made by somebody else")

    async def _importable(self, cart: PushedCart, partner_id: int) -> Contact:
        """Who buys, as `load` finds them: guests, whose contact is archived, by an external id.

        Where theirs has none, the company's contact stands in until the order is written.
        """
        if cart.partner_id is not None:
            return Contact(partner_id)
        guest = await self.guest(cart.website_id)
        return Contact(guest.partner_id, guest.external) if guest.external else Contact(guest.company_partner_id)


def writing_seconds(lines: int) -> float:
    """What Odoo may take to write an order and so many lines of it."""
    return _ORDER_SECONDS + _LINE_SECONDS * lines
