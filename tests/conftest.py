"""What many tests stand on: Odoo doubles, and the application running over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack

import pytest
import pytest_asyncio
import structlog

from tests.support.bff import Bff, running, settings_for
from tests.support.doubles import DoubleOf, generated, one_each, recorded
from tests.support.valkey import Valkey, running_cluster, running_valkey

BffOf = Callable[[str], Awaitable[Bff]]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that sets up logging for its process does so for its test alone."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def double() -> Iterator[DoubleOf]:
    """``double(version)``: a running double with the generated shop. All tests share it: do not change it."""
    with one_each(generated) as servers:
        yield servers


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real Redis that all tests share, each with a namespace of its own."""
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


@pytest.fixture
def own_double() -> Iterator[DoubleOf]:
    """``own_double(version)``: a running double with the generated shop, for this test alone."""
    with ExitStack() as stack:
        yield lambda version: stack.enter_context(generated(version))


@pytest.fixture
def recorded_double() -> Iterator[DoubleOf]:
    """``recorded_double(version)``: a running double with the recorded database, for this test alone."""
    with ExitStack() as stack:
        yield lambda version: stack.enter_context(recorded(version))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bff(double: DoubleOf) -> AsyncIterator[BffOf]:
    """``await bff(version)``: the application over ``double(version)``, ready. All tests share it."""
    running_now: dict[str, Bff] = {}
    async with AsyncExitStack() as stack:

        async def of(version: str) -> Bff:
            if version not in running_now:
                odoo = double(version)
                started = await stack.enter_async_context(running(settings_for(odoo.url), odoo))
                running_now[version] = await started.ready()
            return running_now[version]

        yield of
