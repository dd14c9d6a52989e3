"""Odoo away, Redis away, midnight: what a warm shop answers then."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from cache.tags import EVERYTHING
from demo.double import Double
from demo.wholesale import generate
from resolvers.context import RequestContext, Services
from tests.records.kinds import PAGE, probes
from tests.support.doubles import VERSIONS
from tests.support.processes import NOON, Clock, Process, fresh_namespace, process
from tests.support.valkey import Valkey, running_valkey
from tests.support.waiting import PATIENCE, until

PRICE = "{ product(id: 5) { combinationInfo unitPrice { price { amount } } } }"


def shop_of(version: str = "14.0") -> Double:
    return Double(generate(version, products=40, pricelists=4))


async def dependencies_of(shop: Process, product_id: int) -> Any:
    services: Services = shop.app.state.services
    context = RequestContext(services)
    view = await context.view()
    product = await view.product(product_id)
    assert product is not None
    await view.rules(product)
    return context.dependencies


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_warm_shop_answers_while_odoo_is_away(valkey: Valkey, version: str) -> None:
    double, namespace = shop_of(version), fresh_namespace()
    async with process(double, valkey.url, namespace) as one, process(double, valkey.url, namespace) as other:
        before = await one.ask_all(probes())
        assert await other.ask_all(probes()) == before
        one.wire.cut = other.wire.cut = True
        assert await one.ask_all(probes()) == before
        assert not (await dependencies_of(one, 5)).stale
        await one.store.invalidate(EVERYTHING)  # nothing is fresh any more, and nothing better can be had
        assert await one.ask_all(probes()) == before
        assert await other.ask_all(probes()) == before
        found = await dependencies_of(one, 5)
        assert found.stale
        assert not found.keepable
        unknown = await one.client.graphql("{ product(id: 999999) { id } }")
        assert (unknown.status, unknown.codes) == (503, ["ERP_UNAVAILABLE"])
        double.write("product.template", [5], {"name": "Back again"})
        one.wire.cut = other.wire.cut = False
        await asyncio.sleep(1.1)  # the small tables are tried again after a pause
        await one.feed.poll()
        for shop in (one, other):
            assert (await shop.ask(PAGE % 5))["product"]["name"] == "Back again"
        assert (await dependencies_of(one, 5)).keepable


async def test_a_slow_odoo_does_not_hold_up_what_is_known(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    async with process(shop_of(), valkey.url, fresh_namespace()) as shop:
        before = await shop.ask(PAGE % 5)
        services: Services = shop.app.state.services
        monkeypatch.setattr(services.records, "_patience", 0.2)
        call, answering = shop.wire.call, asyncio.Event()

        async def slow(*arguments: Any, **named: Any) -> Any:
            await answering.wait()
            return await call(*arguments, **named)

        monkeypatch.setattr(shop.wire, "call", slow)
        await shop.store.invalidate({"product:*", "price:*", "stock:*"})
        async with asyncio.timeout(PATIENCE):
            assert await shop.ask(PAGE % 5) == before
        answering.set()


async def test_without_redis_answers_come_from_odoo() -> None:
    with running_valkey() as own:
        async with process(shop_of(), own.url, fresh_namespace()) as shop:
            before = await shop.ask_all(probes())
            own.kill()
            await until(lambda: not shop.store.listening)
            assert await shop.ask_all(probes()) == before
            assert not (await dependencies_of(shop, 5)).keepable
            own.start()
            await asyncio.sleep(2.5)
            assert await shop.ask_all(probes()) == before
            with shop.counted() as counted:
                assert await shop.ask_all(probes()) == before
            assert counted.calls == []
            assert (await dependencies_of(shop, 5)).keepable


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_rule_that_begins_at_midnight_is_in_force_at_midnight(valkey: Valkey, version: str) -> None:
    """Nothing is written in Odoo at midnight, and nothing is asked of it."""
    double, clock = shop_of(version), Clock(NOON)
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    day = midnight.strftime("%Y-%m-%d" if version == "10.0" else "%Y-%m-%d %H:%M:%S")
    values = {"applied_on": "1_product", "product_tmpl_id": 5, "compute_price": "fixed", "fixed_price": 0.5}
    double.create("product.pricelist.item", {"pricelist_id": 1, "date_start": day, "date_end": day, **values})
    async with process(double, valkey.url, fresh_namespace(), clock=clock) as shop:
        clock.now = midnight - timedelta(seconds=0.5)
        before = await shop.ask(PRICE)
        assert (await dependencies_of(shop, 5)).valid_until == midnight
        shop.wire.cut = True
        clock.now = midnight - timedelta(microseconds=1)
        assert await shop.ask(PRICE) == before
        await asyncio.sleep(0.5)  # the finished answer ends by the time on the wall
        clock.now = midnight
        found = await shop.ask(PRICE)
        assert found != before
        assert found["product"]["unitPrice"]["price"]["amount"] in {"0.50", "0.5", 0.5}
        over = (await dependencies_of(shop, 5)).valid_until
        assert over == (midnight + timedelta(days=1) if version == "10.0" else midnight + timedelta(microseconds=1))
        await shop.store.invalidate({"price:5"})  # the rule of 10.0 is in force for a day
        clock.now = over
        assert await shop.ask(PRICE) == before


async def test_redis_killed_under_load_costs_no_request() -> None:
    """It is killed, frozen and started again while two processes are busy with warm and new pages."""
    pages = [*probes(), *(PAGE % product for product in range(1, 20))]
    statuses: Counter[int] = Counter()
    over = asyncio.Event()
    with running_valkey() as own:
        namespace, double = fresh_namespace(), shop_of()
        async with process(double, own.url, namespace) as one, process(double, own.url, namespace) as other:

            async def customer(shop: Process, seed: int) -> None:
                choice = random.Random(seed)  # noqa: S311  # repeatable, no secret
                while not over.is_set():
                    # some are worded as nobody has before: these have to be made
                    words = f"query Q{choice.randrange(10**9)} " if choice.random() < 0.2 else ""
                    answer = await shop.client.graphql(words + choice.choice(pages))
                    statuses[answer.status] += 1
                    await asyncio.sleep(0.001)

            customers = [asyncio.create_task(customer(shop, seed)) for seed in range(8) for shop in (one, other)]

            async def busy(seconds: float) -> None:
                """For so long, and until there were answers: a machine may stand still."""
                before = statuses.total()
                await asyncio.sleep(seconds)
                await until(lambda: statuses.total() > before)

            await busy(1)
            own.kill()
            await busy(2)
            own.start()
            await busy(3)
            over.set()
            await asyncio.gather(*customers)
            assert set(statuses) == {200}, statuses
            await until(lambda: one.store.listening and other.store.listening)
            await one.ask(PAGE % 5)
            await other.store.ticket()
            with other.counted() as counted:
                await other.ask(PAGE % 5)
            assert counted.calls == [], "what one process keeps the other finds again"
