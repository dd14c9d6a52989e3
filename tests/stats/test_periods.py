"""Periods of a calendar: they fill a span without gaps and overlaps, and every moment of it is in one of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolvers.stats_periods import Span, Unit, number_of, periods, zone_of

UNITS: tuple[Unit, ...] = get_args(Unit)
#: among them clocks that jump at midnight, and a day that was left out
ZONES = (
    "UTC",
    "Europe/Brussels",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Cairo",
)
DAYS = st.dates(date(1995, 1, 1), date(2035, 12, 31))
SPANS = st.builds(
    lambda first, days, zone: Span(first, first + timedelta(days=days), ZoneInfo(zone)),
    DAYS,
    st.integers(0, 900),
    st.sampled_from(ZONES),
)


def same_period(unit: Unit, day: date) -> tuple[int, ...]:
    """What days of one period have in common, told in another way than `periods` does."""
    iso = day.isocalendar()
    return {
        "DAY": (day.toordinal(),),
        "WEEK": (iso.year, iso.week),
        "MONTH": (day.year, day.month),
        "QUARTER": (day.year, (day.month + 2) // 3),
        "YEAR": (day.year,),
    }[unit]


@given(SPANS, st.sampled_from(UNITS))
@example(Span(date(2024, 2, 29), date(2024, 2, 29)), "YEAR")
@example(Span(date(2020, 12, 28), date(2021, 1, 4)), "WEEK")
def test_they_fill_the_span(span: Span, unit: Unit) -> None:
    found = periods(span, unit)
    assert (found[0].first, found[-1].last) == (span.first, span.last)
    for before, after in pairwise(found):
        assert after.first == before.last + timedelta(days=1)
        assert before.until == after.since
        assert same_period(unit, before.last) != same_period(unit, after.first)
    for one in found:
        assert one.first <= one.last
        assert same_period(unit, one.first) == same_period(unit, one.last)
    assert len(found) <= number_of(span, unit)


@given(SPANS, st.sampled_from(UNITS), st.floats(0, 1, exclude_max=True))
def test_every_moment_is_in_one(span: Span, unit: Unit, share: float) -> None:
    whole = span.until - span.since
    if not whole:
        return  # a day that was left out
    moment = span.since + timedelta(seconds=int(whole.total_seconds() * share))
    found = [one for one in periods(span, unit) if one.since <= moment < one.until]
    assert len(found) == 1
    assert found[0].first <= span.day_of(moment) <= found[0].last


@given(DAYS, st.sampled_from(ZONES))
def test_a_day_ends_where_the_next_begins(day: date, zone: str) -> None:
    span = Span(day, day, ZoneInfo(zone))
    assert timedelta() <= span.until - span.since <= timedelta(hours=26)
    if span.until > span.since:
        assert span.day_of(span.since) == day == span.day_of(span.until - timedelta(seconds=1))


def test_a_day_of_another_zone() -> None:
    brussels = zone_of("Europe/Brussels")
    assert brussels is not None
    span = Span(date(2026, 3, 1), date(2026, 3, 31), brussels)
    assert (span.since, span.until) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )
    assert span.day_of(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Town", "../../etc/passwd", "/etc/passwd", "Europe", "europe/\0", "x" * 65, "Europe/Brussels/"]
)
def test_what_is_no_time_zone(name: str) -> None:
    assert zone_of(name) is None
