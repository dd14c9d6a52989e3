"""Races between computing, storing, fetching and invalidating, each made to happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.patience import Patience
from cache.redis_store import RedisStore
from tests.support.stores import entry, put, redis_store
from tests.support.valkey import Gate, Valkey
from tests.support.waiting import PATIENCE, until


class Shop:
    """Two stores of one namespace; ``far`` is behind the gate. An invalidation waits for ``trust`` seconds at most."""

    trust = 0.4

    def __init__(self, gate: Gate, near: RedisStore, far: RedisStore, namespace: str) -> None:
        self.gate = gate
        self.near = near
        self.far = far
        self.prefix = f"{{{namespace}}}:"


@pytest_asyncio.fixture
async def shop(valkey: Valkey) -> AsyncIterator[Shop]:
    namespace = f"race-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(Gate(valkey.port))
        near = await stack.enter_async_context(redis_store(valkey.url, namespace, trust=Shop.trust))
        far = await stack.enter_async_context(redis_store(gate.url, namespace, trust=Shop.trust))
        yield Shop(gate, near, far, namespace)


def kept_as_good(store: RedisStore, key: str) -> bool:
    """Does the process itself hold the entry, and would serve it? Whatever it trusts by now."""
    found = store.local.peek(key)
    return found is not None and not found.invalidated


async def test_put_then_invalidation(shop: Shop) -> None:
    assert await put(shop.far, "k", entry(b"1", "a"))
    assert kept_as_good(shop.far, "k")
    await shop.near.invalidate(["a"])
    # no waiting: by the time the invalidation is done, the other process knows
    assert not kept_as_good(shop.far, "k")
    found = await shop.near.get("k")
    assert found is not None
    assert found.invalidated


async def test_invalidation_then_put(shop: Shop) -> None:
    ticket = await shop.far.ticket()
    await shop.near.invalidate(["a"])
    assert not await shop.far.put("k", entry(b"1", "a"), ticket)
    assert await shop.near.get("k") is None
    assert shop.far.local.peek("k") is None


async def test_invalidation_between_the_put_and_its_answer(shop: Shop) -> None:
    """Redis accepts the entry, then it is invalidated, and only then the process hears that it was accepted."""
    ticket = await shop.far.ticket()
    shop.gate.hold("commands", b"*1\r\n:1\r\n")
    putting = asyncio.create_task(shop.far.put("k", entry(b"1", "a"), ticket))
    await shop.gate.holds("commands", b"*1\r\n:1\r\n")
    await shop.near.invalidate(["a"])
    shop.gate.release("commands")
    assert await putting
    assert not kept_as_good(shop.far, "k")
    found = await shop.far.get("k")
    assert found is not None
    assert found.invalidated


async def test_invalidation_between_the_fetch_and_its_answer(shop: Shop) -> None:
    await put(shop.near, "k", entry(b"a good answer", "a"))
    shop.gate.hold("commands", b"a good answer")
    getting = asyncio.create_task(shop.far.get("k"))
    await shop.gate.holds("commands", b"a good answer")
    await shop.near.invalidate(["a"])
    shop.gate.release("commands")
    found = await getting
    assert found is not None
    assert found.invalidated
    assert not kept_as_good(shop.far, "k")


async def test_invalidation_of_something_else_between_the_fetch_and_its_answer(shop: Shop) -> None:
    await put(shop.near, "k", entry(b"a good answer", "a"))
    shop.gate.hold("commands", b"a good answer")
    getting = asyncio.create_task(shop.far.get("k"))
    await shop.gate.holds("commands", b"a good answer")
    await shop.near.invalidate(["b"])
    shop.gate.release("commands")
    found = await getting
    assert found is not None
    assert not found.invalidated
    assert kept_as_good(shop.far, "k")


async def test_an_invalidation_missed_between_the_fetch_and_its_answer(shop: Shop) -> None:
    """The subscription breaks, the entry is invalidated, the subscription is back; then comes what was fetched."""
    await put(shop.near, "k", entry(b"a good answer", "a"))
    shop.gate.hold("commands", b"a good answer")
    getting = asyncio.create_task(shop.far.get("k"))
    await shop.gate.holds("commands", b"a good answer")
    shop.gate.cut("subscription")
    await shop.near.invalidate(["a"])
    shop.gate.release("commands")
    found = await getting
    await until(lambda: shop.far.listening)
    assert not kept_as_good(shop.far, "k")
    again = await shop.far.get("k")
    assert again is not None
    assert again.invalidated
    assert found is not None  # the read began before the invalidation: it may have been either


async def test_a_fetched_entry_renewed_before_the_announcement_comes(shop: Shop) -> None:
    """The announcement of an invalidation comes after the answer that was computed since: that one stays good."""
    shop.gate.hold("subscription")
    await shop.near.invalidate(["a"])
    await put(shop.near, "k", entry(b"new", "a"))
    found = await shop.far.get("k")
    assert found is not None
    assert found.body == b"new"
    assert not found.invalidated
    shop.gate.release("subscription")
    await until(lambda: shop.far.listening)
    await shop.far.get("k")
    assert kept_as_good(shop.far, "k")


async def test_a_process_that_does_not_hear_serves_nothing_of_its_own(shop: Shop) -> None:
    await put(shop.near, "k", entry(b"1", "a"))
    await shop.far.get("k")
    assert shop.far.peek("k") is not None
    shop.gate.hold("subscription")
    async with asyncio.timeout(PATIENCE):
        assert await shop.near.invalidate(["a"])
    assert kept_as_good(shop.far, "k")  # it does not know yet
    assert shop.far.peek("k") is None  # but no longer trusts what it holds
    found = await shop.far.get("k")
    assert found is not None
    assert found.invalidated
    shop.gate.release("subscription")
    await until(lambda: shop.far.listening)
    held = shop.far.peek("k")
    assert held is None or held.invalidated


async def test_a_ticket_does_not_know_more_than_what_the_process_holds(shop: Shop) -> None:
    """Own invalidations have higher numbers than those of others that were not heard yet."""
    await put(shop.far, "record", entry(b"1", "a"))
    shop.gate.hold("subscription")
    theirs = asyncio.create_task(shop.near.invalidate(["a"]))
    await shop.gate.holds("subscription", b"\na")
    own = asyncio.create_task(shop.far.invalidate(["b"]))
    await shop.gate.holds("subscription", b"\nb")
    await asyncio.sleep(0.02)
    ticket = await shop.far.ticket()
    record = shop.far.peek("record")
    assert record is not None
    assert not record.invalidated  # that it is wrong was not heard yet, and that is not in force yet
    assert not theirs.done()
    # so a page computed from it must not be kept
    assert not await shop.far.put("page", entry(record.body, "a", "b"), ticket)
    shop.gate.release("subscription")
    assert await theirs
    assert await own
    assert await put(shop.far, "page", entry(b"2", "a", "b"))


async def test_a_number_that_comes_before_the_announcement(shop: Shop) -> None:
    """Who asks Redis for the number, and finds it higher than what was heard, has missed something."""
    await put(shop.far, "record", entry(b"1", "a"))
    told: list[frozenset[str]] = []
    shop.far.on_invalidated(told.append)
    shop.gate.hold("subscription")
    await shop.near.invalidate(["a"])
    await until(lambda: not shop.far.listening)
    ticket = await shop.far.ticket()
    assert ticket == await shop.near.ticket()
    assert set(told) == {frozenset()}
    assert not kept_as_good(shop.far, "record")


async def test_numbers_of_another_epoch_do_not_vouch_for_an_entry(own_valkey: Valkey) -> None:
    """A process that has not noticed that Redis was emptied knows high numbers, and fetches a new entry."""
    async with (
        Gate(own_valkey.port) as gate,
        redis_store(own_valkey.url, "vouch", trust=0.4) as near,
        redis_store(gate.url, "vouch", trust=0.4) as far,
    ):
        for _ in range(5):
            await near.invalidate(["z"])
        await far.get_many(["k", "l"])  # warm connections
        gate.hold("commands", b"a new answer")
        own_valkey.run("FLUSHALL")
        await near.ticket()
        await until(lambda: put(near, "k", entry(b"a new answer", "a")), every=0.001)
        getting = asyncio.create_task(far.get("k"))
        await gate.holds("commands", b"a new answer")
        await asyncio.sleep(0.3)  # meanwhile its beats tell it of the new epoch
        await until(lambda: far.listening)
        gate.release("commands")
        await getting
        await near.invalidate(["a"])
        held = far.peek("k")
        assert held is None or held.invalidated


async def test_an_emptied_redis_does_not_know_who_listens(own_valkey: Valkey) -> None:
    async with (
        Gate(own_valkey.port) as gate,
        redis_store(own_valkey.url, "forgot", trust=0.4) as near,
        redis_store(gate.url, "forgot", trust=0.4) as far,
    ):
        await put(far, "k", entry(b"1", "a"))
        await asyncio.sleep(0.5)  # the epoch is no longer new
        gate.hold("subscription")
        gate.hold("commands")
        own_valkey.run("FLUSHALL")
        await near.invalidate(["a"])
        held = far.peek("k")
        assert held is None or held.invalidated
        gate.release("subscription")
        gate.release("commands")


async def test_a_restart_that_the_subscription_has_not_noticed(durable_valkey: Valkey) -> None:
    async with Gate(durable_valkey.port) as gate, redis_store(gate.url, "unnoticed", trust=0.4) as store:
        await put(store, "k", entry(b"1", "a"))
        store.local.clear()
        gate.hold("subscription")
        durable_valkey.kill()
        durable_valkey.start()
        found = await until(lambda: store.get("k"), every=0.001)
        assert found.invalidated
        gate.release("subscription")


async def test_many_invalidations_while_one_process_is_silent(shop: Shop) -> None:
    """They wait together, not one after the other."""
    shop.gate.hold("subscription")
    async with Patience(25 * Shop.trust):
        assert all(await asyncio.gather(*(shop.near.invalidate([f"tag:{index}"]) for index in range(50))))


async def test_an_invalidation_whose_answer_is_lost_is_told_again(shop: Shop) -> None:
    await put(shop.near, "k", entry(b"1", "a"))
    await put(shop.far, "mine", entry(b"1", "b"))
    hasty = RedisStore(shop.gate.url, shop.prefix[1:-2], write_seconds=0.2, trust=Shop.trust, pause=0.1)
    try:
        await hasty.get("k")
        await until(lambda: hasty.listening)
        shop.gate.hold("commands")
        assert not await hasty.invalidate(["a"])
        held = hasty.local.peek("k")
        assert held is None or held.invalidated
        assert await hasty.ticket() is None
        shop.gate.release("commands")
        # a ticket given before the process has heard its own announcement does not count yet
        await until(lambda: put(hasty, "k", entry(b"2", "a")))
        found = await shop.near.get("k")
        assert found is not None
        assert (found.body, found.invalidated) == (b"2", False)
    finally:
        shop.gate.release("commands")
        await hasty.close()


async def test_losing_the_subscription_empties_the_local_tier(own_valkey: Valkey) -> None:
    async with redis_store(own_valkey.url, trust=0.4) as store:
        heard = store.announcements()
        await put(store, "k", entry(b"1", "a"))
        assert store.peek("k") is not None
        assert own_valkey.run("CLIENT", "KILL", "TYPE", "pubsub") == 1
        await until(lambda: len(store.local) == 0)
        assert store.peek("k") is None
        async with asyncio.timeout(PATIENCE):
            assert await anext(heard) == frozenset()
        found = await store.get("k")
        assert found is not None
        assert not found.invalidated
        await until(lambda: store.listening)
        await store.get("k")
        assert store.peek("k") is not None
        await store.invalidate(["a"])
        while True:
            async with asyncio.timeout(PATIENCE):
                if await anext(heard) == {"a"}:
                    break


@pytest.mark.parametrize("said", ["{epoch}\n999\nother\na", "fedcba9876543210\n1\nother\na", "nonsense", "\udcff"])
async def test_an_announcement_that_does_not_follow_makes_it_listen_anew(shop: Shop, valkey: Valkey, said: str) -> None:
    await put(shop.near, "k", entry(b"1", "a"))
    ticket = await shop.near.ticket()
    assert ticket is not None
    message = said.format(epoch=ticket.epoch).encode("utf-8", "surrogateescape")
    client = valkey.client()
    client.publish(shop.prefix + "said", message)
    client.close()
    await until(lambda: len(shop.near.local) == 0)
    await until(lambda: shop.near.listening)
    found = await shop.near.get("k")
    assert found is not None
    assert not found.invalidated


async def test_an_emptied_redis(own_valkey: Valkey) -> None:
    """Numbers begin anew: old tickets say nothing, and what was kept must not outlive an invalidation."""
    namespace = "emptied"
    async with (
        redis_store(own_valkey.url, namespace, trust=0.4) as one,
        redis_store(own_valkey.url, namespace, trust=0.4) as two,
    ):
        for _ in range(5):
            await one.invalidate(["z"])
        ticket = await two.ticket()
        await put(one, "k", entry(b"1", "a"))
        await two.get("k")
        own_valkey.run("FLUSHALL")
        assert not await two.put("l", entry(b"old", "b"), ticket)
        await one.invalidate(["a"])
        assert one.peek("k") is None
        assert two.peek("k") is None
        assert await two.get("k") is None
        await until(lambda: one.listening and two.listening)
        assert await put(two, "k", entry(b"2", "a"))
        assert not await two.put("l", entry(b"old", "b"), ticket)
        found = await one.get("k")
        assert found is not None
        assert found.body == b"2"


async def test_half_emptied_redis(own_valkey: Valkey) -> None:
    """A Redis that dropped one of the two keys that hold the numbers knows nothing any more."""
    for lost in ("state", "marks"):
        async with redis_store(own_valkey.url, f"half-{lost}", trust=0.4) as store:
            ticket = await store.ticket()
            await put(store, "k", entry(b"1", "a"))
            await store.invalidate(["b"])
            own_valkey.run("DEL", f"{{half-{lost}}}:{lost}")
            assert not await store.put("l", entry(b"old", "b"), ticket)
            found = await store.get("k")
            assert found is None or found.invalidated
            await until(lambda store=store: store.listening)  # type: ignore[misc]
            assert await put(store, "l", entry(b"new", "b"))


async def test_forgotten_marks_refuse_old_tickets(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.telling.MARKS", 5)
    ticket = await shop.far.ticket()
    await shop.near.invalidate(["a"])
    await shop.near.invalidate([f"tag:{index}" for index in range(5)])
    middle = await shop.far.ticket()
    await shop.near.invalidate(["tag:9"])
    # "a" is forgotten by now; so are all who might have depended on it
    assert not await shop.far.put("k", entry(b"1", "unrelated"), ticket)
    assert not await shop.far.put("k", entry(b"1", "a"), ticket)
    assert await shop.far.put("k", entry(b"1", "a"), await shop.far.ticket())
    assert middle is not None


async def test_what_is_over_does_not_pile_up(shop: Shop, valkey: Valkey) -> None:
    for index in range(10):
        short = entry(b"1", "every", f"tag:{index}", fresh=0.05, stale=0.05, error=0.05)
        await put(shop.near, f"k{index}", short)
    await asyncio.sleep(0.2)
    await put(shop.near, "last", entry(b"1", "every"))
    assert valkey.run("ZRANGE", shop.prefix + "t:every", 0, -1) == [b"last"]
    assert valkey.run("ZRANGE", shop.prefix + "tags", 0, -1) == [b"every"]
    names = {name.decode().removeprefix(shop.prefix) for name in valkey.run("KEYS", shop.prefix + "*")}
    assert names - {"listeners"} == {"state", "marks", "tags", "t:every", "e:last"}
