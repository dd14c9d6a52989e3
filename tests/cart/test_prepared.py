"""Quantities are exact, equal options are equal, and what is no quantity is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart.prepared import canonical, id_key, millionths, options_of, quantity_of
from cart.rules import MILLIONTHS, Limits


@given(st.integers(-(10**18), 10**18))
def test_what_is_kept_is_read_again(amount: int) -> None:
    quantity = quantity_of(amount)
    assert millionths(quantity) == amount
    assert quantity * MILLIONTHS == amount
    assert "E" not in str(quantity) or abs(amount) < MILLIONTHS


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_nothing_is_rounded(given_one: Decimal) -> None:
    amount = millionths(given_one)
    if amount is None or abs(amount) == 10**60:
        return
    exact = given_one.as_integer_ratio()
    assert exact[0] * MILLIONTHS == amount * exact[1]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("0E-999999", 0),
        ("0E+999999", 0),
        ("1.50000000000", 1_500_000),
        ("-0.000001", -1),
        ("1E+3", 1_000_000_000),
        ("0.0000001", None),
        ("1.0000001", None),
        ("1E-999999", None),
        ("NaN", None),
        ("-Infinity", None),
        ("1" * 61, None),
        ("1E+999999", 10**60),
        ("-1E+999999", -(10**60)),
    ],
)
def test_quantities(text: str, amount: int | None) -> None:
    assert millionths(Decimal(text)) == amount


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_options(options: dict[str, str]) -> None:
    backwards = dict(reversed(options.items()))
    assert canonical(options) == canonical(backwards)
    assert options_of(canonical(options)) == options


@given(st.uuids(), st.uuids())
def test_ids(one: object, other: object) -> None:
    assert len(id_key(str(one))) == 22
    assert id_key(str(one)) == id_key(str(one).upper()) == id_key(f"{{{one}}}")
    assert (id_key(str(one)) == id_key(str(other))) == (one == other)


def test_limits_stay_exact_in_doubles() -> None:
    assert Limits().quantity * MILLIONTHS * 2 < 2**53
    with pytest.raises(ValueError, match="exactly"):
        Limits(quantity=10**10)
