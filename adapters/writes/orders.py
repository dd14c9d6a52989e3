"""What is done with orders: confirm, cancel, ask for a quotation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.errors import OdooNotFoundError, OdooOrderClosedError, OdooRejectedError
from adapters.reads.order_rows import Around, order_of
from adapters.reads.order_web import order_specification, web_order
from adapters.reads.orders import OrderReads
from adapters.records.orders import Order
from adapters.source import Domain
from adapters.values import ids, many2one

_CONFIRMED = frozenset({"sale", "done"})
#: confirming makes the picking: half a second to some seconds, more for many lines
CONFIRM_SECONDS = 60.0


class OrderWrites(OrderReads):
    """States of orders. Each looks at the state first: Odoo up to 14.0 does some things again when asked again."""

    async def confirm_order(self, order_id: int) -> Order:
        if (await self.state_of(order_id)) not in _CONFIRMED:
            try:
                await self.call_order("action_confirm", order_id, seconds=CONFIRM_SECONDS)
            except OdooRejectedError:
                if (await self.state_of(order_id)) not in _CONFIRMED:  # nor by somebody quicker
                    raise
        return await self.one_order(order_id)

    async def cancel_order(self, order_id: int) -> Order:
        if (await self.state_of(order_id)) != "cancel":
            # 14.0 asks whether draft invoices may go: nobody is there to answer
            await self.call_order("action_cancel", order_id, context={"disable_cancel_warning": True})
        order = await self.one_order(order_id)
        if order.state != "cancel":
            raise OdooRejectedError(f"{order.name}: {order.state}")
        return order

    async def request_quotation(self, order_id: int) -> Order:
        state = await self.state_of(order_id)
        if state not in {"draft", "sent"}:
            raise OdooOrderClosedError(order_id, state)
        if state == "draft":
            method = self.order_rules.quotation_sent
            if method is None:
                await self.transport.call("sale.order", "write", [order_id], {"vals": {"state": "sent"}})
            else:
                await self.call_order(method, order_id)
        return await self.one_order(order_id)

    async def read_order(
        self, order_id: int, commercial: Mapping[int, int] | None = None, *, with_lines: bool = False
    ) -> Order:
        """An order with its lines, without payments. ``commercial``: the company that buys, where it is known.

        Where the version tells both in one answer that is one call, else one for an order without lines, and two
        with lines: side by side, where ``with_lines`` says that there are some. Raises OdooNotFoundError.
        """
        if self.order_rules.saves_with_answer:
            return await self._read_web(order_id)
        of_order: Domain = [["order_id", "=", order_id]]
        if with_lines:
            rows, line_rows = await self.gather(
                self.reader.read("order", [["id", "=", order_id]]), self.reader.read("order_line", of_order)
            )
        else:
            rows = await self.reader.read("order", [["id", "=", order_id]])
            line_rows = await self.reader.read("order_line", of_order) if rows and ids(rows[0]["lines"]) else []
        if not rows:
            raise OdooNotFoundError(f"no order {order_id}")
        partner_id = many2one(rows[0]["partner"]) or 0
        known = commercial or {}
        if partner_id not in known:
            known = await self.commercial([partner_id])
        return order_of(rows[0], line_rows, Around(known, await self.applied_codes(rows, line_rows)))

    async def _read_web(self, order_id: int) -> Order:
        source, line_source = self.reader.source("order"), self.reader.source("order_line")
        answer = await self.transport.call(
            source.model,
            "web_search_read",
            args={
                "domain": [["id", "=", order_id]],
                "specification": order_specification(source, line_source),
            },
            safe=True,
        )
        if not answer["records"]:
            raise OdooNotFoundError(f"no order {order_id}")
        row, lines, commercial = web_order(answer["records"][0], source, line_source)
        return order_of(row, lines, Around(commercial, await self.applied_codes([row], lines)))

    async def reread(self, order: Order) -> Order:
        """The order as it is now."""
        return await self.read_order(order.id, {order.partner_id: order.commercial_partner_id})

    async def open_order(self, order_id: int) -> Order:
        """An order that may still be changed. Raises OdooOrderClosedError, OdooNotFoundError."""
        order = await self.read_order(order_id)
        if order.state not in {"draft", "sent"}:
            raise OdooOrderClosedError(order.id, order.state)
        return order

    async def call_order(
        self,
        method: str,
        order_id: int,
        *,
        context: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Call a method of one order."""
        return await self.transport.call("sale.order", method, [order_id], context=context, timeout=seconds)

    async def made(self, wizard: str, values: Mapping[str, Any]) -> int:
        """The id of a wizard with these values."""
        answer = await self.transport.call(wizard, "create", args={"vals_list": dict(values)})
        return int(answer[0] if isinstance(answer, list) else answer)

    async def state_of(self, order_id: int) -> str:
        """Odoo's own word for the state of an order. Raises OdooNotFoundError."""
        rows = await self.reader.read("order", [["id", "=", order_id]], only=("state",))
        if not rows:
            raise OdooNotFoundError(f"no order {order_id}")
        return str(rows[0]["state"])
