"""One cart goes into another: nothing is lost, nothing counts twice, whoever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cart.carts import Following
from cart.merging import merge
from cart.model import Cart, CartDetails
from cart.rules import CartRules, Limits
from cart.store import CartClosedError, CartNotFoundError, CartStore
from tests.cart.conftest import StoreOf
from tests.cart.places import add, by_number, customer, guest, put, shown, statuses

STEPS = ("seal", "absorb", "finish_merge", "redirect")


class DiedError(Exception):
    """The process that merged ended."""


class Dying:
    """A store whose merging process dies before or after one of its steps."""

    def __init__(self, store: CartStore, step: str, *, after: bool) -> None:
        self._store = store
        self._step = step
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Awaitable[Any]] = getattr(self._store, name)
        if name != self._step:
            return method

        async def dying(*arguments: Any) -> Any:
            if self._after:
                await method(*arguments)
            raise DiedError

        return dying


async def pair(carts: CartStore) -> tuple[Cart, Cart]:
    """A guest's cart and a customer's."""
    source, target = await carts.create(guest()), await carts.create(customer())
    await carts.apply(source.id, [add(1, 2, note="mine"), add(2, 3, options={"c": "red"}), add(3, "0.5")])
    await carts.apply(target.id, [add(9), add(1, 5, note="theirs"), add(2, 1, options={"c": "blue"})])
    return source, target


MERGED = [
    (1, 9, "1"),
    (2, 1, "7", "theirs\nmine"),
    (3, 2, "1", {"c": "blue"}),
    (4, 2, "3", {"c": "red"}),
    (5, 3, "0.5"),
]


class TestMerging:
    async def test_nothing_is_lost(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        await carts.set_details(source.id, partner_id=1, carrier_id=2, codes=["A", "B"], note="x")
        await carts.set_details(target.id, partner_id=5, codes=["B", "C"])
        merged = await carts.merge(source.id, target.id)
        assert shown(merged) == MERGED
        assert merged.details == CartDetails(partner_id=5, carrier_id=2, codes=("B", "C", "A"), note="x")
        assert merged == await carts.find(target.id)
        for _ in range(2):
            assert await carts.merge(source.id, target.id) == merged
        gone = await carts.find(source.id)
        assert gone is not None
        assert (gone.state, gone.into, gone.merging) == ("merged", target.id, False)
        assert await carts.carts_of(source.owner) == []
        new = await carts.current(source.owner, create=True)
        assert new is not None
        assert new.id != source.id

    async def test_many_lines_and_large_quantities_go_over(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(limits=Limits(lines=3, quantity=100)))
        source, target = await carts.create(guest()), await carts.create(customer())
        await carts.apply(source.id, [add(1, 90), add(2), add(3)])
        await carts.apply(target.id, [add(1, 90), add(12), add(13)])
        merged = await carts.merge(source.id, target.id)
        assert [line.variant_id for line in merged.lines] == [1, 12, 13, 2, 3]
        assert [line.quantity for line in merged.lines] == [100, 1, 1, 1, 1]
        assert statuses((await carts.apply(target.id, [add(4), add(2)])).results) == ["TOO_MANY_LINES", "APPLIED"]

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS[:3])
    async def test_a_merge_that_died_is_finished_by_the_next(self, carts: CartStore, step: str, after: bool) -> None:
        source, target = await pair(carts)
        with pytest.raises(DiedError):
            await merge(Dying(carts, step, after=after), source.id, target.id)
        left = await carts.find(source.id)
        assert left is not None
        assert left.merging == ((step, after) not in {("seal", False), ("finish_merge", True)})
        assert (source.id in await carts.due(10_000, now=9e9)) == (left.state == "open" or left.merging)
        # others go on meanwhile
        await carts.apply(target.id, [add(9)])
        merged = await carts.merge(source.id, target.id)
        assert shown(merged) == [(1, 9, "2"), *MERGED[1:]]
        assert source.id not in await carts.due(10_000, now=9e9)

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS)
    async def test_the_target_is_placed_while_nobody_merges(self, carts: CartStore, step: str, after: bool) -> None:
        """What was not in it goes into the cart that the customer has then, and nothing twice."""
        source, target = await pair(carts)
        first = STEPS[0] if step == "redirect" else step
        with pytest.raises(DiedError):
            await merge(Dying(carts, first, after=after or step == "redirect"), source.id, target.id)
        await carts.begin_placing(target.id, "t", lease_seconds=30)
        placed = await carts.finish_placing(target.id, "t", b"S1", state="placed")
        assert placed is not None
        new = await carts.current(target.owner, create=True)
        assert new is not None
        if step == "redirect":
            with pytest.raises(DiedError):
                await merge(Dying(carts, "redirect", after=after), source.id, new.id)
        await carts.merge(source.id, new.id)
        there = await carts.find(new.id)
        assert there is not None
        arrived = shown(placed) == MERGED
        assert arrived == (step in {"absorb", "finish_merge"} and (after or step == "finish_merge"))
        assert [one[1:3] for one in shown(there)] == ([] if arrived else [(1, "2"), (2, "3"), (3, "0.5")])

    async def test_no_order_is_placed_of_a_cart_in_between(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        await carts.begin_placing(target.id, "t", lease_seconds=30)
        with pytest.raises(CartClosedError) as caught:
            await carts.merge(source.id, target.id)
        assert caught.value.cart.id == target.id
        await carts.abandon_placing(target.id, "t")
        assert shown(await carts.merge(source.id, target.id)) == MERGED
        other = await carts.create(guest())
        await carts.begin_placing(other.id, "t", lease_seconds=30)
        with pytest.raises(CartClosedError):
            await carts.merge(other.id, target.id)

    async def test_merged_by_many_at_once(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        merged = await asyncio.gather(*(carts.merge(source.id, target.id) for _ in range(8)))
        assert [shown(one) for one in merged] == [MERGED] * 8

    async def test_into_one_another(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        await asyncio.gather(
            carts.merge(source.id, target.id), carts.merge(target.id, source.id), return_exceptions=True
        )
        both = [await carts.current(one.owner, create=True) for one in (source, target)]
        total = sum(line.quantity for cart in both if cart is not None for line in cart.lines)
        assert total == sum(line.quantity for line in (await _plain(carts)).lines)

    async def test_chains(self, carts: CartStore) -> None:
        one, two, three = [await carts.create(guest()) for _ in range(3)]
        await carts.apply(one.id, [add(1)])
        await carts.merge(two.id, three.id)
        assert (await carts.merge(one.id, two.id)).id == three.id
        assert shown(await Following(carts).find(one.id)) == [(1, 1, "1")]
        assert (await carts.merge(three.id, three.id)).id == three.id
        with pytest.raises(CartNotFoundError):
            await carts.merge("nothing", three.id)
        with pytest.raises(CartNotFoundError):
            await carts.merge(three.id, "nothing")

    async def test_the_draft_of_a_merged_cart_is_to_go(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        assert await carts.take(source.id, "w", 30, only_due=False) is not None
        await carts.merge(source.id, target.id)  # while it is being pushed
        assert await carts.release(source.id, "w")
        assert source.id in await carts.due(10_000, now=9e9)
        taken = await carts.take(source.id, "w", 30, only_due=False)
        assert taken is not None
        assert taken.state == "merged"
        await carts.dropped(source.id, "w")
        assert source.id not in await carts.due(10_000, now=9e9)


class TestFollowing:
    async def test_changes_of_a_merged_cart_go_on_in_the_other(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        known, late = add(1), [add(1, 10), by_number(2, delta=1), by_number(7, delta=1), put(4, 4)]
        await carts.apply(source.id, [known])
        await carts.merge(source.id, target.id)
        applied = await Following(carts).apply(source.id, [known, *late])
        assert statuses(applied.results) == ["DUPLICATE", "APPLIED", "APPLIED", "LINE_NOT_FOUND", "APPLIED"]
        assert applied.cart.id == target.id
        assert [one[1:3] for one in shown(applied.cart)] == [
            (9, "1"),
            (1, "18"),
            (2, "1"),
            (2, "4"),
            (3, "0.5"),
            (4, "4"),
        ]
        again = await Following(carts).apply(source.id, [known, *late])
        assert statuses(again.results) == ["DUPLICATE"] * 3 + ["LINE_NOT_FOUND", "DUPLICATE"]
        # what the guest sent is known in the customer's cart as well
        assert statuses((await carts.apply(target.id, [known, late[0]])).results) == ["DUPLICATE"] * 2

    @pytest.mark.parametrize("step", ["seal", "absorb"])
    async def test_whoever_meets_a_cart_that_is_merging_finishes_it(self, carts: CartStore, step: str) -> None:
        source, target = await pair(carts)
        with pytest.raises(DiedError):
            await merge(Dying(carts, step, after=True), source.id, target.id)
        applied = await Following(carts).apply(source.id, [add(9, 2)])
        assert shown(applied.cart) == [(1, 9, "3"), *MERGED[1:]]
        assert (await Following(carts).find(source.id)) == applied.cart

    async def test_no_change_is_lost_while_carts_merge(self, carts: CartStore) -> None:
        source, target = await pair(carts)
        batches = [[add(1), add(5), add(1, -1)] for _ in range(30)]

        async def send(batch: list[Any]) -> None:
            for _ in range(2):
                applied = await Following(carts).apply(source.id, batch)
                assert not [one for one in applied.results if one.status == "REJECTED"]

        await asyncio.gather(*(send(one) for one in batches[:15]), carts.merge(source.id, target.id))
        await asyncio.gather(*(send(one) for one in batches))
        found = await carts.find(target.id)
        assert found is not None
        assert {line.variant_id: line.quantity for line in found.lines if line.variant_id in (1, 5)} == {1: 7, 5: 30}


async def _plain(carts: CartStore) -> Cart:
    source, target = await pair(carts)
    return await carts.merge(source.id, target.id)
