"""Sums of what was bought: by currency, by variant, by category. No calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from adapters.records import Currency
from adapters.records.pricing import Uom
from adapters.records.stats import PurchasedVariant
from pricing.rounding import round_half_up

_ZERO: Final = Decimal(0)
_CENT: Final = Decimal("0.01")
#: digits of a quantity that was converted from another unit
_QUANTITY_STEP: Final = Decimal("0.000001")

#: the smallest amount of a currency
Rounding = Callable[[str], Decimal]


class Amounted(Protocol):
    """Something with amounts in a currency."""

    @property
    def currency(self) -> str: ...
    @property
    def untaxed(self) -> Decimal: ...
    @property
    def total(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Amount:
    """Amounts in one currency, rounded to its smallest; ``total`` is with tax."""

    currency: str
    untaxed: Decimal
    total: Decimal

    @property
    def tax(self) -> Decimal:
        return self.total - self.untaxed


@dataclass(frozen=True, slots=True)
class VariantSum:
    """What was ordered of a variant. ``quantity``: in the unit of its product, where that is known."""

    variant_id: int
    quantity: Decimal
    amounts: Sequence[Amount]

    def untaxed(self, currency: str) -> Decimal:
        return next((one.untaxed for one in self.amounts if one.currency == currency), _ZERO)


def amounts_of(items: Iterable[Amounted], rounding: Rounding) -> list[Amount]:
    """One for each currency, by its code. Odoo's own sums of floats carry noise below the smallest amount."""
    untaxed: dict[str, Decimal] = {}
    total: dict[str, Decimal] = {}
    for item in items:
        untaxed[item.currency] = untaxed.get(item.currency, _ZERO) + item.untaxed
        total[item.currency] = total.get(item.currency, _ZERO) + item.total
    return [
        Amount(code, round_half_up(untaxed[code], rounding(code)), round_half_up(total[code], rounding(code)))
        for code in sorted(untaxed)
    ]


def variant_sums(
    parts: Iterable[PurchasedVariant], units: Mapping[int, int], uoms: Mapping[int, Uom], rounding: Rounding
) -> list[VariantSum]:
    """Each variant once. ``units``: the unit of the product, by variant, as far as it is known.

    What is not known of counts by the unit in which most is told of it: the first.
    """
    by_variant: dict[int, list[PurchasedVariant]] = {}
    for part in parts:
        if part.quantity or part.untaxed:  # a down payment is a line of none
            by_variant.setdefault(part.variant_id, []).append(part)
    return [
        VariantSum(
            variant_id,
            sum((in_unit(one.quantity, one.uom_id, units.get(variant_id, own[0].uom_id), uoms) for one in own), _ZERO),
            amounts_of(own, rounding),
        )
        for variant_id, own in by_variant.items()
    ]


def in_unit(quantity: Decimal, uom_id: int, target_id: int, uoms: Mapping[int, Uom]) -> Decimal:
    """A quantity in another unit. Units that are not known, or of another kind, do not convert."""
    source, target = uoms.get(uom_id), uoms.get(target_id)
    if uom_id == target_id or source is None or target is None or source.category_id != target.category_id:
        return quantity
    return plain(quantity * source.size / target.size)


def plain(quantity: Decimal) -> Decimal:
    """Without digits that say nothing."""
    rounded = quantity.quantize(_QUANTITY_STEP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()


def rounding_of(currencies: Mapping[str, Currency]) -> Rounding:
    """By the shop's currencies; what it does not know is taken to have hundredths."""
    known = {code: Decimal(currency.rounding) for code, currency in currencies.items()}
    return lambda code: known.get(code, _CENT)
