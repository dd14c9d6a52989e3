"""Addresses of pictures: which moments make their versions, and that the storefront can build on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.images import file_name, picture_path, picture_url, version_of

MOMENT = datetime(2026, 6, 3, 13, 22, 50, tzinfo=UTC)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  # bounds
    lambda moment: moment.replace(microsecond=0)
)


def test_a_version_is_the_seconds_of_the_last_write() -> None:
    assert version_of([MOMENT]) == f"{int(MOMENT.timestamp()):08x}" == "6a202aaa"
    assert version_of([MOMENT, MOMENT + timedelta(seconds=1)]) == "6a202aaa6a202aab"
    assert version_of([]) == ""
    assert version_of([datetime.fromtimestamp(0, UTC)]) == "00000000"


@given(st.lists(moments, max_size=3), st.lists(moments, max_size=3))
def test_only_the_same_moments_make_the_same_version(some: list[datetime], others: list[datetime]) -> None:
    assert (version_of(some) == version_of(others)) == (some == others)


@pytest.mark.parametrize(
    ("name", "end"), [("Rénal diet, 5 kg", "x_renal-diet-5-kg"), ("日本", "x_7"), (None, "x_7"), ("a/b{c}", "x_a-b-c")]
)
def test_both_addresses_start_with_the_same_path(name: str | None, end: str) -> None:
    path = picture_path("product", 7, [MOMENT])
    assert path == "/web/image/product/7-6a202aaa"
    assert picture_url(path, name, 7) == f"{path}/{{width}}x{{height}}/{end}"
    assert file_name(name, 7) == end
