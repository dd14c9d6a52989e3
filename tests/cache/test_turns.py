"""Work that one process does for all: who is at it, what the next one knows, and who takes over."""

from __future__ import annotations

import asyncio

import pytest

from cache.redis_store import RedisStore
from cache.solo import SoloStore
from cache.turns import Turns
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_the_next_one_knows_when_the_last_began() -> None:
    store, clock = SoloStore(), Clock()
    one, other = (Turns(store, "work", lease=10, clock=clock) for _ in range(2))
    async with one.take() as turn:
        assert turn is not None
        assert (turn.began, turn.last) == (1_000.0, 0.0)
        async with turn.working():
            clock.now += 5
    async with other.take() as turn:
        assert turn is not None
        assert (turn.began, turn.last) == (1_005.0, 1_000.0), "when it began: what was said later is not in it"


async def test_who_looked_at_everything_is_known_until_somebody_does_again() -> None:
    store, clock = SoloStore(), Clock()
    turns = Turns(store, "work", lease=10, clock=clock)

    async def work(*, whole: bool, fails: bool = False) -> tuple[float | None, float | None]:
        clock.now += 1
        async with turns.take() as turn:
            assert turn is not None
            async with turn.working(whole=whole):
                if fails:
                    raise ValueError("it failed")
            return turn.last, turn.whole

    assert await work(whole=True) == (0.0, 0.0)
    assert await work(whole=False) == (1_001.0, 1_001.0)
    assert await work(whole=False) == (1_002.0, 1_001.0)
    with pytest.raises(ValueError, match="it failed"):
        await work(whole=True, fails=True)
    assert await work(whole=True) == (0.0, 1_001.0), "what failed has not looked"
    assert await work(whole=False) == (1_005.0, 1_005.0)


async def test_a_turn_that_is_not_used_counts_for_nothing() -> None:
    store, clock = SoloStore(), Clock()
    turns = Turns(store, "work", lease=10, clock=clock)
    async with turns.take() as turn:
        assert turn is not None
    async with turns.take() as turn:
        assert turn is not None
        assert turn.last == 0.0


async def test_while_one_is_at_it_nobody_else_is_even_beyond_the_lease() -> None:
    store, clock = SoloStore(), Clock()
    one, other = (Turns(store, "work", lease=0.09, clock=clock) for _ in range(2))
    async with one.take() as turn:
        assert turn is not None
        async with turn.working():
            async with other.take() as second:
                assert second is None
            clock.now += 0.08
            await asyncio.sleep(0.15)  # the lease of the store itself is over: it says that it goes on
            async with other.take() as third:
                assert third is None


@pytest.mark.parametrize("error", [ValueError("it failed"), asyncio.CancelledError()])
async def test_what_fails_or_is_given_up_is_for_others_at_once(error: BaseException) -> None:
    store, clock = SoloStore(), Clock()
    one, other = (Turns(store, "work", lease=60, clock=clock) for _ in range(2))

    async def fail() -> None:
        async with one.take() as turn:
            assert turn is not None
            async with turn.working():
                raise error

    with pytest.raises(type(error)):
        await fail()
    async with other.take() as turn:
        assert turn is not None
        assert turn.last == 0.0, "it is not done"


async def test_who_died_is_followed_when_their_time_is_over() -> None:
    store, clock = SoloStore(), Clock()
    one, other = (Turns(store, "work", lease=60, clock=clock) for _ in range(2))
    await one.write(one.noted(clock.now))  # nothing more was heard of it
    async with other.take() as turn:
        assert turn is None
    clock.now += 61
    async with other.take() as turn:
        assert turn is not None


async def test_what_another_release_noted_is_nothing() -> None:
    store = SoloStore()
    await store.write("work", b"1234.5", 60)
    async with Turns(store, "work", lease=60).take() as turn:
        assert turn is not None
        assert turn.last == 0.0


async def test_who_is_ended_at_any_moment_leaves_the_turn_to_others(valkey: Valkey) -> None:
    """Also at its very beginning and at its very end: nobody waits for the lease to pass."""
    namespace = fresh_namespace()
    stores = [RedisStore(valkey.url, namespace, local_bytes=0, read_seconds=5, write_seconds=5) for _ in range(2)]
    one, other = (Turns(store, "work", lease=60) for store in stores)

    async def work() -> None:
        async with one.take() as turn:
            assert turn is not None
            async with turn.working():
                pass

    for step in range(60):
        task = asyncio.create_task(work())
        await asyncio.sleep(step / 20_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with other.take() as turn:
            assert turn is not None, f"after {step / 20} ms"
    for store in stores:
        await store.close()
