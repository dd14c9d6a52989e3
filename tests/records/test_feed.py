"""The change feed among processes: one asks at a time, another takes over, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec
import pytest

from adapters.base import OdooAdapter
from adapters.errors import OdooProtocolError, OdooUnavailableError
from adapters.records import Change, Changes
from cache.feed import ChangeFeed, Place
from cache.redis_store import RedisStore
from cache.solo import SoloStore
from cache.store import Store
from cache.tags import EVERYTHING
from tests.support.processes import NOON, fresh_namespace
from tests.support.valkey import Valkey
from tests.support.waiting import until


class Odoo:
    """Counts its changes: change number 7 is one of product 7; a cursor is the last number told."""

    def __init__(self) -> None:
        self.last = 0
        self.asked: list[str | None] = []
        self.away = False
        self.hanging = False

    async def changes_since(self, cursor: str | None) -> Changes:
        self.asked.append(cursor)
        if self.hanging:
            await asyncio.Event().wait()
        if self.away:
            raise OdooUnavailableError("away on purpose")
        if cursor is not None and not cursor.isdigit():
            raise OdooProtocolError("not a cursor")
        new = () if cursor is None else tuple(range(int(cursor) + 1, self.last + 1))
        changes = (Change(subject="product", ids=new),) if new else ()
        return Changes(cursor=str(self.last), changes=changes, observed_at=NOON)

    async def adapter(self) -> OdooAdapter:
        return cast("OdooAdapter", self)


class Heard:
    """A store whose invalidations are noted."""

    def __init__(self, store: Store) -> None:
        self.tags: list[frozenset[str]] = []
        store.on_invalidated(lambda tags: self.tags.append(tags) if tags else None)


@pytest.fixture
def namespace() -> str:
    return fresh_namespace()


def products(*ids: int) -> frozenset[str]:
    return frozenset({"products", *(f"product:{number}" for number in ids)})


async def test_the_first_poll_invalidates_everything_and_the_next_what_changed() -> None:
    odoo, store = Odoo(), SoloStore()
    heard, feed = Heard(store), ChangeFeed(store, odoo.adapter, seconds=10)
    odoo.last = 5
    await feed.poll()
    odoo.last = 7
    await feed.poll()
    await feed.poll()
    assert heard.tags == [EVERYTHING, products(6, 7)]
    assert odoo.asked == [None, "5", "7"]


async def test_another_process_goes_on_where_the_last_one_stopped(valkey: Valkey, namespace: str) -> None:
    odoo = Odoo()
    one, other = RedisStore(valkey.url, namespace), RedisStore(valkey.url, namespace)
    heard = Heard(one)
    await ChangeFeed(one, odoo.adapter, seconds=10).poll()
    odoo.last = 3
    await ChangeFeed(other, odoo.adapter, seconds=10).poll()
    assert odoo.asked == [None, "0"]
    await until(lambda: heard.tags[-1:] == [products(1, 2, 3)])
    await one.close()
    await other.close()


async def test_all_processes_together_ask_once_per_interval(valkey: Valkey, namespace: str) -> None:
    odoo = Odoo()
    stores = [RedisStore(valkey.url, namespace) for _ in range(4)]
    feeds = [ChangeFeed(store, odoo.adapter, seconds=0.5) for store in stores]
    for feed in feeds:
        feed.start()
    await asyncio.sleep(2.2)
    for feed in feeds:
        await feed.close()
    assert 3 <= len(odoo.asked) <= 9  # of about 16 times that somebody woke up
    for store in stores:
        await store.close()


async def test_another_takes_over_from_one_that_died_while_it_asked(valkey: Valkey, namespace: str) -> None:
    odoo = Odoo()
    stores = [RedisStore(valkey.url, namespace) for _ in range(2)]
    dead, alive = (ChangeFeed(store, odoo.adapter, seconds=0.1, lease=0.5) for store in stores)
    await dead.poll()
    odoo.last, odoo.hanging = 4, True
    held = asyncio.create_task(dead.poll())  # it has the lease, and will never give it back
    await until(lambda: len(odoo.asked) == 2)
    odoo.hanging = False
    assert await alive.poll() is None
    heard = Heard(stores[1])
    alive.start()
    await until(lambda: products(1, 2, 3, 4) in heard.tags)
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    await alive.close()
    for store in stores:
        await store.close()


async def test_nothing_is_lost_while_odoo_is_away() -> None:
    odoo, store = Odoo(), SoloStore()
    heard, feed = Heard(store), ChangeFeed(store, odoo.adapter, seconds=0.02)
    await feed.poll()
    odoo.away = True
    feed.start()
    await until(lambda: len(odoo.asked) > 3)
    odoo.last = 2
    assert heard.tags == [EVERYTHING]
    odoo.away = False
    await until(lambda: products(1, 2) in heard.tags)
    await feed.close()


async def test_nothing_is_lost_while_redis_is_away(valkey: Valkey, namespace: str) -> None:
    """What could not be invalidated is told again."""
    odoo = Odoo()
    store = RedisStore(valkey.url, namespace, read_seconds=0.05, write_seconds=0.25)
    feed = ChangeFeed(store, odoo.adapter, seconds=10)
    await feed.poll()
    odoo.last = 2
    valkey.run("CLIENT", "PAUSE", 400, "ALL")
    assert await feed.poll() is None
    await asyncio.sleep(1.6)
    heard = Heard(store)
    assert await feed.poll() is not None
    await until(lambda: any(products(1, 2) <= tags for tags in heard.tags))
    await store.close()


@pytest.mark.parametrize("kept", [b"nonsense", msgspec.json.encode(Place("of another Odoo", 0.0))])
async def test_where_no_place_is_known_everything_may_have_changed(kept: bytes) -> None:
    odoo, store = Odoo(), SoloStore()
    feed = ChangeFeed(store, odoo.adapter, seconds=10)
    await feed.poll()
    await store.write("feed", kept, 60)
    heard = Heard(store)
    await feed.poll()
    assert heard.tags == [EVERYTHING]
    odoo.last = 1
    await feed.poll()
    assert heard.tags == [EVERYTHING, products(1)]
