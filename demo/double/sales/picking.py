"""The delivery a confirmed order makes, as far as a shop sees it: a picking, its state, and what it reserves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.catalogue import subtree
from demo.double.sales.filling import next_number
from demo.double.sales.totals import line_rows

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

PICKINGS = "stock.picking"
#: Types of products that are moved: all but services.
_MOVED = frozenset({"product", "consu"})
#: Field names of a picking that moved between versions.
_PLANNED = {"10.0": "min_date", "14.0": "scheduled_date", "19.0": "scheduled_date"}


def make_delivery(env: Env, order_id: int) -> None:
    """Make the delivery order of a confirmed order, unless it has one that is not cancelled."""
    order = env.row("sale.order", order_id) or {}
    goods = [line for line in line_rows(env, order_id) if _is_moved(env, line)]
    if not goods or any(row.get("state") != "cancel" for row in deliveries(env, order_id)):
        return
    version = env.db.dataset.version
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    warehouse = env.row("stock.warehouse", order.get("warehouse_id")) or {}
    row: Row = {
        "id": env.db.table(PICKINGS).next_id(),
        "name": _name(env, warehouse),
        "origin": order.get("name"),
        "sale_id": order_id,
        "partner_id": order.get("partner_shipping_id"),
        "state": _reserve(env, warehouse, goods),
        _PLANNED[version]: str(order.get("commitment_date") or order.get("date_order") or "")[:19],
        "location_id": warehouse.get("lot_stock_id") or False,
        "carrier_id": order.get("carrier_id") or False,
        "company_id": order.get("company_id") or False,
        "picking_type_code": "outgoing",
        "priority": "0" if version != "10.0" else "1",
        "create_date": moment,
        "write_date": moment,
        "create_uid": env.uid,
        "write_uid": env.uid,
    }
    if version != "19.0":
        row["group_id"] = _group(env, order)
    env.db.put(PICKINGS, row)
    if version == "19.0":
        env.db.put("sale.order", {**(env.row("sale.order", order_id) or {}), "delivery_status": "pending"})


def deliveries(env: Env, order_id: int) -> list[Row]:
    rows = (env.row(PICKINGS, key) for key in env.db.table(PICKINGS).find("sale_id", [order_id]))
    return [row for row in rows if row is not None]


def cancel_deliveries(env: Env, order_id: int) -> None:
    """Cancel what is not done yet, and give back what it reserved."""
    open_ones = [row for row in deliveries(env, order_id) if row.get("state") not in ("done", "cancel")]
    for row in open_ones:
        env.db.put(PICKINGS, {**row, "state": "cancel"})
    order = env.row("sale.order", order_id) or {}
    warehouse = env.row("stock.warehouse", order.get("warehouse_id")) or {}
    for line in line_rows(env, order_id) if open_ones else ():
        if _is_moved(env, line):
            _take(env, warehouse, line.get("product_id"), -float(line.get("product_uom_qty") or 0.0))


def _is_moved(env: Env, line: Row) -> bool:
    product = env.row("product.product", line.get("product_id"))
    if product is None or float(line.get("product_uom_qty") or 0.0) <= 0:
        return False
    return env.value("product.product", product, "type") in _MOVED


def _name(env: Env, warehouse: Row) -> str:
    code = warehouse.get("code") or "WH"
    number = next_number(env, PICKINGS, code + r"/OUT/(\d+)")
    return f"{code}/OUT/{number:05d}"


def _group(env: Env, order: Row) -> int:
    """The procurement group, up to 18: what belongs to one order."""
    if order.get("procurement_group_id"):
        return int(order["procurement_group_id"])
    table = env.db.table("procurement.group")
    group: Row = {"id": table.next_id(), "name": order.get("name"), "display_name": order.get("name")}
    env.db.put("procurement.group", group)
    current = env.row("sale.order", order["id"]) or {}
    env.db.put("sale.order", {**current, "procurement_group_id": group["id"]})
    return int(group["id"])


def _reserve(env: Env, warehouse: Row, goods: list[Row]) -> str:
    """Reserve what there is, and the state that leads to: all of it, some of it, nothing."""
    missing = [line for line in goods if not _covered(env, warehouse, line)]
    if not missing:
        return "assigned"
    if len(missing) == len(goods):
        return "confirmed"
    return "partially_available" if env.db.dataset.version == "10.0" else "assigned"


def _covered(env: Env, warehouse: Row, line: Row) -> bool:
    product = env.row("product.product", line.get("product_id")) or {}
    template = env.row("product.template", product.get("product_tmpl_id")) or {}
    storable = template.get("is_storable") if env.db.dataset.version == "19.0" else template.get("type") == "product"
    if not storable:
        return True
    wanted = float(line.get("product_uom_qty") or 0.0)
    return _take(env, warehouse, product["id"], wanted) >= wanted


def _take(env: Env, warehouse: Row, product_id: Any, quantity: float) -> float:
    """Reserve so much in the warehouse (a negative quantity gives back); how much it was."""
    if env.db.dataset.version == "10.0":
        return _free_10(env, warehouse, product_id)
    left = quantity
    for quant in _quants(env, warehouse, product_id):
        held, there = float(quant.get("reserved_quantity") or 0.0), float(quant.get("quantity") or 0.0)
        moved = min(left, max(there - held, 0.0)) if quantity > 0 else -min(-left, held)
        if moved:
            env.db.put("stock.quant", {**quant, "reserved_quantity": held + moved})
            left -= moved
    return quantity - left


def _free_10(env: Env, warehouse: Row, product_id: Any) -> float:
    """In 10 a reserved quant points at the move that holds it; the double reserves none, it only looks."""
    quants = _quants(env, warehouse, product_id)
    return float(sum(quant.get("qty") or 0.0 for quant in quants if not quant.get("reservation_id")))


def _quants(env: Env, warehouse: Row, product_id: Any) -> list[Row]:
    roots = [warehouse["lot_stock_id"]] if warehouse.get("lot_stock_id") else []
    key = ("stock below", *roots)
    below = env.memo.get(key)
    if below is None:
        below = env.memo[key] = set(subtree(env, "stock.location", roots))
    rows = (env.row("stock.quant", key) for key in env.db.table("stock.quant").find("product_id", [product_id]))
    return [row for row in rows if row is not None and row.get("location_id") in below]
