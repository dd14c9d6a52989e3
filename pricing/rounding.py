"""Rounding as Odoo's ``float_round`` does it, on Decimal.

Odoo computes in binary floats and undoes their noise when it rounds: the value is divided by the rounding
step, moved away from zero (half-up) or towards it (up) by a relative epsilon of about 1e-15, and only then
rounded. Here amounts are Decimals, so most of that noise never arises; the same epsilon is kept for what
divisions leave (rates, units of measure), and for floats that come from Odoo with noise in them.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache

#: Relative width of the noise that rounding forgives: 2**-50, the widest of the versions.
EPSILON = Decimal(2) ** -50

_OUTWARD = 1 + EPSILON
_INWARD = 1 - EPSILON
ONE = Decimal(1)


def to_decimal(value: float | str | Decimal) -> Decimal:
    """The number that Odoo meant by a float: its 15 significant digits.

    Every decimal number of up to 15 digits survives a float and comes back from here unchanged, while binary
    noise is cut off: 89.10000000000001 becomes 89.1. Decimals, ints and strings are taken as they are.
    """
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")
    return Decimal(value)


def round_half_up(value: Decimal, step: Decimal) -> Decimal:
    """``value`` rounded to a multiple of ``step``, ties away from zero (``float_round(method="HALF-UP")``).

    Raises ValueError for a step that is not positive.
    """
    if step <= 0:
        raise ValueError(f"a rounding step must be positive, not {step}")
    return (value / step * _OUTWARD).quantize(ONE, ROUND_HALF_UP) * step


def round_up(value: Decimal, step: Decimal) -> Decimal:
    """``value`` rounded away from zero to a multiple of ``step`` (``float_round(method="UP")``).

    Raises ValueError for a step that is not positive.
    """
    if step <= 0:
        raise ValueError(f"a rounding step must be positive, not {step}")
    magnitude = (abs(value) / step * _INWARD).quantize(ONE, ROUND_CEILING) * step
    return magnitude.copy_sign(value)


@lru_cache(maxsize=32)
def step_of(digits: int) -> Decimal:
    """The rounding step of a number of decimals: 2 -> 0.01."""
    return Decimal(1).scaleb(-digits)


def round_digits(value: Decimal, digits: int) -> Decimal:
    """``value`` rounded half-up to ``digits`` decimals."""
    return round_half_up(value, step_of(digits))
