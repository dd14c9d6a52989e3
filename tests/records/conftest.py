"""A Valkey for all tests of this directory; each uses a namespace of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.valkey import Valkey, running_valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    with running_valkey() as server:
        yield server
