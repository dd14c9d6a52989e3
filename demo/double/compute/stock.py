"""Stock on hand from the quants, and what confirmed orders still take from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from demo.double.compute.catalogue import subtree
from demo.double.compute.registry import COMPUTED, ONLY_19, SINCE_14
from demo.double.compute.variants import variant_rows

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

#: Locations whose content counts as stock.
STOCK_USAGES = frozenset({"internal", "transit"})


def as_ids(value: Any) -> list[int]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [int(item) for item in values if item]


def warehouses(env: Env) -> list[int]:
    """The warehouses of the context, or all active ones."""
    wanted = env.context.get(env.db.profile.names.warehouse_context)
    if wanted:
        return as_ids(wanted)
    return env.visible("stock.warehouse", sorted(env.db.table("stock.warehouse").ids()))


def scope(env: Env) -> frozenset[int]:
    """The locations that count, by the context's location or warehouses; worked out once per call."""
    found: frozenset[int] | None = env.memo.get("stock scope")
    if found is None:
        location = env.context.get("location")
        if location and not isinstance(location, str):
            roots = as_ids(location)
        else:
            rows = (env.row("stock.warehouse", record_id) for record_id in warehouses(env))
            roots = [row["view_location_id"] for row in rows if row and row.get("view_location_id")]
        below = subtree(env, "stock.location", roots)
        rows = (env.row("stock.location", record_id) for record_id in below)
        found = frozenset(row["id"] for row in rows if row and row.get("usage", "internal") in STOCK_USAGES)
        env.memo["stock scope"] = found
    return found


def quant_sum(env: Env, products: Iterable[int], name: str) -> float:
    locations = scope(env)
    total = 0.0
    for quant_id in env.db.table("stock.quant").find("product_id", products):
        quant = env.row("stock.quant", quant_id)
        if quant is not None and quant.get("location_id") in locations:
            total += quant.get(name) or 0.0
    return total


@COMPUTED.field("product.product", "qty_available")
def _on_hand(env: Env, row: Row) -> float:
    return quant_sum(env, [row["id"]], env.db.profile.names.quant_quantity)


@COMPUTED.field("product.product", "free_qty", SINCE_14)
def _free(env: Env, row: Row) -> float:
    return quant_sum(env, [row["id"]], "quantity") - quant_sum(env, [row["id"]], "reserved_quantity")


def _default_warehouse_counts(env: Env) -> bool:
    """Movements belong to the company's first warehouse: do they fall in the context's scope?"""
    found: bool | None = env.memo.get("default warehouse counts")
    if found is None:
        company_wide = env.with_context(**{env.db.profile.names.warehouse_context: False, "location": False})
        first = warehouses(company_wide)[:1]
        row = env.row("stock.warehouse", first[0]) if first else None
        found = row is not None and row.get("lot_stock_id") in scope(env)
        env.memo["default warehouse counts"] = found
    return found


@COMPUTED.field("product.product", "outgoing_qty")
def _outgoing(env: Env, row: Row) -> float:
    """Sold and not yet delivered, plus what the dataset says other documents take."""
    if not _default_warehouse_counts(env):
        return 0.0
    planned: float = row.get("outgoing_qty") or 0.0
    if not _is_storable(env, row):
        return planned
    for line_id in env.db.table("sale.order.line").find("product_id", [row["id"]]):
        line = env.row("sale.order.line", line_id)
        order = env.row("sale.order", line.get("order_id")) if line is not None else None
        if line is not None and order is not None and order.get("state") in ("sale", "done"):
            planned += (line.get("product_uom_qty") or 0.0) - (line.get("qty_delivered") or 0.0)
    return planned


def _is_storable(env: Env, row: Row) -> bool:
    template = env.row("product.template", row.get("product_tmpl_id")) or {}
    if env.db.dataset.version == "19.0":
        return bool(template.get("is_storable"))
    return template.get("type") == "product"


@COMPUTED.field("product.product", "incoming_qty")
def _incoming(env: Env, row: Row) -> float:
    return float(row.get("incoming_qty") or 0.0) if _default_warehouse_counts(env) else 0.0


@COMPUTED.field("product.product", "virtual_available")
def _forecast(env: Env, row: Row) -> float:
    return float(_on_hand(env, row) + _incoming(env, row) - _outgoing(env, row))


def _sum_of_variants(name: str) -> None:
    @COMPUTED.field("product.template", name)
    def total(env: Env, row: Row) -> float:
        return float(sum(env.value("product.product", variant, name) for variant in variant_rows(env, row["id"])))


for _name in ("qty_available", "virtual_available", "incoming_qty", "outgoing_qty"):
    _sum_of_variants(_name)


@COMPUTED.field("stock.quant", "available_quantity", SINCE_14)
def _available(_env: Env, row: Row) -> float:
    return float(row.get("quantity") or 0.0) - float(row.get("reserved_quantity") or 0.0)


@COMPUTED.field("stock.quant", "product_tmpl_id")
def _quant_template(env: Env, row: Row) -> Any:
    product = env.row("product.product", row.get("product_id"))
    return product.get("product_tmpl_id", False) if product is not None else False


@COMPUTED.field("stock.quant stock.location", "warehouse_id", ONLY_19)
def _warehouse(env: Env, row: Row) -> Any:
    """The warehouse whose view location is nearest above."""
    current = env.row("stock.location", row.get("location_id")) if "location_id" in row else row
    views = env.memo.get("warehouse views")
    if views is None:
        rows = (env.row("stock.warehouse", record_id) for record_id in env.db.table("stock.warehouse").ids())
        views = env.memo["warehouse views"] = {row.get("view_location_id"): row["id"] for row in rows if row}
    while current is not None:
        if current["id"] in views:
            return views[current["id"]]
        current = env.row("stock.location", current.get("location_id"))
    return False
