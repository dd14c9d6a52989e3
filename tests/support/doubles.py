"""Odoo doubles for tests: the generated shop, or the recorded database of a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from demo.double import Double, DoubleServer
from demo.double.recorded import recorded_dataset
from demo.wholesale import generate

VERSIONS = ("10.0", "14.0", "19.0")
PRODUCTS, PRICELISTS = 80, 5
DoubleOf = Callable[[str], DoubleServer]


def generated(version: str) -> DoubleServer:
    """A double with a small generated shop, not started."""
    return DoubleServer(Double(generate(version, products=PRODUCTS, pricelists=PRICELISTS)))


def recorded(version: str) -> DoubleServer:
    """A double with the recorded database of the version, not started."""
    return DoubleServer(Double(recorded_dataset(version)))


@contextmanager
def one_each(make: Callable[[str], DoubleServer]) -> Iterator[DoubleOf]:
    """A running double of each version that is asked for, one each."""
    servers: dict[str, DoubleServer] = {}
    with ExitStack() as stack:

        def of(version: str) -> DoubleServer:
            if version not in servers:
                servers[version] = stack.enter_context(make(version))
            return servers[version]

        yield of
