"""From the values of Odoo's wire to ours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.values import decimal, ids, many2one, moment, text


@pytest.mark.parametrize(
    ("value", "found"), [(False, None), ("", None), (" \n", None), ("x ", "x "), (None, None), (0, None)]
)
def test_texts(value: Any, found: str | None) -> None:
    assert text(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [(False, None), ([7, "Name"], 7), ((7, "Name"), 7), (7, 7), ([], None), (True, None), (None, None)],
)
def test_many2ones(value: Any, found: int | None) -> None:
    assert many2one(value) == found


@pytest.mark.parametrize(
    ("value", "found"), [(False, ()), ([], ()), ([3, 1], (3, 1)), ((1,), (1,)), ("12", ()), (None, ())]
)
def test_lists_of_ids(value: Any, found: tuple[int, ...]) -> None:
    assert ids(value) == found


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_amounts_are_exact_to_fifteen_digits(units: int, places: int) -> None:
    amount = Decimal(units).scaleb(-places)
    assert decimal(float(amount)) == amount
    assert decimal(float(amount) * (1 + 2e-16)) == amount


@pytest.mark.parametrize(
    ("value", "found"), [(False, 0), (None, 0), (3, 3), (89.10000000000001, "89.1"), (1e-7, "1e-7"), (1e22, "1e22")]
)
def test_numbers(value: Any, found: Any) -> None:
    assert decimal(value) == Decimal(found)


def test_moments() -> None:
    assert moment("2026-11-21 19:11:43") == datetime(2026, 11, 21, 19, 11, 43, tzinfo=UTC)
    assert moment(False) == moment("") == moment(None) == datetime(1970, 1, 1, tzinfo=UTC)
