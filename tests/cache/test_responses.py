"""Answers are computed once, served while they last, and stale ones only when that is allowed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import msgspec
import pytest

from cache.policy import Policy, Scope
from cache.responses import Computed, ResponseCache, Source
from cache.solo import SoloStore

POLICY = Policy(max_age=60, stale_while_revalidate=600, stale_if_error=6000, scope=Scope.PUBLIC)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Page:
    """Something to compute: counts how often it was."""

    def __init__(self) -> None:
        self.made = 0
        self.away = False
        self.keep = True
        self.lasts: float | None = None
        self.fresh_until = math.inf
        self.wait: asyncio.Event | None = None

    async def __call__(self) -> Computed:
        if self.wait is not None:
            await self.wait.wait()
        self.made += 1
        if self.away:
            return Computed(503, b'{"errors":[]}', keep=False, unavailable=True)
        body = msgspec.json.encode({"data": self.made})
        tags = frozenset({"product:1"})
        return Computed(200, body, keep=self.keep, tags=tags, fresh_until=self.fresh_until, lasts=self.lasts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(clock: Clock) -> AsyncIterator[SoloStore]:
    store = SoloStore(clock=clock)
    yield store
    await store.close()


@pytest.fixture
async def cache(store: SoloStore, clock: Clock) -> AsyncIterator[ResponseCache]:
    cache = ResponseCache(store, clock=clock)
    yield cache
    await cache.close()


async def test_a_fresh_answer_is_not_made_again(cache: ResponseCache, clock: Clock) -> None:
    page = Page()
    first = await cache.serve("k", POLICY, page)
    clock.now += 59
    second = await cache.serve("k", POLICY, page)
    assert (first.source, second.source, page.made) == (Source.MISS, Source.HIT, 1)
    assert second.body == first.body
    peeked = cache.peek("k")
    assert peeked is not None
    assert peeked.body == first.body


async def test_a_stale_answer_is_served_while_one_new_is_made(cache: ResponseCache, clock: Clock) -> None:
    page = Page()
    await cache.serve("k", POLICY, page)
    clock.now += 61
    page.wait = asyncio.Event()
    served = await asyncio.gather(*(cache.serve("k", POLICY, page) for _ in range(20)))
    assert {one.source for one in served} == {Source.STALE}
    assert page.made == 1
    page.wait.set()
    await asyncio.sleep(0.05)
    assert page.made == 2
    assert (await cache.serve("k", POLICY, page)).body == b'{"data":2}'


async def test_many_first_requests_make_one_answer(cache: ResponseCache) -> None:
    page = Page()
    page.wait = asyncio.Event()
    asked = [asyncio.create_task(cache.serve("k", POLICY, page)) for _ in range(1000)]
    await asyncio.sleep(0.01)
    page.wait.set()
    served = await asyncio.gather(*asked)
    assert page.made == 1
    assert {one.body for one in served} == {b'{"data":1}'}


async def test_an_invalidated_answer_is_made_again_at_once(
    cache: ResponseCache, store: SoloStore, clock: Clock
) -> None:
    page = Page()
    await cache.serve("k", POLICY, page)
    await store.invalidate(["product:1"])
    assert cache.peek("k") is None
    assert (await cache.serve("k", POLICY, page)).body == b'{"data":2}'
    clock.now += 1
    assert page.made == 2


async def test_an_answer_made_across_an_invalidation_is_not_kept(cache: ResponseCache, store: SoloStore) -> None:
    page = Page()
    page.wait = asyncio.Event()
    asked = asyncio.create_task(cache.serve("k", POLICY, page))
    await asyncio.sleep(0.01)
    await store.invalidate(["product:1"])
    page.wait.set()
    assert (await asked).entry is None
    assert (await cache.serve("k", POLICY, page)).body == b'{"data":2}'


async def test_the_old_answer_is_served_while_odoo_is_away(
    cache: ResponseCache, store: SoloStore, clock: Clock
) -> None:
    page = Page()
    await cache.serve("k", POLICY, page)
    await store.invalidate(["product:1"])
    page.away = True
    served = await cache.serve("k", POLICY, page)
    assert (served.status, served.source) == (200, Source.ERROR)
    assert msgspec.json.decode(served.body) == {"extensions": {"stale": True}, "data": 1}
    clock.now += 6061
    assert (await cache.serve("k", POLICY, page)).status == 503


async def test_an_answer_with_errors_is_never_kept(cache: ResponseCache) -> None:
    page = Page()
    page.keep = False
    await cache.serve("k", POLICY, page)
    assert (await cache.serve("k", POLICY, page)).source is Source.MISS
    assert page.made == 2


async def test_a_price_that_changes_by_date_ends_the_answer(cache: ResponseCache, clock: Clock) -> None:
    page = Page()
    page.lasts = 10.0
    await cache.serve("k", POLICY, page)
    clock.now += 9
    assert (await cache.serve("k", POLICY, page)).source is Source.HIT
    clock.now += 1
    assert (await cache.serve("k", POLICY, page)).source is Source.MISS


async def test_an_answer_is_not_fresh_for_longer_than_what_it_was_made_of(cache: ResponseCache, clock: Clock) -> None:
    page = Page()
    page.fresh_until = clock.now + 10
    await cache.serve("k", POLICY, page)
    clock.now += 10
    assert (await cache.serve("k", POLICY, page)).source is Source.STALE
    await asyncio.sleep(0)
    clock.now += POLICY.stale_while_revalidate
    assert cache.peek("k") is None
