"""Workers that bring carts to Odoo: several at once, while it is away, and with carts that cannot go."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import OdooRejectedError, OdooTimeoutError, OdooUnavailableError
from cart.model import Cart
from cart.store import CartsUnavailableError
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules
from server.metrics import Metrics
from tests.cart import syncing
from tests.cart.places import add
from tests.cart.syncing import ORDER, RULES, VERSIONS, WRITES, Call, Desk, random_transactions, wanted
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE, until


@pytest.fixture(params=["memory", "redis"])
async def desk(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Desk]:
    redis = valkey.url if request.param == "redis" else None
    async with syncing.desk("14.0", redis) as found:
        yield found


async def many(desk: Desk, count: int, rng: random.Random) -> list[Cart]:
    return [await desk.filled(*random_transactions(desk.variants, 3, rng), owner=desk.guest()) for _ in range(count)]


async def check(desk: Desk, carts: list[Cart]) -> None:
    """Each cart has one draft order, and that is equal to it."""
    for cart in carts:
        assert len(desk.rows(cart)) == 1
        assert await desk.quantities(cart) == wanted(await desk.now(cart))


async def synced(desk: Desk, carts: list[Cart]) -> bool:
    return all([(await desk.now(cart)).is_synced for cart in carts])


async def dead(desk: Desk, count: int) -> bool:
    return (await desk.carts.counts()).dead >= count


@pytest.mark.parametrize("version", VERSIONS)
async def test_workers_side_by_side_bring_each_cart_once(version: str, valkey: Valkey) -> None:
    rng = random.Random(7)  # noqa: S311
    async with syncing.desk(version, valkey.url) as desk:
        at_once: Counter[str] = Counter()
        most: Counter[str] = Counter()

        async def watch(call: Call, model: str, method: str) -> Any:
            if model != ORDER or method not in WRITES:
                return await call()
            most["writes"] = max(most["writes"], at_once["writes"] + 1)
            at_once["writes"] += 1
            try:
                await asyncio.sleep(0.002)
                return await call()
            finally:
                at_once["writes"] -= 1

        carts = await many(desk, 30, rng)
        with desk.tampered(watch):
            async with desk.working(3):
                for _ in range(120):
                    one = rng.choice(carts)
                    await desk.change(one, add(rng.choice(desk.variants), rng.choice((1, 2, 5))))
                    await asyncio.sleep(0.005)
                await desk.settled()
        await check(desk, carts)
        assert set(desk.outcomes) <= {"synced", "gone"}
        assert desk.differences == []
        assert 1 < most["writes"] <= 3 * RULES.pushes


async def test_carts_wait_while_odoo_is_away_and_go_when_it_is_back(desk: Desk) -> None:
    rng = random.Random(3)  # noqa: S311
    carts = await many(desk, 20, rng)
    async with desk.working(2):
        await desk.settled()
        desk.process.wire.cut = True
        with desk.calls() as made:
            for cart in carts:
                await desk.change(cart, add(desk.variants[5], 2))
            await asyncio.sleep(1.0)
        assert len(made) < 60  # not a call for each cart, again and again
        assert (await desk.carts.counts()).due == len(carts)
        desk.process.wire.cut = False
        await desk.settled()
    await check(desk, carts)
    assert [(await desk.now(cart)).failure for cart in carts] == [None] * len(carts)


async def test_a_poisoned_cart_blocks_no_other(desk: Desk) -> None:
    """Nor do several that are refused, or never answered."""
    carts = await many(desk, 12, random.Random(5))  # noqa: S311
    poisoned = {cart.id for cart in carts[:6]}

    def push_cart(made: Any) -> Any:
        async def pushed(cart: Any) -> Any:
            if cart.cart in poisoned:
                if cart.cart in {one.id for one in carts[:3]}:
                    raise OdooRejectedError("poison")
                await asyncio.sleep(0.1)
                raise OdooTimeoutError("it kills a worker of Odoo")
            return await made(cart)

        return pushed

    adapter: Any = await desk.services.adapter()
    adapter.push_cart = push_cart(adapter.push_cart)
    async with desk.working():
        await until(lambda: synced(desk, carts[6:]))
        # and a change of a healthy one goes on its way as ever
        changed = await desk.change(carts[-1], add(desk.variants[0]))
        await until(lambda: synced(desk, [changed]))
        await until(lambda: dead(desk, 3))
    await check(desk, carts[6:])
    found = {one.id for one in await desk.carts.dead_letters(10)}
    assert {one.id for one in carts[:3]} <= found <= poisoned


async def test_who_ends_finishes_what_is_on_its_way(one_desk: Desk) -> None:
    desk = one_desk
    cart = await desk.filled()
    worker = desk.worker()
    begun = asyncio.Event()

    async def slowly(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method in WRITES:
            begun.set()
            await asyncio.sleep(0.2)
        return await call()

    with desk.tampered(slowly):
        worker.start()
        await asyncio.wait_for(begun.wait(), PATIENCE)
        await worker.close()
    assert (await desk.now(cart)).is_synced
    assert worker.running == 0


async def test_what_does_not_end_in_time_is_given_back(one_desk: Desk) -> None:
    desk = one_desk
    cart = await desk.filled()
    worker = desk.worker(replace(RULES, grace=0.1))
    begun = asyncio.Event()

    async def never(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method in WRITES:
            begun.set()
            await asyncio.Event().wait()
        return await call()

    with desk.tampered(never):
        worker.start()
        await asyncio.wait_for(begun.wait(), PATIENCE)
        await worker.close()
    assert cart.id in await desk.carts.due(10)
    assert await desk.bring(cart) == "synced"
    assert len(desk.rows(cart)) == 1


async def test_a_long_push_keeps_its_lease(desk: Desk) -> None:
    """Nobody else gets the cart, though the push takes longer than the lease."""
    cart = await desk.filled()

    async def slowly(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method in WRITES:
            await asyncio.sleep(1.0)
        return await call()

    rules = replace(RULES, lease=1.5)
    with desk.tampered(slowly):
        async with desk.working(2, rules):
            await until(lambda: synced(desk, [cart]))
    assert desk.outcomes["synced"] == 1
    assert desk.outcomes["lost"] == 0
    assert len(desk.rows(cart)) == 1


async def test_a_worker_outlives_the_absence_of_carts(one_desk: Desk) -> None:
    desk = one_desk
    cart = await desk.filled()
    away = [True]
    kept: Any = desk.carts
    due = kept.due

    async def failing(*arguments: Any, **named: Any) -> Any:
        if away[0]:
            raise CartsUnavailableError("away on purpose")
        return await due(*arguments, **named)

    kept.due = failing
    async with desk.working():
        await asyncio.sleep(0.5)
        assert not (await desk.now(cart)).is_synced
        away[0] = False
        await desk.settled()
    assert (await desk.now(cart)).is_synced


class TestGate:
    async def test_many_who_want_to_know_ask_once(self, one_desk: Desk) -> None:
        gate = OdooGate(one_desk.services.adapter, RULES)
        with one_desk.calls() as made:
            assert await asyncio.gather(*(gate.look() for _ in range(20))) == [True] * 20
        assert len(made) == 1

    async def test_an_odoo_that_hangs_is_away(self) -> None:
        class Hanging:
            async def ping(self) -> None:
                await asyncio.Event().wait()

        async def adapter() -> Any:
            return Hanging()

        gate = OdooGate(adapter, SyncRules(ping=0.05))
        assert not await gate.look()
        assert not gate.is_open

    async def test_an_odoo_that_says_no_is_there(self) -> None:
        class Denying:
            async def ping(self) -> None:
                raise OdooRejectedError("no")

        async def adapter() -> Any:
            return Denying()

        assert await OdooGate(adapter, SyncRules()).look()

    async def test_pauses_grow_and_are_never_longer_than_said(self) -> None:
        async def adapter() -> Any:
            raise OdooUnavailableError("away")

        rules = SyncRules()
        gate = OdooGate(adapter, rules)
        longest = []
        for _ in range(12):
            await gate.look()
            longest.append(max(gate.pause for _ in range(300)))
        assert longest[0] <= 1.0
        assert longest == sorted(longest) or max(longest) <= 15.0
        assert 10.0 < longest[-1] <= 15.0
        assert all(0 < rules.retry_in(tries) <= rules.longest_retry for tries in range(100))


async def test_numbers_for_prometheus(one_desk: Desk) -> None:
    desk = one_desk
    metrics = Metrics()
    cart = await desk.filled()
    await desk.filled()
    metrics.carts.on_push("synced", 0.2)
    metrics.carts.on_push("gone", 0.1)
    metrics.carts.on_difference(3)
    with desk.failing(OdooRejectedError("no")):
        while await desk.bring(cart) != "dead":
            pass
    await metrics.carts.look(desk.carts)
    page = bytes(metrics.page().body).decode()
    assert 'headless_odoo_carts{state="due"} 1.0' in page
    assert 'headless_odoo_carts{state="dead"} 1.0' in page
    assert 'headless_odoo_cart_pushes_total{outcome="synced"} 1.0' in page
    assert "headless_odoo_cart_push_seconds_count 1.0" in page
    assert "headless_odoo_cart_differences_total 3.0" in page
    assert "headless_odoo_carts_oldest_due_seconds" in page
