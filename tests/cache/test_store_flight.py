"""Sharing one computation, and what the parts of the stores do by themselves."""

from __future__ import annotations

import asyncio
import gc
import random
import time
import tracemalloc

import pytest

from cache.broadcast import MISSED, Broadcast
from cache.fetching import Fetching
from cache.flight import SingleFlight, computed_once
from cache.local import LocalTier
from cache.marks import Marks
from cache.solo import SoloStore
from tests.support.stores import entry
from tests.support.waiting import PATIENCE


class TestSingleFlight:
    async def test_one_computation_for_all(self) -> None:
        flights: SingleFlight[int] = SingleFlight()
        calls = 0

        async def compute() -> int:
            nonlocal calls
            calls += 1
            await asyncio.sleep(0.01)
            return calls

        assert await asyncio.gather(*(flights.do("k", compute) for _ in range(100))) == [1] * 100
        assert await flights.do("k", compute) == 2
        assert len(flights) == 0

    async def test_keys_are_apart(self) -> None:
        flights: SingleFlight[str] = SingleFlight()

        async def compute(key: str) -> str:
            await asyncio.sleep(0.001)
            return key

        assert await asyncio.gather(*(flights.do(key, lambda key=key: compute(key)) for key in "abc")) == list("abc")  # type: ignore[misc]

    async def test_the_error_goes_to_all(self) -> None:
        flights: SingleFlight[int] = SingleFlight()

        async def fail() -> int:
            await asyncio.sleep(0.001)
            raise LookupError("nothing")

        outcomes = await asyncio.gather(*(flights.do("k", fail) for _ in range(5)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LookupError] * 5
        assert len(flights) == 0

    @pytest.mark.parametrize("leaving", [[0], [1, 2], [0, 1, 2, 3]])
    async def test_cancelled_callers_do_not_disturb_the_others(self, leaving: list[int]) -> None:
        flights: SingleFlight[int] = SingleFlight()
        finished = asyncio.Event()

        async def compute() -> int:
            await asyncio.sleep(0.02)
            finished.set()
            return 7

        callers = [asyncio.create_task(flights.do("k", compute)) for _ in range(4)]
        await asyncio.sleep(0.005)
        for index in leaving:
            callers[index].cancel()
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        for index, outcome in enumerate(outcomes):
            assert isinstance(outcome, asyncio.CancelledError) if index in leaving else outcome == 7
        await asyncio.wait_for(finished.wait(), PATIENCE)

    async def test_an_error_nobody_waits_for_is_not_reported(self) -> None:
        flights: SingleFlight[int] = SingleFlight()
        reported: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context))

        async def fail() -> int:
            await asyncio.sleep(0.001)
            raise LookupError

        caller = asyncio.create_task(flights.do("k", fail))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.sleep(0.01)
        gc.collect()
        loop.set_exception_handler(None)
        assert caller.cancelled()
        assert reported == []

    async def test_closing_cancels_what_runs(self) -> None:
        flights: SingleFlight[None] = SingleFlight()
        caller = asyncio.create_task(flights.do("k", lambda: asyncio.sleep(60)))
        await asyncio.sleep(0)
        await flights.close()
        with pytest.raises(asyncio.CancelledError):
            await caller


class TestElsewhere:
    async def test_taken_over_from_one_that_failed(self) -> None:
        """The holder of the lease fails: its caller gets the error, and the next one computes."""
        store = SoloStore()

        async def fail() -> str:
            await asyncio.sleep(0.02)
            raise LookupError

        async def succeed() -> str:
            return "answer"

        async def nothing() -> None:
            return None

        first = asyncio.create_task(computed_once(store, "k", find=nothing, compute=fail, seconds=10 * PATIENCE))
        await asyncio.sleep(0)
        began = time.monotonic()
        assert await computed_once(store, "k", find=nothing, compute=succeed, seconds=10 * PATIENCE) == "answer"
        assert time.monotonic() - began < PATIENCE  # the lease itself would have lasted ten times that
        with pytest.raises(LookupError):
            await first

    async def test_who_waited_long_enough_computes(self) -> None:
        store = SoloStore()

        async def nothing() -> None:
            return None

        async def succeed() -> str:
            return "answer"

        async with store.lease("k", 60):
            assert await computed_once(store, "k", find=nothing, compute=succeed, seconds=0.1) == "answer"


class TestMarks:
    def test_against_remembering_everything(self) -> None:
        chance = random.Random(7)  # noqa: S311 - a test
        marks, all_marks = Marks(limit=20), Marks(limit=10_000)
        tags = [f"tag:{index}" for index in range(60)]
        wrong = forgotten = 0
        for number in range(1, 500):
            some = chance.sample(tags, 2)
            marks.note(some, number)
            all_marks.note(some, number)
            asked, since = chance.sample(tags, 3), chance.randrange(max(0, number - 40), number + 1)
            known, truth = marks.after(asked, since), all_marks.after(asked, since)
            assert known or not truth
            wrong += known is truth
            forgotten += known is not truth
        assert forgotten  # the limit was in play
        assert wrong > forgotten

    def test_the_order_of_notes_does_not_matter(self) -> None:
        marks = Marks()
        marks.note(["a"], 7)
        marks.note(["a", "b"], 6)
        assert marks.after(["a"], 6)
        assert not marks.after(["a"], 7)
        assert not marks.after(["b"], 6)
        assert marks.after(["b"], 5)


class TestLocalTier:
    def test_the_least_recently_used_goes_first(self) -> None:
        tier = LocalTier(10_000)
        for key in "abc":
            assert tier.put(key, entry(b"x" * 1500), 0)
        tier.peek("a")
        tier.put("d", entry(b"x" * 1500), 0)
        tier.put("e", entry(b"x" * 1500), 0)
        assert [key for key in "abcde" if tier.peek(key)] == ["a", "c", "d", "e"]

    def test_an_older_answer_does_not_replace_a_newer_one(self) -> None:
        tier = LocalTier(10_000)
        now = time.time()
        assert tier.put("k", entry(b"new", "a", at=now), 3)
        assert not tier.put("k", entry(b"old", "a", at=now - 1), 3)
        tier.invalidate(["a"], 4)
        assert tier.put("k", entry(b"old", "a", at=now - 1), 4)

    def test_the_index_holds_no_more_than_the_entries(self) -> None:
        tier = LocalTier(50_000)
        for index in range(500):
            tier.put(f"k{index % 70}", entry(b"x" * 1000, f"tag:{index}", "all"), 0)
            if index % 7 == 0:
                tier.drop(f"k{index % 50}")
        kept = [one for index in range(70) if (one := tier.peek(f"k{index}"))]
        assert set(tier._keys_by_tag) == {tag for one in kept for tag in one.tags}
        tier.clear()
        assert (len(tier), tier.bytes, tier._keys_by_tag) == (0, 0, {})

    @pytest.mark.parametrize(("size", "tags"), [(20_000, 30), (300, 5), (0, 0), (50, 60)])
    def test_weighs_no_less_than_it_takes(self, size: int, tags: int) -> None:
        def fill(tier: LocalTier) -> None:
            for index in range(3000):
                names = [f"product:{index}:{number}" for number in range(tags)]
                tier.put(f"key:{index}", entry(bytes(size), *names), 0)

        tier = LocalTier(4_000_000)
        gc.collect()
        tracemalloc.start()
        fill(tier)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert taken <= tier.bytes * 1.05
        assert tier.bytes <= tier.limit


class TestParts:
    async def test_a_listener_that_does_not_keep_up(self) -> None:
        broadcast = Broadcast()
        slow = broadcast.listen()
        for index in range(2500):
            broadcast.say(frozenset({f"tag:{index}"}))
        broadcast.close()
        heard = [tags async for tags in slow]
        assert len(heard) <= 1002
        assert heard[0] == MISSED
        assert heard[-1] == {"tag:2499"}

    async def test_crowds_fetch_together(self) -> None:
        batches: list[list[str]] = []

        async def fetch(keys: object) -> list[bytes | None]:
            assert isinstance(keys, list)
            batches.append(keys)
            await asyncio.sleep(0.01)
            return [key.encode() for key in keys]

        fetching = Fetching(fetch, flights=2, batch=50)
        keys = [f"k{index % 60}" for index in range(100)]
        assert await asyncio.gather(*(fetching.get(key) for key in keys)) == [key.encode() for key in keys]
        assert [len(batch) for batch in batches[:2]] == [1, 1]
        assert len(batches) == 4

    async def test_a_fetch_that_fails_fails_for_its_own(self) -> None:
        async def fetch(keys: object) -> list[bytes | None]:
            await asyncio.sleep(0.001)
            raise LookupError

        fetching = Fetching(fetch, flights=1)
        outcomes = await asyncio.gather(*(fetching.get("k") for _ in range(10)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LookupError] * 10
