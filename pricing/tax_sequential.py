"""Taxes one after the other: each takes its part of what the ones before left as base (Odoo 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pricing.rounding import round_half_up
from pricing.tax_lines import (
    GLOBAL_PRECISION,
    LineInput,
    TaxAmount,
    TaxedLine,
    amount_on_top,
    amount_within,
    children_of,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from adapters.records.pricing import Tax


def tax_line(line: LineInput, taxes: Mapping[int, Tax]) -> TaxedLine:
    """The line's totals, rounded to the currency, and its taxes, rounded to it when rounding per line.

    Taxes go by sequence; those of the same sequence in the order in which they are listed.
    """
    precision = line.step if line.per_line else line.step * GLOBAL_PRECISION
    base = round_half_up(line.price_unit * line.quantity, precision)
    taxed, _ = _apply(line, taxes, TaxedLine(base, base, ()), base, precision)
    return taxed


def _apply(
    line: LineInput, taxes: Mapping[int, Tax], so_far: TaxedLine, base: Decimal, precision: Decimal
) -> tuple[TaxedLine, Decimal]:
    """The totals with the line's taxes in them, and the base for a tax that would come next."""
    excluded, included, amounts = so_far.excluded, so_far.included, list(so_far.taxes)
    for tax in sorted(line.taxes, key=lambda one: one.sequence):
        if tax.amount_type == "group":
            children = line._replace(taxes=children_of(tax, taxes))
            group, base_after = _apply(children, taxes, TaxedLine(excluded, included, ()), base, precision)
            excluded, included = group.excluded, group.included
            amounts += group.taxes
            base = base_after if tax.include_base_amount else base
            continue
        compute = amount_within if tax.price_include else amount_on_top
        amount = round_half_up(compute(tax, base, line.quantity), precision)
        if tax.price_include:
            excluded -= amount
            base -= amount
        else:
            included += amount
        if tax.include_base_amount:
            base += amount
        amounts.append(TaxAmount(tax, amount))
    rounded = (round_half_up(excluded, line.step), round_half_up(included, line.step))
    return TaxedLine(*rounded, tuple(amounts)), base
