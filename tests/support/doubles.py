"""Odoo doubles for tests: the generated shop, or the recorded database of a version."""

from __future__ import annotations

from demo.double import Double, DoubleServer
from demo.double.recorded import recorded_dataset
from demo.wholesale import generate

VERSIONS = ("10.0", "14.0", "19.0")
PRODUCTS, PRICELISTS = 80, 5


def generated(version: str) -> DoubleServer:
    """A double with a small generated shop, not started."""
    return DoubleServer(Double(generate(version, products=PRODUCTS, pricelists=PRICELISTS)))


def recorded(version: str) -> DoubleServer:
    """A double with the recorded database of the version, not started."""
    return DoubleServer(Double(recorded_dataset(version)))
