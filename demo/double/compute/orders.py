"""Orders: deliveries, invoices and amounts that are not stored but follow from lines and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_10, ONLY_19, SINCE_14
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.dataset import Row
    from demo.double.env import Env

_LINES = "sale.order.line"
#: The models of an invoice and of its lines, and the line's field for its invoice.
INVOICES = {
    "10.0": ("account.invoice", "account.invoice.line", "invoice_id"),
    "14.0": ("account.move", "account.move.line", "move_id"),
    "19.0": ("account.move", "account.move.line", "move_id"),
}


def order_lines(env: Env, row: Row) -> Iterable[Row]:
    found = (env.row(_LINES, line_id) for line_id in env.db.table(_LINES).find("order_id", [row["id"]]))
    return [line for line in found if line is not None]


@COMPUTED.field("sale.order", "picking_ids")
def _pickings(env: Env, row: Row) -> list[int]:
    """The order's deliveries: those of the dataset that were only named, and those that are there."""
    found = env.db.table("stock.picking").find("sale_id", [row["id"]])
    return list(dict.fromkeys([*(row.get("picking_ids") or ()), *found]))


@COMPUTED.field("sale.order", "delivery_count")
def _delivery_count(env: Env, row: Row) -> int:
    return len(_pickings(env, row))


@COMPUTED.field("sale.order", "invoice_ids")
def _invoices(env: Env, row: Row) -> list[int]:
    invoice, line_model, link = INVOICES[env.db.dataset.version]
    found: dict[int, None] = {}
    for line in order_lines(env, row):
        for invoiced in line.get("invoice_lines") or ():
            found[(env.row(line_model, invoiced) or {}).get(link) or 0] = None
    found.pop(0, None)
    return sort_ids(env, invoice, list(found)) if len(found) > 1 else list(found)


@COMPUTED.field("sale.order", "invoice_count")
def _invoice_count(env: Env, row: Row) -> int:
    return len(_invoices(env, row))


@COMPUTED.field("sale.order", "delivery_set", SINCE_14)
def _delivery_set(env: Env, row: Row) -> bool:
    return any(line.get("is_delivery") for line in order_lines(env, row))


@COMPUTED.field("sale.order", "amount_delivery", ONLY_19)
def _amount_delivery(env: Env, row: Row) -> float:
    """In 19 only orders of a website have it."""
    if not row.get("website_id"):
        return 0.0
    return float(sum(line.get("price_subtotal") or 0.0 for line in order_lines(env, row) if line.get("is_delivery")))


@COMPUTED.field("sale.order.line", "is_reward_line", ONLY_19)
def _is_reward(_env: Env, row: Row) -> bool:
    return bool(row.get("reward_id"))


@COMPUTED.field("sale.order", "reward_amount", SINCE_14)
def _reward_amount(env: Env, row: Row) -> float:
    rewards = (line for line in order_lines(env, row) if line.get("reward_id") or line.get("is_reward_line"))
    return float(sum(line.get("price_subtotal") or 0.0 for line in rewards))


@COMPUTED.field("sale.order", "amount_undiscounted", SINCE_14)
def _amount_undiscounted(env: Env, row: Row) -> float:
    total = 0.0
    for line in order_lines(env, row):
        discount = float(line.get("discount") or 0.0)
        if discount >= 100:
            total += float(line.get("price_unit") or 0.0) * float(line.get("product_uom_qty") or 0.0)
        else:
            total += float(line.get("price_subtotal") or 0.0) * 100 / (100 - discount)
    return total


@COMPUTED.field("sale.order", "access_url", SINCE_14)
def _access_url(_env: Env, row: Row) -> str:
    return f"/my/orders/{row['id']}"


@COMPUTED.field("account.move", "access_url", SINCE_14)
def _invoice_url(_env: Env, row: Row) -> str:
    return f"/my/invoices/{row['id']}"


@COMPUTED.field("sale.order.line", "product_qty")
def _product_quantity(env: Env, row: Row) -> float:
    """The quantity in the product's own unit."""
    from demo.double.compute.money import in_unit
    from demo.double.sales.rules import rules_of

    product = env.row("product.product", row.get("product_id"))
    if product is None:
        return 0.0
    own, unit = env.value("product.product", product, "uom_id"), row.get(rules_of(env).unit)
    return float(row.get("product_uom_qty") or 0.0) / in_unit(env, 1.0, unit, own) if unit else 0.0


@COMPUTED.field("sale.order.line", "pricelist_item_id", ONLY_19)
def _price_rule(env: Env, row: Row) -> Any:
    """The rule the line's price would come from; none for delivery charges."""
    from demo.double.sales.lines import line_price

    order = env.row("sale.order", row.get("order_id")) or {}
    if row.get("is_delivery") or not row.get("product_id") or not order.get("pricelist_id"):
        return False
    return line_price(env, order, row, float(row.get("product_uom_qty") or 0.0))[1]


@COMPUTED.field("sale.order", "only_services", ONLY_10)
def _only_services(env: Env, row: Row) -> bool:
    products = (env.row("product.product", line.get("product_id")) for line in order_lines(env, row))
    return all(env.value("product.product", product, "type") == "service" for product in products if product)
