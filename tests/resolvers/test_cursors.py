"""Cursors and windows of connections, by the rules of the GraphQL cursor connections specification."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records import ProductMatch
from resolvers.errors import BadInputError
from resolvers.search_cursors import MAX_PAGE, Cursor, asked_window, placed

NEVER = datetime.fromtimestamp(0, tz=UTC)
IDS = st.lists(st.integers(1, 10**6), max_size=40, unique=True)


def matches(ids: list[int]) -> list[ProductMatch]:
    return [ProductMatch(id=key, name="", list_price=Decimal(1), updated_at=NEVER, variant_ids=()) for key in ids]


def window_of(
    found: list[ProductMatch], first: int | None, after: str | None, last: int | None, before: str | None
) -> range:
    return placed(found, asked_window(first, after, last, before))


def cursors(ids: list[int]) -> list[str]:
    return [Cursor(position, key).encode() for position, key in enumerate(ids)]


@given(ids=IDS, size=st.integers(1, 12))
def test_walking_forwards_meets_each_once(ids: list[int], size: int) -> None:
    found, after, met = matches(ids), None, list[int]()
    while True:
        window = window_of(found, size, after, None, None)
        met += ids[window.start : window.stop]
        if window.stop >= len(found):
            break
        after = cursors(ids)[window.stop - 1]
    assert met == ids


@given(ids=IDS, size=st.integers(1, 12))
def test_walking_backwards_meets_each_once(ids: list[int], size: int) -> None:
    found, before, met = matches(ids), None, list[int]()
    while True:
        window = window_of(found, None, None, size, before)
        met = ids[window.start : window.stop] + met
        if window.start <= 0:
            break
        before = cursors(ids)[window.start]
    assert met == ids


@given(
    ids=st.lists(st.integers(1, 10**6), min_size=3, max_size=40, unique=True), size=st.integers(1, 12), data=st.data()
)
def test_products_that_go_meanwhile_hide_no_other(ids: list[int], size: int, data: st.DataObject) -> None:
    """Those behind the page that are still there come next, even if products before it, or its last one, are gone."""
    stop = window_of(matches(ids), size, None, None, None).stop
    last = cursors(ids)[stop - 1]
    gone = data.draw(st.sets(st.sampled_from(ids[: stop - 1]), max_size=3)) if stop > 1 else set()
    left = [key for key in ids if key not in gone]
    window = window_of(matches(left), size, last, None, None)
    assert left[window.start : window.stop] == ids[stop : stop + size]
    if stop < len(ids):
        without_last = [key for key in ids if key != ids[stop - 1]]
        window = window_of(matches(without_last), size, last, None, None)
        assert window.start <= stop, "none of those behind is left out"


@given(ids=IDS, size=st.integers(0, MAX_PAGE), after=st.integers(-5, 50), before=st.integers(-5, 50))
def test_a_window_is_within_the_list(ids: list[int], size: int, after: int, before: int) -> None:
    for first, last in ((size, None), (None, size), (None, None)):
        window = window_of(matches(ids), first, Cursor(after, 0).encode(), last, Cursor(before, 0).encode())
        assert 0 <= window.start <= window.stop <= len(ids)
        assert window.stop - window.start <= (20 if first is last is None else size)


@given(position=st.integers(0, 10**9), product_id=st.integers(1, 2**31))
def test_a_cursor_is_read_as_it_was_written(position: int, product_id: int) -> None:
    cursor = Cursor(position, product_id)
    assert Cursor.decode(cursor.encode(), "after") == cursor


@given(
    position=st.integers(0, 10**6),
    values=st.lists(st.text(max_size=20) | st.integers(-(2**53), 2**53) | st.none(), min_size=1, max_size=4),
)
def test_what_the_engine_sorted_by_comes_back(position: int, values: list[str | int | None]) -> None:
    cursor = Cursor(position, 7, "0123456789abcdef", tuple(values))
    assert Cursor.decode(cursor.encode(), "after") == cursor


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_is_refused(text: str) -> None:
    with suppress(BadInputError):
        Cursor.decode(text, "after")


@pytest.mark.parametrize("text", ["MDox" * 2000, "=", "====", "MDo", "Og", "9" * 5000])
def test_no_cursor(text: str) -> None:
    with pytest.raises(BadInputError):
        Cursor.decode(text, "before")
