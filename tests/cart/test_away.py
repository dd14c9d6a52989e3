"""A Redis that is away or slow: that is said, nothing is answered to somebody else, and it goes on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cart.model import Failure, Synced
from cart.redis_carts import RedisCarts
from cart.store import CartsUnavailableError
from tests.cart.places import add, customer, redis_carts, shown, statuses
from tests.support.valkey import Gate, Valkey

OWNER = customer()


async def test_each_method_says_that_redis_is_away(own_valkey: Valkey) -> None:
    async with redis_carts(own_valkey.url) as carts:
        cart = await carts.create(OWNER)
        own_valkey.kill()
        asked: list[Callable[[], Awaitable[Any]]] = [
            carts.check,
            lambda: carts.create(OWNER),
            lambda: carts.find(cart.id),
            lambda: carts.find_many([cart.id]),
            lambda: carts.current(OWNER, create=False),
            lambda: carts.carts_of(OWNER),
            lambda: carts.apply(cart.id, [add(1)]),
            lambda: carts.set_details(cart.id, note="x"),
            lambda: carts.clear(cart.id),
            lambda: carts.save(cart.id, "x"),
            lambda: carts.activate(cart.id, old_name="x"),
            lambda: carts.delete(cart.id),
            lambda: carts.merge(cart.id, cart.id),
            lambda: carts.begin_placing(cart.id, "t", lease_seconds=1),
            lambda: carts.finish_placing(cart.id, "t", b"x", state="placed"),
            lambda: carts.abandon_placing(cart.id, "t"),
            lambda: carts.find_placement(OWNER, "k"),
            lambda: carts.due(5),
            lambda: carts.take(cart.id, "t", 1),
            lambda: carts.synced(cart.id, "t", Synced(version=1, order_id=1, order=b"", at=0)),
            lambda: carts.failed(cart.id, "t", Failure(code="X", message="x", tries=1, at=0), 0),
            lambda: carts.release(cart.id, "t"),
            lambda: carts.dropped(cart.id, "t"),
            lambda: carts.dead_letters(5),
            lambda: carts.revive(cart.id),
            carts.counts,
        ]
        for one in asked:
            with pytest.raises(CartsUnavailableError):
                await one()
        own_valkey.start()
        await asyncio.sleep(0.2)
        assert await carts.current(OWNER, create=True) is not None


@pytest.mark.parametrize("durability", ["memory", "fsync"])
async def test_a_late_answer_is_nobody_elses(own_valkey: Valkey, durability: str) -> None:
    own_valkey.run("CONFIG", "SET", "appendfsync", "always")
    own_valkey.run("CONFIG", "SET", "appendonly", "yes")
    async with (
        Gate(own_valkey.port) as gate,
        redis_carts(gate.url, durability=durability, seconds=0.3, fsync_seconds=0.1) as carts,
    ):
        mine, theirs = await _warm(carts), await _warm(carts)
        batch = [add(1)]
        gate.hold("commands")
        with pytest.raises(CartsUnavailableError):
            await carts.apply(mine, batch)
        gate.release("commands")
        for _ in range(3):
            applied = await _patiently(lambda: carts.apply(theirs, [add(2)]))
            assert {line.variant_id for line in applied.cart.lines} == {9, 2}
        # it was made, and is not made again
        applied = await carts.apply(mine, batch)
        assert (statuses(applied.results), shown(applied.cart)) == (["DUPLICATE"], [(1, 9, "1"), (2, 1, "1")])


async def _warm(carts: RedisCarts) -> str:
    cart = await _patiently(lambda: carts.create(customer()))
    await _patiently(lambda: carts.apply(cart.id, [add(9)]))
    return str(cart.id)


async def _patiently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """On a slow machine a short time may be too short."""
    for _ in range(50):
        try:
            return await ask()
        except CartsUnavailableError:
            await asyncio.sleep(0.1)
    return await ask()
