"""What people do with the orders of carts, and carts that are merged, thrown away or accepted while Odoo was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from adapters.errors import OdooRejectedError
from cart.model import Cart
from cart.placement import Wish, decoded
from cart.placing import PlacingRules
from resolvers.cart_owners import OwnersPrices
from tests.cart.places import add
from tests.cart.syncing import ORDER, VERSIONS, Call, Desk, desk, wanted


@pytest.fixture(params=VERSIONS)
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with desk(request.param) as found:
        yield found


@pytest.fixture
async def one_shop() -> AsyncIterator[Desk]:
    """Where the version does not matter."""
    async with desk("14.0") as found:
        yield found


async def test_an_order_that_people_confirmed_is_placed(shop: Desk) -> None:
    cart = await shop.filled(add(shop.variants[0], 2))
    await shop.bring(cart)
    order = await shop.order(cart)
    assert order is not None
    await shop.as_people(ORDER, "action_confirm", [order.id])
    cart = await shop.change(cart, add(shop.variants[1], 4))
    assert await shop.bring(cart) == "placed"
    found = await shop.now(cart)
    assert found.state == "placed"
    placement = decoded(found.placement)
    assert placement is not None
    assert placement.order is not None
    assert (placement.order.id, placement.order.state) == (order.id, "sale")
    following = await shop.carts.current(cart.owner, create=False)
    assert following is not None
    assert [(line.variant_id, int(line.quantity)) for line in following.lines] == [(shop.variants[1], 4)]
    assert len(shop.rows(cart)) == 1


@pytest.mark.parametrize("state", ["cancel", "sent"])
async def test_what_people_did_with_a_draft_stands_and_the_cart_goes_on(shop: Desk, state: str) -> None:
    cart = await shop.filled(add(shop.variants[0], 2, note="cold"))
    await shop.bring(cart)
    order = await shop.order(cart)
    assert order is not None
    await shop.as_people(ORDER, "write", [order.id], {"vals": {"state": state}})
    cart = await shop.change(cart, add(shop.variants[1], 4))
    assert await shop.bring(cart) == "redrafted"
    following = await shop.carts.current(cart.owner, create=False)
    assert following is not None
    assert following.id != cart.id
    assert [(line.variant_id, int(line.quantity), line.note) for line in following.lines] == [
        (shop.variants[0], 2, "cold"),
        (shop.variants[1], 4, None),
    ]
    assert (await shop.now(cart)).state == "merged"
    assert await shop.bring(following) == "synced"
    assert not await shop.is_due(cart)
    assert [row["state"] for row in shop.rows(cart)] == [state]
    assert [row["state"] for row in shop.rows(following)] == ["draft"]


async def test_carts_that_are_merged_or_deleted_leave_no_draft(shop: Desk) -> None:
    guests, customers, thrown = await shop.filled(owner=shop.guest()), await shop.filled(), await shop.filled()
    for cart in (guests, customers, thrown):
        await shop.bring(cart)
    await shop.carts.merge(guests.id, customers.id)
    await shop.carts.delete(thrown.id)
    async with shop.working():
        await shop.settled()
    assert shop.rows(guests, "draft", "sent", "sale") == []
    assert shop.rows(thrown, "draft", "sent", "sale") == []
    assert await shop.quantities(customers) == wanted(await shop.now(customers))


async def test_a_merge_that_was_left_half_done_is_finished(one_shop: Desk) -> None:
    shop = one_shop
    guests, customers = await shop.filled(owner=shop.guest()), await shop.filled()
    await shop.carts.seal(guests.id, customers.id)
    assert await shop.bring(guests) == "dropped"
    found = await shop.now(customers)
    assert [line.quantity for line in found.lines] == [4, 2]
    assert not (await shop.now(guests)).merging


# -- orders that were accepted while Odoo was away -------------------------------------------------


async def requested(shop: Desk, cart: Cart) -> None:
    placer = shop.services.placer
    placer.rules = PlacingRules(when_down="request")
    prices = OwnersPrices(shop.services)
    await prices.priced(cart)
    shop.process.wire.cut = True
    outcome = await placer.place(cart.id, Wish(), prices, key=uuid4().hex)
    assert outcome.placement is not None
    assert outcome.placement.status == "REQUESTED"
    shop.process.wire.cut = False


async def test_a_requested_order_is_confirmed_when_odoo_is_back(shop: Desk) -> None:
    cart = await shop.filled(add(shop.variants[0], 1))
    await requested(shop, cart)
    async with shop.working(2):
        async with asyncio.timeout(20):
            while (await shop.now(cart)).state != "placed":  # noqa: ASYNC110  # as any watcher
                await asyncio.sleep(0.02)
    assert [row["state"] for row in shop.rows(cart)] == ["sale"]
    assert not await shop.is_due(cart)


async def test_a_request_that_cannot_be_confirmed_waits_for_people(shop: Desk) -> None:
    cart = await shop.filled(add(shop.variants[0], 1))
    await requested(shop, cart)

    async def refuse(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method == "action_confirm":
            raise OdooRejectedError("The warehouse is closed")
        return await call()

    with shop.tampered(refuse):
        async with shop.working(2):
            async with asyncio.timeout(20):
                while not await shop.carts.dead_letters(1):  # noqa: ASYNC110  # as any watcher
                    await asyncio.sleep(0.02)
    (dead,) = await shop.carts.dead_letters(10)
    assert dead.failure is not None
    assert (dead.state, dead.failure.message) == ("requested", "The warehouse is closed")
    placement = decoded(dead.placement)
    assert placement is not None
    assert placement.status == "NEEDS_ATTENTION"
    assert not await shop.is_due(cart)
