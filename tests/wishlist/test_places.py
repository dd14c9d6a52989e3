"""Where wishlists are kept: every place promises the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cart.memory_wishlists import MemoryWishlists
from cart.redis_wishlists import RedisWishlists
from cart.wishlists import WishlistStore, merge
from tests.cart.places import customer, guest, redis_carts
from tests.support.valkey import Valkey

PLACES = ["memory", "redis"]


@asynccontextmanager
async def place(name: str, valkey: Valkey, most: int = 500) -> AsyncIterator[WishlistStore]:
    if name == "memory":
        yield MemoryWishlists(most=most)
        return
    async with redis_carts(valkey.url) as carts:
        yield RedisWishlists(carts, most=most)


@pytest.mark.parametrize("name", PLACES)
async def test_a_variant_is_wished_for_once(name: str, valkey: Valkey) -> None:
    async with place(name, valkey) as store:
        own, other = customer(), customer()
        assert await store.add(own, [7, 3]) == "added"
        assert await store.add(own, [3]) == "known"
        assert await store.add(other, [3]) == "added"
        await store.remove(own, [7, 99])
        assert await store.add(own, [7]) == "added"
        assert (await store.read(own)).variants == (3, 7)
        assert (await store.read(other)).variants == (3,)
        assert (await store.read(guest())).variants == ()


@pytest.mark.parametrize("name", PLACES)
async def test_a_list_is_bounded(name: str, valkey: Valkey) -> None:
    async with place(name, valkey, most=2) as store:
        own = customer()
        assert await store.add(own, [1, 2, 3]) == "full"
        assert await store.add(own, [2]) == "known"
        # what has no room is not taken for struck out, else it would be taken from Odoo
        found = await store.take_in(own, 0, [1, 9])
        assert found is not None
        assert list(found.variants) == [1, 2]
        assert found.odoo == {1}


@pytest.mark.parametrize("name", PLACES)
async def test_what_changed_in_odoo_since_the_last_look_counts(name: str, valkey: Valkey) -> None:
    async with place(name, valkey) as store:
        own = customer()
        await store.add(own, [1, 2])
        first = await store.take_in(own, 0, [5])
        assert first is not None
        assert list(first.variants) == [1, 2, 5]
        assert (first.odoo, first.revision) == (frozenset({5}), 1)
        assert await store.take_in(own, 0, []) is None, "somebody else was faster"
        await store.brought(own, [1, 2], [])
        await store.remove(own, [1])
        # 5 was struck out in Odoo, 8 came; 1 was struck out here, and does not come back
        last = await store.take_in(own, 2, [1, 2, 8])
        assert last is not None
        assert list(last.variants) == [2, 8]
        assert last.odoo == {1, 2, 8}
        await store.brought(own, [], [1])
        assert (await store.read(own)).odoo == {2, 8}


@pytest.mark.parametrize("name", PLACES)
async def test_who_signs_in_takes_it_along(name: str, valkey: Valkey) -> None:
    async with place(name, valkey) as store:
        before, after = guest(), customer()
        await store.add(after, [2])
        await store.add(before, [1, 2])
        for _ in range(2):
            await merge(store, before, after)
            assert (await store.read(after)).variants == (2, 1)
            assert (await store.read(before)).variants == ()
