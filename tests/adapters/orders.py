"""Carts to push: lines of the generated shop's products, and an adapter over a double of its own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.odoo import RpcAdapter
from adapters.records.orders import Order, PushedCart, PushedLine
from tests.adapters.customers import Shop, shop

ORDER = "sale.order"


@dataclass
class Till:
    """A shop with products to put into carts. ``partner``: a customer's contact."""

    shop: Shop
    variants: list[int]
    uoms: dict[int, int]
    partner: int

    @property
    def adapter(self) -> RpcAdapter:
        return self.shop.adapter

    @property
    def calls(self) -> list[tuple[str, str]]:
        return self.shop.calls

    def line(self, number: int, quantity: str = "1", *, product: int | None = None, **more: Any) -> PushedLine:
        """A line of the ``product``-th product, by default one of its own."""
        variant = self.variants[(number if product is None else product) % len(self.variants)]
        values = {"price_unit": Decimal("5.5"), **more}
        return PushedLine(
            number=number, variant_id=variant, quantity=Decimal(quantity), uom_id=self.uoms[variant], **values
        )

    def cart(self, *lines: PushedLine, **more: Any) -> PushedCart:
        values = {"cart": str(uuid.uuid4()), "partner_id": self.partner, **more}
        return PushedCart(lines=lines, **values)

    def forget_calls(self) -> None:
        self.calls.clear()

    async def raw(self, model: str, method: str, *args: Any, **more: Any) -> Any:
        """As somebody else in Odoo, whose calls do not count."""
        before = list(self.calls)
        answer = await self.adapter.transport.call(model, method, *args, **more)
        self.calls[:] = before
        return answer

    async def lines(self, order_id: int, *fields: str) -> list[dict[str, Any]]:
        """The lines as Odoo has them."""
        args = {"domain": [["order_id", "=", order_id]], "fields": list(fields or ["product_id", "product_uom_qty"])}
        return list(await self.raw("sale.order.line", "search_read", args=args))

    async def count(self, cart: str) -> int:
        return int(await self.raw(ORDER, "search_count", args={"domain": [["origin", "=", cart]]}))


@asynccontextmanager
async def till(version: str, transport: str = "auto") -> AsyncIterator[Till]:
    """A till over a double of its own. The small tables that adapters keep are read already."""
    async with shop(version, transport) as opened:
        fields = {"domain": [["sale_ok", "=", True], ["type", "!=", "service"]], "fields": ["uom_id"], "order": "id"}
        rows = await opened.adapter.transport.call("product.product", "search_read", args=fields)
        uoms = {row["id"]: row["uom_id"][0] for row in rows}
        await opened.adapter.public_partner()
        await opened.adapter._money.get()
        opened.calls.clear()
        yield Till(opened, list(uoms), uoms, opened.partner())


def numbers(order: Order) -> dict[int | None, Decimal]:
    """Quantities by the number of the cart's line."""
    return {line.number: line.quantity for line in order.lines if line.kind == "product"}


def ids(order: Order) -> Mapping[int, int]:
    return {line.number: line.id for line in order.lines if line.number is not None}


def quantities(lines: Iterable[PushedLine]) -> dict[int | None, Decimal]:
    return {line.number: line.quantity for line in lines}
