"""Days, weeks, months, quarters and years of a calendar, and which of them a moment is in. No calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

Unit = Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]

_DAY: Final = timedelta(days=1)
#: no name of a time zone is longer
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both counted, by the clocks of ``zone``."""

    first: date
    last: date
    zone: tzinfo = UTC

    @property
    def since(self) -> datetime:
        """When it begins, in UTC."""
        return _begins(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When it is over, in UTC: the first moment that is none of it."""
        return _begins(self.last + _DAY, self.zone)

    def day_of(self, moment: datetime) -> date:
        """Which day it is there then."""
        return moment.astimezone(self.zone).date()

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def periods(span: Span, unit: Unit) -> list[Span]:
    """The span in pieces, the oldest first: whole ones of the calendar, but for the ends of the span."""
    found: list[Span] = []
    first = span.first
    while first <= span.last:
        last = min(_AFTER[unit](first) - _DAY, span.last)
        found.append(Span(first, last, span.zone))
        first = last + _DAY
    return found


def number_of(span: Span, unit: Unit) -> int:
    """No more pieces than these come of the span. It counts without making them."""
    return span.days if unit == "DAY" else span.days // 7 + 2 if unit == "WEEK" else span.days // 28 + 2


def zone_of(name: str) -> tzinfo | None:
    """The time zone of a name such as ``Europe/Brussels``; None where it is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if 0 < len(name) <= _MAX_NAME else None
    except (ValueError, OSError, KeyError):  # a path, a folder, or no such name
        return None


def _begins(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day. Where clocks jump over midnight, the day begins when they have."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _month_after(day: date, months: int) -> date:
    """The first day of the next run of ``months`` months, counted from January."""
    count = (day.month - 1) // months * months + months
    return date(day.year + count // 12, count % 12 + 1, 1)


#: unit -> the first day of the next one
_AFTER: Final[Mapping[Unit, Callable[[date], date]]] = {
    "DAY": lambda day: day + _DAY,
    "WEEK": lambda day: day + timedelta(days=7 - day.weekday()),
    "MONTH": lambda day: _month_after(day, 1),
    "QUARTER": lambda day: _month_after(day, 3),
    "YEAR": lambda day: _month_after(day, 12),
}
