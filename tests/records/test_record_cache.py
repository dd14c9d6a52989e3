"""Records through the store: shared loads, tickets, what is decoded how often, what cannot be decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.errors import OdooProtocolError, OdooTimeoutError, OdooUnavailableError
from cache.decoded import DecodedValues
from cache.kinds import CONTENT, OWNER, Life
from cache.record_cache import RecordCache
from cache.solo import SoloStore
from cache.store import Entry
from tests.records.shelf import Now, Shelf, reader


async def test_only_what_is_missing_is_loaded_and_all_at_once(cache: RecordCache, shelf: Shelf) -> None:
    await reader(cache).read(shelf.wanted([2, 3]))
    asking = reader(cache)
    found = await asking.read(shelf.wanted([1, 2, 3, 4]))
    assert found == {1: None, 2: "word 2", 3: None, 4: "word 4"}
    assert shelf.loads == [[2, 3], [1, 4]]
    assert asking.dependencies.tags == {"word:1", "word:2", "word:3", "word:4"}


async def test_what_does_not_exist_is_asked_for_again_before_long(cache: RecordCache, shelf: Shelf, now: Now) -> None:
    await reader(cache).read(shelf.wanted([2, 3]))
    now.seconds += 61
    await reader(cache).read(shelf.wanted([2, 3]))
    assert shelf.loads == [[2, 3], [3]]


async def test_who_asks_together_loads_together(cache: RecordCache, shelf: Shelf) -> None:
    shelf.gate = asyncio.Event()
    asking = [asyncio.create_task(reader(cache).read(shelf.wanted([2, 4, item]))) for item in (2, 6, 8)]
    await asyncio.sleep(0.01)
    shelf.gate.set()
    for found in await asyncio.gather(*asking):
        assert found[4] == "word 4"
    assert shelf.loads == [[2, 4], [6], [8]]


async def test_who_gives_up_leaves_the_load_to_the_others(cache: RecordCache, shelf: Shelf) -> None:
    shelf.gate = asyncio.Event()
    first, second = [asyncio.create_task(reader(cache).read(shelf.wanted([2]))) for _ in range(2)]
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0)
    shelf.gate.set()
    assert await second == {2: "word 2"}
    assert shelf.loads == [[2]]


async def test_nobody_is_given_what_was_read_before_a_change(
    cache: RecordCache, store: SoloStore, shelf: Shelf
) -> None:
    """One began to read before the change was announced: another who begins after it does not take part in that."""
    shelf.gate = asyncio.Event()
    before = asyncio.create_task(reader(cache).read(shelf.wanted([2])))
    await asyncio.sleep(0.01)
    shelf.words[2] = "changed"
    await store.invalidate({"word:2"})
    after = asyncio.create_task(reader(cache).read(shelf.wanted([2])))
    await asyncio.sleep(0.01)
    shelf.gate.set()
    assert await before == {2: "word 2"}
    assert await after == {2: "changed"}
    shelf.gate = None
    assert await reader(cache).read(shelf.wanted([2])) == {2: "changed"}
    assert len(shelf.loads) == 2, "what was read before the change was kept"


async def test_the_very_same_value_as_long_as_the_entry_is_valid(
    cache: RecordCache, store: SoloStore, shelf: Shelf
) -> None:
    first = await reader(cache).one(shelf.wanted([2]))
    assert await reader(cache).one(shelf.wanted([2])) is first
    await store.invalidate({"word:2"})
    again = await reader(cache).one(shelf.wanted([2]))
    assert again == first
    assert again is not first


async def test_something_older_stands_in_while_odoo_is_away(
    cache: RecordCache, store: SoloStore, shelf: Shelf, now: Now
) -> None:
    await reader(cache).read(shelf.wanted([2, 4]))
    await store.invalidate({"word:2"})
    now.seconds += CONTENT.fresh + 1
    shelf.error = OdooUnavailableError("away")
    asking = reader(cache)
    assert await asking.read(shelf.wanted([2, 4])) == {2: "word 2", 4: "word 4"}
    assert asking.dependencies.stale
    with pytest.raises(OdooUnavailableError):
        await reader(cache).read(shelf.wanted([2, 6]))
    shelf.error = OdooProtocolError("Odoo is there, and wrong")
    with pytest.raises(OdooProtocolError):
        await reader(cache).read(shelf.wanted([2]))
    now.seconds += CONTENT.error
    shelf.error = OdooUnavailableError("away")
    with pytest.raises(OdooUnavailableError):
        await reader(cache).read(shelf.wanted([2]))


async def test_nobody_waits_long_when_something_older_could_stand_in(
    cache: RecordCache, store: SoloStore, shelf: Shelf
) -> None:
    await reader(cache).read(shelf.wanted([2]))
    await store.invalidate({"word:2"})
    shelf.gate, shelf.words[2] = asyncio.Event(), "newer"
    asking = reader(cache)
    assert await asking.read(shelf.wanted([2])) == {2: "word 2"}
    assert asking.dependencies.stale
    shelf.gate.set()
    await asyncio.sleep(0.01)  # the load went on, and was kept
    assert await reader(cache).read(shelf.wanted([2])) == {2: "newer"}
    assert len(shelf.loads) == 2


async def test_an_error_of_a_load_goes_to_all_who_wait_and_to_nobody_else(cache: RecordCache, shelf: Shelf) -> None:
    shelf.gate, shelf.error = asyncio.Event(), OdooTimeoutError("slow")
    asking = [asyncio.create_task(reader(cache).read(shelf.wanted([2]))) for _ in range(3)]
    await asyncio.sleep(0.01)
    shelf.gate.set()
    assert [type(found) for found in await asyncio.gather(*asking, return_exceptions=True)] == [OdooTimeoutError] * 3
    shelf.gate = shelf.error = None
    assert await reader(cache).read(shelf.wanted([2])) == {2: "word 2"}


async def test_what_cannot_be_decoded_is_loaded(cache: RecordCache, store: SoloStore, shelf: Shelf, now: Now) -> None:
    entry = OWNER.entry(42, ("word:2",), now())  # a number where a word should be
    assert await store.put("word:2", entry, await store.ticket())
    assert await reader(cache).read(shelf.wanted([2])) == {2: "word 2"}
    shelf.error = OdooUnavailableError("away")
    await store.put("word:4", OWNER.entry(42, (), now(), Life(0, 60)), await store.ticket())
    with pytest.raises(OdooUnavailableError):
        await reader(cache).read(shelf.wanted([4]))


async def test_one_request_sees_one_state(cache: RecordCache, store: SoloStore, shelf: Shelf) -> None:
    """What was prefetched is not fetched again."""
    await reader(cache).read(shelf.wanted([2]))
    asking = reader(cache)
    fetched: list[Any] = []
    get_many = store.get_many

    async def counted(keys: Sequence[str]) -> list[Entry | None]:
        fetched.extend(keys)
        return await get_many(keys)

    store.get_many = counted  # type: ignore[method-assign]
    await asking.prefetch(["word:2", "word:3", "word:4"])
    await asking.read(shelf.wanted([2, 3, 4]))
    assert fetched == ["word:3", "word:4"]


def entry(size: int) -> Entry:
    return Entry(bytes(size), frozenset(), 0, 1, 1, 1)


def test_decoded_values_stay_within_their_bytes() -> None:
    values = DecodedValues(10_000)
    kept = [entry(800) for _ in range(50)]
    for index, one in enumerate(kept):
        values.put(f"key {index}", one, index)
        assert values.bytes <= 10_000
    assert values.get("key 49", kept[49], None) == 49
    assert values.get("key 49", entry(800), None) == 49, "fetched anew, with the same bytes"
    assert values.get("key 49", entry(799), None) is None, "the value of other bytes"
    assert values.get("key 0", kept[0], None) is None
    values.put("huge", huge := entry(20_000), "huge")
    assert values.get("huge", huge, None) is None
    assert len(values) == 10
