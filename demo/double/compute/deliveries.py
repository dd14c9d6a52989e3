"""Delivery methods as a shop sees them: their price for an order (10), what the wizard offers (14, 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_10, SINCE_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_WIZARD = "choose.delivery.carrier"


def _order(env: Env, order_id: Any) -> Row | None:
    return env.row("sale.order", order_id)


@COMPUTED.field("delivery.carrier", "price", ONLY_10)
def _price(env: Env, row: Row) -> float:
    """For the context's order, 0 without one or where the carrier does not go."""
    from demo.double.sales.carriers import rate

    order = _order(env, env.context.get("order_id"))
    return 0.0 if order is None else rate(env, row, order).price


@COMPUTED.field("delivery.carrier", "available", ONLY_10)
def _available(env: Env, row: Row) -> bool:
    from demo.double.sales.carriers import rate

    order = _order(env, env.context.get("order_id"))
    return order is not None and not rate(env, row, order).error


@COMPUTED.field("sale.order", "delivery_price", ONLY_10)
def _delivery_price(env: Env, row: Row) -> float:
    """What the order's carrier would charge; kept from confirmation on."""
    from demo.double.sales.carriers import rate

    carrier = env.row("delivery.carrier", row.get("carrier_id"))
    if row.get("state") != "draft" or carrier is None:
        return float(row.get("delivery_price") or 0.0)
    return rate(env, carrier, row).price


@COMPUTED.field(_WIZARD, "available_carrier_ids", SINCE_14)
def _offered(env: Env, row: Row) -> list[int]:
    from demo.double.sales.carriers import available

    order = _order(env, row.get("order_id"))
    return [] if order is None else available(env, order)


@COMPUTED.field(_WIZARD, "invoicing_message", SINCE_14)
def _invoicing_message(_env: Env, _row: Row) -> str:
    return ""
