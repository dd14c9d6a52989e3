"""A real OpenSearch, and a small generated shop to index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from demo.double import Double
from search.engine import Engine
from search.indexes import Indexes
from tests.search.shop import IndexedShop, engine_of, small_shop
from tests.support.opensearch import OpenSearch, Space, new_space, opensearch_or_skip


@pytest.fixture(scope="session")
def opensearch() -> Iterator[OpenSearch]:
    with opensearch_or_skip() as found:
        yield found


@pytest_asyncio.fixture
async def space(opensearch: OpenSearch) -> AsyncIterator[Space]:
    async with new_space(opensearch) as found:
        yield found


@pytest_asyncio.fixture
async def engine(opensearch: OpenSearch) -> AsyncIterator[Engine]:
    engine = engine_of(opensearch)
    yield engine
    await engine.close()


@pytest.fixture
def indexes(engine: Engine, space: Space) -> Indexes:
    """Of this test alone; gone afterwards."""
    return Indexes(engine, space.name("shop"))


@pytest.fixture
def double() -> Double:
    """An Odoo of this test alone, with a small generated shop."""
    return small_shop()


@pytest_asyncio.fixture
async def shop(double: Double, indexes: Indexes) -> IndexedShop:
    """The shop and its index, built."""
    found = await IndexedShop.of(double, indexes)
    await found.builder.build()
    return found
