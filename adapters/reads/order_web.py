"""An order with its lines in one answer, as Odoo tells them to its own web client since 17.0. No calls."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapters.reader import Row
from adapters.reads.order_rows import of_web
from adapters.source import Source


class WebOrder(NamedTuple):
    """Rows in our names, and the company that buys, by partner."""

    row: Row
    lines: list[Row]
    commercial: dict[int, int]


def order_specification(order: Source, line: Source) -> dict[str, Any]:
    """What to ask ``web_save`` or ``web_search_read`` for."""
    fields = order.fields
    specification: dict[str, Any] = {odoo: {} for odoo in fields.values()}
    specification[fields["currency"]] = {"fields": {"display_name": {}}}
    specification[fields["partner"]] = {"fields": {"display_name": {}, "commercial_partner_id": {}}}
    specification[fields["lines"]] = {"fields": {odoo: {} for odoo in line.fields.values()}, "order": line.order}
    return specification


def web_order(answer: Row, order: Source, line: Source) -> WebOrder:
    """From the answer to `order_specification`."""
    partner = answer[order.fields["partner"]]
    lines = [of_web(one, line.fields) for one in answer[order.fields["lines"]]]
    commercial = {partner["id"]: partner["commercial_partner_id"] or partner["id"]} if partner else {}
    return WebOrder(of_web(answer, order.fields, nested="lines"), lines, commercial)
