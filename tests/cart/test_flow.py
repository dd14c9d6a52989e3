"""What becomes of carts, wherever they are kept: orders placed once, and carts brought to Odoo by one at a time."""

from __future__ import annotations

import asyncio
import time

import pytest

from cart.model import Cart, Failure, Owner, Synced
from cart.rules import CartRules
from cart.store import CartClosedError, CartNotFoundError, CartStore
from tests.cart.conftest import StoreOf
from tests.cart.places import add, customer, guest, put, statuses

SOON = CartRules(delay=0.05, delay_most=0.25)


async def filled(carts: CartStore, owner: Owner | None = None) -> Cart:
    cart = await carts.current(owner or customer(), create=True)
    assert cart is not None
    return (await carts.apply(cart.id, [add(1, 2), add(2)])).cart


async def is_due(carts: CartStore, cart: Cart, *, after: float = 0.0) -> bool:
    return cart.id in await carts.due(10_000, now=time.time() + after)


def known(cart: Cart, version: int | None = None) -> Synced:
    return Synced(version=cart.version if version is None else version, order_id=7, order=b"\x00order", at=1.5)


def failure(*, dead: bool = False, tries: int = 1) -> Failure:
    return Failure(code="ERP_REJECTED", message="nein", tries=tries, at=2.5, dead=dead)


class TestPlacing:
    async def test_an_order_is_placed_once(self, carts: CartStore) -> None:
        cart = await filled(carts)
        begun = await asyncio.gather(
            *(carts.begin_placing(cart.id, f"t{one}", lease_seconds=30, key="k") for one in range(5))
        )
        assert sorted(one.status for one in begun) == ["BEGUN"] + ["BUSY"] * 4
        token = next(f"t{place}" for place, one in enumerate(begun) if one.status == "BEGUN")
        found = await carts.find(cart.id)
        assert found is not None
        assert found.state == "placing"
        assert await carts.current(cart.owner, create=True) == found
        applied = await carts.apply(cart.id, [add(1)])
        assert statuses(applied.results) == ["CART_CLOSED"]
        with pytest.raises(CartClosedError):
            await carts.delete(cart.id)
        assert await carts.finish_placing(cart.id, "another", b"x", state="placed") is None
        placed = await carts.finish_placing(cart.id, token, b"\x00S0001", state="placed")
        assert placed is not None
        assert (placed.state, placed.placement, placed.lines) == ("placed", b"\x00S0001", cart.lines)
        assert await carts.finish_placing(cart.id, token, b"other", state="placed") == placed
        assert await carts.abandon_placing(cart.id, token) is None
        for key in ("k", None, "k2"):
            again = await carts.begin_placing(cart.id, "later", lease_seconds=30, key=key)
            assert (again.status, again.placement) == ("PLACED", b"\x00S0001")
        assert await carts.find_placement(cart.owner, "k") == (cart.id, b"\x00S0001")
        assert await carts.find_placement(cart.owner, "k2") is None
        assert await carts.find_placement(customer(), "k") is None
        assert await carts.carts_of(cart.owner) == []
        assert not await is_due(carts, cart, after=100)
        new = await carts.current(cart.owner, create=True)
        assert new is not None
        assert new.id != cart.id
        # a retry that finds the new cart is answered with what was placed
        again = await carts.begin_placing(new.id, "later", lease_seconds=30, key="k")
        assert (again.status, again.placement, again.cart) == ("PLACED", b"\x00S0001", placed)

    async def test_a_lease_ends_by_itself_unless_prolonged(self, carts: CartStore) -> None:
        cart = await filled(carts)
        for _ in range(4):
            assert (await carts.begin_placing(cart.id, "t", lease_seconds=0.4)).status == "BEGUN"
            await asyncio.sleep(0.15)
        assert statuses((await carts.apply(cart.id, [add(1)])).results) == ["CART_CLOSED"]
        await asyncio.sleep(0.5)
        found = await carts.find(cart.id)
        assert found is not None
        assert found.state == "open"
        assert (await carts.begin_placing(cart.id, "u", lease_seconds=30)).status == "BEGUN"
        assert await carts.finish_placing(cart.id, "t", b"late", state="placed") is None

    async def test_who_finishes_late_does_if_nothing_has_happened_since(self, carts: CartStore) -> None:
        cart, other = await filled(carts), await filled(carts)
        for one in (cart, other):
            await carts.begin_placing(one.id, "t", lease_seconds=0.05)
        await asyncio.sleep(0.1)
        assert statuses((await carts.apply(other.id, [add(1)])).results) == ["APPLIED"]
        assert await carts.finish_placing(other.id, "t", b"late", state="placed") is None
        placed = await carts.finish_placing(cart.id, "t", b"late", state="placed")
        assert placed is not None
        assert placed.state == "placed"

    async def test_only_what_the_customer_saw_is_placed(self, carts: CartStore) -> None:
        cart = await filled(carts)
        await carts.apply(cart.id, [add(3)])
        changed = await carts.begin_placing(cart.id, "t", lease_seconds=30, version=cart.version)
        assert changed.status == "CHANGED"
        assert changed.cart is not None
        begun = await carts.begin_placing(cart.id, "t", lease_seconds=30, version=changed.cart.version)
        assert begun.status == "BEGUN"
        opened = await carts.abandon_placing(cart.id, "t")
        assert opened is not None
        assert opened.state == "open"
        assert statuses((await carts.apply(cart.id, [add(1)])).results) == ["APPLIED"]

    async def test_requested_orders_are_placed_later(self, carts: CartStore) -> None:
        cart = await filled(carts)
        await carts.begin_placing(cart.id, "t", lease_seconds=30, key="k")
        requested = await carts.finish_placing(cart.id, "t", b"asked", state="requested")
        assert requested is not None
        assert requested.state == "requested"
        assert await is_due(carts, cart, after=0.1)
        assert await carts.current(cart.owner, create=False) is None
        assert [one.id for one in await carts.carts_of(cart.owner)] == [cart.id]
        again = await carts.begin_placing(cart.id, "u", lease_seconds=30, key="other")
        assert (again.status, again.placement) == ("PLACED", b"asked")
        assert (await carts.begin_placing(cart.id, "w", lease_seconds=30, again=True)).status == "BEGUN"
        back = await carts.abandon_placing(cart.id, "w", requested=True)
        assert back is not None
        assert back.state == "requested"
        assert (await carts.begin_placing(cart.id, "w2", lease_seconds=30, again=True)).status == "BEGUN"
        placed = await carts.finish_placing(cart.id, "w2", b"S2", state="placed")
        assert placed is not None
        assert placed.state == "placed"
        assert await carts.find_placement(cart.owner, "k") == (cart.id, b"S2")
        assert not await is_due(carts, cart, after=100)

    async def test_a_requested_order_stays_due_whoever_dies(self, carts: CartStore) -> None:
        cart = await filled(carts)
        await carts.begin_placing(cart.id, "t", lease_seconds=30)
        await carts.finish_placing(cart.id, "t", b"asked", state="requested")
        assert await carts.take(cart.id, "w", 30, only_due=False) is not None
        assert (await carts.begin_placing(cart.id, "w", lease_seconds=0.05, again=True)).status == "BEGUN"
        assert await carts.synced(cart.id, "w", known(cart))  # and then it dies
        await asyncio.sleep(0.1)
        assert await is_due(carts, cart, after=0.1)
        found = await carts.find(cart.id)
        assert found is not None
        assert found.state == "requested"

    async def test_a_requested_order_that_odoo_refuses_is_a_cart_again(self, carts: CartStore) -> None:
        cart = await filled(carts)
        await carts.begin_placing(cart.id, "t", lease_seconds=30, key="k")
        await carts.finish_placing(cart.id, "t", b"asked", state="requested")
        await carts.begin_placing(cart.id, "w", lease_seconds=30, again=True)
        opened = await carts.abandon_placing(cart.id, "w")
        assert opened is not None
        assert (opened.state, opened.placement) == ("open", None)
        assert await carts.current(cart.owner, create=False) == opened
        assert await carts.find_placement(cart.owner, "k") is None
        assert (await carts.begin_placing(cart.id, "x", lease_seconds=30, key="k")).status == "BEGUN"

    async def test_closed_carts_and_those_that_are_not_there(self, carts: CartStore) -> None:
        cart = await filled(carts)
        await carts.delete(cart.id)
        assert (await carts.begin_placing(cart.id, "t", lease_seconds=30)).status == "CLOSED"
        with pytest.raises(CartNotFoundError):
            await carts.begin_placing("nothing", "t", lease_seconds=30)


class TestSync:
    async def test_a_burst_of_changes_is_due_once_and_not_at_once(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(delay=10, delay_most=25))
        cart = await filled(carts)
        assert not await is_due(carts, cart, after=9)
        assert await is_due(carts, cart, after=10.5)
        assert await carts.take(cart.id, "w", 30) is None

    async def test_a_cart_that_is_changed_all_the_time_is_due_all_the_same(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(delay=0.2, delay_most=0.5))
        cart = await filled(carts)
        began = time.time()
        while time.time() < began + 0.7:
            await carts.apply(cart.id, [add(1)])
            await asyncio.sleep(0.02)
        assert await carts.take(cart.id, "w", 30) is not None

    async def test_one_pushes_and_then_odoo_knows(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        cart = await filled(carts)
        await asyncio.sleep(0.1)
        assert await is_due(carts, cart)
        taken = await asyncio.gather(*(carts.take(cart.id, f"w{one}", 30) for one in range(4)))
        assert sum(one is not None for one in taken) == 1
        token = next(f"w{place}" for place, one in enumerate(taken) if one is not None)
        assert not await is_due(carts, cart, after=20)
        assert await is_due(carts, cart, after=31)
        assert not await carts.synced(cart.id, "stranger", known(cart))
        assert not await carts.failed(cart.id, "stranger", failure(), 0)
        assert not await carts.release(cart.id, "stranger")
        assert await carts.synced(cart.id, token, known(cart))
        found = await carts.find(cart.id)
        assert found is not None
        assert found.is_synced
        assert found.synced == known(cart)
        assert not await is_due(carts, cart, after=10_000)
        assert not await carts.synced(cart.id, token, known(cart))
        assert await carts.take(cart.id, "w", 30) is None

    async def test_a_change_while_pushing_leaves_it_due(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        cart = await filled(carts)
        await asyncio.sleep(0.1)
        assert await carts.take(cart.id, "w", 30) is not None
        later = (await carts.apply(cart.id, [add(9)])).cart
        assert not await is_due(carts, cart, after=1)
        assert await carts.synced(cart.id, "w", known(cart))
        assert await is_due(carts, cart, after=1)
        found = await carts.find(cart.id)
        assert found is not None
        assert not found.is_synced
        await asyncio.sleep(0.1)
        assert await carts.take(cart.id, "w", 30) == found
        assert await carts.synced(cart.id, "w", known(later))
        assert not await is_due(carts, cart, after=10_000)

    async def test_who_dies_pushing_is_followed_by_another(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        cart = await filled(carts)
        await asyncio.sleep(0.1)
        assert await carts.take(cart.id, "dead", 0.15) is not None
        assert await carts.take(cart.id, "w", 30) is None
        assert await carts.take(cart.id, "dead", 0.15) is not None
        await asyncio.sleep(0.2)
        assert await carts.take(cart.id, "w", 30) is not None
        assert not await carts.synced(cart.id, "dead", known(cart))
        assert await carts.release(cart.id, "w")
        assert await is_due(carts, cart)

    async def test_failures_are_tried_again_later(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        cart = await filled(carts)
        await asyncio.sleep(0.1)
        await carts.take(cart.id, "w", 30)
        assert await carts.failed(cart.id, "w", failure(), time.time() + 100)
        found = await carts.find(cart.id)
        assert found is not None
        assert found.failure == failure()
        assert not await is_due(carts, cart, after=99)
        assert await is_due(carts, cart, after=101)
        assert await carts.take(cart.id, "w", 30, only_due=False) is not None
        await carts.synced(cart.id, "w", known(cart))
        found = await carts.find(cart.id)
        assert found is not None
        assert found.failure is None

    async def test_dead_ones_wait_for_a_change_or_a_word(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        owner = customer()
        cart = await filled(carts, owner)

        async def die(token: str) -> None:
            await asyncio.sleep(0.1)
            assert await carts.take(cart.id, token, 30) is not None
            assert await carts.failed(cart.id, token, failure(dead=True), 0)

        await die("a")
        assert cart.id in {one.id for one in await carts.dead_letters(10_000)}
        assert not await is_due(carts, cart, after=10_000)
        assert await carts.revive(cart.id)
        assert not await carts.revive(cart.id)
        assert await is_due(carts, cart)
        await die("b")
        await carts.apply(cart.id, [put(1, 0)])
        assert cart.id not in {one.id for one in await carts.dead_letters(10_000)}
        assert await is_due(carts, cart, after=1)
        found = await carts.find(cart.id)
        assert found is not None
        assert found.failure is None
        await asyncio.sleep(0.1)
        await carts.take(cart.id, "c", 30)
        await carts.apply(cart.id, [add(5)])  # while it is being found to be dead
        await carts.failed(cart.id, "c", failure(dead=True), 0)
        assert await is_due(carts, cart, after=1)

    async def test_drafts_of_deleted_carts_are_to_go(self, store_of: StoreOf) -> None:
        carts = store_of(SOON)
        cart, never = await filled(carts), await filled(carts)
        await carts.delete(never.id)
        assert not await is_due(carts, never, after=10_000)
        await carts.take(cart.id, "w", 30, only_due=False)
        await carts.synced(cart.id, "w", known(cart))
        await carts.delete(cart.id)
        assert await is_due(carts, cart, after=0.1)
        taken = await carts.take(cart.id, "w", 30)
        assert taken is not None
        assert (taken.state, taken.synced) == ("deleted", known(cart))
        assert await carts.dropped(cart.id, "w")
        assert not await is_due(carts, cart, after=10_000)

    async def test_an_empty_cart_that_odoo_never_saw_is_not_due(self, carts: CartStore) -> None:
        cart = await carts.create(guest())
        await carts.set_details(cart.id, note="x")
        assert not await is_due(carts, cart, after=10_000)
        await carts.apply(cart.id, [add(1)])
        assert await is_due(carts, cart, after=10_000)
        await carts.apply(cart.id, [add(1, -1)])
        assert not await is_due(carts, cart, after=10_000)

    async def test_the_longest_due_come_first_and_are_counted(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(delay=0.0))
        before = await carts.counts()
        made = []
        for _ in range(5):
            made.append((await filled(carts)).id)
            await asyncio.sleep(0.005)
        assert [one for one in await carts.due(10_000) if one in made] == made
        assert len(await carts.due(2)) == 2
        counts = await carts.counts()
        assert counts.due >= 5
        assert counts.due + counts.waiting == before.due + before.waiting + 5
        assert counts.oldest is not None
        assert counts.oldest <= time.time()

    async def test_what_has_ended_is_not_due_for_ever(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(delay=0.0, guest=0.05))
        cart = await filled(carts, guest())
        await asyncio.sleep(0.1)
        assert await is_due(carts, cart)
        assert await carts.take(cart.id, "w", 30) is None
        assert not await is_due(carts, cart)
