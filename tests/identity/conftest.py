"""A Redis for the tests of sessions and of tries to log in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.valkey import Valkey, running_cluster, running_valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A server that all tests share, each with a namespace of its own."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A server for this test alone, that keeps nothing when it is killed."""
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def valkey_cluster() -> Iterator[list[Valkey]]:
    """Two nodes of a cluster."""
    with running_cluster() as nodes:
        yield nodes
