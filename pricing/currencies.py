"""Currency conversion as Odoo's ``res.currency`` does it for one company: by day, never rounded here."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from adapters.records.pricing import CurrencyRates

_ONE = Decimal(1)


class CurrencyConverter:
    """Factors between currencies. Keeps those already computed: it lives as long as its rates are current."""

    def __init__(self, rates: CurrencyRates, *, first_rate_reaches_back: bool) -> None:
        self._rates = rates
        self._first_rate_reaches_back = first_rate_reaches_back
        self._days = {code: [day for day, _ in dated] for code, dated in rates.rates.items()}
        self._factors: dict[tuple[str, str, date], Decimal] = {}

    def rate(self, currency: str, day: date) -> Decimal:
        """Units of ``currency`` per unit of the rate base on ``day`` (UTC); 1 where there is no rate."""
        dated = self._rates.rates.get(currency)
        if not dated:
            return _ONE
        position = bisect_right(self._days[currency], day)
        if position:
            return dated[position - 1][1]
        return dated[0][1] if self._first_rate_reaches_back else _ONE

    def factor(self, source: str, target: str, day: date) -> Decimal:
        """What one unit of ``source`` is worth in ``target`` on ``day`` (UTC)."""
        if source == target:
            return _ONE
        key = (source, target, day)
        factor = self._factors.get(key)
        if factor is None:
            if len(self._factors) > 10_000:  # one entry per pair and day asked for
                self._factors.clear()
            factor = self._factors[key] = self.rate(target, day) / self.rate(source, day)
        return factor
