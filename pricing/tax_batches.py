"""Taxes in batches: neighbours of one kind share a base; every tax is computed from the line's own total, to
which the taxes already known were added or of which they were taken (Odoo 18 and 19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.rounding import round_half_up
from pricing.tax_lines import HUNDRED, LineInput, TaxAmount, TaxedLine, flattened

if TYPE_CHECKING:
    from adapters.records.pricing import Tax

_ZERO = Decimal(0)


def tax_line(line: LineInput, taxes: Mapping[int, Tax]) -> TaxedLine:
    """The line's totals and taxes, rounded to the currency when rounding per line, else not at all.

    Taxes go by sequence and id.
    """
    ordered = list(flattened(line.taxes, taxes, lambda tax: (tax.sequence, tax.id)))
    base = line.price_unit * line.quantity
    if line.per_line:
        base = round_half_up(base, line.step)
    if not ordered:
        return TaxedLine(base, base, ())
    excluded, amounts = _Computation(ordered, line, base).result()
    taxed = tuple(TaxAmount(tax, amount) for tax, amount in zip(ordered, amounts, strict=True))
    return TaxedLine(excluded, excluded + sum(amounts, _ZERO), taxed)


class _Computation:
    """One line's taxes, by position. ``_base_of``: what others changed of the total that a tax is taken from,
    before it was known; ``_net_of``: the same, before and after."""

    def __init__(self, ordered: Sequence[Tax], line: LineInput, base: Decimal) -> None:
        self._taxes = ordered
        self._line = line
        self._base = base
        self._batches = _batches(ordered)
        self._amounts: dict[int, Decimal] = {}
        self._base_of = [base] * len(ordered)
        self._net_of = [base] * len(ordered)

    def result(self) -> tuple[Decimal, list[Decimal]]:
        """The price without tax, and the amount of each tax."""
        for position in self._order():
            self._settle(position, self._amount(position))
        excluded = self._net_of[0]
        if self._taxes[0].price_include:
            excluded -= sum((self._amounts[one] for one in self._batches[0]), _ZERO)
        return excluded, [self._amounts[position] for position in range(len(self._taxes))]

    def _order(self) -> Iterator[int]:
        """Fixed taxes from the last on, included ones from the last on, the others from the first on."""
        last_to_first = range(len(self._taxes) - 1, -1, -1)
        for position in last_to_first:
            if self._taxes[position].amount_type == "fixed":
                yield position
        for position in last_to_first:
            tax = self._taxes[position]
            if tax.price_include and tax.amount_type != "fixed":
                yield position
        for position, tax in enumerate(self._taxes):
            if not tax.price_include and tax.amount_type != "fixed":
                yield position

    def _amount(self, position: int) -> Decimal:
        tax = self._taxes[position]
        if tax.amount_type == "fixed":
            return (-1 if self._line.price_unit < 0 else 1) * self._line.quantity * tax.amount
        part = self._base_of[position] * tax.amount / HUNDRED
        batch = sum((self._taxes[one].amount for one in self._batches[position]), _ZERO) / HUNDRED
        if tax.amount_type == "percent":
            if not tax.price_include:
                return part
            return part / (1 + batch) if batch != -1 else _ZERO
        if tax.price_include or batch == 1:
            return part
        return part / (1 - batch)

    def _settle(self, position: int, amount: Decimal) -> None:
        """Notes a tax's amount, and what it means for the others."""
        if self._line.per_line:
            amount = round_half_up(amount, self._line.step)
        self._amounts[position] = amount
        sign = -1 if self._taxes[position].price_include else 1
        for other in self._touched(position):
            self._net_of[other] += sign * amount
            if other not in self._amounts:
                self._base_of[other] += sign * amount

    def _touched(self, position: int) -> Iterator[int]:
        """The taxes outside the batch whose base has the tax in it too much (included) or not yet (on top)."""
        tax, batch = self._taxes[position], self._batches[position]
        after = range(batch[-1] + 1, len(self._taxes))
        if tax.price_include:
            yield from range(batch[0])
            yield from (one for one in after if not (tax.include_base_amount and self._taxes[one].is_base_affected))
        elif tax.include_base_amount:
            yield from (one for one in after if self._taxes[one].is_base_affected)


def _batches(ordered: Sequence[Tax]) -> list[range]:
    """For each tax, the positions of its batch: neighbours of one type, all included or all on top, which do
    not enter each other's base."""
    batch_of: list[range] = [range(0)] * len(ordered)
    end = len(ordered)
    for position in reversed(range(len(ordered))):
        if position and _together(ordered[position - 1], ordered[position], ordered[end - 1]):
            continue
        for member in range(position, end):
            batch_of[member] = range(position, end)
        end = position
    return batch_of


def _together(tax: Tax, following: Tax, last: Tax) -> bool:
    """Whether ``tax`` joins the batch that begins with ``following`` and ends with ``last``."""
    return (
        tax.amount_type == last.amount_type
        and tax.price_include == last.price_include
        and tax.include_base_amount == last.include_base_amount
        and not (tax.include_base_amount and following.is_base_affected)
    )
