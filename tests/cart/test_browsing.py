"""Lists of all carts: whole, in order, whatever the size of pages, and bounded in what a page looks at."""

from __future__ import annotations

import asyncio
import random
from typing import get_args
from uuid import uuid4

import pytest

from cart import browsing, memory_browsing, redis_browsing
from cart.browsing import Part, Place, page_of, place_of
from cart.model import Cart, Failure, Owner, Synced
from cart.rules import CartRules
from cart.store import CartStore, Listed
from tests.cart.conftest import StoreOf
from tests.cart.places import add

AT_ONCE = CartRules(delay=0.0, delay_most=0.0)


@pytest.fixture
def carts(store_of: StoreOf) -> CartStore:
    """Where a change is due at once."""
    return store_of(AT_ONCE)


async def filled(carts: CartStore, *, website_id: int = 1, kind: str = "customer") -> Cart:
    owner = Owner(kind="guest" if kind == "guest" else "customer", key=uuid4().hex, website_id=website_id)
    cart = await carts.create(owner)
    return (await carts.apply(cart.id, [add(7)])).cart


async def push(carts: CartStore, cart: Cart, *, dead: bool = False) -> None:
    """As the worker: Odoo takes it, or refuses it for good."""
    token = uuid4().hex
    held = await carts.take(cart.id, token, 30.0, only_due=False)
    assert held is not None
    if dead:
        failure = Failure(code="ERP_REJECTED", message="no", tries=8, at=0.0, dead=True)
        assert await carts.failed(cart.id, token, failure, 0.0)
    else:
        assert await carts.synced(cart.id, token, Synced(version=held.version, order_id=1, order=b"x", at=0.0))


async def walked(carts: CartStore, which: Listed, limit: int, websites: tuple[int, ...] = (1,)) -> list[str]:
    """All of a list, page by page."""
    found: list[str] = []
    after = None
    for _ in range(2_000):
        page = await carts.browse(which, websites, limit, after=after)
        assert len(page.carts) <= limit
        found += [cart.id for cart in page.carts]
        if page.following is None:
            return found
        assert page.following != after
        after = page.following
    raise AssertionError("it has no end")


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_every_cart_is_in_its_lists_once(carts: CartStore, limit: int) -> None:
    made = [await filled(carts, kind=("guest", "customer")[place % 2]) for place in range(12)]
    elsewhere = await filled(carts, website_id=2)
    empty = await carts.create(Owner(kind="guest", key=uuid4().hex, website_id=1))
    for cart in made[:3]:
        await push(carts, cart)
    for cart in made[3:5]:
        await push(carts, cart, dead=True)
    await carts.delete(made[5].id)
    ids = [cart.id for cart in made]
    kept = await walked(carts, "kept", limit)
    assert sorted(kept) == sorted([*ids[:5], *ids[6:], empty.id])
    assert sorted(await walked(carts, "synced", limit)) == sorted(ids[:3])
    assert sorted(await walked(carts, "dead", limit)) == sorted(ids[3:5])
    assert sorted(await walked(carts, "due", limit)) == sorted(ids[6:])
    assert await walked(carts, "kept", limit, (2,)) == [elsewhere.id]
    assert await walked(carts, "kept", limit, ()) == []
    assert len(await walked(carts, "kept", limit, (1, 2))) == len(kept) + 1


async def test_what_is_touched_comes_first(carts: CartStore) -> None:
    made = [await filled(carts) for _ in range(4)]
    await carts.apply(made[1].id, [add(8)])
    found = await walked(carts, "kept", 2)
    changed = [(cart.changed, cart.id) for one in found if (cart := await carts.find(one)) is not None]
    assert [round(at, 3) for at, _ in changed] == sorted((round(at, 3) for at, _ in changed), reverse=True)


async def test_a_placed_cart_is_in_none(carts: CartStore) -> None:
    cart = await filled(carts)
    token = uuid4().hex
    await carts.begin_placing(cart.id, token, lease_seconds=30.0)
    assert await walked(carts, "kept", 5) == [cart.id]
    await carts.finish_placing(cart.id, token, b"an order", state="placed")
    for which in get_args(Listed):
        assert await walked(carts, which, 5) == []


async def test_an_order_that_was_accepted_is_kept_and_due(carts: CartStore) -> None:
    cart = await filled(carts)
    token = uuid4().hex
    await carts.begin_placing(cart.id, token, lease_seconds=30.0)
    await carts.finish_placing(cart.id, token, b"a request", state="requested")
    assert await walked(carts, "kept", 5) == await walked(carts, "due", 5) == [cart.id]


async def test_a_page_looks_at_few_carts(carts: CartStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most do not belong to the list, pages are short; none is missed."""
    for module in (browsing, memory_browsing, redis_browsing):
        monkeypatch.setattr(module, "LOOKED_AT", 3)
    made = [await filled(carts) for _ in range(40)]
    for cart in made[::7]:
        await push(carts, cart)
    assert sorted(await walked(carts, "synced", 50)) == sorted(cart.id for cart in made[::7])
    assert sorted(await walked(carts, "kept", 50)) == sorted(cart.id for cart in made)


async def test_what_came_to_its_end_by_itself_is_forgotten(store_of: StoreOf) -> None:
    short = store_of(CartRules(guest=0.05, delay=0.0, delay_most=0.0))
    for _ in range(3):
        await filled(short, kind="guest")
    await asyncio.sleep(0.2)
    found = await walked(short, "kept", 5)
    assert found == []


@pytest.mark.parametrize("after", ["", "x", "1", "1.x", "-1.00000000-0000-8000-8000-000000000000", "9" * 40])
async def test_a_place_that_no_page_told(carts: CartStore, after: str) -> None:
    with pytest.raises(ValueError, match="not a place"):
        await carts.browse("kept", (1,), 5, after=after)


async def test_a_cart_that_is_given_up_is_not_tried_before_it_changes(carts: CartStore) -> None:
    cart = await filled(carts)
    assert not await carts.give_up(cart.id)
    await push(carts, cart, dead=True)
    assert await carts.give_up(cart.id)
    assert not await carts.give_up(cart.id)
    assert not await carts.revive(cart.id)
    counts = await carts.counts()
    assert (counts.dead, counts.due + counts.waiting) == (0, 0)
    told = await carts.find(cart.id)
    assert told is not None
    assert told.failure is not None
    assert told.failure.dead
    assert await walked(carts, "kept", 5) == [cart.id]
    changed = (await carts.apply(cart.id, [add(9)])).cart
    assert changed.failure is None
    assert cart.id in await walked(carts, "due", 5)


async def test_an_accepted_order_cannot_be_given_up(carts: CartStore) -> None:
    cart = await filled(carts)
    token = uuid4().hex
    await carts.begin_placing(cart.id, token, lease_seconds=30.0)
    await carts.finish_placing(cart.id, token, b"a request", state="requested")
    await push(carts, cart, dead=True)
    assert not await carts.give_up(cart.id)
    assert (await carts.counts()).dead == 1


def test_pages_of_partitions_make_one_list() -> None:
    """Whatever partitions tell: walking the pages tells all, in order, once."""
    draw = random.Random(7)  # noqa: S311  # no secret
    for newest_first in (False, True):
        for _ in range(200):
            partitions = [
                sorted({Place(draw.randrange(20), f"{one}-{draw.randrange(99)}") for _ in range(draw.randrange(9))})
                for one in range(5)
            ]
            every = sorted((place for own in partitions for place in own), reverse=newest_first)
            looked, limit = draw.randrange(1, 4), draw.randrange(1, 5)
            told: list[Place] = []
            after: Place | None = None
            while True:
                parts = []
                for own in partitions:
                    ahead = sorted(own, reverse=newest_first)
                    if after is not None:
                        ahead = [one for one in ahead if (one < after if newest_first else one > after)]
                    few = ahead[: min(looked, limit)]
                    parts.append(Part(few, few[-1] if len(ahead) > len(few) else None))
                page, after = page_of(parts, limit, newest_first=newest_first)
                assert len(page) <= limit
                told += page
                if after is None:
                    break
            assert told == every


def test_a_place_is_what_it_was_written_as() -> None:
    place = Place(1_764_000_000_000, "12345678-1234-8123-8123-123456789abc")
    assert place_of(str(place)) == place
    assert place_of(None) is None
