"""A cart as rows of an import (``load``): its order with all lines in one call. Values in, values out: no calls.

``load`` finds records that it is told by database id as a search does: an archived one is none. By external id it
finds them all the same, so guests, whose contact is archived, are told by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.order_rules import OrderRules
from adapters.records.orders import PushedCart
from adapters.writes.cart_header import note_value
from adapters.writes.cart_plan import line_values

#: values of an order and of a line that are ids of records
_RECORDS = frozenset(
    {
        "partner",
        "invoice_partner",
        "shipping_partner",
        "pricelist",
        "payment_term",
        "fiscal_position",
        "website",
        "company",
        "variant",
        "uom",
    }
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Who an order is imported for: by external id where there is one, else by the id."""

    id: int
    external: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """The arguments of ``load``: Odoo's paths of fields, and rows of texts. ``lines``: how many of the cart's."""

    fields: list[str]
    rows: list[list[str]]
    lines: int = 0


def bare_import(name: str, cart: PushedCart, partner: Contact, fields: Mapping[str, str]) -> Import:
    """The order alone: what has to be right when it is made, as its currency follows from the pricelist.

    ``name``: its external id; ``fields``: Odoo's names of an order's values.
    """
    cells = _frame(name, cart, partner, fields)
    return Import(list(cells), [list(cells.values())])


def whole_import(
    name: str,
    cart: PushedCart,
    partner: Contact,
    rules: OrderRules,
    fields: Mapping[str, str],
    line_fields: Mapping[str, str],
) -> Import:
    """The order as `header_changes` and `plan_push` would make it of an empty one, but for the notes of lines."""
    cells = _frame(name, cart, partner, fields)
    for ours, value in _header(cart, rules).items():
        if value is not None and ours in fields:
            cells[_path(ours, fields)] = _text(value)
    lines = [line_values(line, rules) for line in sorted(cart.lines, key=lambda one: one.number)]
    below = {ours: f"{fields['lines']}/{_path(ours, line_fields)}" for ours in _names(lines) if ours in line_fields}
    head, blank = list(cells.values()), [""] * len(cells)
    rows = [
        [*(blank if place else head), *(_text(values[ours]) for ours in below)] for place, values in enumerate(lines)
    ]
    return Import([*cells, *below.values()], rows or [head], len(lines))


def _frame(name: str, cart: PushedCart, partner: Contact, fields: Mapping[str, str]) -> dict[str, str]:
    """What every import of an order begins with."""
    by = "id" if partner.external else ".id"
    cells = {
        "id": name,
        f"{fields['partner']}/{by}": partner.external or str(partner.id),
        fields["origin"]: cart.cart,
    }
    for ours, value in (("pricelist", cart.pricelist_id), ("company", cart.company_id)):
        if value is not None:
            cells[_path(ours, fields)] = str(value)
    return cells


def _header(cart: PushedCart, rules: OrderRules) -> dict[str, Any]:
    """Values of the order, in our names; None stays as Odoo fills it."""
    return {
        "invoice_partner": cart.invoice_partner_id,
        "shipping_partner": cart.shipping_partner_id,
        "payment_term": cart.payment_term_id,
        "website": cart.website_id,
        "fiscal_position": cart.fiscal_position_id,
        "reference": None if cart.reference is None else cart.reference.strip(),
        "note": None if cart.note is None else note_value(cart.note.strip(), rules),
    }


def _names(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(next(iter(lines), {}))


def _path(ours: str, fields: Mapping[str, str]) -> str:
    return f"{fields[ours]}/.id" if ours in _RECORDS else fields[ours]


def _text(value: Any) -> str:
    """As an import takes it; an empty cell clears a value."""
    return "" if value is None or value is False else str(value)
