"""The values of a cart's order that are not its lines."""

from __future__ import annotations

from html import escape
from typing import Any

from adapters.order_rules import OrderRules
from adapters.records.orders import Order, PushedCart


def header_changes(order: Order, cart: PushedCart, partner_id: int, rules: OrderRules) -> dict[str, Any]:
    """What to write on the order, in our names. ``partner_id``: who buys, also for a guest.

    What the cart does not say stays as Odoo filled it; but addresses do not outlive the partner they were of, and
    where Odoo does not work out a fiscal position by itself, none means none.
    """
    moved = order.partner_id != partner_id
    wished: dict[str, tuple[int | None, int | None]] = {
        "partner": (order.partner_id, partner_id),
        "invoice_partner": (order.invoice_partner_id, cart.invoice_partner_id or (partner_id if moved else None)),
        "shipping_partner": (order.shipping_partner_id, cart.shipping_partner_id or (partner_id if moved else None)),
        "pricelist": (order.pricelist_id, cart.pricelist_id),
        "payment_term": (order.payment_term_id, cart.payment_term_id),
        "website": (order.website_id, cart.website_id),
    }
    changes: dict[str, Any] = {
        name: wish for name, (there, wish) in wished.items() if wish is not None and wish != there
    }
    position = cart.fiscal_position_id
    if position != order.fiscal_position_id and (position is not None or rules.keeps_taxes):
        changes["fiscal_position"] = position or False
    if cart.reference is not None and (cart.reference.strip() or None) != order.reference:
        changes["reference"] = cart.reference.strip() or False
    if cart.note is not None and (cart.note.strip() or None) != order.note:
        changes["note"] = note_value(cart.note.strip(), rules)
    return changes


def note_value(note: str, rules: OrderRules) -> str | bool:
    """An order's note as Odoo keeps it; False: none."""
    if not note:
        return False
    return f"<p>{escape(note, quote=False)}</p>".replace("\n", "<br>") if rules.html_notes else note
