"""What stands in for Odoo: asked only when nothing right is kept, never taken for fresh, forgotten when it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from adapters.base import CatalogueReads, OdooAdapter
from adapters.errors import OdooTimeoutError, OdooUnavailableError
from cache.dependencies import Dependencies
from cache.kinds import CONTENT, Kind
from cache.last_resort import STANDS_IN
from cache.loading import OfCatalogue, Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.solo import SoloStore
from cache.store import Ticket
from tests.records.shelf import Now

WORDS = Kind[str]("word", str, CONTENT)


class Source:
    """Knows words by number; odd numbers do not exist. It may be away, or not answer before its gate opens."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[list[int]] = []
        self.tickets: list[Ticket | None] = []
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    def forget(self) -> None:
        return

    async def words(self, items: list[int]) -> Mapping[int, str]:
        self.asked.append(items)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {item: f"{item} of {self.name}" for item in items if item % 2 == 0}


class Shop:
    """A cache with its Odoo and its last resort."""

    def __init__(self, *, resort: bool = True) -> None:
        self.now = Now()
        self.odoo, self.index = Source("odoo"), Source("index")
        self.store = SoloStore(clock=self.now)
        self.cache = RecordCache(
            self.store,
            self._adapter,
            clock=self.now,
            patience=0.05,
            resort=self._reads if resort else None,
        )

    async def _adapter(self) -> OdooAdapter:
        return cast("OdooAdapter", self.odoo)

    def _reads(self) -> CatalogueReads:
        return cast("CatalogueReads", self.index)

    def wanted(self, *items: int) -> OfCatalogue[int, str]:
        async def load(source: Any, missing: list[int], ticket: Ticket | None) -> Mapping[int, str]:
            source.tickets.append(ticket)
            found: Mapping[int, str] = await source.words(missing)
            return found

        return OfCatalogue(WORDS, {one: f"word:{one}" for one in items}, load, lambda one, _: (f"word:{one}",))

    async def read(self, *items: int) -> tuple[dict[int, str | None], Dependencies]:
        dependencies = Dependencies()
        return await RecordReader(self.cache, dependencies).read(self.wanted(*items)), dependencies

    def lose_odoo(self) -> None:
        self.odoo.error = OdooUnavailableError("away")


async def test_odoo_is_asked_first_and_nothing_else() -> None:
    shop = Shop()
    assert (await shop.read(2, 3))[0] == {2: "2 of odoo", 3: None}
    assert shop.index.asked == []


async def test_it_stands_in_for_what_is_not_kept_and_says_so() -> None:
    shop = Shop()
    await shop.read(2)
    shop.now.seconds += CONTENT.fresh + 1
    shop.lose_odoo()
    found, dependencies = await shop.read(2, 4, 5)
    assert found == {2: "2 of odoo", 4: "4 of index", 5: None}
    assert shop.index.asked == [[4, 5]]
    assert dependencies.stale
    assert not dependencies.keepable
    assert dependencies.tags == {"word:2", "word:4", "word:5"}


async def test_nothing_of_it_is_taken_for_fresh() -> None:
    """Odoo is asked again at once: nothing was kept as if it were Odoo's."""
    shop = Shop()
    shop.lose_odoo()
    await shop.read(2)
    assert shop.store.peek("word:2") is None
    shop.odoo.error = None
    found, dependencies = await shop.read(2)
    assert found == {2: "2 of odoo"}
    assert not dependencies.stale


async def test_it_is_not_asked_again_for_a_while() -> None:
    shop = Shop()
    shop.lose_odoo()
    for _ in range(3):
        assert (await shop.read(2, 3))[0] == {2: "2 of index", 3: None}
    assert shop.index.asked == [[2, 3]]
    shop.now.seconds += STANDS_IN.fresh + 1
    await shop.read(2)
    assert shop.index.asked == [[2, 3], [2]]


async def test_who_asks_together_asks_it_together() -> None:
    shop = Shop()
    shop.lose_odoo()
    shop.index.gate = asyncio.Event()
    asking = [asyncio.create_task(shop.read(2, one)) for one in (4, 6)]
    await asyncio.sleep(0.01)
    shop.index.gate.set()
    for task in asking:
        assert (await task)[0][2] == "2 of index"
    assert shop.index.asked == [[2, 4], [6]]


async def test_what_is_known_to_be_wrong_gives_way_to_it() -> None:
    """What was kept is older than a change that was announced; the index has followed since. Else it is as good."""
    shop = Shop()
    await shop.read(2, 4)
    shop.lose_odoo()
    await shop.store.invalidate({"word:2"})
    shop.now.seconds += CONTENT.fresh + 1
    assert (await shop.read(2, 4))[0] == {2: "2 of index", 4: "4 of odoo"}
    shop.now.seconds += STANDS_IN.fresh + 1
    shop.index.error = OdooUnavailableError("no engine either")
    assert (await shop.read(2, 4))[0] == {2: "2 of odoo", 4: "4 of odoo"}


async def test_what_is_announced_to_have_changed_is_asked_for_again() -> None:
    shop = Shop()
    shop.lose_odoo()
    await shop.read(2, 4)
    await shop.store.invalidate({"word:2"})
    await shop.read(2, 4)
    assert shop.index.asked == [[2, 4], [2]]


async def test_what_was_asked_for_before_a_change_is_not_remembered_after_it() -> None:
    shop = Shop()
    shop.lose_odoo()
    shop.index.gate = asyncio.Event()
    before = asyncio.create_task(shop.read(2))
    await asyncio.sleep(0.01)
    await shop.store.invalidate({"word:2"})
    after = asyncio.create_task(shop.read(2))
    await asyncio.sleep(0.01)
    assert shop.index.asked == [[2], [2]], "it took part in what began before the change"
    shop.index.gate.set()
    await asyncio.gather(before, after)
    first, second = shop.index.tickets
    assert first != second
    await shop.read(2)
    assert shop.index.asked == [[2], [2]], "what began after the change is remembered"


async def test_loads_never_share_what_odoo_told_with_what_it_told() -> None:
    """A load tells by its ticket what it may share with others of its request."""
    shop = Shop()
    await shop.read(4)
    shop.lose_odoo()
    await shop.read(2)
    assert set(shop.odoo.tickets).isdisjoint(shop.index.tickets)


async def test_without_either_it_is_todays_error() -> None:
    shop = Shop()
    shop.lose_odoo()
    shop.index.error = OdooUnavailableError("no engine either")
    with pytest.raises(OdooUnavailableError, match="away"):
        await shop.read(2)
    alone = Shop(resort=False)
    alone.lose_odoo()
    with pytest.raises(OdooUnavailableError):
        await alone.read(2)


async def test_what_only_odoo_knows_is_never_asked_of_it() -> None:
    shop = Shop()
    shop.lose_odoo()
    only_odoos = shop.wanted(2)
    wanted = Wanted(WORDS, only_odoos.keys, only_odoos.load, only_odoos.tags)
    with pytest.raises(OdooUnavailableError):
        await RecordReader(shop.cache, Dependencies()).read(wanted)
    assert shop.index.asked == []


async def test_nobody_waits_for_an_odoo_that_hangs() -> None:
    """The first wait for as long as patience lasts; who comes next does not wait at all, until Odoo answers."""
    shop = Shop()
    shop.odoo.gate = asyncio.Event()
    found, dependencies = await shop.read(2)
    assert found == {2: "2 of index"}
    assert dependencies.stale
    assert shop.odoo.asked == [[2]]
    assert (await shop.read(4))[0] == {4: "4 of index"}
    assert shop.odoo.asked == [[2]], "somebody waited for Odoo right after it had not answered"
    shop.odoo.gate.set()
    await asyncio.sleep(0.01)  # the first load went on, and was kept
    found, dependencies = await shop.read(2, 6)
    assert found == {2: "2 of odoo", 6: "6 of odoo"}
    assert not dependencies.stale


async def test_a_slow_odoo_is_waited_for_when_nothing_stands_in() -> None:
    shop = Shop()
    shop.odoo.gate = asyncio.Event()
    shop.index.error = OdooUnavailableError("no engine")
    asking = asyncio.create_task(shop.read(2))
    await asyncio.sleep(0.1)
    assert not asking.done()
    shop.odoo.gate.set()
    found, dependencies = await asking
    assert found == {2: "2 of odoo"}
    assert not dependencies.stale
    assert shop.odoo.asked == [[2]]
    shop.odoo.gate, shop.odoo.error = asyncio.Event(), OdooTimeoutError("slow")
    asking = asyncio.create_task(shop.read(4))
    await asyncio.sleep(0.1)
    shop.odoo.gate.set()
    with pytest.raises(OdooTimeoutError, match="slow"):
        await asking
