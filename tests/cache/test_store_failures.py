"""Redis killed, frozen, restarted, never there: no error leaves a store, answers go on, and it recovers by itself."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from uuid import uuid4

from adapters.patience import Patience
from cache.events import StoreEvent
from cache.redis_store import RedisStore
from tests.support.stores import entry, put, redis_store
from tests.support.valkey import Valkey, free_port
from tests.support.waiting import until


class Traffic:
    """Readers and writers that never pause. Any exception ends the test."""

    def __init__(self, *stores: RedisStore) -> None:
        self.answers = 0
        self.slowest = 0.0
        self._stop = False
        self._tasks = [asyncio.create_task(self._ask(store, f"k{index}")) for store in stores for index in range(8)]

    async def _ask(self, store: RedisStore, key: str) -> None:
        while not self._stop:
            began = time.monotonic()
            found = await store.get(key)
            store.peek(key)
            async with store.lease(key, 1) as mine:
                if mine and (found is None or found.invalidated):
                    await store.put(key, entry(b"1", "a", key), await store.ticket())
            self.answers += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            await asyncio.sleep(0.001)

    async def stop(self) -> None:
        self._stop = True
        await asyncio.gather(*self._tasks)


async def test_killed_under_use_and_started_again(own_valkey: Valkey) -> None:
    options = {"read_seconds": 0.05, "write_seconds": 0.25, "pause": 0.3, "trust": 0.5}
    async with (
        redis_store(own_valkey.url, "killed", **options) as one,
        redis_store(own_valkey.url, "killed", **options) as two,
    ):
        traffic = Traffic(one, two)
        await asyncio.sleep(0.3)
        own_valkey.kill()
        await until(lambda: one.away and two.away and not one.listening and not two.listening)
        assert await one.get("k1") is None
        assert await one.ticket() is None
        assert not await one.put("k1", entry(), None)
        assert not await one.invalidate(["a"])
        async with one.lease("k1", 1) as mine:
            assert mine
        before = traffic.answers
        round_trips = one.round_trips
        began = time.monotonic()
        await asyncio.sleep(1)
        await until(lambda: traffic.answers - before > 50)
        # left alone: no more than a try now and then
        assert one.round_trips - round_trips <= 3 + (time.monotonic() - began) / options["pause"]
        own_valkey.start()
        await until(lambda: one.listening and two.listening)
        await asyncio.sleep(0.2)
        assert await put(one, "back", entry(b"2", "b"))
        found = await two.get("back")
        assert found is not None
        assert found.body == b"2"
        assert await two.invalidate(["b"])
        found = await one.get("back")
        assert found is not None
        assert found.invalidated
        await traffic.stop()


async def test_a_dead_redis_costs_nothing() -> None:
    store = RedisStore(f"redis://127.0.0.1:{free_port()}", pause=60)
    try:
        assert await store.get("k") is None
        tried = store.round_trips
        for _ in range(1000):
            assert await store.get("k") is None
            assert store.peek("k") is None
        assert await store.get_many(["a", "b"]) == [None, None]
        assert await store.ticket() is None
        assert await store.read("value") is None
        assert not await store.write("value", b"1", 60)
        assert store.round_trips == tried
    finally:
        await store.close()


async def test_restarted_with_its_data(durable_valkey: Valkey) -> None:
    """The last invalidations may be missing in what it starts from: entries of before serve errors only."""
    async with redis_store(durable_valkey.url, "durable", trust=0.4) as one:
        await put(one, "k", entry(b"1", "a"))
        ticket = await one.ticket()
        durable_valkey.kill()
        await until(lambda: not one.listening)
        durable_valkey.start()
        await until(lambda: one.listening)
        found = await one.get("k")
        assert found is not None
        assert (found.body, found.invalidated) == (b"1", True)
        assert found.serves_errors(time.time())
        assert not await one.put("k", entry(b"old", "a"), ticket)
        assert await put(one, "k", entry(b"2", "a"))
        async with redis_store(durable_valkey.url, "durable", trust=0.4) as two:
            found = await two.get("k")
            assert found is not None
            assert (found.body, found.invalidated) == (b"2", False)


async def test_restarted_between_two_reads(durable_valkey: Valkey) -> None:
    """The first command after the restart notices, whether or not the subscription has."""
    async with redis_store(durable_valkey.url, "between", trust=0.4, pause=0) as store:
        await put(store, "k", entry(b"1", "a"))
        store.local.clear()
        durable_valkey.kill()
        durable_valkey.start()
        for _ in range(3):
            found = await store.get("k")
            assert found is None or found.invalidated
        await until(lambda: store.listening)
        found = await store.get("k")
        assert found is not None
        assert found.invalidated


async def test_a_frozen_redis_delays_nobody_for_long(own_valkey: Valkey) -> None:
    events: list[StoreEvent] = []
    options = {"read_seconds": 0.05, "write_seconds": 0.25, "pause": 0.3, "trust": 0.3}
    async with redis_store(own_valkey.url, "frozen", on_event=events.append, **options) as store:
        await put(store, "k", entry(b"1", "a"))
        store.local.clear()
        own_valkey.run("CLIENT", "PAUSE", 3000, "ALL")
        async with Patience(2.5):  # Redis answers again after 3
            assert await store.get("k") is None
            await asyncio.gather(*(store.get("k") for _ in range(100)))
        assert store.away
        assert events.count("redis_error") >= 1
        await asyncio.sleep(1.5)
        await until(lambda: store.listening)
        found = await store.get("k")
        assert found is not None
        assert found.body == b"1"


async def test_invalidated_while_redis_was_away(own_valkey: Valkey) -> None:
    """It is in force here at once, and everywhere as soon as Redis answers again."""
    async with (
        redis_store(own_valkey.url, "away", write_seconds=0.2, read_seconds=0.2, trust=0.4) as one,
        redis_store(own_valkey.url, "away", trust=0.4) as two,
    ):
        await put(one, "k", entry(b"1", "a"))
        await two.get("k")
        own_valkey.run("CLIENT", "PAUSE", 1200, "WRITE")
        assert not await one.invalidate(["a"])
        found = one.peek("k")
        assert found is None or found.invalidated
        found = await one.get("k")  # reading works: it is marked by what this process knows
        assert found is None or found.invalidated
        assert await one.ticket() is None
        await asyncio.sleep(1.2)
        await until(lambda: one.listening)
        await until(one.ticket)
        found = await two.get("k")
        assert found is not None
        assert found.invalidated


async def test_very_much_invalidated_while_redis_was_away(own_valkey: Valkey) -> None:
    async with (
        redis_store(own_valkey.url, "very", write_seconds=0.2, trust=0.4) as one,
        redis_store(own_valkey.url, "very", trust=0.4) as two,
    ):
        await put(two, "k", entry(b"1", "unrelated"))
        own_valkey.run("CLIENT", "PAUSE", 800, "WRITE")
        assert not await one.invalidate([f"tag:{index}" for index in range(20_000)])
        await asyncio.sleep(0.8)
        await until(lambda: one.invalidate(["one more"]))
        found = await two.get("k")
        assert found is not None
        assert found.invalidated  # all that was stored before counts as invalidated
        await until(lambda: one.listening and two.listening)
        assert await put(two, "k", entry(b"2", "unrelated"))
        found = await one.get("k")
        assert found is not None
        assert not found.invalidated


async def test_bytes_of_another_version_are_not_read(valkey: Valkey) -> None:
    namespace = f"version-{uuid4().hex[:8]}"
    async with redis_store(valkey.url, namespace) as store:
        for data in (b"", b"x", b"\x00\xff" + bytes(200)):
            client = valkey.client()
            client.set(f"{{{namespace}}}:e:k", data)
            client.close()
            assert await store.get("k") is None
            assert await store.get_many(["k"]) == [None]


async def test_a_redis_that_refuses(own_valkey: Valkey) -> None:
    """Full, for example: what cannot be kept is not kept, everything else goes on."""
    async with redis_store(own_valkey.url, "full") as store:
        await put(store, "k", entry(b"1", "a"))
        own_valkey.run("CONFIG", "SET", "maxmemory", "1")
        assert not await store.put("l", entry(b"2" * 1000, "a"), await store.ticket())
        assert not store.away
        found = await store.get("k")
        assert found is not None
        assert await store.invalidate(["a"]) in {True, False}
        found = await store.get("k")
        assert found is None or found.invalidated


async def test_cancelled_callers(own_valkey: Valkey) -> None:
    async with redis_store(own_valkey.url, "cancelled") as store:
        await put(store, "k", entry(b"1", "a"))
        store.local.clear()
        for wait in (0, 0.0001, 0.0003, 0.001, 0.002):
            tasks = [asyncio.create_task(store.get("k")) for _ in range(20)]
            await asyncio.sleep(wait)
            for task in tasks[::2]:
                task.cancel()
            for task in tasks[1::2]:
                found = await task
                assert found is not None
                assert found.body == b"1"
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
            store.local.clear()
        assert not store.away
