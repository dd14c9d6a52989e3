"""What customers bought, from confirmed orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from adapters.grouping import Grouping
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.reads.order_rows import label
from adapters.records.stats import PurchasedLine, PurchasedOrder, PurchasedVariant, PurchaseQuery
from adapters.source import Domain
from adapters.values import decimal, many2one, moment

_CONFIRMED: Final = ("sale", "done")
_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_GROUPED: Final = ("variant", "uom", "currency")
_SUMMED: Final = ("quantity", "subtotal", "total")
_ORDER: Final = ("name", "ordered", "confirmed", "currency", "untaxed", "tax", "total")


class StatsReads(Reads):
    """Orders are read, sums of lines are Odoo's own (``read_group``): one call each, however much was bought."""

    grouping: ClassVar[Grouping]

    async def purchased_orders(self, query: PurchaseQuery) -> list[PurchasedOrder]:
        return await self._orders(self._domain(query))

    async def purchased_variants(self, query: PurchaseQuery) -> list[PurchasedVariant]:
        if not self.offers("purchase_line"):
            return []
        source = self.reader.source("purchase_line")
        by = {name: source.fields[name] for name in _GROUPED}
        sums = {name: source.fields[name] for name in _SUMMED}
        groups = await self.transport.call(
            source.model,
            self.grouping.method,
            args=self.grouping.arguments(self._goods(query), list(by.values()), list(sums.values())),
            safe=True,
        )
        rows = (self.grouping.row(group, by, sums) for group in groups)
        return [
            PurchasedVariant(
                variant_id=variant_id,
                uom_id=many2one(row["uom"]) or 0,
                currency=label(row["currency"]),
                quantity=decimal(row["quantity"]),
                untaxed=decimal(row["subtotal"]),
                total=decimal(row["total"]),
            )
            for row in rows
            if (variant_id := many2one(row["variant"])) is not None
        ]

    async def purchased_lines(self, query: PurchaseQuery, variant_ids: Sequence[int]) -> list[PurchasedLine]:
        if not variant_ids or not self.offers("purchase_line"):
            return []
        rows = await self.reader.read("purchase_line", [among("product_id", variant_ids), *self._goods(query)])
        order_ids = [order_id for row in rows if (order_id := many2one(row["order"])) is not None]
        found = await self._orders([among("id", order_ids)]) if order_ids else []
        orders = {order.id: order for order in found}
        lines = [
            _line(row, variant_id, order)
            for row in rows
            if (order := orders.get(many2one(row["order"]) or 0)) is not None
            and (variant_id := many2one(row["variant"])) is not None
        ]
        return sorted(lines, key=lambda line: (line.at, line.order_id, line.id))

    async def _orders(self, domain: Domain) -> list[PurchasedOrder]:
        if not self.reader.has("order"):
            return []
        rows = await self.reader.read("order", domain, only=_ORDER)
        found = [
            PurchasedOrder(
                id=row["id"],
                name=row["name"],
                at=moment(row.get("confirmed") or row["ordered"]),
                currency=label(row["currency"]),
                untaxed=decimal(row["untaxed"]),
                tax=decimal(row["tax"]),
                total=decimal(row["total"]),
            )
            for row in rows
        ]
        return sorted(found, key=lambda order: (order.at, order.id))

    def _goods(self, query: PurchaseQuery) -> Domain:
        """Lines of goods: what is delivered as a delivery's price or comes of a code is none."""
        fields = self.reader.source("purchase_line").fields
        unwanted = [fields[name] for name in ("is_delivery", "reward") if name in fields]
        domain = self._domain(query, "order_id.")
        return [*domain, ["product_id", "!=", False], *([name, "=", False] for name in unwanted)]

    def _domain(self, query: PurchaseQuery, path: str = "") -> Domain:
        """Confirmed orders of the buyer, or with ``path`` lines of such."""
        buyer: list[object] = [f"{path}partner_id.commercial_partner_id", "=", query.commercial_partner_id]
        domain: Domain = [buyer, [f"{path}state", "in", list(_CONFIRMED)], *self._between(query, path)]
        return domain if query.company_id is None else [[f"{path}company_id", "=", query.company_id], *domain]

    def _between(self, query: PurchaseQuery, path: str) -> Domain:
        fields = self.reader.source("order").fields
        ordered = _within(f"{path}{fields['ordered']}", query)
        if "confirmed" not in fields:
            return ordered
        confirmed = f"{path}{fields['confirmed']}"
        # 10.0 does not know of every order when it was confirmed
        unknown: Domain = [[confirmed, "=", False]]
        return ["|", "&", *_within(confirmed, query), "&", *unknown, "&", *ordered]


def _within(name: str, query: PurchaseQuery) -> Domain:
    return [[name, ">=", _text(query.since)], [name, "<", _text(query.until)]]


def _text(at: datetime) -> str:
    """As Odoo's domains have moments: UTC, in whole seconds."""
    return at.astimezone(UTC).strftime(_FORMAT)


def _line(row: Row, variant_id: int, order: PurchasedOrder) -> PurchasedLine:
    return PurchasedLine(
        id=row["id"],
        variant_id=variant_id,
        order_id=order.id,
        order_name=order.name,
        at=order.at,
        name=row["name"] or "",
        uom_id=many2one(row["uom"]) or 0,
        currency=order.currency,
        quantity=decimal(row["quantity"]),
        untaxed=decimal(row["subtotal"]),
        total=decimal(row["total"]),
    )
