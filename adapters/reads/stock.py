"""Warehouses and what is free in them; what sold lately, and what with what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from adapters.reader import Row, among
from adapters.reads.catalogue import CatalogueReads
from adapters.records import Basket, StockLevel, Warehouse
from adapters.source import Domain
from adapters.values import decimal, many2one

_CONFIRMED = ["sale", "done"]
#: lines of orders read in one call: Odoo tells each with the names of its order, product and buyer
_PAGE = 2_000


class StockReads(CatalogueReads):
    """Warehouses, free quantities, and what was sold."""

    async def warehouses(self) -> list[Warehouse]:
        rows, locations = await self.gather(self.reader.read("warehouse", []), self.reader.read("location", []))
        children: dict[int | None, list[Row]] = defaultdict(list)
        for row in locations:
            children[many2one(row["parent"])].append(row)
        return [
            Warehouse(
                id=row["id"],
                name=row["name"],
                code=row["code"] or "",
                company_id=many2one(row["company"]) or 0,
                location_ids=tuple(sorted(_internal_below(many2one(row["root"]), children))),
            )
            for row in rows
        ]

    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
        warehouse_of = {location: warehouse.id for warehouse in warehouses for location in warehouse.location_ids}
        if not template_ids or not warehouse_of:
            return []
        domain: Domain = [among("product_id.product_tmpl_id", template_ids), among("location_id", list(warehouse_of))]
        free: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for row in await self.reader.read("quant", domain):
            variant_id, location_id = many2one(row["variant"]), many2one(row["location"])
            if variant_id is not None and location_id is not None:
                free[variant_id, warehouse_of[location_id]] += _free(row)
        return [
            StockLevel(variant_id=variant_id, warehouse_id=warehouse_id, free=quantity)
            for (variant_id, warehouse_id), quantity in sorted(free.items())
        ]

    async def units_sold(self, since: datetime) -> dict[int, Decimal]:
        if not self.reader.has("sale_line"):
            return {}
        moment = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        groups = await self.transport.call(
            self.reader.source("sale_line").model,
            "read_group",
            args={
                "domain": [["order_id.state", "in", _CONFIRMED], [self.profile.sold_at, ">=", moment]],
                "fields": ["product_id", "product_uom_qty"],
                "groupby": ["product_id"],
            },
            safe=True,
        )
        by_variant = {
            variant_id: decimal(group["product_uom_qty"])
            for group in groups
            if (variant_id := many2one(group["product_id"])) is not None
        }
        sold: dict[int, Decimal] = defaultdict(Decimal)
        for variant_id, template_id in (await self.templates_of(list(by_variant))).items():
            sold[template_id] += by_variant[variant_id]
        return dict(sold)

    async def baskets(self, most: int) -> list[Basket]:
        variants: dict[int, set[int]] = defaultdict(set)
        buyers: dict[int, int] = {}
        async for row in self._lines_sold(most):
            order_id, variant_id = many2one(row["order"]), many2one(row["variant"])
            if order_id is not None and variant_id is not None:
                variants[order_id].add(variant_id)
                buyers[order_id] = many2one(row["buyer"]) or 0
        owner_of = await self.templates_of(sorted(set().union(*variants.values())))
        return [
            Basket(buyer_id=buyers[order_id], template_ids=frozenset(owner_of[one] for one in held if one in owner_of))
            for order_id, held in variants.items()
        ]

    async def _lines_sold(self, most: int) -> AsyncIterator[Row]:
        """Lines of confirmed orders, the newest first: page after page from where the last one ended, not by offset."""
        below: Domain = []
        left = most
        while left > 0:
            domain: Domain = [["state", "in", _CONFIRMED], *below]
            wanted = min(left, _PAGE)
            rows = await self.reader.read(
                "sale_line", domain, only=("order", "variant", "buyer"), order="id desc", limit=wanted
            )
            for row in rows:
                yield row
            if len(rows) < wanted:
                return
            below, left = [["id", "<", rows[-1]["id"]]], left - len(rows)


def _free(row: Row) -> Decimal:
    """On hand minus reserved. Up to 10 a reserved quant is a row of its own, marked with its move."""
    if "reservation" in row:
        return Decimal(0) if row["reservation"] else decimal(row["quantity"])
    return decimal(row["quantity"]) - decimal(row["reserved"])


def _internal_below(root: int | None, children: dict[int | None, list[Row]]) -> set[int]:
    """Internal locations at or below a warehouse's root location."""
    found: set[int] = set()
    pending = list(children.get(root, ())) if root is not None else []
    while pending:
        row = pending.pop()
        if row["usage"] == "internal":
            found.add(row["id"])
        pending += children.get(row["id"], [])
    return found
