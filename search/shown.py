"""Amounts as a website shows them, each computed once: prices of a shop have many in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from adapters.records.pricing import Tax
from pricing.engine import PriceEngine
from pricing.rounding import round_half_up
from pricing.taxes import display_price

#: amounts remembered of one set of taxes in one currency
_REMEMBERED: Final = 50_000


class Shown:
    """Shows amounts (unrounded, tax as stored) of products with the same taxes, in one currency.

    ``tax_ids``: as Odoo lists them; taxes that are not known count for nothing. ``include_tax``: with or without.
    """

    __slots__ = ("_engine", "_include_tax", "_known", "_step", "_tax_ids", "_taxes", "_untouched")

    def __init__(
        self,
        engine: PriceEngine,
        taxes: Mapping[int, Tax],
        tax_ids: Sequence[int],
        currency: str,
        *,
        include_tax: bool,
    ) -> None:
        self._engine = engine
        self._taxes = taxes
        self._tax_ids = [one for one in tax_ids if one in taxes]
        self._step = engine.currency_step(currency)
        self._include_tax = include_tax
        self._untouched = not self._tax_ids or (not include_tax and not _any_within(self._tax_ids, taxes))
        self._known: dict[Decimal, float] = {}

    def of(self, amount: Decimal) -> float:
        """As the website shows it, rounded to the currency."""
        try:
            return self._known[amount]
        except KeyError:
            pass
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        shown = self._known[amount] = float(self._computed(self._engine.answered(amount)))
        return shown

    def _computed(self, amount: Decimal) -> Decimal:
        if self._untouched:
            return round_half_up(amount, self._step)
        computation = self._engine.policy.tax_computation
        shown = display_price(amount, self._tax_ids, self._taxes, self._step, computation=computation)
        return shown.tax_included if self._include_tax else shown.tax_excluded


def _any_within(tax_ids: Sequence[int], taxes: Mapping[int, Tax]) -> bool:
    """Is any of them part of the price? Of others the price without tax is the price itself."""
    waiting, seen = list(tax_ids), set[int]()
    while waiting:
        one = waiting.pop()
        tax = taxes.get(one)
        if one in seen or tax is None:
            continue
        seen.add(one)
        if tax.price_include:
            return True
        waiting.extend(tax.children)
    return False
