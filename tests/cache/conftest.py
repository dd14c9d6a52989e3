"""Redis servers for the tests of what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.valkey import Valkey, running_valkey


@pytest.fixture
def durable_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server for this test alone, that finds its data again after it was killed."""
    with running_valkey({"appendonly": "yes", "appendfsync": "always"}, directory=tmp_path) as server:
        yield server
