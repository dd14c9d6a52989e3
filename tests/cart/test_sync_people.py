"""What people do with the orders of carts, and carts that are merged, thrown away or accepted while Odoo was away."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from adapters.errors import OdooRejectedError
from cart import sync_push
from cart.model import Cart
from cart.placement import Wish, decoded
from cart.placing import PlacingRules
from cart.placing_errors import PlacingRefusedError
from resolvers.cart_owners import OwnersPrices
from resolvers.cart_types import state_of
from tests.cart.places import add
from tests.cart.syncing import ORDER, Call, Desk, wanted
from tests.support.waiting import until


async def test_an_order_that_people_confirmed_is_placed(desk: Desk) -> None:
    cart = await desk.filled(add(desk.variants[0], 2))
    await desk.bring(cart)
    order = await desk.order(cart)
    assert order is not None
    await desk.as_people(ORDER, "action_confirm", [order.id])
    cart = await desk.change(cart, add(desk.variants[1], 4))
    assert await desk.bring(cart) == "placed"
    found = await desk.now(cart)
    assert found.state == "placed"
    placement = decoded(found.placement)
    assert placement is not None
    assert placement.order is not None
    assert (placement.order.id, placement.order.state) == (order.id, "sale")
    following = await desk.carts.current(cart.owner, create=False)
    assert following is not None
    assert [(line.variant_id, int(line.quantity)) for line in following.lines] == [(desk.variants[1], 4)]
    assert len(desk.rows(cart)) == 1


async def test_what_people_cancelled_stays_cancelled_and_the_cart_goes_on(desk: Desk) -> None:
    cart = await desk.filled(add(desk.variants[0], 2, note="cold"))
    await desk.bring(cart)
    order = await desk.order(cart)
    assert order is not None
    await desk.as_people(ORDER, "write", [order.id], {"vals": {"state": "cancel"}})
    cart = await desk.change(cart, add(desk.variants[1], 4))
    assert await desk.bring(cart) == "redrafted"
    following = await desk.carts.current(cart.owner, create=False)
    assert following is not None
    assert following.id != cart.id
    assert [(line.variant_id, int(line.quantity), line.note) for line in following.lines] == [
        (desk.variants[0], 2, "cold"),
        (desk.variants[1], 4, None),
    ]
    assert (await desk.now(cart)).state == "merged"
    assert await desk.bring(following) == "synced"
    assert not await desk.is_due(cart)
    assert [row["state"] for row in desk.rows(cart)] == ["cancel"]
    assert [row["state"] for row in desk.rows(following)] == ["draft"]


async def sent(desk: Desk, cart: Cart) -> None:
    """People of the shop send the cart's draft as a quotation."""
    await desk.bring(cart)
    order = await desk.order(cart)
    assert order is not None
    await desk.as_people(ORDER, "write", [order.id], {"vals": {"state": "sent"}})


def is_quotation(cart: Cart) -> bool:
    placement = decoded(cart.placement)
    assert placement is not None
    assert placement.order is not None
    return (cart.state, placement.order.state, placement.wish.goal, state_of(cart)) == (
        "placed",
        "sent",
        "quotation",
        "QUOTATION",
    )


async def test_what_people_sent_is_a_quotation_and_a_new_cart_begins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_push, "TRUSTED_SECONDS", 0.0)  # it was pushed a while ago
    cart = await desk.filled(add(desk.variants[0], 2, note="cold"))
    await sent(desk, cart)
    before = await desk.quantities(cart)
    cart = await desk.change(cart, add(desk.variants[1], 4))
    assert await desk.bring(cart) == "placed"
    assert is_quotation(await desk.now(cart))
    following = await desk.carts.current(cart.owner, create=False)
    assert following is not None
    assert [(line.variant_id, int(line.quantity)) for line in following.lines] == [(desk.variants[1], 4)]
    assert (await desk.carts.apply(cart.id, [add(desk.variants[2], 1)])).results[0].code == "CART_CLOSED"
    assert await desk.bring(following) == "synced"
    assert [row["state"] for row in desk.rows(cart)] == ["sent"]
    assert await desk.quantities(cart) == before
    assert await desk.bring(cart) == "gone"


async def test_a_change_that_crosses_with_the_sending_is_in_the_quotation(desk: Desk) -> None:
    """Odoo takes it, and nothing is asked for twice."""
    cart = await desk.filled(add(desk.variants[0], 2))
    await sent(desk, cart)
    cart = await desk.change(cart, add(desk.variants[1], 4))
    assert await desk.bring(cart) == "placed"
    assert is_quotation(await desk.now(cart))
    assert await desk.quantities(cart) == wanted(cart)
    assert await desk.carts.current(cart.owner, create=False) is None


async def test_whoever_orders_what_people_sent_as_a_quotation_is_told(desk: Desk) -> None:
    cart = await desk.filled(add(desk.variants[0], 2))
    await sent(desk, cart)
    prices, key = OwnersPrices(desk.services), uuid4().hex
    with pytest.raises(PlacingRefusedError) as refused:
        await desk.services.placer.place(cart.id, Wish(), prices, key=key)
    assert refused.value.code == "ORDER_CLOSED"
    assert is_quotation(await desk.now(cart))
    assert await desk.carts.current(cart.owner, create=False) is None
    assert [row["state"] for row in desk.rows(cart)] == ["sent"]


async def test_whoever_orders_what_people_cancelled_keeps_the_cart(one_desk: Desk) -> None:
    desk = one_desk
    cart = await desk.filled(add(desk.variants[0], 2))
    await desk.bring(cart)
    order = await desk.order(cart)
    assert order is not None
    await desk.as_people(ORDER, "write", [order.id], {"vals": {"state": "cancel"}})
    with pytest.raises(PlacingRefusedError, match="cancelled"):
        await desk.services.placer.place(cart.id, Wish(), OwnersPrices(desk.services), key=uuid4().hex)
    assert (await desk.now(cart)).state == "open"


async def test_carts_that_are_merged_or_deleted_leave_no_draft(desk: Desk) -> None:
    guests, customers, thrown = await desk.filled(owner=desk.guest()), await desk.filled(), await desk.filled()
    for cart in (guests, customers, thrown):
        await desk.bring(cart)
    await desk.carts.merge(guests.id, customers.id)
    await desk.carts.delete(thrown.id)
    async with desk.working():
        await desk.settled()
    assert desk.rows(guests, "draft", "sent", "sale") == []
    assert desk.rows(thrown, "draft", "sent", "sale") == []
    assert await desk.quantities(customers) == wanted(await desk.now(customers))


async def test_a_merge_that_was_left_half_done_is_finished(one_desk: Desk) -> None:
    desk = one_desk
    guests, customers = await desk.filled(owner=desk.guest()), await desk.filled()
    await desk.carts.seal(guests.id, customers.id)
    assert await desk.bring(guests) == "dropped"
    found = await desk.now(customers)
    assert [line.quantity for line in found.lines] == [4, 2]
    assert not (await desk.now(guests)).merging


# -- orders that were accepted while Odoo was away -------------------------------------------------


async def requested(desk: Desk, cart: Cart) -> None:
    placer = desk.services.placer
    placer.rules = PlacingRules(when_down="request")
    prices = OwnersPrices(desk.services)
    await prices.priced(cart)
    desk.process.wire.cut = True
    outcome = await placer.place(cart.id, Wish(), prices, key=uuid4().hex)
    assert outcome.placement is not None
    assert outcome.placement.status == "REQUESTED"
    desk.process.wire.cut = False


async def test_a_requested_order_is_confirmed_when_odoo_is_back(desk: Desk) -> None:
    cart = await desk.filled(add(desk.variants[0], 1))
    await requested(desk, cart)
    async with desk.working(2):

        async def is_placed() -> bool:
            return (await desk.now(cart)).state == "placed"

        await until(is_placed)
    assert [row["state"] for row in desk.rows(cart)] == ["sale"]
    assert not await desk.is_due(cart)


async def test_a_request_that_cannot_be_confirmed_waits_for_people(desk: Desk) -> None:
    cart = await desk.filled(add(desk.variants[0], 1))
    await requested(desk, cart)

    async def refuse(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method == "action_confirm":
            raise OdooRejectedError("The warehouse is closed")
        return await call()

    with desk.tampered(refuse):
        async with desk.working(2):
            await until(lambda: desk.carts.dead_letters(1))
    (dead,) = await desk.carts.dead_letters(10)
    assert dead.failure is not None
    assert (dead.state, dead.failure.message) == ("requested", "The warehouse is closed")
    placement = decoded(dead.placement)
    assert placement is not None
    assert placement.status == "NEEDS_ATTENTION"
    assert not await desk.is_due(cart)
