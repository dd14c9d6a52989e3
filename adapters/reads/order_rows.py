"""From Odoo's rows of orders and their lines to records. No calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Literal, cast

from adapters.reader import Row
from adapters.records.orders import AppliedCode, InvoiceStatus, LineKind, Order, OrderLine, OrderState
from adapters.values import decimal, ids, many2one, moment, text

#: The sequence of a cart's line is its number in the cart times this. Odoo's client gives a line added by hand the
#: sequence after the last one's, and counts all of them anew when one is moved: neither looks like a number.
SEQUENCE_STEP = 100
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: how Odoo's HTML fields begin; a text that holds "<" begins otherwise
_HTML = re.compile(
    r"\s*<(?:p|div|span|br|h[1-6]|[uo]l|table|section|pre|blockquote|b|i|u|a|strong|em)\b", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|</li>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Around:
    """What an order's record needs from elsewhere: the company that buys, by partner; codes, by reward line."""

    commercial: Mapping[int, int] = field(default_factory=dict)
    applied: Mapping[int, AppliedCode] = field(default_factory=dict)


def cart_of(row: Row) -> str | None:
    """The UUID of the cart that an order was made for: its source document."""
    origin = (text(row.get("origin")) or "").strip().lower()
    return origin if _UUID.fullmatch(origin) else None


def state_of(row: Row) -> OrderState:
    """Since 17.0 a locked order is a confirmed one with a flag."""
    return cast(OrderState, "done" if row["state"] == "sale" and row.get("locked") else row["state"])


def order_of(row: Row, line_rows: Iterable[Row], around: Around) -> Order:
    """An order of its row, in our names, and the rows of its lines."""
    partner_id = many2one(row["partner"]) or 0
    cart, creator = cart_of(row), many2one(row.get("creator"))
    confirmed = row.get("confirmed") or row["ordered"]
    return Order(
        id=row["id"],
        name=row["name"],
        state=state_of(row),
        cart=cart,
        partner_id=partner_id,
        commercial_partner_id=around.commercial.get(partner_id, partner_id),
        invoice_partner_id=many2one(row["invoice_partner"]) or partner_id,
        shipping_partner_id=many2one(row["shipping_partner"]) or partner_id,
        currency=label(row["currency"]),
        pricelist_id=many2one(row["pricelist"]),
        company_id=many2one(row["company"]) or 0,
        ordered_at=moment(confirmed),
        updated_at=moment(row["updated"]),
        amount_untaxed=decimal(row["untaxed"]),
        amount_tax=decimal(row["tax"]),
        amount_total=decimal(row["total"]),
        lines=tuple(line_of(line, cart is not None, creator, around.applied) for line in line_rows),
        invoice_status=cast(InvoiceStatus, row["invoice_status"] or "no"),
        fiscal_position_id=many2one(row["fiscal_position"]),
        payment_term_id=many2one(row["payment_term"]),
        carrier_id=many2one(row.get("carrier")),
        reference=text(row["reference"]),
        note=plain(row["note"]),
        access_token=text(row.get("access_token")),
        website_id=many2one(row.get("website")),
        invoice_ids=tuple(sorted(ids(row["invoices"]))),
        currency_rate=decimal(rate) if (rate := row.get("rate")) else None,
    )


def line_of(row: Row, of_cart: bool, creator: int | None, applied: Mapping[int, AppliedCode]) -> OrderLine:
    """A line of its row. ``of_cart``: of an order made for a cart, by the user ``creator``."""
    number = number_of(row["sequence"] or 0) if of_cart else None
    kind = _kind(row)
    if kind == "product" and of_cart and number is None and many2one(row.get("creator")) != creator:
        kind = "foreign"
    subtotal, total = decimal(row["subtotal"]), decimal(row["total"])
    return OrderLine(
        id=row["id"],
        kind=kind,
        name=row["name"] or "",
        quantity=decimal(row["quantity"]),
        price_unit=decimal(row["price_unit"]),
        discount=decimal(row["discount"]),
        price_subtotal=subtotal,
        price_tax=decimal(row["tax"]),
        price_total=total,
        tax_ids=tuple(sorted(ids(row["taxes"]))),
        number=number if kind == "product" else None,
        variant_id=many2one(row["variant"]),
        template_id=many2one(row.get("template")),
        uom_id=many2one(row["uom"]),
        delivered=decimal(row["delivered"]),
        invoiced=decimal(row["invoiced"]),
        applied=applied.get(row["id"]),
    )


def sequence_of(number: int) -> int:
    """The sequence of a cart's line in its order."""
    return number * SEQUENCE_STEP


def number_of(sequence: int) -> int | None:
    """The number of the cart's line with this sequence; None for a line that is no cart's."""
    return sequence // SEQUENCE_STEP if sequence > 0 and sequence % SEQUENCE_STEP == 0 else None


def _kind(row: Row) -> LineKind:
    display = row.get("display_type")
    if display:
        return "section" if str(display).endswith("section") else "note"
    if row.get("is_delivery"):
        return "delivery"
    return "reward" if row.get("is_reward") else "product"


def label(value: Any) -> str:
    """The name beside the id of a many2one."""
    return str(value[1]) if isinstance(value, list | tuple) and len(value) > 1 else ""


def plain(value: Any) -> str | None:
    """A text that is HTML in some versions, without its marks."""
    written = text(value)
    if written is None or not _HTML.match(written):
        return written
    return text(unescape(_TAG.sub("", _BREAK.sub("\n", written))).strip())


def of_web(row: Row, fields: Mapping[str, str], nested: Literal["lines"] | None = None) -> Row:
    """A row of ``web_read`` or ``web_save`` in our names: records in records become ``[id, name]``."""
    renamed = {ours: _flat(row.get(odoo, False)) for ours, odoo in fields.items() if ours != nested}
    return {**renamed, "id": row["id"]}


def _flat(value: Any) -> Any:
    return [value["id"], value.get("display_name", "")] if isinstance(value, dict) and "id" in value else value
