"""Rounding as Odoo does it in floating point, noise included."""

from __future__ import annotations

import math


def float_round(value: float, digits: int) -> float:
    """Odoo's ``float_round``: to a multiple of the unit, half away from zero, near halves counted as halves."""
    unit = 10.0**-digits
    scaled = value / unit
    nudge = 2.0 ** (math.frexp(abs(scaled))[1] - 1 - 52) if scaled else 0.0
    return math.copysign(math.floor(abs(scaled) + nudge + 0.5), scaled) * unit
