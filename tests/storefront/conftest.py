"""Shops that tests of the storefront share, one of each version; each test comes as a visitor of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest_asyncio

from tests.cart.over_http import carts_shop, variant_ids
from tests.identity.wired import Shop
from tests.storefront.nuxt import Visitor
from tests.support.doubles import generated


@dataclass
class At:
    """A visitor, the shop that they are at, and variants that anybody can have."""

    shop: Shop
    visitor: Visitor
    variants: list[int]

    async def filled(self) -> Any:
        told = await self.visitor("CartAddItem", products=[{"id": one, "quantity": 1} for one in self.variants])
        return told["order"]

    async def signed_in(self, place: int) -> Any:
        """As the customer of that place; each test has its own."""
        return await self.visitor("LoginMutation", email=f"VET{place}@customer.example", password=f"Secret-{place}")


Shops = Callable[[str], Awaitable[At]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shops() -> AsyncIterator[Shops]:
    """``await shops(version)``: a visitor who was never there, at a shop that all tests share."""
    found: dict[str, tuple[Shop, list[int]]] = {}
    async with AsyncExitStack() as stack:

        async def at(version: str) -> At:
            if version not in found:
                double = stack.enter_context(generated(version))
                shop = await stack.enter_async_context(carts_shop(double, guest_sessions_address=0))
                found[version] = shop, await variant_ids(shop, 2)
            shop, variants = found[version]
            return At(shop, Visitor(shop), variants)

        yield at
