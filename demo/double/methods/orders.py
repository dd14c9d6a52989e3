"""Orders: importing and saving them, and what their buttons do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demo.double import errors
from demo.double.access import check_model
from demo.double.methods.reading import specified
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, SINCE_14, UP_TO_14, Call, rpc
from demo.double.sales import stages
from demo.double.sales.filling import from_customer
from demo.double.sales.fiscal import detected_position
from demo.double.sales.lines import line_taxes, set_price
from demo.double.sales.loading import load as load_rows
from demo.double.sales.rules import rules_of
from demo.double.sales.totals import line_rows, settle, touch
from demo.double.writing import create as create_row
from demo.double.writing import write as write_row


@rpc(on_model=True)
def load(call: Call, fields: Sequence[str], data: Sequence[Sequence[Any]]) -> Any:
    """Make or change records by external ids; what goes wrong is told in ``messages``."""
    check_model(call.env, call.model, "create")
    return load_rows(call.env, call.model, fields, data)


@rpc(versions=ONLY_19)
def web_save(
    call: Call,
    vals: Mapping[str, Any],
    specification: dict[str, Any],
    next_id: int | None = None,
) -> Any:
    """Write (or, without ids, create), and read what the specification asks for."""
    if call.ids:
        write_row(call.env, call.model, call.ids, vals)
        ids = list(call.ids)
    else:
        ids = [create_row(call.env, call.model, vals)]
    settle(call.env)
    return specified(call.env, call.model, [next_id] if next_id else ids, specification)


# ------------------------------------------------------------------------------------------- stages of an order


@rpc("sale.order")
def action_confirm(call: Call) -> bool:
    check_model(call.env, call.model, "write")
    stages.confirm(call.env, call.ids)
    return True


@rpc("sale.order")
def action_cancel(call: Call) -> bool:
    check_model(call.env, call.model, "write")
    stages.cancel(call.env, call.ids)
    return True


@rpc("sale.order")
def action_draft(call: Call) -> bool:
    check_model(call.env, call.model, "write")
    stages.draft(call.env, call.ids)
    return True


@rpc("sale.order", versions=SINCE_14)
def action_quotation_sent(call: Call) -> None:
    check_model(call.env, call.model, "write")
    stages.quotation_sent(call.env, call.ids)


@rpc("sale.order", versions=UP_TO_14)
def action_done(call: Call) -> bool:
    check_model(call.env, call.model, "write")
    stages.lock(call.env, call.ids, locked=True)
    return True


@rpc("sale.order", versions=ONLY_19)
def action_lock(call: Call) -> None:
    check_model(call.env, call.model, "write")
    stages.lock(call.env, call.ids, locked=True)


@rpc("sale.order")
def action_unlock(call: Call) -> Any:
    check_model(call.env, call.model, "write")
    stages.lock(call.env, call.ids, locked=False)
    return True if call.env.db.dataset.version == "10.0" else None


# ------------------------------------------------------------------------------------- prices and taxes, anew


@rpc("sale.order.line", versions=UP_TO_14)
def product_uom_change(call: Call) -> None:
    """The price of the line's product, quantity and unit (one line at a time)."""
    check_model(call.env, call.model, "write")
    if len(call.ids) != 1:
        shown = ", ".join(str(line_id) for line_id in call.ids)
        raise errors.value_error(f"Expected singleton: sale.order.line({shown})")
    row = call.env.row(call.model, call.ids[0])
    if row is not None:
        _reprice(call, row)


@rpc("sale.order.line", versions=UP_TO_14)
def product_id_change(call: Call) -> dict[str, Any]:
    """On a saved line: its product's price for its quantity."""
    check_model(call.env, call.model, "write")
    for line_id in call.ids:
        row = call.env.row(call.model, line_id)
        if row is not None:
            _reprice(call, row)
    return {}


@rpc("sale.order", versions=ONLY_14)
def update_prices(call: Call) -> None:
    _reprice_all(call)


@rpc("sale.order", versions=ONLY_19)
def action_update_prices(call: Call) -> None:
    """The prices of all lines anew, those set by hand too."""
    _reprice_all(call)


def _reprice_all(call: Call) -> None:
    check_model(call.env, call.model, "write")
    for order in stages.orders(call.env, call.ids):
        for row in line_rows(call.env, order["id"]):
            if not (row.get("is_delivery") or row.get("is_reward_line") or row.get("reward_id")):
                _reprice(call, row)


def _reprice(call: Call, row: Mapping[str, Any]) -> None:
    env = call.env
    order = env.row("sale.order", row.get("order_id")) or {}
    if not row.get("product_id"):
        return
    fresh = {**row, "discount": 0.0} if env.db.dataset.version != "10.0" else dict(row)
    set_price(env, order, fresh, float(row.get("product_uom_qty") or 0.0))
    names = [name for name in ("price_unit", "technical_price_unit", "discount") if name in fresh]
    write_row(env, "sale.order.line", [row["id"]], {name: fresh[name] for name in names})


@rpc("sale.order", versions=ONLY_19)
def action_update_taxes(call: Call) -> None:
    """The taxes of all lines anew, by the order's fiscal position."""
    check_model(call.env, call.model, "write")
    taxes = rules_of(call.env).taxes
    for order in stages.orders(call.env, call.ids):
        for row in line_rows(call.env, order["id"]):
            product = call.env.row("product.product", row.get("product_id"))
            if product is not None:
                call.env.db.put("sale.order.line", {**row, taxes: line_taxes(call.env, order, product)})
        touch(call.env, order["id"])


# ------------------------------------------------------------------------------------------ onchange, as methods


@rpc("sale.order", versions=ONLY_10)
def onchange_partner_id(call: Call) -> None:
    """On a saved order this writes what follows from its customer (XML-RPC cannot show that nothing is returned)."""
    check_model(call.env, call.model, "write")
    names = {"partner_invoice_id", "partner_shipping_id", "pricelist_id", "payment_term_id"}
    for order in stages.orders(call.env, call.ids):
        fresh = dict(order)
        from_customer(call.env, fresh, names)
        write_row(call.env, call.model, [order["id"]], {name: fresh.get(name, False) for name in names})


@rpc("sale.order", versions=ONLY_10)
def onchange_partner_shipping_id(call: Call) -> dict[str, Any]:
    check_model(call.env, call.model, "write")
    for order in stages.orders(call.env, call.ids):
        position = detected_position(call.env, order.get("partner_id"), order.get("partner_shipping_id"))
        write_row(call.env, call.model, [order["id"]], {"fiscal_position_id": position})
    return {}
