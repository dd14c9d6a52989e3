"""A shop with roles over the generated wholesale shop, in which something was ordered already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.adapters.customers import VERSIONS
from tests.cart.over_http import carts_shop
from tests.identity.wired import ROLES, Shop
from tests.support.doubles import DoubleOf, generated, one_each


@pytest.fixture(scope="module")
def odoo() -> Iterator[DoubleOf]:
    """``odoo(version)``: one for the tests of a module, which order in it."""
    with one_each(generated) as servers:
        yield servers


@pytest_asyncio.fixture(params=VERSIONS)
async def shop(request: pytest.FixtureRequest, odoo: DoubleOf) -> AsyncIterator[Shop]:
    """Of each version, as those see it whom the example's roles are for."""
    async with carts_shop(odoo(request.param), roles_file=ROLES) as found:
        yield found


@pytest_asyncio.fixture
async def one_shop(odoo: DoubleOf) -> AsyncIterator[Shop]:
    """The same where the version does not matter."""
    async with carts_shop(odoo("14.0"), roles_file=ROLES) as found:
        yield found
