from __future__ import annotations

import pytest

from demo.dataset import Dataset
from demo.wholesale import VERSIONS, generate


@pytest.fixture(scope="session")
def datasets() -> dict[str, Dataset]:
    """The same small shop in every version; do not change it."""
    return {version: generate(version, products=400, pricelists=24, seed=7) for version in VERSIONS}


@pytest.fixture(params=VERSIONS)
def dataset(request: pytest.FixtureRequest, datasets: dict[str, Dataset]) -> Dataset:
    return datasets[request.param]
