"""What the ways of computing the taxes of one line have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from pricing.errors import UnknownTaxError

if TYPE_CHECKING:
    from adapters.records.pricing import Tax

HUNDRED = Decimal(100)
#: With global rounding, amounts of a line are kept to five more digits than the currency's.
GLOBAL_PRECISION = Decimal("1e-5")


class TaxAmount(NamedTuple):
    """What one tax of a line amounts to, in the document's currency."""

    tax: Tax
    amount: Decimal


class TaxedLine(NamedTuple):
    """A line's price without and with tax, and its taxes, as exact as the computation leaves them.

    All in the document's currency, for the whole quantity, discount taken off.
    """

    excluded: Decimal
    included: Decimal
    taxes: tuple[TaxAmount, ...]

    @property
    def tax(self) -> Decimal:
        """The sum of the taxes."""
        return sum((one.amount for one in self.taxes), Decimal(0))


class LineInput(NamedTuple):
    """A line to be taxed. ``price_unit``: discount taken off; ``step``: the currency's smallest amount."""

    price_unit: Decimal
    quantity: Decimal
    taxes: Sequence[Tax]
    step: Decimal
    per_line: bool


#: Computes the taxes of a line; the mapping has the taxes that groups refer to.
TaxLine = Callable[[LineInput, Mapping[int, "Tax"]], TaxedLine]


def find_tax(taxes: Mapping[int, Tax], tax_id: int) -> Tax:
    """The tax of that id. Raises UnknownTaxError."""
    try:
        return taxes[tax_id]
    except KeyError:
        raise UnknownTaxError(tax_id) from None


def children_of(tax: Tax, taxes: Mapping[int, Tax]) -> list[Tax]:
    """The taxes of a group, as listed. Raises UnknownTaxError."""
    return [find_tax(taxes, child) for child in tax.children]


def flattened(
    listed: Sequence[Tax], taxes: Mapping[int, Tax], order: Callable[[Tax], tuple[int, ...]]
) -> Iterator[Tax]:
    """The taxes in order, with the children of a group in its place, in order too."""
    for tax in sorted(listed, key=order):
        if tax.amount_type == "group":
            yield from flattened(children_of(tax, taxes), taxes, order)
        else:
            yield tax


def fixed_amount(tax: Tax, base: Decimal, quantity: Decimal) -> Decimal:
    """A fixed tax has the sign of the base, which has those of price and quantity in it."""
    return quantity.copy_sign(base) * tax.amount if base else quantity * tax.amount


def amount_on_top(tax: Tax, base: Decimal, quantity: Decimal) -> Decimal:
    """What a tax amounts to that is not in ``base`` yet."""
    if tax.amount_type == "fixed":
        return fixed_amount(tax, base, quantity)
    if tax.amount_type == "division":
        kept = 1 - tax.amount / HUNDRED
        return base / kept - base if kept else Decimal(0)
    return base * tax.amount / HUNDRED


def amount_within(tax: Tax, base: Decimal, quantity: Decimal) -> Decimal:
    """What a tax amounts to that is part of ``base``."""
    if tax.amount_type == "fixed":
        return fixed_amount(tax, base, quantity)
    if tax.amount_type == "division":
        return base * tax.amount / HUNDRED
    return base - base / (1 + tax.amount / HUNDRED)
