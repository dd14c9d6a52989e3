"""The delivery method of an order, at the price that Odoo works out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from adapters.errors import OdooRejectedError
from adapters.order_rules import Wizard
from adapters.reads.delivery import DeliveryReads
from adapters.records.orders import Order
from adapters.values import decimal
from adapters.writes.orders import OrderWrites


class DeliveryWrites(OrderWrites, DeliveryReads):
    """Up to 10.0 the order has a method for it, since then a wizard."""

    async def delivery_price(self, order_id: int, carrier_id: int) -> Decimal:
        wizard = self.order_rules.delivery
        if isinstance(wizard, Wizard):
            wizard_id, price = await self._asked(wizard, order_id, carrier_id), wizard.fields["price"]
            rows = await self.transport.call(wizard.model, "read", [wizard_id], {"fields": [price]}, safe=True)
            return decimal(rows[0][price])
        rows = await self.transport.call(
            "delivery.carrier",
            "search_read",
            args={"domain": [["id", "=", carrier_id]], "fields": ["price", "available"]},
            context={"order_id": order_id},
            safe=True,
        )
        if not rows or not rows[0]["available"]:
            raise OdooRejectedError("This delivery method is not available for this address.")
        return decimal(rows[0]["price"])

    async def set_delivery(self, order_id: int, carrier_id: int | None) -> Order:
        return await self.delivered_by(await self.open_order(order_id), carrier_id)

    async def delivered_by(self, order: Order, carrier_id: int | None) -> Order:
        """A draft, as it was read, with this delivery method at the price of now."""
        delivery = self.order_rules.delivery
        if carrier_id is None:
            await self._without_delivery(order)
        elif isinstance(delivery, Wizard):
            wizard_id = await self._asked(delivery, order.id, carrier_id)
            await self.transport.call(delivery.model, "button_confirm", [wizard_id])
        else:
            # one transaction for the choice, another for the line: repeating both does no harm
            await self.transport.call("sale.order", "write", [order.id], {"vals": {"carrier_id": carrier_id}})
            await self.call_order(delivery, order.id)
        return await self.reread(order)

    async def _without_delivery(self, order: Order) -> None:
        lines = [line.id for line in order.lines if line.kind == "delivery"]
        if lines or order.carrier_id is not None:
            values: dict[str, Any] = {"carrier_id": False, "order_line": [[2, line_id, 0] for line_id in lines]}
            await self.transport.call("sale.order", "write", [order.id], {"vals": values})

    async def _asked(self, wizard: Wizard, order_id: int, carrier_id: int) -> int:
        """The wizard with Odoo's price of now: without asking for it, it would say 0."""
        wizard_id = await self.made(wizard.model, wizard.values(order=order_id, carrier=carrier_id))
        await self.transport.call(wizard.model, "update_price", [wizard_id])
        return wizard_id
