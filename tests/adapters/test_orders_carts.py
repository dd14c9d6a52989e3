"""Carts become draft orders: one each, whatever happens."""

from __future__ import annotations

import asyncio
import itertools
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.errors import (
    OdooConflictError,
    OdooError,
    OdooLinesRejectedError,
    OdooOrderClosedError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.records.orders import Order, OrderQuery, PushedCart
from adapters.writes.cart_plan import note_of
from tests.adapters.customers import VERSIONS, WIRES
from tests.adapters.orders import ORDER, Till, ids, numbers, quantities, till

#: calls of a push of a known order, and of the first one
KNOWN = {"10.0": 2, "14.0": 2, "19.0": 1}
FIRST = {"10.0": 3, "14.0": 3, "19.0": 2}


def again(cart: PushedCart, order: Order, *lines: Any, **more: Any) -> PushedCart:
    """The cart after its push was answered, with other lines."""
    return replace(cart, order_id=order.id, last=order, line_ids=ids(order), lines=lines or cart.lines, **more)


async def check_equal(shop: Till, order: Order, cart: PushedCart) -> None:
    """The order answered is the one that Odoo has, and equal to the cart."""
    assert numbers(order) == quantities(cart.lines)
    (read,) = await shop.adapter.orders([order.id])
    assert read == order
    assert await shop.count(cart.cart) == 1


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_cart_is_pushed_and_pushed_again(version: str, transport: str) -> None:
    async with till(version, transport) as shop:
        known = {"commercial_partner_id": (await shop.adapter.commercial([shop.partner]))[shop.partner]}
        shop.forget_calls()
        cart = shop.cart(
            shop.line(1, "2"), shop.line(2, "3"), shop.line(3), reference="PO 7", note="Le <matin>", **known
        )
        order = await shop.adapter.push_cart(cart)
        assert len(shop.calls) == FIRST[version], shop.calls
        await check_equal(shop, order, cart)
        assert (order.state, order.cart, order.reference, order.note) == ("draft", cart.cart, "PO 7", "Le <matin>")
        assert (order.partner_id, order.commercial_partner_id) == (shop.partner, known["commercial_partner_id"])

        shop.forget_calls()
        cart = again(cart, order, shop.line(1, "20"), shop.line(2, "3"), shop.line(4, "7"), reference="PO 8", note="")
        order = await shop.adapter.push_cart(cart)
        assert len(shop.calls) == KNOWN[version], shop.calls
        await check_equal(shop, order, cart)
        assert (order.reference, order.note) == ("PO 8", None)


@pytest.mark.parametrize("version", VERSIONS)
async def test_calls_do_not_grow_with_the_lines(version: str) -> None:
    async with till(version) as shop:
        lines = [shop.line(number, str(1 + number % 7)) for number in range(1, 501)]
        order = await shop.adapter.push_cart(cart := shop.cart(*lines, commercial_partner_id=shop.partner))
        assert len(shop.calls) == FIRST[version], shop.calls
        assert numbers(order) == quantities(lines)
        shop.forget_calls()
        lines[250] = shop.line(251, "99")
        order = await shop.adapter.push_cart(again(cart, order, *lines))
        assert len(shop.calls) == KNOWN[version], shop.calls
        assert numbers(order) == quantities(lines)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_first_push_sends_all_that_the_cart_has(version: str) -> None:
    """One import, and nothing is written after it."""
    async with till(version) as shop:
        (other,) = await shop.raw("res.partner", "search", args={"domain": [["parent_id", "!=", False]], "limit": 1})
        term, *_ = await shop.raw("account.payment.term", "search", args={"domain": []})
        position, *_ = await shop.raw("account.fiscal.position", "search", args={"domain": []})
        cart = shop.cart(
            *(shop.line(number, f"{number}.5", discount=Decimal("12.5")) for number in range(1, 4)),
            invoice_partner_id=other,
            shipping_partner_id=other,
            payment_term_id=term,
            fiscal_position_id=position,
            pricelist_id=2,
            website_id=1,
            company_id=1,
            reference=" PO 1 ",
            note="a < b\nc",
        )
        order = await shop.adapter.push_cart(cart)
        assert not {"write", "web_save"} & {method for _, method in shop.calls}, shop.calls
        await check_equal(shop, order, cart)
        assert (order.invoice_partner_id, order.shipping_partner_id) == (other, other)
        assert (order.payment_term_id, order.fiscal_position_id, order.pricelist_id) == (term, position, 2)
        assert (order.reference, order.note) == ("PO 1", "a < b\nc")
        assert version == "10.0" or order.website_id == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_guests_first_push_takes_no_more(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(*(shop.line(number) for number in range(1, 9)), partner_id=None)
        order = await shop.adapter.push_cart(cart)
        assert len(shop.calls) == FIRST[version], shop.calls
        guest = await shop.adapter.guest()
        assert (order.partner_id, order.commercial_partner_id) == (guest.partner_id, guest.partner_id)
        assert (order.invoice_partner_id, order.shipping_partner_id) == (guest.partner_id, guest.partner_id)
        await check_equal(shop, order, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_guests_whose_contact_has_no_external_id(version: str) -> None:
    """Their archived contact is found by nothing else: the company's stands in until it is written."""
    async with till(version) as shop:
        names = shop.shop.double.db.table("ir.model.data")
        for key in list(names.find("name", ["public_partner"])):
            shop.shop.double.db.delete("ir.model.data", key)
        shop.adapter._guests.forget()
        cart = shop.cart(shop.line(1, "2"), shop.line(2), partner_id=None)
        order = await shop.adapter.push_cart(cart)
        assert order.partner_id == await shop.adapter.public_partner()
        await check_equal(shop, order, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_an_import_does_not_find_is_written(version: str) -> None:
    """An import finds no archived product; written, Odoo takes the line."""
    async with till(version) as shop:
        lines = [shop.line(1, "2"), shop.line(2, "3"), shop.line(3)]
        await shop.raw("product.product", "write", [lines[1].variant_id], {"vals": {"active": False}})
        order = await shop.adapter.push_cart(cart := shop.cart(*lines))
        loads = [method for _, method in shop.calls if method == "load"]
        assert len(loads) == 2
        await check_equal(shop, order, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_that_is_there_is_no_more_imported(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2), reference="first")
        order = await shop.adapter.push_cart(cart)
        later = replace(cart, lines=(shop.line(2, "7"), shop.line(3)), reference="second")
        again_id = await shop.adapter._made_once(later, shop.partner)
        assert again_id == order.id
        assert await shop.adapter.orders([order.id]) == [order]
        await check_equal(shop, await shop.adapter.push_cart(later), later)


@pytest.mark.parametrize("version", VERSIONS)
async def test_pushed_again_without_knowing_changes_nothing(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2, "1.5", note="fragile"))
        order = await shop.adapter.push_cart(cart)
        for known in (cart, replace(cart, order_id=order.id), again(cart, order)):
            shop.forget_calls()
            same = await shop.adapter.push_cart(known)
            assert same == order
            assert not {"write", "web_save"} & {method for _, method in shop.calls}
        await check_equal(shop, order, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_prices_are_the_shops_where_odoo_keeps_old_ones(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, price_unit=Decimal("12.5"), discount=Decimal(10)))
        order = await shop.adapter.push_cart(cart)
        line = order.lines[0]
        if version == "19.0":  # works it out by itself, for each quantity
            assert line.price_unit != Decimal("12.5")
            return
        assert (line.price_unit, line.discount, line.price_subtotal) == (Decimal("12.5"), Decimal(10), Decimal("11.25"))
        cheaper = shop.line(1, "10", price_unit=Decimal("9.99"))
        order = await shop.adapter.push_cart(again(cart, order, cheaper))
        assert order.lines[0].price_subtotal == Decimal("99.9")


@pytest.mark.parametrize("version", VERSIONS)
async def test_notes_stand_below_the_name_and_go_again(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, note="Lot 7 only"), shop.line(2))
        order = await shop.adapter.push_cart(cart)
        bare = order.lines[1].name
        assert order.lines[0].name.endswith("\n» Lot 7 only")
        other = (shop.line(1, note="Lot 8\nonly"), shop.line(2, note="x"))
        order = await shop.adapter.push_cart(again(cart, order, *other))
        assert [note_of(line.name) for line in order.lines] == ["Lot 8\nonly", "x"]
        order = await shop.adapter.push_cart(again(cart, order, shop.line(1), shop.line(2)))
        assert order.lines[1].name == bare
        assert note_of(order.lines[0].name) == ""


@pytest.mark.parametrize("version", VERSIONS)
async def test_lines_of_odoos_users_stay(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2))
        order = await shop.adapter.push_cart(cart)
        made = await shop.raw(
            "sale.order.line",
            "create",
            args={"vals_list": {"order_id": order.id, "product_id": shop.variants[7], "product_uom_qty": 4}},
        )
        foreign = made[0] if isinstance(made, list) else made
        row = shop.shop.double.db.table("sale.order.line").get(foreign)
        assert row is not None
        row["create_uid"] = 2  # somebody else's
        for known in (again(cart, order, shop.line(1, "3")), replace(cart, lines=(shop.line(5, "6"),))):
            order = await shop.adapter.push_cart(known)
            kinds = {line.id: (line.kind, line.number, line.quantity) for line in order.lines}
            assert kinds.pop(foreign) == ("foreign", None, Decimal(4))
            assert {number: quantity for _, number, quantity in kinds.values()} == quantities(known.lines)


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_users_did_to_our_lines_is_put_right(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(*(shop.line(number, str(number)) for number in range(1, 6)))
        order = await shop.adapter.push_cart(cart)
        of = ids(order)
        # one deleted, one with another product, one moved (which numbers all anew), one with another quantity
        other = {"product_id": shop.variants[9]}
        await shop.raw("sale.order.line", "unlink", [of[1]])
        await shop.raw("sale.order.line", "write", [of[2]], {"vals": other})
        for place, number in enumerate((3, 5, 4)):
            await shop.raw("sale.order.line", "write", [of[number]], {"vals": {"sequence": 10 + place}})
        await shop.raw("sale.order.line", "write", [of[5]], {"vals": {"product_uom_qty": 77}})
        for known in (again(cart, order, *cart.lines[:4], shop.line(5, "6")), cart):
            order = await shop.adapter.push_cart(known)
            assert numbers(order) == quantities(known.lines)
            assert {line.variant_id for line in order.lines} == {line.variant_id for line in known.lines}
            assert len(await shop.lines(order.id)) == 5


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_a_lost_answer_makes_no_second_order_and_no_line_twice(version: str, transport: str) -> None:
    async with till(version, transport) as shop:
        lost = 0
        for step in range(3):  # of the first push: each write in turn is done, and its answer lost
            cart = shop.cart(shop.line(1, "2"), shop.line(2, note="x"))
            lost += await answer_lost(shop, cart, step)
            await check_equal(shop, await shop.adapter.push_cart(cart), cart)
        assert lost == 2  # the order with its lines, the note
        order = await shop.adapter.push_cart(cart)
        cart = again(cart, order, shop.line(1, "5"), shop.line(3, "4"))
        assert await answer_lost(shop, cart, 0)
        # with the same, now wrong, idea of the order
        await check_equal(shop, await shop.adapter.push_cart(cart), cart)


async def answer_lost(shop: Till, cart: PushedCart, step: int) -> bool:
    """Push, losing the answer to the ``step``-th call that changes something. False when there are fewer."""
    transport, writes = shop.adapter.transport, itertools.count()
    call = transport.call

    async def losing(*args: Any, **more: Any) -> Any:
        if not more.get("safe") and next(writes) == step:
            shop.shop.double.faults.drop_after_next(1)
        return await call(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "call", losing)
        try:
            await shop.adapter.push_cart(cart)
        except OdooUnavailableError:
            return True
    return False


@pytest.mark.parametrize("version", VERSIONS)
async def test_workers_side_by_side_make_one_order(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2), shop.line(3, "9"))
        answers = await asyncio.gather(*(shop.adapter.push_cart(cart) for _ in range(5)), return_exceptions=True)
        made = [answer for answer in answers if isinstance(answer, Order)]
        assert made
        assert all(isinstance(answer, Order | OdooError) for answer in answers)
        assert len({order.id for order in made}) == 1
        await check_equal(shop, await shop.adapter.push_cart(cart), cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_conflict_is_tried_again(version: str) -> None:
    async with till(version) as shop:
        shop.shop.double.faults.fail_next(1, "conflict")
        cart = shop.cart(shop.line(1, "2"))
        await check_equal(shop, await shop.adapter.push_cart(cart), cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_order_confirmed_meanwhile_is_not_touched(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2))
        order = await shop.adapter.push_cart(cart)
        await shop.raw(ORDER, "action_confirm", [order.id])
        before = await shop.lines(order.id, "product_uom_qty", "price_unit", "write_date")
        for changed in (
            again(cart, order, shop.line(1, "50"), shop.line(2)),
            again(cart, order, *cart.lines, shop.line(3)),
            again(cart, order, shop.line(1, "2")),
            again(cart, order, reference="other"),
            replace(cart, lines=(shop.line(1, "50"),)),
            cart,
        ):
            with pytest.raises(OdooOrderClosedError) as closed:
                await shop.adapter.push_cart(changed)
            assert (closed.value.order_id, closed.value.state) == (order.id, "sale")
            assert await shop.lines(order.id, "product_uom_qty", "price_unit", "write_date") == before
        (read,) = await shop.adapter.orders([order.id])
        assert (read.state, read.reference) == ("sale", None)
        with pytest.raises(OdooOrderClosedError):
            await shop.adapter.drop_cart(cart.cart, order.id)


@pytest.mark.parametrize("version", VERSIONS)
async def test_lines_that_odoo_refuses_are_named_and_the_others_pushed(version: str) -> None:
    async with till(version) as shop:
        gone = [replace(shop.line(number), variant_id=999_000 + number) for number in (2, 5)]
        cart = shop.cart(shop.line(1, "2"), gone[0], shop.line(3), shop.line(4, "4"), gone[1], shop.line(6))
        with pytest.raises(OdooLinesRejectedError) as refused:
            await shop.adapter.push_cart(cart)
        assert refused.value.numbers == (2, 5)
        assert "product.product" not in refused.value.message
        order = await shop.adapter.push_cart(replace(cart, lines=tuple(one for one in cart.lines if one not in gone)))
        assert list(numbers(order)) == [1, 3, 4, 6]
        assert await shop.count(cart.cart) == 1


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_refusal_that_is_not_about_lines_is_told_as_it_is(version: str) -> None:
    async with till(version) as shop:
        with pytest.raises(OdooRejectedError) as refused:
            await shop.adapter.push_cart(shop.cart(shop.line(1), partner_id=999_999))
        assert not isinstance(refused.value, OdooLinesRejectedError)
        assert refused.value.message


@pytest.mark.parametrize("version", VERSIONS)
async def test_guests_order_as_the_websites_public_contact(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1), partner_id=None, website_id=1)
        order = await shop.adapter.push_cart(cart)
        public = await shop.adapter.public_partner(1)
        (row,) = await shop.raw("res.partner", "read", [public], {"fields": ["active"]})
        assert row["active"] is False
        assert {order.partner_id, order.invoice_partner_id, order.shipping_partner_id} == {public}
        await check_equal(shop, order, cart)
        # they tell who they are: their own contact buys
        cart = again(cart, order, partner_id=shop.partner)
        order = await shop.adapter.push_cart(cart)
        assert {order.partner_id, order.invoice_partner_id, order.shipping_partner_id} == {shop.partner}
        await check_equal(shop, order, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_another_pricelist_prices_the_lines_anew(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1, "2"), shop.line(2))
        order = await shop.adapter.push_cart(cart)
        lists = await shop.adapter.pricelists()
        other = next(one for one in lists if one.id != order.pricelist_id and one.currency != order.currency)
        cart = again(cart, order, pricelist_id=other.id)
        moved = await shop.adapter.push_cart(cart)
        assert (moved.pricelist_id, moved.currency) == (other.id, other.currency)
        assert {line.id for line in moved.lines}.isdisjoint({line.id for line in order.lines})
        await check_equal(shop, moved, cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_cart_that_is_gone_takes_its_draft_along(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1))
        order = await shop.adapter.push_cart(cart)
        assert list(await shop.adapter.cart_orders([cart.cart, shop.cart().cart])) == [cart.cart]
        for known in (order.id, order.id, None):
            await shop.adapter.drop_cart(cart.cart, known)
            left = await shop.adapter.cart_orders([cart.cart])
            assert all(one.state == "cancel" for one in left.values())
        await shop.adapter.drop_cart(shop.cart().cart)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_draft_that_somebody_deleted_is_made_again(version: str) -> None:
    async with till(version) as shop:
        cart = shop.cart(shop.line(1))
        order = await shop.adapter.push_cart(cart)
        await shop.raw(ORDER, "unlink", [order.id])
        for known in (again(cart, order, shop.line(1, "3")), cart):
            new = await shop.adapter.push_cart(known)
            assert new.id != order.id
            await check_equal(shop, new, known)


@pytest.mark.parametrize("version", VERSIONS)
async def test_carts_being_filled_are_no_orders_of_a_customer(version: str) -> None:
    async with till(version) as shop:
        order = await shop.adapter.push_cart(shop.cart(shop.line(1)))
        buyer = order.commercial_partner_id
        before = await shop.adapter.find_orders(OrderQuery(buyer))
        assert order.id not in before[0]
        await shop.adapter.request_quotation(order.id)
        found, total = await shop.adapter.find_orders(OrderQuery(buyer, order=(("id", True),), limit=1))
        assert (found, total) == ([order.id], before[1] + 1)
        other = await shop.adapter.find_orders(OrderQuery(buyer + 100_000))
        assert other == ([], 0)


BUSY = "could not serialize access due to concurrent update\n"
RULE = "No matching record found for database id '999' in field 'Customer'"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("messages", "error", "tries"),
    [
        ([BUSY, BUSY], None, 3),
        ([RULE], None, 2),  # somebody was quicker, and this is how it showed
        ([RULE, RULE], OdooRejectedError, 2),
        ([BUSY] * 9, OdooConflictError, 4),
    ],
)
async def test_an_order_that_could_not_be_made_is_tried_again(
    version: str, messages: list[str], error: type[OdooError] | None, tries: int
) -> None:
    """`load` tells of failures in its answer, with HTTP status 200."""
    async with till(version) as shop:
        transport, left, tried = shop.adapter.transport, list(messages), []
        call = transport.call

        async def refusing(model: str, method: str, *args: Any, **more: Any) -> Any:
            if method == "load":
                tried.append(method)
                if left:
                    told = {"type": "error", "message": left.pop(0), "rows": {"from": 0, "to": 0}, "record": 0}
                    return {"ids": False, "messages": [told], "nextrow": 0}
            return await call(model, method, *args, **more)

        cart = shop.cart(shop.line(1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transport, "call", refusing)
            if error is None:
                await shop.adapter.push_cart(cart)
            else:
                with pytest.raises(error) as failed:
                    await shop.adapter.push_cart(cart)
                assert not isinstance(failed.value, OdooRejectedError) or failed.value.message == RULE
        assert len(tried) == tries
        assert await shop.count(cart.cart) == (error is None)
