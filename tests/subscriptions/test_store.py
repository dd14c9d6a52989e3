"""Where subscriptions are kept: once each, bounded, told once, whoever dies."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from subscriptions.model import Followed, Item, Owner, SubscriptionsUnavailableError, Target
from tests.subscriptions.kept import category, owner, promotion, subscriptions, variant
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE


def targets(followed: list[Followed]) -> list[Target]:
    return [one.target for one in followed]


async def test_a_target_is_followed_once(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine, other = owner(), owner()
        first = await kept.follow(mine, category(7))
        again = await kept.follow(mine, category(7))
        assert first == again
        assert first is not None
        await kept.follow(mine, variant(3))
        await kept.follow(other, category(7))
        assert targets(await kept.of(mine)) == [category(7), variant(3)]
        await kept.leave(mine, [category(7), category(99)])
        assert targets(await kept.of(mine)) == [variant(3)]
        assert targets(await kept.of(other)) == [category(7)]
        later = await kept.follow(mine, category(7))
        assert later is not None
        assert later.turn > first.turn, "another subscription, of which nothing was told yet"


async def test_the_same_customer_on_another_website_is_somebody_else(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        await kept.follow(Owner(5, 1), category(7))
        assert await kept.of(Owner(5, 2)) == []
        assert await kept.of(Owner(51, 1)) == []


async def test_there_are_so_many_and_no_more(valkey: Valkey) -> None:
    async with subscriptions(valkey.url, most=2) as kept:
        mine = owner()
        assert await kept.follow(mine, category(1))
        assert await kept.follow(mine, category(2))
        assert await kept.follow(mine, category(3)) is None
        assert await kept.follow(mine, category(2)), "what is followed already is"
        await kept.leave(mine, [category(1)])
        assert await kept.follow(mine, category(3))


async def test_what_nobody_follows_is_not_watched(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine, other = owner(), owner()
        await kept.follow(mine, category(1), pricelist_id=4)
        await kept.follow(other, category(1), pricelist_id=5)
        found = await kept.watched()
        assert found.targets == {category(1)}
        assert set(found.fresh) == {category(1)}
        assert found.pricelists == {4, 5}
        assert await kept.has_fresh()
        await kept.seen(found.fresh)
        assert not (await kept.watched()).fresh
        assert not await kept.has_fresh()
        await kept.leave(mine, [category(1)])
        assert (await kept.watched()).targets == {category(1)}
        await kept.forget(other)
        gone = await kept.watched()
        assert (gone.targets, dict(gone.fresh), gone.pricelists) == (frozenset(), {}, frozenset())


async def test_who_comes_between_is_looked_at_still(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        await kept.follow(owner(), variant(3), look=True)
        found = await kept.watched()
        await kept.follow(owner(), variant(3), look=True)
        await kept.seen(found.fresh)
        assert set((await kept.watched()).fresh) == {variant(3)}


async def test_only_what_is_new_is_told_and_once(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine, late = owner(), owner()
        await kept.follow(mine, category(7))
        told = kept.tell("NEW_PRODUCT", ["1"], [category(7)], known="c")
        assert not await told, "nobody knows what is known"
        assert await kept.know("c", ["1", "2"])
        assert not await kept.know("c", [])
        for _ in range(2):
            assert await kept.tell("NEW_PRODUCT", ["1", "2", "3"], [category(7)], known="c")
        await kept.follow(late, category(7))
        assert await kept.tell("NEW_PRODUCT", ["3"], [category(7)], known="c")
        (batch,) = await kept.claim(10, 60)
        assert batch.owner == mine
        assert [(item.event, item.ref) for item in batch.items] == [("NEW_PRODUCT", "3")]
        assert await kept.done(batch, ())
        assert await kept.claim(10, 60) == []
        assert await kept.waiting() == (0, 0.0)


async def test_only_those_with_the_pricelist_are_told(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine, other = owner(), owner()
        await kept.follow(mine, category(7), pricelist_id=4)
        await kept.follow(other, category(7), pricelist_id=5)
        await kept.know("p4", [])
        await kept.tell("PROMOTION_STARTED", ["4-a"], [category(7), promotion("4-a")], known="p4", pricelist_id=4)
        (batch,) = await kept.claim(10, 60)
        assert batch.owner == mine


async def test_many_are_told_of_some(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        await kept.follow(owner(), category(7))
        await kept.know("c", [])
        await kept.tell("NEW_PRODUCT", [str(one) for one in range(2_500)], [category(7)], known="c")
        (batch,) = await kept.claim(10, 60)
        assert len(batch.items) <= 60, "a message, and no catalogue"
        await kept.done(batch, ())
        await kept.tell("NEW_PRODUCT", ["2400", "2500"], [category(7)], known="c")
        (batch,) = await kept.claim(10, 60)
        assert [item.ref for item in batch.items] == ["2500"], "all of them are known, told or not"


async def test_a_batch_stays_the_same_until_it_is_told(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine = owner()
        await kept.follow(mine, variant(3))
        await kept.follow(mine, variant(4))
        await kept.tell("BACK_IN_STOCK", ["3"], [variant(3)])
        (first,) = await kept.claim(10, 0.05)
        assert await kept.claim(10, 0.05) == [], "somebody is at it"
        await kept.tell("BACK_IN_STOCK", ["4"], [variant(4)])
        await asyncio.sleep(0.1)
        (second,) = await kept.claim(10, 60)
        assert replace(second, claim="") == replace(first, claim=""), "whoever takes over tells the same"
        assert not await kept.done(first, ()), "it is somebody else's by now"
        assert not await kept.later(first, 0, counts=True)
        assert await kept.later(second, 0, counts=True)
        (third,) = await kept.claim(10, 60)
        assert (third.id, third.tries) == (first.id, 1)
        assert await kept.done(third, [(variant(3), third.items[0].turn)])
        assert targets(await kept.of(mine)) == [variant(4)]
        (fourth,) = await kept.claim(10, 60)
        assert fourth.id != first.id
        assert [item.ref for item in fourth.items] == ["4"]


async def test_what_is_followed_anew_does_not_end_by_old_news(valkey: Valkey) -> None:
    async with subscriptions(valkey.url) as kept:
        mine = owner()
        await kept.follow(mine, variant(3))
        await kept.tell("BACK_IN_STOCK", ["3"], [variant(3)])
        (batch,) = await kept.claim(10, 60)
        await kept.leave(mine, [variant(3)])
        await kept.follow(mine, variant(3))
        await kept.done(batch, [(item.target, item.turn) for item in batch.items])
        assert targets(await kept.of(mine)) == [variant(3)]


async def test_what_is_missing_ends_when_it_does_not_come_back(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    async with subscriptions(valkey.url) as kept:
        mine = owner()
        await kept.follow(mine, promotion("4-a"))
        await kept.there([], [promotion("4-a")])
        assert targets(await kept.of(mine)) == [promotion("4-a")], "rules may be imported anew"
        await kept.there([promotion("4-a")], [])
        monkeypatch.setattr("subscriptions.store.MISSED", 0.05)
        await kept.there([], [promotion("4-a")])
        await asyncio.sleep(0.1)
        assert targets(await kept.of(mine)) == [promotion("4-a")]
        await kept.there([], [promotion("4-a")])
        assert await kept.of(mine) == []


async def test_a_restarted_redis_has_what_was_answered(tmp_path: object) -> None:
    from pathlib import Path

    server = Valkey({"appendonly": "yes", "appendfsync": "always"}, directory=Path(str(tmp_path)))
    server.start()
    try:
        async with subscriptions(server.url, "kept", durability="fsync") as kept:
            mine = owner()
            await kept.follow(mine, variant(3))
            await kept.tell("BACK_IN_STOCK", ["3"], [variant(3)])
            (before,) = await kept.claim(10, 0.01)
            server.kill()
            with pytest.raises(SubscriptionsUnavailableError):
                await kept.of(mine)
            server.start()
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        found = await kept.claim(10, 60)
                        break
                    except SubscriptionsUnavailableError:
                        await asyncio.sleep(0.05)
            assert [one.id for one in found] == [before.id]
            assert targets(await kept.of(mine)) == [variant(3)]
    finally:
        server.stop()


async def test_in_a_cluster_too(valkey_cluster: list[Valkey]) -> None:
    async with subscriptions([one.url for one in valkey_cluster]) as kept:
        mine = owner()
        await kept.follow(mine, variant(3), look=True)
        assert set((await kept.watched()).fresh) == {variant(3)}
        await kept.tell("BACK_IN_STOCK", ["3"], [variant(3)])
        (batch,) = await kept.claim(10, 60)
        assert await kept.done(batch, [(variant(3), batch.items[0].turn)])
        assert await kept.of(mine) == []


@pytest.mark.parametrize("key", ["", "CATEGORY", "CATEGORY:", "CATEGORY:x", "CATEGORY:-1", "OTHER:1", "CATEGORY:１"])
def test_what_is_no_target(key: str) -> None:
    assert Target.of(key) is None


def test_items_have_names() -> None:
    for item in (
        Item(variant(3), 7, "BACK_IN_STOCK", "3"),
        Item(promotion("4-0123456789ab"), 8, "NEW_PRODUCT", "12"),
    ):
        assert Item.of(item.key) == item
