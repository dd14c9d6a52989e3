"""What becomes of orders: confirmed, asked for as a quotation, cancelled, found again."""

from __future__ import annotations

import asyncio

import pytest

from adapters.errors import OdooNotFoundError, OdooOrderClosedError, OdooRejectedError
from adapters.records.orders import Order, OrderQuery, OrderState
from tests.adapters.customers import VERSIONS, WIRES
from tests.adapters.orders import ORDER, Till, till


async def made(shop: Till) -> Order:
    order = await shop.adapter.push_cart(shop.cart(shop.line(1, "2"), shop.line(2)))
    shop.forget_calls()
    return order


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_confirming_twice_confirms_once(version: str, transport: str) -> None:
    async with till(version, transport) as shop:
        order = await made(shop)
        first = await shop.adapter.confirm_order(order.id)
        assert (first.state, first.lines) == ("sale", order.lines)
        shop.forget_calls()
        assert await shop.adapter.confirm_order(order.id) == first
        assert (ORDER, "action_confirm") not in shop.calls


@pytest.mark.parametrize("version", VERSIONS)
async def test_confirmed_by_several_at_once(version: str) -> None:
    async with till(version) as shop:
        order = await made(shop)
        answers = await asyncio.gather(*(shop.adapter.confirm_order(order.id) for _ in range(5)))
        assert {answer.state for answer in answers} == {"sale"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_rule_of_odoo_against_confirming_is_told(version: str) -> None:
    async with till(version) as shop:
        order = await made(shop)
        shop.shop.double.faults.fail_next(1, "conflict")  # tried again
        call = shop.adapter.transport.call

        async def refusing(model: str, method: str, *args: object, **more: object) -> object:
            if method == "action_confirm":
                shop.shop.double.faults.fail_next(1, "user_error")
            return await call(model, method, *args, **more)  # type: ignore[arg-type]  # passed on as they came

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shop.adapter.transport, "call", refusing)
            with pytest.raises(OdooRejectedError) as refused:
                await shop.adapter.confirm_order(order.id)
        assert refused.value.message == "A business rule made on purpose refuses this."
        assert (await shop.adapter.orders([order.id]))[0].state == "draft"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_quotation_is_asked_for_once(version: str) -> None:
    async with till(version) as shop:
        order = await made(shop)
        for _ in range(2):
            assert (await shop.adapter.request_quotation(order.id)).state == "sent"
        assert (await shop.adapter.confirm_order(order.id)).state == "sale"
        with pytest.raises(OdooOrderClosedError):
            await shop.adapter.request_quotation(order.id)


@pytest.mark.parametrize("version", VERSIONS)
async def test_cancelled_once_from_any_state(version: str) -> None:
    async with till(version) as shop:
        for confirm in (False, True):
            order = await made(shop)
            if confirm:
                await shop.adapter.confirm_order(order.id)
            for _ in range(2):
                assert (await shop.adapter.cancel_order(order.id)).state == "cancel"
            with pytest.raises(OdooOrderClosedError):
                await shop.adapter.request_quotation(order.id)


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_not_there_is_not_found(version: str) -> None:
    async with till(version) as shop:
        adapter = shop.adapter
        for asked in (adapter.confirm_order, adapter.cancel_order, adapter.request_quotation, adapter.order_pdf):
            with pytest.raises(OdooNotFoundError):
                await asked(987_654)
        with pytest.raises(OdooNotFoundError):
            await adapter.set_delivery(987_654, None)
        assert await adapter.orders([987_654]) == []
        assert await adapter.orders([]) == []
        assert await adapter.cart_orders([]) == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_many_orders_take_as_many_calls_as_one(version: str) -> None:
    async with till(version) as shop:
        wanted = list(shop.shop.double.db.table(ORDER).find("state", ["sale"]))[:30]
        assert len(wanted) == 30
        counts = []
        for some in (wanted[:1], wanted[::-1]):
            shop.forget_calls()
            found = await shop.adapter.orders(some)
            counts.append(len(shop.calls))
            assert [order.id for order in found] == some
            assert all(order.lines and order.amount_total for order in found)
        assert counts == [4, 4]


async def states(shop: Till, buyer: int, *asked: OrderState) -> dict[int, OrderState]:
    found, total = await shop.adapter.find_orders(OrderQuery(buyer, states=asked))
    assert total == len(found)
    return {order.id: order.state for order in await shop.adapter.orders(found)}


@pytest.mark.parametrize("version", VERSIONS)
async def test_orders_are_found_by_state_and_page(version: str) -> None:
    async with till(version) as shop:
        orders = [await made(shop) for _ in range(5)]
        draft, sent, sale, locked, cancelled = (order.id for order in orders)
        buyer = orders[0].commercial_partner_id
        await shop.adapter.request_quotation(sent)
        for order_id in (sale, locked):
            await shop.adapter.confirm_order(order_id)
        await shop.raw(ORDER, "action_lock" if version == "19.0" else "action_done", [locked])
        await shop.adapter.cancel_order(cancelled)
        everything = await states(shop, buyer)
        assert {sent: "sent", sale: "sale", locked: "done", cancelled: "cancel"}.items() <= everything.items()
        assert draft not in everything
        for asked in (("sent",), ("sale",), ("done",), ("sale", "done"), ("sent", "done"), ("cancel",), ("draft",)):
            expected = {order_id: state for order_id, state in everything.items() if state in asked}
            assert await states(shop, buyer, *asked) == expected

        pages = [
            await shop.adapter.find_orders(
                OrderQuery(buyer, order=(("amount_total", True), ("id", True)), offset=offset, limit=3)
            )
            for offset in range(0, len(everything) + 3, 3)
        ]
        assert {total for _, total in pages} == {len(everything)}
        listed = [order_id for page, _ in pages for order_id in page]
        amounts = [(order.amount_total, order.id) for order in await shop.adapter.orders(listed)]
        assert sorted(amounts, reverse=True) == amounts
        assert set(listed) == everything.keys()
