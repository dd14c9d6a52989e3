"""Taxes that add up: included ones are taken off from the last to the first, the price without tax is rounded,
and an included tax is then what is missing to the total it belongs to (Odoo 12 to 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.rounding import round_half_up
from pricing.tax_lines import (
    GLOBAL_PRECISION,
    HUNDRED,
    LineInput,
    TaxAmount,
    TaxedLine,
    amount_on_top,
    flattened,
)

if TYPE_CHECKING:
    from adapters.records.pricing import Tax

_ZERO = Decimal(0)


def tax_line(line: LineInput, taxes: Mapping[int, Tax]) -> TaxedLine:
    """The line's totals, rounded to the currency, and its taxes, rounded to it when rounding per line.

    Taxes go by sequence; those of the same sequence in the order in which they are listed.
    """
    ordered = list(flattened(line.taxes, taxes, lambda tax: (tax.sequence,)))
    total = round_half_up(line.price_unit * line.quantity, line.step)
    sign = -1 if total < 0 else 1
    excluded, checkpoints = _without_included(ordered, abs(total), abs(line.quantity))
    excluded = round_half_up(excluded, line.step)
    precision = line.step if line.per_line else line.step * GLOBAL_PRECISION
    amounts = _amounts(ordered, excluded, checkpoints, abs(line.quantity), precision)
    included = round_half_up(excluded + sum(amounts, _ZERO), line.step)
    taxed = tuple(TaxAmount(tax, sign * amount) for tax, amount in zip(ordered, amounts, strict=True))
    return TaxedLine(sign * excluded, sign * included, taxed)


def _without_included(ordered: Sequence[Tax], total: Decimal, quantity: Decimal) -> tuple[Decimal, dict[int, Decimal]]:
    """The price without any included tax, unrounded, and the total that the last included tax of each run
    must lead to, by its position. A run ends before a tax that the taxes after it are computed on."""
    base = total
    fixed = percent = division = _ZERO
    checkpoints: dict[int, Decimal] = {}
    in_run = False
    for position in reversed(range(len(ordered))):
        tax = ordered[position]
        if tax.include_base_amount:
            base = _stripped(base, fixed, percent, division)
            fixed = percent = division = _ZERO
            in_run = False
        if not tax.price_include:
            continue
        if tax.amount_type == "percent":
            percent += tax.amount
        elif tax.amount_type == "division":
            division += tax.amount
        else:
            fixed += quantity * tax.amount
        if not in_run and tax.amount:
            checkpoints[position] = base
            in_run = True
    return _stripped(base, fixed, percent, division), checkpoints


def _stripped(base: Decimal, fixed: Decimal, percent: Decimal, division: Decimal) -> Decimal:
    return (base - fixed) / (1 + percent / HUNDRED) * (HUNDRED - division) / HUNDRED


def _amounts(
    ordered: Sequence[Tax],
    excluded: Decimal,
    checkpoints: Mapping[int, Decimal],
    quantity: Decimal,
    precision: Decimal,
) -> list[Decimal]:
    base = excluded
    below = _ZERO  # included taxes since the last checkpoint
    moved = False  # a tax on top has changed the base: the checkpoints no longer hold
    amounts = []
    for position, tax in enumerate(ordered):
        checkpoint = checkpoints.get(position, _ZERO) if not moved else _ZERO
        if tax.price_include and checkpoint:
            amount = checkpoint - (base + below)
            below = _ZERO
        else:
            amount = amount_on_top(tax, base, quantity)
        amount = round_half_up(amount, precision)
        if tax.price_include and not checkpoints.get(position):
            below += amount
        if tax.include_base_amount:
            base += amount
            moved = moved or not tax.price_include
        amounts.append(amount)
    return amounts
