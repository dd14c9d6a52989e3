"""Records that are a little old are served, and read anew meanwhile: many in one call, none twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import OdooProtocolError, OdooUnavailableError
from cache import renewal
from cache.dependencies import Dependencies
from cache.kinds import STOCK, Kind
from cache.levels import levels_of
from cache.loading import Alike, OfCatalogue, Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.solo import SoloStore
from tests.records.shelf import Now, Shelf, reader
from tests.support.waiting import until

LEVEL = Kind[str]("level", str, STOCK)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "GATHERED_FOR", 0.02)


def levels(shelf: Shelf, items: Sequence[int]) -> Wanted[int, str]:
    return shelf.wanted(items, LEVEL)


def together(shelf: Shelf, needs: Mapping[int, Any]) -> Wanted[int, str]:
    """As `levels`, where what several requests want may be read at once."""
    wanted = levels(shelf, list(needs))
    return replace(wanted, alike=Alike("here", needs, lambda of: together(shelf, of)))


async def renewed(cache: RecordCache) -> None:
    await until(lambda: not cache.renewals.under_way)


async def test_what_is_a_little_old_is_served_and_read_anew(cache: RecordCache, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(levels(shelf, [2, 4]))
    now.seconds += STOCK.fresh
    shelf.words[2], shelf.gate = "newer", asyncio.Event()
    asking = reader(cache)
    assert await asking.read(levels(shelf, [2])) == {2: "word 2"}, "it waited for Odoo"
    assert asking.dependencies.fresh_until <= now(), "what is made of it would be kept for fresh"
    assert asking.dependencies.keepable
    await reader(cache).read(levels(shelf, [2]))
    await until(lambda: len(shelf.loads) == 2)
    shelf.gate.set()
    await renewed(cache)
    assert shelf.loads == [[2, 4], [2]]
    asking = reader(cache)
    assert await asking.read(levels(shelf, [2])) == {2: "newer"}
    assert asking.dependencies.fresh_until > now()
    await renewed(cache)
    assert len(shelf.loads) == 2


async def test_what_is_older_than_that_is_waited_for(cache: RecordCache, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(levels(shelf, [2]))
    now.seconds += STOCK.fresh + STOCK.stale
    shelf.words[2] = "newer"
    assert await reader(cache).read(levels(shelf, [2])) == {2: "newer"}


async def test_what_changed_is_waited_for(cache: RecordCache, store: SoloStore, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(levels(shelf, [2]))
    now.seconds += STOCK.fresh
    shelf.words[2] = "newer"
    await store.invalidate({"word:2"})
    assert await reader(cache).read(levels(shelf, [2])) == {2: "newer"}


async def test_what_changes_while_it_is_read_anew_is_read_again(
    cache: RecordCache, store: SoloStore, shelf: Shelf, now: Now
) -> None:
    await reader(cache).read(levels(shelf, [2]))
    now.seconds += STOCK.fresh
    shelf.gate = asyncio.Event()
    await reader(cache).read(levels(shelf, [2]))
    await until(lambda: len(shelf.loads) == 2)
    shelf.words[2] = "newer"
    await store.invalidate({"word:2"})
    shelf.gate.set()
    await renewed(cache)
    assert await reader(cache).read(levels(shelf, [2])) == {2: "newer"}
    assert len(shelf.loads) == 3


async def test_an_answer_made_behind_the_callers_back_is_made_of_nothing_old(
    cache: RecordCache, shelf: Shelf, now: Now
) -> None:
    await reader(cache).read(levels(shelf, [2]))
    now.seconds += STOCK.fresh
    shelf.words[2] = "newer"

    async def anew() -> Mapping[int, str | None]:
        renewal.making_anew.set(True)
        asking = RecordReader(cache, Dependencies())
        await asking.prefetch(["word:2"])
        return await asking.read(levels(shelf, [2]))

    assert await asyncio.create_task(anew()) == {2: "newer"}


async def test_many_requests_are_one_call(cache: RecordCache, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(together(shelf, dict.fromkeys(range(2, 42, 2))))
    now.seconds += STOCK.fresh
    for first in range(2, 34, 2):
        await reader(cache).read(together(shelf, {first: None, first + 2: None, first + 8: None}))
    assert len(shelf.loads) == 1
    await renewed(cache)
    assert [sorted(items) for items in shelf.loads[1:]] == [list(range(2, 42, 2))]


async def test_what_another_process_read_is_not_read_again(
    cache: RecordCache, store: SoloStore, shelf: Shelf, now: Now
) -> None:
    await reader(cache).read(together(shelf, {2: None, 4: None}))
    now.seconds += STOCK.fresh
    await reader(cache).read(together(shelf, {2: None, 4: None}))
    await store.put("word:2", LEVEL.entry("newer", ("word:2",), now()), await store.ticket())
    await renewed(cache)
    assert shelf.loads == [[2, 4], [4]]
    assert await reader(cache).read(levels(shelf, [2, 4])) == {2: "newer", 4: "word 4"}


@pytest.mark.parametrize("error", [OdooUnavailableError("away"), OdooProtocolError("wrong")])
async def test_odoo_away_is_nobodys_error_before_it_must_be(
    cache: RecordCache, shelf: Shelf, now: Now, error: Exception
) -> None:
    await reader(cache).read(levels(shelf, [2]))
    now.seconds += STOCK.fresh
    shelf.error = error
    for tries in (2, 3):
        assert await reader(cache).read(levels(shelf, [2])) == {2: "word 2"}
        await renewed(cache)
        assert len(shelf.loads) == tries
    shelf.error, shelf.words[2] = None, "newer"
    assert await reader(cache).read(levels(shelf, [2])) == {2: "word 2"}
    await renewed(cache)
    assert await reader(cache).read(levels(shelf, [2])) == {2: "newer"}


async def test_closing_ends_what_is_gathered(cache: RecordCache, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(together(shelf, {2: None}))
    now.seconds += STOCK.fresh
    await reader(cache).read(together(shelf, {2: None}))
    await cache.close()
    assert not cache.renewals.under_way
    assert len(shelf.loads) == 1


def test_stock_of_several_requests_can_be_read_together() -> None:
    """What is asked for together is what each would have asked for."""
    one = levels_of({1: [10], 2: [20, 21]}, (), "here")
    assert one.alike is not None
    both = one.alike.wanted({**one.alike.needs, 3: [30]})
    assert isinstance(both, OfCatalogue)
    assert list(both.keys) == [1, 2, 3]
    assert {key: both.keys[key] for key in one.keys} == one.keys
