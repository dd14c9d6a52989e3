"""A Redis that is full: what it may drop, and what then happens. As the operations manual tells it."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from cache.redis_store import RedisStore
from cache.store import Entry
from tests.support.stores import listens
from tests.support.valkey import Valkey, running_valkey
from tests.support.waiting import until

ROOM = 4 * 1024 * 1024


@contextmanager
def full(policy: str) -> Iterator[Valkey]:
    with running_valkey({"maxmemory-policy": policy}) as valkey:
        used = int(valkey.run("INFO", "memory")["used_memory"])
        valkey.run("CONFIG", "SET", "maxmemory", used + ROOM)
        yield valkey


@asynccontextmanager
async def store_on(valkey: Valkey, namespace: str) -> AsyncIterator[RedisStore]:
    store = RedisStore(valkey.url, namespace, local_bytes=0, read_seconds=1.0, write_seconds=1.0)
    try:
        await until(partial(listens, store))
        yield store
    finally:
        await store.close()


def entry(tag: str, size: int = 10) -> Entry:
    now = time.time()
    return Entry(os.urandom(size), frozenset({tag}), now, now + 600, now + 600, now + 600)


def fresh_namespace() -> str:
    return f"test-{uuid4().hex[:8]}"


async def _fill(store: RedisStore, count: int) -> int:
    """Put entries of 8 kB each, more than there is room for; how many were taken."""
    return sum([await store.put(f"filling:{n}", entry("filling", 8192), await store.ticket()) for n in range(count)])


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-ttl"])
async def test_entries_make_room_and_invalidations_still_reach_all(policy: str) -> None:
    with full(policy) as valkey:
        async with store_on(valkey, namespace := fresh_namespace()) as one, store_on(valkey, namespace) as other:
            epoch = valkey.run("HGET", one._names.state, "epoch")
            assert await _fill(one, 1200) == 1200
            assert int(valkey.run("INFO", "stats")["evicted_keys"]) > 300
            assert await one.put("last", entry("tag"), await one.ticket())
            found = await other.get("last")
            assert found is not None
            assert await other.invalidate({"tag", "filling"})
            for key in ("last", "filling:1199", "filling:1100"):
                wrong = await one.get(key)
                assert wrong is None or wrong.invalidated
            assert valkey.run("HGET", one._names.state, "epoch") == epoch
            assert {b"state", b"marks"} <= {key.rpartition(b":")[2] for key in valkey.run("KEYS", "*")}


async def test_without_eviction_nothing_can_be_kept_nor_invalidated() -> None:
    """Not even a change can be told to the others: why the manual says not to."""
    with full("noeviction") as valkey:
        async with store_on(valkey, fresh_namespace()) as store:
            assert 200 < await _fill(store, 700) < 600
            valkey.run("CONFIG", "SET", "maxmemory", int(valkey.run("INFO", "memory")["used_memory"]) - ROOM // 4)
            assert not await store.invalidate({"filling"})
            valkey.run("CONFIG", "SET", "maxmemory", 0)
            await until(lambda: store.invalidate({"filling"}))
            found = await store.get("filling:1")
            assert found is None or found.invalidated


@pytest.mark.parametrize("key", ["state", "marks"])
async def test_where_the_bookkeeping_is_dropped_all_begins_anew(valkey: Valkey, key: str) -> None:
    """What was stored before is known to be of no use, and nothing is stored that was computed before."""
    async with store_on(valkey, namespace := fresh_namespace()) as store:
        assert await store.put("before", entry("tag"), await store.ticket())
        ticket = await store.ticket()
        valkey.run("DEL", getattr(store._names, key))
        await store.invalidate({"another"})
        found = await store.get("before")
        assert found is None or found.invalidated
        assert not await store.put("late", entry("tag"), ticket)
        async with store_on(valkey, namespace) as newcomer:
            found = await newcomer.get("before")
            assert found is None or found.invalidated

        async def works() -> bool:
            return await store.put("after", entry("tag"), await store.ticket())

        await until(works)
        assert await store.get("after") is not None


async def test_where_the_entries_of_a_tag_are_dropped_a_change_does_not_reach_them(valkey: Valkey) -> None:
    """The one loss that costs more than work, and why the manual forbids `allkeys-*`."""
    async with store_on(valkey, fresh_namespace()) as store:
        for key in ("one", "other"):
            assert await store.put(key, entry(key), await store.ticket())
        valkey.run("DEL", store._names.tag_prefix + "one")
        await store.invalidate({"one", "other"})
        one, other = await store.get("one"), await store.get("other")
        assert one is not None
        assert other is not None
        assert (one.invalidated, other.invalidated) == (False, True)


@pytest.mark.parametrize(
    ("policy", "warned"), [("allkeys-lru", True), ("allkeys-random", True), ("volatile-lru", False)]
)
async def test_a_policy_that_may_drop_the_bookkeeping_is_warned_of(policy: str, warned: bool) -> None:
    with full(policy) as valkey, capture_logs() as logs:
        async with store_on(valkey, fresh_namespace()):
            pass
    assert any(line["event"] == "redis.eviction_policy" for line in logs) == warned
