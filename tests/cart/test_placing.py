"""An order is placed once, whoever presses however often, and whatever breaks in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from adapters.errors import OdooRejectedError, OdooTimeoutError, OdooUnavailableError
from adapters.records.orders import Credit
from cart.placement import Wish, changes_id
from cart.placing_errors import ChangedSinceError, PlacingRefusedError
from tests.adapters.customers import VERSIONS
from tests.cart.placed import Counter, DiedError, Life, counter, key, placed, wanted
from tests.cart.places import add, put, redis_carts
from tests.pricing.recorded import announce
from tests.support.valkey import Valkey

CONFIRMED = {"sale", "done"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_is_placed(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2", "1")
        done = placed(await shop.place(cart, key()))
        (order,) = await shop.orders(cart)
        assert order["state"] in CONFIRMED
        assert done.order is not None
        assert (done.status, done.order.id, done.order.name) == ("PLACED", order["id"], order["name"])
        assert done.order.amount_total == Decimal(str(order["amount_total"]))
        assert await shop.ordered(cart) == wanted(cart)
        kept = await shop.carts.find(cart.id)
        assert kept is not None
        assert (kept.state, kept.is_synced) == ("placed", True)


@pytest.mark.parametrize("version", VERSIONS)
async def test_pressed_twenty_times_in_two_windows(version: str) -> None:
    """Two processes, two keys, ten presses each at the same time: one confirmed order, one answer."""
    async with counter(version) as shop:
        cart = await shop.filled("2", "1", "3")
        processes = [shop.placer(), shop.placer()]
        windows = [key(), key()]
        presses = [
            processes[press % 2].place(cart.id, Wish(), shop.prices, key=windows[press % 2], version=cart.version)
            for press in range(20)
        ]
        answers = [placed(outcome) for outcome in await asyncio.gather(*presses)]
        assert len(set(map(str, answers))) == 1
        (order,) = await shop.orders(cart)
        assert order["state"] in CONFIRMED
        assert await shop.ordered(cart) == wanted(cart)
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_pressed_twenty_times_by_as_many_processes(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("1", "1")
        presses = [shop.placer().place(cart.id, Wish(), shop.prices, key=key()) for _ in range(20)]
        answers = [placed(outcome) for outcome in await asyncio.gather(*presses)]
        assert len(set(map(str, answers))) == 1
        assert len(await shop.orders(cart)) == 1
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


async def test_pressed_twenty_times_by_processes_that_share_a_redis(valkey: Valkey) -> None:
    async with counter("19.0") as shop, redis_carts(valkey.url, namespace=key()) as one:
        shop.carts = one
        cart = await shop.filled("2", "1")
        processes = [shop.placer(), shop.placer(), shop.placer()]
        presses = [
            processes[press % 3].place(cart.id, Wish(), shop.prices, key=key(), version=cart.version)
            for press in range(20)
        ]
        answers = [placed(outcome) for outcome in await asyncio.gather(*presses)]
        assert len(set(map(str, answers))) == 1
        assert len(await shop.orders(cart)) == 1
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1
        kept = await one.find(cart.id)
        assert kept is not None
        assert (kept.state, kept.is_synced) == ("placed", True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("before", [False, True], ids=["done", "undone"])
async def test_killed_at_every_step(version: str, before: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """The process dies with a step, done or not; another one is asked again with the same key: one order."""
    async with counter(version) as shop:
        deaths: list[str] = []
        while True:
            cart = await shop.filled("2", "1")
            pressed, life = key(), Life(after=len(deaths) + 1, before=before)
            wish = Wish(reference=f"PO {len(deaths)}")
            try:
                answer = placed(await shop.placer(life).place(cart.id, wish, shop.prices, key=pressed))
            except DiedError:
                deaths.append(life.steps[len(deaths)])
            else:
                assert not life.dead
                break
            shop.clock.now += 31
            again = placed(await shop.placer().place(cart.id, wish, shop.prices, key=pressed))
            answer = placed(await shop.placer().place(cart.id, wish, shop.prices, key=pressed))
            assert answer == again
            (order,) = await shop.orders(cart)
            assert order["state"] in CONFIRMED
            assert answer.order is not None
            assert answer.order.id == order["id"]
            assert await shop.ordered(cart) == wanted(cart)
            kept = await shop.carts.find(cart.id)
            assert kept is not None
            assert kept.state == "placed"
        assert {"begin_placing", "push_cart", "confirm_order", "finish_placing"} <= set(deaths)
        announce(capsys, f"Odoo {version}: killed at each of {len(deaths)} steps of placing, one order each time")


def _once(method: Callable[..., Awaitable[Any]], *, committed: bool) -> Callable[..., Awaitable[Any]]:
    """The method, whose first answer is lost."""
    lost: list[bool] = []

    async def call(*args: Any, **more: Any) -> Any:
        if lost:
            return await method(*args, **more)
        lost.append(True)
        if committed:
            await method(*args, **more)
        raise OdooTimeoutError("nothing in time")

    return call


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("step", ["push_cart", "confirm_order"])
@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not"])
async def test_an_answer_of_odoo_is_lost(
    version: str, step: str, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2", "1")
        monkeypatch.setattr(shop.till.adapter, step, _once(getattr(shop.till.adapter, step), committed=committed))
        done = placed(await shop.place(cart, key()))
        (order,) = await shop.orders(cart)
        assert done.order is not None
        assert (order["state"] in CONFIRMED, done.order.id) == (True, order["id"])
        assert await shop.ordered(cart) == wanted(cart)
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_answer_to_confirming_is_lost(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what became of it: the cart stays closed for a while, and who asks again is told the truth."""
    async with counter(version) as shop:
        cart, pressed = await shop.filled("2"), key()
        adapter = shop.till.adapter
        confirm = adapter.confirm_order

        async def away(_: Any) -> Any:
            raise OdooUnavailableError("away")

        with monkeypatch.context() as patch:

            async def lost(order_id: int) -> Any:
                await confirm(order_id)
                patch.setattr(adapter, "orders", away)
                raise OdooTimeoutError("nothing in time")

            patch.setattr(adapter, "confirm_order", lost)
            with pytest.raises(OdooUnavailableError):
                await shop.place(cart, pressed)
            kept = await shop.carts.find(cart.id)
            assert kept is not None
            assert kept.state == "placing"
        shop.clock.now += 31
        done = placed(await shop.place(cart, pressed))
        assert done.order is not None
        assert len(await shop.orders(cart)) == 1
        assert shop.till.calls.count(("sale.order", "action_confirm")) == 1


# -- what is otherwise than the customer saw ------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_short_is_told_and_nothing_ordered(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("5", "1", "2")
        first, _, third = cart.lines
        shop.prices.free = {first.variant_id: Decimal(3)}
        shop.prices.gone = {third.variant_id}
        outcome = await shop.place(cart, key())
        assert outcome.placement is None
        assert [(one.kind, one.number, one.wanted, one.available) for one in outcome.changes] == [
            ("SHORT", 1, Decimal(5), Decimal(3)),
            ("GONE", 3, Decimal(2), None),
        ]
        kept = await shop.carts.find(cart.id)
        assert kept is not None
        assert (kept.state, kept.lines) == ("open", cart.lines)
        assert not await shop.orders(cart)

        done = placed(await shop.place(cart, key(), accepted=outcome.changes_id))
        assert await shop.ordered(cart) == {first.variant_id: Decimal(3), cart.lines[1].variant_id: Decimal(1)}
        assert done.leftover == ()


@pytest.mark.parametrize("version", VERSIONS)
async def test_only_what_was_told_is_accepted(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("5")
        variant = cart.lines[0].variant_id
        shop.prices.free = {variant: Decimal(4)}
        told = await shop.place(cart, key())
        shop.prices.free = {variant: Decimal(2)}
        again = await shop.place(cart, key(), accepted=told.changes_id)
        assert [one.available for one in again.changes] == [2]
        assert all(order["state"] == "draft" for order in await shop.orders(cart))
        assert placed(await shop.place(cart, key(), accepted=again.changes_id)).order is not None
        assert await shop.ordered(cart) == {variant: 2}


@pytest.mark.parametrize("version", ["10.0", "14.0"])
async def test_a_price_that_changed_is_told(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2", "1")
        line = cart.lines[0]
        before = (await shop.prices.priced(cart)).lines[1].price_total
        shop.prices.live = {line.variant_id: Decimal(11)}  # twice as much, whatever the tax

        async def doubled(cart: Any, *, live: bool = False) -> Any:
            found = await type(shop.prices).priced(shop.prices, cart, live=live)
            if not live:
                return found
            one = found.lines[1]
            dearer = type(one)(1, one.uom_id, Decimal(11), one.discount, before * 2, before * 2)
            return type(found)(found.buyer, found.currency, {**found.lines, 1: dearer}, found.amount_total + before)

        shop.prices.priced = doubled  # type: ignore[method-assign]
        outcome = await shop.place(cart, key())
        assert [(one.kind, one.number, one.before, one.now) for one in outcome.changes] == [
            ("PRICE", 1, before, before * 2)
        ]
        done = placed(await shop.place(cart, key(), accepted=outcome.changes_id))
        assert done.order is not None
        assert done.order.amount_total == before * 2 + (await shop.prices.priced(cart)).lines[2].price_total


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_total_that_was_shown_counts(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("1")
        outcome = await shop.place(cart, key(), expected_total=Decimal("0.01"))
        (change,) = outcome.changes
        assert (change.kind, change.before) == ("TOTAL", Decimal("0.01"))
        assert placed(await shop.place(cart, key(), expected_total=change.now)).order is not None


@pytest.mark.parametrize("version", VERSIONS)
async def test_lines_that_odoo_refuses_are_told(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("1", "1")
        gone = cart.lines[1].variant_id
        await shop.till.raw("product.product", "write", [gone], {"vals": {"active": False}})
        await shop.till.raw("product.product", "unlink", [gone])
        outcome = await shop.place(cart, key())
        assert [(one.kind, one.number) for one in outcome.changes] == [("REFUSED", 2)]
        assert placed(await shop.place(cart, key(), accepted=outcome.changes_id)).order is not None
        assert await shop.ordered(cart) == {cart.lines[0].variant_id: 1}


@pytest.mark.parametrize("version", VERSIONS)
async def test_odoo_says_no(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counter(version) as shop:
        cart, pressed = await shop.filled("1"), key()

        async def refuse(_: int) -> Any:
            raise OdooRejectedError("This customer is blocked.")

        with monkeypatch.context() as patch:
            patch.setattr(shop.till.adapter, "confirm_order", refuse)
            with pytest.raises(OdooRejectedError, match=r"This customer is blocked\."):
                await shop.place(cart, pressed)
        kept = await shop.carts.find(cart.id)
        assert kept is not None
        assert kept.state == "open"
        assert placed(await shop.place(cart, pressed)).order is not None


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_limit_of_credit(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2")
        total = (await shop.prices.priced(cart)).amount_total
        owes: list[Credit] = []

        async def credit(partner_ids: Sequence[int]) -> list[Credit]:
            assert len(partner_ids) == 1
            return owes

        monkeypatch.setattr(shop.till.adapter, "credit", credit)
        owner = (await shop.prices.priced(cart)).buyer.commercial_partner_id or 0
        placer = shop.placer(credit=True)
        owes[:] = [Credit(commercial_partner_id=owner, owed=Decimal("0.01"), limit=total)]
        with pytest.raises(PlacingRefusedError) as refused:
            await placer.place(cart.id, Wish(), shop.prices, key=key())
        assert refused.value.code == "CREDIT_EXCEEDED"
        assert [order["state"] for order in await shop.orders(cart)] == ["draft"]
        owes[:] = [Credit(commercial_partner_id=owner, owed=Decimal(0), limit=total)]
        assert placed(await placer.place(cart.id, Wish(), shop.prices, key=key())).status == "PLACED"


async def test_an_older_cart_than_the_customer_saw() -> None:
    async with counter("19.0") as shop:
        cart = await shop.filled("1")
        await shop.carts.apply(cart.id, [add(cart.lines[0].variant_id)])
        with pytest.raises(ChangedSinceError):
            await shop.place(cart, key())
        assert not await shop.orders(cart)


async def test_nothing_is_ordered_of_nothing_or_for_nobody() -> None:
    async with counter("19.0") as shop:
        cart = await shop.filled("1")
        empty = (await shop.carts.apply(cart.id, [put(cart.lines[0].variant_id, 0)])).cart
        with pytest.raises(PlacingRefusedError) as refused:
            await shop.place(empty, key())
        assert refused.value.code == "CART_EMPTY"
        cart = await shop.filled("1")
        shop.prices.partner = None
        with pytest.raises(PlacingRefusedError) as refused:
            await shop.place(cart, key())
        assert refused.value.code == "CONTACT_MISSING"
        kept = await shop.carts.find(cart.id)
        assert kept is not None
        assert kept.state == "open"


# -- orders that others close -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
async def test_confirmed_before_a_crash_then_changed(version: str) -> None:
    """The order is what was confirmed; what was put into the cart afterwards is in the next one."""
    async with counter(version) as shop:
        cart, pressed = await shop.filled("2"), key()
        life = Life()
        await _die_after(shop, cart.id, life, "confirm_order", pressed)
        shop.clock.now += 31
        more = shop.till.variants[1]
        changed = (await shop.carts.apply(cart.id, [add(more, 4, note="soon")])).cart
        assert changed.state == "open"
        done = placed(await shop.place(changed, key()))
        assert await shop.ordered(cart) == wanted(cart)
        assert [(one.variant_id, one.quantity) for one in done.leftover] == [(more, Decimal(4))]
        for _ in range(2):
            assert placed(await shop.place(changed, key())) == done
        following = await shop.carts.current(cart.owner, create=False)
        assert following is not None
        assert [(one.variant_id, one.quantity, one.note) for one in following.lines] == [(more, Decimal(4), "soon")]


async def _die_after(shop: Counter, cart_id: str, life: Life, step: str, pressed: str) -> None:
    counting = Life()
    other = await shop.filled("2")
    await shop.placer(counting).place(other.id, Wish(), shop.prices, key=key())
    life.after = counting.steps.index(step) + 1
    with pytest.raises(DiedError):
        await shop.placer(life).place(cart_id, Wish(), shop.prices, key=pressed)
    assert life.steps[-1] == step


@pytest.mark.parametrize("version", VERSIONS)
async def test_people_of_the_shop_were_quicker(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2")
        draft = await shop.till.adapter.push_cart(shop.till.cart(shop.till.line(1, "2", product=0), cart=cart.id))
        await shop.till.adapter.confirm_order(draft.id)
        done = placed(await shop.place(cart, key()))
        assert done.order is not None
        assert done.order.id == draft.id

        cart = await shop.filled("2")
        draft = await shop.till.adapter.push_cart(shop.till.cart(shop.till.line(1, "2", product=0), cart=cart.id))
        await shop.till.adapter.cancel_order(draft.id)
        with pytest.raises(PlacingRefusedError) as refused:
            await shop.place(cart, key())
        assert refused.value.code == "ORDER_CLOSED"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_quotation_is_asked_for_once(version: str) -> None:
    async with counter(version) as shop:
        cart = await shop.filled("2")
        shop.prices.free = {cart.lines[0].variant_id: Decimal(0)}  # people see to that
        presses = [shop.place(cart, key(), goal="quotation") for _ in range(5)]
        answers = {str(placed(outcome)) for outcome in await asyncio.gather(*presses)}
        (order,) = await shop.orders(cart)
        assert (len(answers), order["state"]) == (1, "sent")


def test_changes_are_named_by_what_they_are() -> None:
    assert changes_id([]) != changes_id([_change("1")]) != changes_id([_change("2")])
    assert changes_id([_change("1")]) == changes_id([_change("1")])


def _change(available: str) -> Any:
    from cart.placement import Change  # for these alone

    return Change(kind="SHORT", number=1, available=Decimal(available))
