"""What was ordered while Odoo was away, and what has changed of a cart, as they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ariadne import ObjectType

from cart.model import Cart
from cart.placement import Change, PlacedOrder, Placement, decoded
from resolvers.info import Info
from resolvers.money import money
from resolvers.order_types import MOMENT, product_of
from resolvers.product_nodes import ProductNode

request_type = ObjectType("OrderRequest")
change_type = ObjectType("OrderChange")
receipt_type = ObjectType("OrderReceipt")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A cart that was requested, or was and is an order by now."""

    placement: Placement

    @property
    def changes(self) -> Sequence[tuple[Change, str]]:
        return [(change, self.placement.currency or "") for change in self.placement.changes]


def request_view(cart: Cart) -> RequestView | None:
    """None: it was not requested."""
    placement = decoded(cart.placement) if cart.state in {"requested", "placing", "placed"} else None
    if placement is None or (placement.status == "PLACED" and not placement.requested):
        return None
    return RequestView(placement)


def _money(amount: Decimal | None, currency: str | None) -> dict[str, Any] | None:
    return None if amount is None or not currency else money(amount, currency)


@change_type.field("product")
async def resolve_product(told: tuple[Change, str], info: Info) -> ProductNode | None:
    return await product_of(info.context, told[0].variant_id)


change_type.set_field("kind", lambda told, _: told[0].kind)
change_type.set_field("lineId", lambda told, _: told[0].number)
change_type.set_field("variantId", lambda told, _: told[0].variant_id)
change_type.set_field("wanted", lambda told, _: told[0].wanted)
change_type.set_field("available", lambda told, _: told[0].available)
change_type.set_field("before", lambda told, _: _money(told[0].before, told[1]))
change_type.set_field("now", lambda told, _: _money(told[0].now, told[1]))
change_type.set_field("code", lambda told, _: told[0].code)
change_type.set_field("message", lambda told, _: told[0].message)

request_type.set_field("cartId", lambda view, _: view.placement.cart)
request_type.set_field("status", lambda view, _: view.placement.status)
request_type.set_field("at", lambda view, _: datetime.fromtimestamp(view.placement.at, UTC).strftime(MOMENT))
request_type.set_field("reasonCode", lambda view, _: view.placement.reason and view.placement.reason.code)
request_type.set_field("reason", lambda view, _: view.placement.reason and view.placement.reason.message)
request_type.set_field("total", lambda view, _: _money(view.placement.seen_total, view.placement.currency))
request_type.set_field("receipt", lambda view, _: view.placement.order)


def _amount(order: PlacedOrder, name: str) -> dict[str, Any]:
    return money(getattr(order, name), order.currency)


receipt_type.set_field("stage", lambda order, _: order.state)
receipt_type.set_field("amountUntaxed", lambda order, _: _amount(order, "amount_untaxed"))
receipt_type.set_field("amountTax", lambda order, _: _amount(order, "amount_tax"))
receipt_type.set_field("amountTotal", lambda order, _: _amount(order, "amount_total"))

BINDABLES = [request_type, change_type, receipt_type]
