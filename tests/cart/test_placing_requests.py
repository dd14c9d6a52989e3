"""Orders that were accepted while Odoo was away: confirmed once it is back, or looked at by people."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from adapters.errors import OdooRejectedError, OdooTimeoutError, OdooUnavailableError
from cart.model import Cart
from cart.placement import Placement, Wish
from cart.placing_errors import PlacingRefusedError
from cart.pushing import PricedCart
from tests.adapters.customers import VERSIONS
from tests.cart.placed import Counter, DiedError, Life, counter, key, placed, wanted

CONFIRMED = {"sale", "done"}


@contextmanager
def away(shop: Counter) -> Iterator[None]:
    """Odoo answers nothing. What the shop knows of prices, it knows."""
    with pytest.MonkeyPatch.context() as patch:

        async def gone(*_: Any, **__: Any) -> Any:
            raise OdooUnavailableError("away")

        for name in ("cart_orders", "push_cart", "confirm_order", "orders"):
            patch.setattr(shop.till.adapter, name, gone)
        yield


async def requested(shop: Counter, *quantities: str, pressed: str | None = None, **wish: Any) -> Cart:
    """A cart that was ordered while Odoo was away."""
    cart = await shop.filled(*quantities)
    with away(shop):
        outcome = await shop.placer(when_down="request").place(
            cart.id, Wish(**wish), shop.prices, key=pressed, version=cart.version
        )
    assert placed(outcome).status == "REQUESTED"
    return await now(shop, cart)


async def now(shop: Counter, cart: Cart) -> Cart:
    found = await shop.carts.find(cart.id)
    assert found is not None
    return found


async def complete(shop: Counter, cart: Cart) -> Placement:
    done = await shop.placer(when_down="request").complete_requested(await now(shop, cart), shop.prices)
    assert done is not None
    return done


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_request_becomes_an_order(version: str) -> None:
    async with counter(version) as shop:
        pressed = key()
        cart = await requested(shop, "2", "1", pressed=pressed, reference="PO 9")
        assert (cart.state, await shop.orders(cart)) == ("requested", [])
        following = await shop.carts.current(cart.owner, create=True)
        assert following is not None
        assert following.id != cart.id

        done = await complete(shop, cart)
        (order,) = await shop.orders(cart)
        assert done.order is not None
        assert (done.status, done.order.id, order["state"] in CONFIRMED) == ("PLACED", order["id"], True)
        assert await shop.ordered(cart) == wanted(cart)
        assert (await now(shop, cart)).state == "placed"
        again = await shop.placer().place(cart.id, Wish(), shop.prices, key=pressed)
        assert placed(again) == done


@pytest.mark.parametrize("version", VERSIONS)
async def test_completed_by_several_workers_at_once(version: str) -> None:
    async with counter(version) as shop:
        cart = await requested(shop, "2")
        workers = [shop.placer().complete_requested(cart, shop.prices) for _ in range(10)]
        await asyncio.gather(*workers)
        assert len(await shop.orders(cart)) == 1
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


async def test_without_the_setting_the_cart_stays_open() -> None:
    async with counter("19.0") as shop:
        cart = await shop.filled("2")
        with away(shop), pytest.raises(OdooUnavailableError):
            await shop.place(cart, key())
        assert (await now(shop, cart)).state == "open"


async def test_odoo_is_still_away() -> None:
    async with counter("19.0") as shop:
        cart = await requested(shop, "2")
        with away(shop), pytest.raises(OdooUnavailableError):
            await complete(shop, cart)
        assert (await now(shop, cart)).state == "requested"
        assert (await complete(shop, cart)).status == "PLACED"


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_short_by_now_needs_attention(version: str) -> None:
    async with counter(version) as shop:
        pressed = key()
        cart = await requested(shop, "5", pressed=pressed)
        shop.prices.free = {cart.lines[0].variant_id: Decimal(3)}
        judged = await complete(shop, cart)
        assert judged.reason is not None
        assert (judged.status, judged.reason.code) == ("NEEDS_ATTENTION", "CART_CHANGED")
        assert [(one.kind, one.available) for one in judged.changes] == [("SHORT", Decimal(3))]
        assert (await now(shop, cart)).state == "requested"
        assert not [one for one in await shop.orders(cart) if one["state"] in CONFIRMED]
        assert await complete(shop, cart) == judged
        assert placed(await shop.placer().place(cart.id, Wish(), shop.prices, key=pressed)) == judged


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_odoo_refuses_needs_attention(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counter(version) as shop:
        cart = await requested(shop, "1")

        async def refuse(_: int) -> Any:
            raise OdooRejectedError("This customer is blocked.")

        monkeypatch.setattr(shop.till.adapter, "confirm_order", refuse)
        judged = await complete(shop, cart)
        assert judged.reason is not None
        assert (judged.status, judged.reason.code) == ("NEEDS_ATTENTION", "ERP_REJECTED")
        assert judged.reason.message == "This customer is blocked."


async def test_cheaper_than_it_was_shown_is_no_reason_to_ask() -> None:
    async with counter("14.0") as shop:
        cart = await shop.filled("2")
        real = shop.prices.priced

        async def dearer(cart: Cart, *, live: bool = False) -> PricedCart:
            found = await real(cart, live=live)
            if live:
                return found
            one = found.lines[1]
            lines = {
                1: type(one)(1, one.uom_id, one.price_unit, one.discount, one.price_subtotal * 2, one.price_total * 2)
            }
            return type(found)(found.buyer, found.currency, lines, found.amount_total * 2)

        shop.prices.priced = dearer  # type: ignore[method-assign]
        with away(shop):
            outcome = await shop.placer(when_down="request").place(cart.id, Wish(), shop.prices, key=key())
        assert placed(outcome).status == "REQUESTED"
        done = await complete(shop, cart)
        assert done.order is not None
        assert done.order.amount_total * 2 == placed(outcome).seen_total


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_request_is_taken_back(version: str) -> None:
    async with counter(version) as shop:
        pressed = key()
        cart = await requested(shop, "2", pressed=pressed)
        opened = await shop.placer().reopen(cart.id)
        assert opened is not None
        assert (opened.state, opened.lines) == ("open", cart.lines)
        assert await shop.placer().complete_requested(cart, shop.prices) is None
        assert not [one for one in await shop.orders(cart) if one["state"] in CONFIRMED]
        assert placed(await shop.placer().place(cart.id, Wish(), shop.prices, key=pressed)).status == "PLACED"
        assert await shop.placer().reopen(cart.id) is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_that_was_confirmed_is_not_taken_back(version: str) -> None:
    """The worker died behind the confirmation."""
    async with counter(version) as shop:
        cart = await requested(shop, "2")
        life = Life()
        count = await requested(shop, "2")
        await shop.placer(life).complete_requested(count, shop.prices)
        dying = Life(after=life.steps.index("confirm_order") + 1)
        with pytest.raises(DiedError):
            await shop.placer(dying).complete_requested(cart, shop.prices)
        shop.clock.now += 31
        assert await shop.placer().reopen(cart.id) is None
        kept = await now(shop, cart)
        assert kept.state == "placed"
        assert len(await shop.orders(cart)) == 1


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("before", [False, True], ids=["done", "undone"])
async def test_the_worker_is_killed_at_every_step(version: str, before: bool) -> None:
    async with counter(version) as shop:
        deaths = 0
        while True:
            cart = await requested(shop, "2")
            life = Life(after=deaths + 1, before=before)
            try:
                await shop.placer(life).complete_requested(cart, shop.prices)
            except DiedError:
                deaths += 1
            else:
                break
            shop.clock.now += 31
            kept = await now(shop, cart)
            if kept.state == "requested":
                await complete(shop, kept)
            (order,) = await shop.orders(cart)
            assert order["state"] in CONFIRMED
            assert (await now(shop, cart)).state == "placed"
        assert deaths > 5


async def test_an_unsure_confirmation_becomes_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Odoo was heard no more after it was told to confirm: whether it did is found out when it is back."""
    async with counter("19.0") as shop:
        cart = await shop.filled("2")
        adapter = shop.till.adapter
        confirm, read = adapter.confirm_order, adapter.orders

        async def lost(order_id: int) -> Any:
            await confirm(order_id)
            monkeypatch.setattr(adapter, "orders", gone)
            raise OdooTimeoutError("nothing in time")

        async def gone(_: Any) -> Any:
            raise OdooUnavailableError("away")

        monkeypatch.setattr(adapter, "confirm_order", lost)
        outcome = await shop.placer(when_down="request").place(cart.id, Wish(), shop.prices, key=key())
        assert placed(outcome).status == "REQUESTED"
        monkeypatch.setattr(adapter, "orders", read)
        assert (await complete(shop, cart)).status == "PLACED"
        assert len(await shop.orders(cart)) == 1
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


async def test_nothing_is_requested_of_nothing_or_for_nobody() -> None:
    async with counter("19.0") as shop:
        cart = await shop.filled("1")
        shop.prices.partner = None
        with away(shop), pytest.raises(PlacingRefusedError) as refused:
            await shop.placer(when_down="request").place(cart.id, Wish(), shop.prices, key=key())
        assert refused.value.code == "CONTACT_MISSING"
        assert (await now(shop, cart)).state == "open"
