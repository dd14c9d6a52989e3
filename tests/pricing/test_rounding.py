"""Rounding and floats: what Odoo's float_round answers, and what its floats mean."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.rounding import round_digits, round_half_up, round_up, to_decimal

STEPS = st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal("0.001"), Decimal("0.99"), Decimal(1), Decimal(10)])
AMOUNTS = st.decimals(Decimal(-100_000), Decimal(100_000), places=4)


@pytest.mark.parametrize(
    ("noisy", "meant"),
    [
        (89.10000000000001, "89.1"),
        (7.7700000000000005, "7.77"),
        (0.1 + 0.2, "0.3"),
        (1.1 * 1.1, "1.21"),
        (18.5907, "18.5907"),
        (-0.01, "-0.01"),
        (0.0, "0"),
        (1e-6, "0.000001"),
    ],
)
def test_binary_noise_is_cut_off(noisy: float, meant: str) -> None:
    assert to_decimal(noisy) == Decimal(meant)


@given(st.decimals(Decimal(-10_000_000), Decimal(10_000_000), places=6))
def test_a_typed_number_survives_the_float(number: Decimal) -> None:
    assert to_decimal(float(number)) == number


@pytest.mark.parametrize(
    ("value", "step", "rounded"),
    [
        # ties go away from zero, as in Odoo's own tests of float_round
        ("2.675", "0.01", "2.68"),
        ("-2.675", "0.01", "-2.68"),
        ("1.005", "0.01", "1.01"),
        ("457.4554", "0.05", "457.45"),
        ("1.3", "0.5", "1.5"),
        ("5", "10", "10"),
        ("0", "0.01", "0"),
        ("19.6119", "0.99", "19.80"),
        # noise just below a tie is forgiven, anything more is not
        ("12.3449999999999999", "0.01", "12.35"),
        ("12.3449999999", "0.01", "12.34"),
    ],
)
def test_half_up(value: str, step: str, rounded: str) -> None:
    assert round_half_up(Decimal(value), Decimal(step)) == Decimal(rounded)


@given(AMOUNTS, STEPS)
def test_half_up_is_the_nearest_multiple(value: Decimal, step: Decimal) -> None:
    rounded = round_half_up(value, step)
    assert rounded % step == 0
    assert abs(rounded - value) <= step / 2
    assert round_half_up(rounded, step) == rounded
    assert round_half_up(-value, step) == -rounded


@given(AMOUNTS)
def test_decimals_are_a_step(value: Decimal) -> None:
    assert round_digits(value, 2) == value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(AMOUNTS, STEPS)
def test_up_is_the_next_multiple_away_from_zero(value: Decimal, step: Decimal) -> None:
    rounded = round_up(value, step)
    assert rounded % step == 0
    assert 0 <= abs(rounded) - abs(value) < step
    assert round_up(rounded, step) == rounded


def test_up_forgives_noise() -> None:
    assert round_up(Decimal("12.0000000000000048"), Decimal("0.01")) == Decimal(12)
    assert round_up(Decimal("12.0000000001"), Decimal("0.01")) == Decimal("12.01")


@pytest.mark.parametrize("step", [Decimal(0), Decimal("-0.01")])
def test_a_step_must_be_positive(step: Decimal) -> None:
    with pytest.raises(ValueError, match="positive"):
        round_half_up(Decimal(1), step)
    with pytest.raises(ValueError, match="positive"):
        round_up(Decimal(1), step)
