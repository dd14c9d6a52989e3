"""Posted invoices and credit notes of customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from adapters.order_rules import OrderRules
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.reads.order_rows import label
from adapters.records.orders import Invoice, InvoiceLine, InvoiceQuery
from adapters.source import Domain
from adapters.values import decimal, ids, many2one, text

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Sold:
    """Of an order's line: its order, and its amounts without and with tax."""

    order_id: int
    subtotal: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class _Lines:
    rows: Mapping[int, list[Row]] = field(default_factory=dict)
    sold: Mapping[int, _Sold] = field(default_factory=dict)


class InvoiceReads(Reads):
    """Three calls for any number of invoices."""

    order_rules: ClassVar[OrderRules]

    async def find_invoices(self, query: InvoiceQuery) -> tuple[list[int], int]:
        if not self.offers("invoice"):
            return [], 0
        domain: Domain = [["commercial_partner_id", "=", query.commercial_partner_id], *self.order_rules.posted]
        source = self.reader.source("invoice")
        found, total = await self.gather(
            self.transport.call(
                source.model,
                "search",
                args={
                    "domain": domain,
                    "offset": query.offset,
                    "limit": query.limit,
                    "order": self._order(query) or source.order,
                },
                safe=True,
            ),
            self.reader.count("invoice", domain),
        )
        return [int(invoice_id) for invoice_id in found], total

    def _order(self, query: InvoiceQuery) -> str:
        fields = self.reader.source("invoice").fields
        keys = [f"{fields.get(key, key)}{' desc' if down else ''}" for key, down in query.order]
        return ", ".join([*keys, *(["id"] if keys and not any(key == "id" for key, _ in query.order) else [])])

    async def invoices(self, invoice_ids: Sequence[int]) -> list[Invoice]:
        if not invoice_ids:
            return []
        rules = self.order_rules
        rows, line_rows = await self.gather(
            self.reader.read("invoice", [among("id", invoice_ids), *rules.posted]),
            self.reader.read("invoice_line", [among(rules.invoice_parent, invoice_ids), *rules.invoice_lines]),
        )
        lines = _Lines(_by_invoice(line_rows), await self._sold(line_rows))
        found = {row["id"]: _invoice(row, lines) for row in rows}
        return [found[invoice_id] for invoice_id in dict.fromkeys(invoice_ids) if invoice_id in found]

    async def _sold(self, line_rows: Iterable[Row]) -> dict[int, _Sold]:
        """The orders' lines that were invoiced."""
        wanted = [one for row in line_rows for one in ids(row.get("order_lines"))]
        if not wanted:
            return {}
        rows = await self.reader.read("order_line", [among("id", wanted)], only=("order", "subtotal", "total"))
        return {
            row["id"]: _Sold(many2one(row["order"]) or 0, decimal(row["subtotal"]), decimal(row["total"]))
            for row in rows
        }


def _by_invoice(line_rows: Iterable[Row]) -> dict[int, list[Row]]:
    lines: dict[int, list[Row]] = defaultdict(list)
    for row in line_rows:
        lines[many2one(row["invoice"]) or 0].append(row)
    return lines


def _invoice(row: Row, lines: _Lines) -> Invoice:
    own = lines.rows.get(row["id"], [])
    sold = [lines.sold[one] for line in own for one in ids(line.get("order_lines")) if one in lines.sold]
    residual = decimal(row["residual"])
    return Invoice(
        id=row["id"],
        name=text(row["name"]) or "",
        state="cancel" if row["state"] == "cancel" else "posted",
        refund=row["kind"] == "out_refund",
        partner_id=many2one(row["partner"]) or 0,
        commercial_partner_id=many2one(row["commercial"]) or 0,
        shipping_partner_id=many2one(row.get("shipping_partner")),
        currency=label(row["currency"]),
        invoiced_on=_day(row["invoiced_on"]),
        due_on=_day(row["due_on"]),
        reference=text(row["reference"]),
        amount_untaxed=decimal(row["untaxed"]),
        amount_tax=decimal(row["tax"]),
        amount_total=decimal(row["total"]),
        amount_residual=residual,
        paid=residual == 0,
        order_ids=tuple(sorted({one.order_id for one in sold})),
        lines=tuple(_line(line, lines.sold) for line in own),
    )


def _line(row: Row, sold: Mapping[int, _Sold]) -> InvoiceLine:
    subtotal = decimal(row["subtotal"])
    return InvoiceLine(
        id=row["id"],
        name=row["name"] or "",
        quantity=decimal(row["quantity"]),
        price_unit=decimal(row["price_unit"]),
        price_subtotal=subtotal,
        price_total=decimal(row["total"]) if "total" in row else _with_tax(subtotal, row, sold),
        variant_id=many2one(row["variant"]),
    )


def _with_tax(subtotal: Decimal, row: Row, sold: Mapping[int, _Sold]) -> Decimal:
    """10.0 keeps no amount with tax of an invoice's line: it is in proportion to that of the order's line."""
    one = next((sold[key] for key in ids(row.get("order_lines")) if key in sold), None)
    if one is None or not one.subtotal:
        return subtotal
    return (subtotal * one.total / one.subtotal).quantize(_CENT, ROUND_HALF_UP)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None
