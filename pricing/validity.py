"""When prices change by themselves: rules begin and end, currency rates come into force."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.records.pricing import CurrencyRates, PricelistRule

#: A rule applies at its last moment still.
_JUST_AFTER = timedelta(microseconds=1)


class Boundaries:
    """Moments at which prices change, of any number of rules and rates."""

    __slots__ = ("_moments",)

    def __init__(self, moments: Iterable[datetime]) -> None:
        self._moments = sorted(set(moments))

    @classmethod
    def of(cls, rules: Iterable[PricelistRule], timezone: tzinfo = UTC) -> Boundaries:
        """Of rules. ``timezone``: where a day begins, for rules bounded by days."""
        return cls(moment for rule in rules for moment in _of_rule(rule, timezone))

    @classmethod
    def of_rates(cls, rates: CurrencyRates) -> Boundaries:
        """Of currency rates, each of which counts from the beginning of its day (UTC)."""
        return cls(_begin(day, UTC) for dated in rates.rates.values() for day, _ in dated)

    def after(self, at: datetime) -> datetime | None:
        """The first of them after an (aware) moment; None when there is none."""
        position = bisect_right(self._moments, at)
        return self._moments[position] if position < len(self._moments) else None


def _of_rule(rule: PricelistRule, timezone: tzinfo) -> Iterable[datetime]:
    start, end = rule.date_start, rule.date_end
    if isinstance(start, datetime):
        yield start.replace(tzinfo=UTC)
    elif start is not None:
        yield _begin(start, timezone)
    if isinstance(end, datetime):
        yield end.replace(tzinfo=UTC) + _JUST_AFTER
    elif end is not None and end < date.max:
        yield _begin(end + timedelta(days=1), timezone)


def _begin(day: date, timezone: tzinfo) -> datetime:
    return datetime.combine(day, time(), timezone)
