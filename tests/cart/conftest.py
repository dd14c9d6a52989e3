"""The places where carts are kept: each test of what all promise runs on each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from cart.memory_carts import MemoryCarts
from cart.rules import CartRules
from cart.store import CartStore
from tests.cart.places import redis_carts
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
