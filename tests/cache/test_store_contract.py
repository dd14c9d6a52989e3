"""What every store does, with and without Redis, on one server and on a cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio

from cache.events import StoreEvent
from cache.flight import SingleFlight, computed_once
from cache.redis_store import RedisStore
from cache.solo import SoloStore
from cache.store import Entry, Store
from tests.support.stores import entry, redis_store
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE

AnyStore = SoloStore | RedisStore


class Setup:
    """A store, what it told about itself, and how often a test may look at it as another process."""

    def __init__(self, store: AnyStore, other: AnyStore, events: list[StoreEvent]) -> None:
        self.store = store
        self.other = other
        self.events = events


@pytest_asyncio.fixture(params=["solo", "tcp", "unix", "cluster"])
async def setup(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Setup]:
    events: list[StoreEvent] = []
    if request.param == "solo":
        store = SoloStore(on_event=events.append)
        yield Setup(store, store, events)
        await store.close()
        return
    urls: str | list[str] = valkey.url if request.param == "tcp" else valkey.socket_url
    if request.param == "cluster":
        urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
    namespace = f"contract-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(redis_store(urls, namespace, on_event=events.append))
        two = await stack.enter_async_context(redis_store(urls, namespace))
        events.clear()
        yield Setup(one, two, events)


async def kept(store: Store, key: str, value: Entry) -> None:
    assert await store.put(key, value, await store.ticket())


class TestStore:
    async def test_gives_back_what_was_put(self, setup: Setup) -> None:
        value = entry(b"\x00\xff" * 10_000, "product:1", "catégorie:2", fresh=10.25)
        await kept(setup.store, "key with spaces: é", value)
        assert setup.store.peek("key with spaces: é") == value
        assert await setup.store.get("key with spaces: é") == value
        assert await setup.other.get("key with spaces: é") == value
        assert setup.other.peek("key with spaces: é") == value

    async def test_an_entry_without_body_and_tags(self, setup: Setup) -> None:
        value = entry(b"")
        await kept(setup.store, "k", value)
        assert await setup.other.get("k") == value

    async def test_nothing_there(self, setup: Setup) -> None:
        assert setup.store.peek("nothing") is None
        assert await setup.store.get("nothing") is None
        assert await setup.store.get_many(["nothing", "at all"]) == [None, None]
        assert setup.events.count("miss") == 3

    async def test_put_replaces(self, setup: Setup) -> None:
        now = time.time()
        await kept(setup.store, "k", entry(b"old", at=now - 5))
        await kept(setup.store, "k", entry(b"new", at=now))
        for store in (setup.store, setup.other):
            found = await store.get("k")
            assert found is not None
            assert found.body == b"new"

    async def test_many(self, setup: Setup) -> None:
        values = {f"k{index}": entry(b"%d" % index, f"tag:{index}") for index in range(50)}
        ticket = await setup.store.ticket()
        await setup.store.put_many(values, ticket)
        before = setup.other.round_trips
        found = await setup.other.get_many([*values, "nothing", "k3"])
        assert found == [*values.values(), None, values["k3"]]
        if isinstance(setup.other, RedisStore):
            assert setup.other.round_trips - before <= 2  # and perhaps a beat

    async def test_many_are_judged_one_by_one(self, setup: Setup) -> None:
        ticket = await setup.store.ticket()
        await setup.store.invalidate(["b"])
        await setup.store.put_many({"a": entry(b"a", "a"), "b": entry(b"b", "b"), "ab": entry(b"ab", "a", "b")}, ticket)
        found = await setup.other.get_many(["a", "b", "ab"])
        assert [one is not None for one in found] == [True, False, False]

    async def test_invalidating_marks_entries_everywhere(self, setup: Setup) -> None:
        await kept(setup.store, "1", entry(b"1", "a", "b"))
        await kept(setup.store, "2", entry(b"2", "b"))
        await kept(setup.store, "3", entry(b"3", "c"))
        await setup.other.get_many(["1", "2", "3"])
        assert await setup.store.invalidate(["a", "unknown"])
        now = time.time()
        for store in (setup.store, setup.other):
            for found in (store.peek("1"), await store.get("1")):
                assert found is not None
                assert (found.invalidated, found.body, found.tags) == (True, b"1", frozenset("ab"))
                assert (found.is_fresh(now), found.is_stale(now), found.serves_errors(now)) == (False, False, True)
            for key in ("2", "3"):
                untouched = await store.get(key)
                assert untouched is not None
                assert untouched.is_fresh(now)

    async def test_a_ticket_of_before_the_invalidation_is_refused(self, setup: Setup) -> None:
        ticket = await setup.other.ticket()
        await setup.store.invalidate(["a"])
        assert not await setup.other.put("k", entry(b"old", "a", "b"), ticket)
        assert await setup.other.put("l", entry(b"other", "b"), ticket)
        assert await setup.other.get("k") is None
        await kept(setup.other, "k", entry(b"new", "a", "b"))
        found = await setup.store.get("k")
        assert found is not None
        assert (found.body, found.invalidated) == (b"new", False)

    async def test_invalidated_entries_can_be_put_anew_and_invalidated_again(self, setup: Setup) -> None:
        for round_ in range(3):
            await kept(setup.store, "k", entry(b"%d" % round_, "a"))
            found = await setup.other.get("k")
            assert found is not None
            assert (found.body, found.invalidated) == (b"%d" % round_, False)
            await setup.store.invalidate(["a"])
            for store in (setup.store, setup.other):
                found = await store.get("k")
                assert found is not None
                assert found.invalidated

    async def test_without_ticket_nothing_is_kept(self, setup: Setup) -> None:
        assert not await setup.store.put("k", entry(), None)
        await setup.store.put_many({"k": entry()}, None)
        assert await setup.store.get("k") is None
        assert setup.events.count("refused_put") == 2

    async def test_a_ticket_of_elsewhere_is_refused(self, setup: Setup) -> None:
        ticket = await setup.store.ticket()
        assert ticket is not None
        for wrong in (type(ticket)("0123456789abcdef", ticket.number), type(ticket)(ticket.epoch, ticket.number + 1)):
            assert not await setup.store.put("k", entry(), wrong)
        assert await setup.store.get("k") is None
        assert await setup.store.put("k", entry(), await setup.store.ticket())

    async def test_entries_end(self, setup: Setup) -> None:
        await kept(setup.store, "k", entry(fresh=0.1, stale=0.1, error=0.1))
        found = await setup.other.get("k")
        assert found is not None
        assert found.serves_errors(time.time())
        await asyncio.sleep(0.35)
        for store in (setup.store, setup.other):
            assert store.peek("k") is None
            assert await store.get("k") is None
        assert not await setup.store.put("k", entry(at=time.time() - 10_000), await setup.store.ticket())

    async def test_tags_must_be_words(self, setup: Setup) -> None:
        for wrong in ("", "two\nlines"):
            with pytest.raises(ValueError, match="not a tag"):
                await setup.store.put("k", entry(b"", wrong), await setup.store.ticket())
            with pytest.raises(ValueError, match="not a tag"):
                await setup.store.invalidate([wrong])

    async def test_invalidating_nothing(self, setup: Setup) -> None:
        before = await setup.store.ticket()
        assert await setup.store.invalidate([])
        assert await setup.store.ticket() == before

    async def test_small_values(self, setup: Setup) -> None:
        assert await setup.store.read("cursor") == b""
        assert await setup.store.write("cursor", b"\x00one", 0.2)
        assert [await store.read("cursor") for store in (setup.store, setup.other)] == [b"\x00one"] * 2
        assert await setup.other.write("cursor", b"two", 60)
        await asyncio.sleep(0.3)
        assert await setup.store.read("cursor") == b"two"
        assert await setup.store.write("cursor", b"three", 0.05)
        await asyncio.sleep(0.15)
        assert await setup.other.read("cursor") == b""

    async def test_announcements(self, setup: Setup) -> None:
        heard = setup.other.announcements()
        also = setup.store.announcements()
        await setup.store.invalidate(["a", "b"])
        await setup.store.invalidate(["c"])
        async with asyncio.timeout(PATIENCE):
            for iterator in (heard, also):
                assert [await anext(iterator), await anext(iterator)] == [{"a", "b"}, {"c"}]

    async def test_announcements_end_with_the_store(self, setup: Setup) -> None:
        heard = setup.other.announcements()
        await setup.other.close()
        async with asyncio.timeout(PATIENCE):
            assert [tags async for tags in heard if tags] == []

    async def test_a_lease_is_held_by_one(self, setup: Setup) -> None:
        one, two = setup.store, setup.other
        async with one.lease("k", 10) as first, two.lease("k", 10) as second, two.lease("other", 10) as elsewhere:
            assert (first, second, elsewhere) == (True, False, True)
        async with setup.other.lease("k", 10) as again:
            assert again

    async def test_a_lease_is_given_back_after_an_error_and_with_the_entry(self, setup: Setup) -> None:
        with pytest.raises(RuntimeError):
            async with setup.store.lease("k", 10):
                raise RuntimeError
        async with setup.store.lease("k", 10) as mine:
            assert mine
            await kept(setup.store, "k", entry())
        async with setup.other.lease("k", 10) as mine:
            assert mine

    async def test_a_lease_ends_when_its_holder_is_silent(self, setup: Setup) -> None:
        async with setup.store.lease("k", 0.15):
            async with setup.other.lease("k", 10) as early:
                assert not early
            await asyncio.sleep(0.25)
            async with setup.other.lease("k", 10) as late:
                assert late
                # the first holder leaves late: that must not end the lease of the second
                inner = setup.store.lease("k", 10)
                assert not await inner.__aenter__()
                await inner.__aexit__(None, None, None)
        async with setup.other.lease("k", 10) as free:
            assert free

    async def test_a_late_holder_does_not_give_back_the_lease_of_another(self, setup: Setup) -> None:
        first = setup.store.lease("k", 0.1)
        assert await first.__aenter__()
        await asyncio.sleep(0.2)
        async with setup.other.lease("k", 10) as second:
            assert second
            await first.__aexit__(None, None, None)
            async with setup.store.lease("k", 10) as third:
                assert not third

    async def test_a_thousand_ask_for_one_key(self, setup: Setup) -> None:
        """With two processes, each a thousand times at once: one computation, and all are answered."""
        computations = 0
        flights: dict[AnyStore, SingleFlight[bytes]] = {setup.store: SingleFlight(), setup.other: SingleFlight()}

        async def compute(store: AnyStore) -> bytes:
            nonlocal computations
            computations += 1
            ticket = await store.ticket()
            await asyncio.sleep(0.1)
            assert await store.put("page", entry(b"answer", "a"), ticket)
            return b"answer"

        async def find(store: AnyStore) -> bytes | None:
            found = await store.get("page")
            return found.body if found is not None and found.is_fresh(time.time()) else None

        async def ask(store: AnyStore) -> bytes:
            return await flights[store].do(
                "page",
                lambda: computed_once(
                    store, "page", find=lambda: find(store), compute=lambda: compute(store), seconds=20
                ),
            )

        answers = await asyncio.gather(*(ask(store) for store in (setup.store, setup.other) for _ in range(1000)))
        assert computations == 1
        assert answers == [b"answer"] * 2000

    async def test_events(self, setup: Setup) -> None:
        await kept(setup.store, "k", entry(b"", "a"))
        setup.store.peek("k")
        await setup.store.get("k")
        await setup.store.get("nothing")
        await setup.store.invalidate(["a"])
        assert setup.events == ["put", "local_hit", "local_hit", "miss", "invalidation"]


async def test_the_local_tier_stays_within_its_bytes(valkey: Valkey) -> None:
    makers: list[Callable[[], AnyStore]] = [
        lambda: SoloStore(local_bytes=200_000),
        lambda: RedisStore(valkey.url, f"small-{uuid4().hex[:8]}", local_bytes=200_000),
    ]
    for make in makers:
        store = make()
        for index in range(200):
            await store.put(f"k{index}", entry(b"x" * 5_000, f"tag:{index}"), await store.ticket())
            assert store.local.bytes <= 200_000
        assert not store.local.put("huge", entry(b"x" * 200_000), 0)
        await store.close()
