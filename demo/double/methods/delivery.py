"""Choosing a delivery: ``delivery_set`` (10), the wizard ``choose.delivery.carrier`` (14, 19)."""

from __future__ import annotations

from typing import Any

from demo.double import errors
from demo.double.access import check_model
from demo.double.constraints import missing
from demo.double.methods.registry import ONLY_10, SINCE_14, Call, rpc
from demo.double.sales.carriers import CARRIERS, rate, remove_delivery, set_delivery
from demo.double.sales.stages import orders
from demo.double.writing import write

WIZARD = "choose.delivery.carrier"


@rpc("sale.order", versions=ONLY_10)
def delivery_set(call: Call) -> bool:
    """Put the charge of the order's carrier on it, in place of the one before."""
    env = call.env
    check_model(env, call.model, "write")
    for order in orders(env, call.ids):
        remove_delivery(env, order["id"])
        carrier = env.row(CARRIERS, order.get("carrier_id"))
        if carrier is None:
            raise errors.user_error("No carrier set for this order.")
        if order.get("state") not in ("draft", "sent"):
            raise errors.user_error("The order state have to be draft to add delivery lines.")
        found = rate(env, carrier, order)
        if found.error:
            raise errors.user_error(found.error)
        set_delivery(env, order["id"], carrier, found.price)
    return True


@rpc("sale.order", versions=ONLY_10)
def delivery_unset(call: Call) -> None:
    check_model(call.env, call.model, "write")
    for order in orders(call.env, call.ids):
        remove_delivery(call.env, order["id"])


@rpc(WIZARD, versions=SINCE_14)
def update_price(call: Call) -> dict[str, Any]:
    """Ask the carrier for its price; the wizard is shown again."""
    for wizard in _wizards(call):
        carrier, order = _named(call, wizard)
        found = rate(call.env, carrier, order)
        if found.error:
            raise errors.user_error(found.error)
        values = {
            "delivery_price": found.price,
            "display_price": found.carrier_price,
            "delivery_message": found.message or False,
        }
        write(call.env, WIZARD, [wizard["id"]], values)
    return {
        "name": "Add a shipping method",
        "type": "ir.actions.act_window",
        "view_mode": "form",
        "res_model": WIZARD,
        "res_id": call.ids[0] if call.ids else False,
        "target": "new",
        "context": {"no_rate": False} if call.env.db.dataset.version == "19.0" else {},
    }


@rpc(WIZARD, versions=SINCE_14)
def button_confirm(call: Call) -> None:
    """Put the chosen delivery on the order, at the price the wizard has (0 when it was never asked for)."""
    for wizard in _wizards(call):
        carrier, order = _named(call, wizard)
        set_delivery(call.env, order["id"], carrier, float(wizard.get("delivery_price") or 0.0))


def _wizards(call: Call) -> list[dict[str, Any]]:
    check_model(call.env, WIZARD, "write")
    gone = [key for key in call.ids if call.env.row(WIZARD, key) is None]
    if gone:
        raise missing(call.env, WIZARD, gone)
    return [call.env.row(WIZARD, key) or {} for key in call.ids]


def _named(call: Call, wizard: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    carrier = call.env.row(CARRIERS, wizard.get("carrier_id"))
    order = call.env.row("sale.order", wizard.get("order_id"))
    if carrier is None or order is None:
        raise missing(call.env, CARRIERS if carrier is None else "sale.order", [False])
    return carrier, order


@rpc(CARRIERS, versions=SINCE_14)
def rate_shipment(call: Call, order: Any) -> Any:  # noqa: ARG001
    """Wants a record: what comes over RPC is a number."""
    raise errors.OdooFault(errors.ATTRIBUTE_ERROR, "'int' object has no attribute 'partner_shipping_id'")


@rpc("sale.order", versions=SINCE_14)
def set_delivery_line(call: Call, carrier: Any, amount: Any) -> Any:  # noqa: ARG001
    raise errors.OdooFault(errors.ATTRIBUTE_ERROR, "'int' object has no attribute 'id'")


@rpc(CARRIERS, versions=SINCE_14)
def available_carriers(call: Call, partner: Any, source: Any = None) -> Any:  # noqa: ARG001
    raise errors.OdooFault(errors.ATTRIBUTE_ERROR, "'int' object has no attribute '_name'")
