"""The places where carts are kept: each test of what all promise runs on each. Shops that have carts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from cart.memory_carts import MemoryCarts
from cart.rules import CartRules
from cart.store import CartStore
from tests.cart import syncing
from tests.cart.over_http import carts_shop
from tests.cart.places import redis_carts
from tests.identity.wired import Shop
from tests.support.doubles import DoubleOf
from tests.support.valkey import Valkey

StoreOf = Callable[[CartRules], CartStore]


@pytest_asyncio.fixture(params=["memory", "redis", "cluster"])
async def store_of(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[StoreOf]:
    """``store_of(rules)``: a store of its own."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            yield MemoryCarts
            return
        urls: str | list[str] = valkey.url
        if request.param == "cluster":
            urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
        first = await stack.enter_async_context(redis_carts(urls))

        def of(rules: CartRules) -> CartStore:
            return first.with_rules(rules)

        yield of


@pytest.fixture
def carts(store_of: StoreOf) -> CartStore:
    return store_of(CartRules())


@pytest_asyncio.fixture(params=syncing.VERSIONS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[syncing.Desk]:
    """Where carts are brought to Odoo."""
    async with syncing.desk(request.param) as found:
        yield found


@pytest_asyncio.fixture
async def one_desk() -> AsyncIterator[syncing.Desk]:
    """The same where the version does not matter."""
    async with syncing.desk("14.0") as found:
        yield found


@pytest_asyncio.fixture(params=syncing.VERSIONS)
async def shop(request: pytest.FixtureRequest, double: DoubleOf) -> AsyncIterator[Shop]:
    """Where browsers fill carts, over an Odoo that all tests share."""
    async with carts_shop(double(request.param)) as found:
        yield found


@pytest_asyncio.fixture
async def one_shop(double: DoubleOf) -> AsyncIterator[Shop]:
    """The same where the version does not matter."""
    async with carts_shop(double("14.0")) as found:
        yield found
