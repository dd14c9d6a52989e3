"""Doubles of every version, and the fixtures of the contract's pytest plugin for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.doubles import VERSIONS, Running, running_double
from contract.plugin import catalogue, odoo, shop
from contract.shop import Target

__all__ = ["catalogue", "odoo", "odoo_target", "running", "shop"]


@pytest.fixture(scope="session")
def doubles() -> Iterator[dict[str, Running]]:
    """A running double of each version."""
    with ExitStack() as stack:
        yield {version: stack.enter_context(running_double(version)) for version in VERSIONS}


@pytest.fixture(scope="session", params=VERSIONS)
def running(request: pytest.FixtureRequest, doubles: dict[str, Running]) -> Running:
    """The double of one version."""
    return doubles[request.param]


@pytest.fixture(scope="session")
def odoo_target(running: Running) -> Target:
    """In place of the plugin's: the structural suite runs on the doubles."""
    return running.target
