"""Taxes of lines and orders, as Odoo's sales order computes them: line amounts, order totals, prices to show.

All amounts are Decimals in the document's currency. ``currency_rounding`` is that currency's smallest amount,
``rounding_method`` the company's setting, and ``computation`` the version's way (``PricingPolicy``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from adapters.records.pricing import RoundingMethod, Tax, TaxComputation
from pricing import tax_batches, tax_checkpoints, tax_sequential
from pricing.rounding import round_half_up
from pricing.tax_lines import HUNDRED, LineInput, find_tax

if TYPE_CHECKING:
    from pricing.tax_lines import TaxedLine, TaxLine

__all__ = [
    "DisplayPrice",
    "LineTotals",
    "OrderLine",
    "OrderTotals",
    "RoundingMethod",
    "Tax",
    "TaxComputation",
    "display_price",
    "line_totals",
    "order_totals",
    "summed",
    "taxed_line",
]

_ZERO = Decimal(0)
#: How each way of computing taxes does it for one line.
TAX_LINES: Mapping[TaxComputation, TaxLine] = {
    "sequential": tax_sequential.tax_line,
    "checkpoints": tax_checkpoints.tax_line,
    "batches": tax_batches.tax_line,
}


class OrderLine(NamedTuple):
    """A line of an order. ``price_unit``: tax as stored; ``discount``: a percentage; ``tax_ids``: as Odoo lists
    them (before 18 that order decides between taxes of the same sequence)."""

    price_unit: Decimal
    quantity: Decimal
    tax_ids: Sequence[int] = ()
    discount: Decimal = _ZERO


class LineTotals(NamedTuple):
    """A line's amounts, under Odoo's names. With global rounding, ``price_tax`` may have more digits than the
    currency has."""

    price_subtotal: Decimal
    price_tax: Decimal
    price_total: Decimal


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """An order's amounts, under Odoo's names, and those of its lines."""

    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    lines: tuple[LineTotals, ...]


@dataclass(frozen=True, slots=True)
class DisplayPrice:
    """A price without and with tax, rounded to the currency."""

    tax_excluded: Decimal
    tax_included: Decimal


def order_totals(
    lines: Sequence[OrderLine],
    taxes: Mapping[int, Tax],
    rounding_method: RoundingMethod,
    currency_rounding: Decimal,
    *,
    computation: TaxComputation,
) -> OrderTotals:
    """The amounts that Odoo would show on the order. Raises UnknownTaxError."""
    taxed = [taxed_line(line, taxes, rounding_method, currency_rounding, computation=computation) for line in lines]
    totals = tuple(line_totals(one, currency_rounding, computation) for one in taxed)
    return summed(taxed, totals, currency_rounding, computation)


def summed(
    taxed: Sequence[TaxedLine], totals: tuple[LineTotals, ...], currency_rounding: Decimal, computation: TaxComputation
) -> OrderTotals:
    """The amounts of an order of these lines, whose ``totals`` are those of ``line_totals``."""
    if computation == "batches":
        untaxed, tax = _reconciled(taxed, currency_rounding)
        return OrderTotals(untaxed, tax, untaxed + tax, totals)
    untaxed = sum((line.price_subtotal for line in totals), _ZERO)
    tax = sum((one.tax for one in taxed), _ZERO)
    return OrderTotals(
        amount_untaxed=round_half_up(untaxed, currency_rounding),
        amount_tax=round_half_up(tax, currency_rounding),
        amount_total=round_half_up(untaxed + tax, currency_rounding),
        lines=totals,
    )


def display_price(
    price: Decimal,
    tax_ids: Sequence[int],
    taxes: Mapping[int, Tax],
    currency_rounding: Decimal,
    *,
    computation: TaxComputation,
    rounding_method: RoundingMethod = "round_per_line",
) -> DisplayPrice:
    """The price of one unit without and with tax, from a price with tax as stored. Raises UnknownTaxError."""
    line = OrderLine(price, Decimal(1), tax_ids)
    taxed = taxed_line(line, taxes, rounding_method, currency_rounding, computation=computation)
    totals = line_totals(taxed, currency_rounding, computation)
    return DisplayPrice(totals.price_subtotal, totals.price_total)


def taxed_line(
    line: OrderLine,
    taxes: Mapping[int, Tax],
    rounding_method: RoundingMethod,
    step: Decimal,
    *,
    computation: TaxComputation,
) -> TaxedLine:
    """The line with its taxes, as exact as the computation leaves them. Raises UnknownTaxError."""
    net_price = line.price_unit * (1 - line.discount / HUNDRED)
    listed = [find_tax(taxes, tax_id) for tax_id in line.tax_ids]
    per_line = rounding_method == "round_per_line"
    return TAX_LINES[computation](LineInput(net_price, line.quantity, listed, step, per_line), taxes)


def line_totals(line: TaxedLine, step: Decimal, computation: TaxComputation) -> LineTotals:
    """The amounts that Odoo shows on the line."""
    if computation == "checkpoints":
        return LineTotals(line.excluded, line.tax, line.included)
    if computation == "sequential":
        return LineTotals(line.excluded, line.included - line.excluded, line.included)
    excluded = round_half_up(line.excluded, step)
    tax = sum((round_half_up(one.amount, step) for one in line.taxes), _ZERO)
    return LineTotals(excluded, tax, excluded + tax)


def _reconciled(taxed: Sequence[TaxedLine], step: Decimal) -> tuple[Decimal, Decimal]:
    """Untaxed amount and tax of an order of which every tax, and the whole, is rounded once.

    Where all prices include their taxes the total is what must be right, and the untaxed amount is the rest of
    it; otherwise the untaxed amount must be. (Rounded per line there is nothing left to round.)
    """
    raw: dict[tuple[int, bool], Decimal] = {}
    for line in taxed:
        for one in line.taxes:
            key = (one.tax.id, one.tax.price_include)
            raw[key] = raw.get(key, _ZERO) + one.amount
    tax = sum((round_half_up(amount, step) for amount in raw.values()), _ZERO)
    untaxed = sum((line.excluded for line in taxed), _ZERO)
    if all(one.tax.price_include for line in taxed for one in line.taxes):
        with_tax = untaxed + sum(raw.values(), _ZERO)
        return round_half_up(with_tax, step) - tax, tax
    return round_half_up(untaxed, step), tax
