"""Shops with carts, each over an Odoo that its test may change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.cart.over_http import carts_shop
from tests.identity.wired import Shop
from tests.support.doubles import DoubleOf


@pytest_asyncio.fixture(params=["10.0", "14.0", "19.0"])
async def shop(request: pytest.FixtureRequest, own_double: DoubleOf) -> AsyncIterator[Shop]:
    async with carts_shop(own_double(request.param)) as found:
        yield found


@pytest_asyncio.fixture
async def one_shop(own_double: DoubleOf) -> AsyncIterator[Shop]:
    """Where the version does not matter."""
    async with carts_shop(own_double("14.0")) as found:
        yield found
