"""Orders on a live Odoo, where one is named by the environment, as a user of Sales. Its orders stay, cancelled."""

from __future__ import annotations

import asyncio
import os
import secrets
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from adapters.connect import connect
from adapters.errors import OdooError, OdooLinesRejectedError, OdooOrderClosedError, OdooRejectedError
from adapters.odoo import RpcAdapter
from adapters.records.orders import InvoiceQuery, Order, OrderQuery, PushedCart, PushedLine
from adapters.rpc import Credentials

URL = os.environ.get("ODOO_LIVE_URL", "")
pytestmark = [
    pytest.mark.skipif(
        not URL, reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD"
    ),
    pytest.mark.timeout(300),
]
#: what orders take: all of Sales, not only one's own; and to see invoices and what is owed, Invoicing
RIGHTS = (
    "base.group_user",
    "base.group_partner_manager",
    "sales_team.group_sale_salesman_all_leads",
    "account.group_account_invoice",
    "stock.group_stock_user",  # for the wizard of delivery methods
)


async def opened(login: str, secret: str) -> RpcAdapter:
    adapter = await connect(Credentials(URL, os.environ["ODOO_LIVE_DB"], login, secret), transport="jsonrpc")
    assert isinstance(adapter, RpcAdapter)
    await adapter.inspect()
    return adapter


@dataclass
class Live:
    """``service``: the adapter as a user of Sales. ``made``: taken away again; ``orders``: cancelled."""

    admin: RpcAdapter
    service: RpcAdapter
    partner: int = 0
    products: list[tuple[int, int]] = field(default_factory=list)
    made: list[tuple[str, int]] = field(default_factory=list)
    orders: set[int] = field(default_factory=set)

    async def create(self, model: str, values: dict[str, Any]) -> int:
        record_id = await self.raw(model, "create", args={"vals_list": values}, context={"no_reset_password": True})
        self.made.append((model, record_id))
        return int(record_id)

    async def raw(self, model: str, method: str, *args: Any, **more: Any) -> Any:
        """As the administrator."""
        return await self.admin.transport.call(model, method, *args, **more)

    def line(self, number: int, quantity: str = "1", **more: Any) -> PushedLine:
        variant, uom = self.products[number % len(self.products)]
        values = {"price_unit": Decimal("5.5"), **more}
        return PushedLine(number=number, variant_id=variant, quantity=Decimal(quantity), uom_id=uom, **values)

    def cart(self, *lines: PushedLine, **more: Any) -> PushedCart:
        values = {"cart": str(uuid.uuid4()), "partner_id": self.partner, **more}
        return PushedCart(lines=lines, **values)

    async def push(self, cart: PushedCart) -> Order:
        order = await self.service.push_cart(cart)
        self.orders.add(order.id)
        return order


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    admin = await opened(os.environ["ODOO_LIVE_USER"], os.environ["ODOO_LIVE_PASSWORD"])
    mark = secrets.token_hex(4)
    live = Live(admin, admin)
    try:
        groups = [(await admin._tables.get()).group(name) for name in RIGHTS]
        values = {
            "name": "Service",
            "login": f"orders-{mark}",
            "email": f"orders-{mark}@shop.example",
            "password": mark * 2,
            admin.profile.user_groups: [[6, 0, [group.id for group in groups if group is not None]]],
        }
        await live.create("res.users", values)
        live.partner = await live.create("res.partner", {"name": f"Cabinet {mark}", "is_company": True})
        uom = admin.reader.source("variant").fields["uom"]
        sold = {"domain": [["sale_ok", "=", True], ["type", "=", "product"]], "fields": [uom], "limit": 12}
        live.products = [
            (row["id"], row[uom][0]) for row in await live.raw("product.product", "search_read", args=sold)
        ]
        live.service = await opened(f"orders-{mark}", mark * 2)
        yield live
    finally:
        for order_id in live.orders:
            await admin.cancel_order(order_id)
        for model, record_id in reversed(live.made):
            await admin.transport.call(model, "write", [record_id], {"vals": {"active": False}})
        await live.service.close()
        await admin.close()


def after(cart: PushedCart, order: Order, *lines: PushedLine, **more: Any) -> PushedCart:
    return replace(cart, order_id=order.id, last=order, lines=lines or cart.lines, **more)


async def test_a_cart_from_its_first_line_to_an_order(live: Live) -> None:
    cart = live.cart(
        live.line(1, "2"), live.line(2, "3", note="fragile"), live.line(3, discount=Decimal(10)), reference="PO 7"
    )
    order = await live.push(cart)
    assert {line.number: line.quantity for line in order.lines} == {1: 2, 2: 3, 3: 1}
    assert order.lines[2].price_subtotal == Decimal("4.95")
    assert order.lines[1].name.endswith("» fragile")
    cart = after(cart, order, live.line(1, "20", price_unit=Decimal("4.1")), live.line(4))
    order = await live.push(cart)
    assert [(line.number, line.quantity, line.price_unit) for line in order.lines] == [
        (1, Decimal(20), Decimal("4.1")),
        (4, Decimal(1), Decimal("5.5")),
    ]
    assert await live.service.orders([order.id]) == [order]
    assert (await live.service.cart_orders([cart.cart]))[cart.cart] == order
    assert await live.push(after(cart, order)) == order
    buyer = order.commercial_partner_id
    assert await live.service.find_orders(OrderQuery(buyer)) == ([], 0)
    confirmed = await asyncio.gather(*(live.service.confirm_order(order.id) for _ in range(3)))
    assert {one.state for one in confirmed} == {"sale"}
    assert await live.service.find_orders(OrderQuery(buyer, states=("sale",))) == ([order.id], 1)
    before = (await live.service.orders([order.id]))[0].lines
    for changed in (after(cart, order, live.line(1, "50")), replace(cart, lines=(live.line(9),))):
        with pytest.raises(OdooOrderClosedError):
            await live.push(changed)
    assert (await live.service.orders([order.id]))[0].lines == before


async def test_workers_side_by_side_make_one_order(live: Live) -> None:
    cart = live.cart(live.line(1, "2"), live.line(2))
    answers = await asyncio.gather(*(live.push(cart) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Order | OdooError) for answer in answers)
    order = await live.push(cart)
    assert {line.number: line.quantity for line in order.lines} == {1: 2, 2: 1}
    domain = {"domain": [["origin", "=", cart.cart]]}
    assert await live.raw("sale.order", "search_count", args=domain) == 1


async def test_lines_that_odoo_refuses_are_named(live: Live) -> None:
    gone = replace(live.line(2), variant_id=999_999_999)
    with pytest.raises(OdooLinesRejectedError) as refused:
        await live.push(cart := live.cart(live.line(1), gone, live.line(3)))
    assert refused.value.numbers == (2,)
    order = await live.push(replace(cart, lines=(live.line(1), live.line(3))))
    assert [line.number for line in order.lines] == [1, 3]


async def test_a_guests_cart_goes_to_its_owner_and_away(live: Live) -> None:
    cart = live.cart(live.line(1), partner_id=None)
    order = await live.push(cart)
    assert order.partner_id == await live.service.public_partner()
    order = await live.push(after(cart, order, partner_id=live.partner))
    assert {order.partner_id, order.invoice_partner_id, order.shipping_partner_id} == {live.partner}
    await live.service.drop_cart(cart.cart, order.id)
    await live.service.drop_cart(cart.cart)
    left = await live.service.cart_orders([cart.cart])
    assert all(one.state == "cancel" for one in left.values())


async def test_delivery_follows_the_cart(live: Live) -> None:
    methods = [
        one for one in await live.service.delivery_methods("en_US") if one.pricing == "fixed" and one.fixed_price
    ]
    cart = live.cart(live.line(1, price_unit=Decimal(20)), carrier_id=methods[0].id)
    order = await live.push(cart)
    (delivery,) = [line for line in order.lines if line.kind == "delivery"]
    assert (order.carrier_id, delivery.price_unit) == (methods[0].id, methods[0].fixed_price)
    assert await live.service.delivery_price(order.id, methods[0].id) == methods[0].fixed_price
    limit = methods[0].free_over
    if limit is not None:
        order = await live.push(after(cart, order, live.line(1, "2", price_unit=limit)))
        assert [line.price_unit for line in order.lines if line.kind == "delivery"] == [0]
    order = await live.push(after(cart, order, carrier_id=None))
    assert (order.carrier_id, [line.kind for line in order.lines]) == (None, ["product"])


async def test_a_code_is_given_stays_and_is_taken_away(live: Live) -> None:
    code = f"VET{secrets.token_hex(4)}"
    values = {"name": code, "program_type": "promotion_program", "promo_code_usage": "code_needed", "promo_code": code}
    reward = {"reward_type": "discount", "discount_type": "percentage", "discount_percentage": 10}
    await live.create("coupon.program", {**values, **reward, "discount_apply_on": "on_order"})
    cart = live.cart(*(live.line(number, "4") for number in range(1, 9)))
    order = await live.push(cart)
    with pytest.raises(OdooRejectedError) as refused:
        await live.service.apply_code(order.id, "NO SUCH CODE")
    assert refused.value.message == "This coupon is invalid (NO SUCH CODE)."
    full = order.amount_untaxed
    order = await live.service.apply_code(order.id, code)
    assert {line.applied.code for line in order.lines if line.applied} == {code}
    assert abs(order.amount_untaxed - full * Decimal("0.9")) <= Decimal("0.02")
    assert await live.service.apply_code(order.id, code) == order
    order = await live.push(after(cart, order, live.line(1, "10")))
    assert order.amount_untaxed == Decimal("49.5")
    order = await live.service.remove_code(order.id, code)
    assert (order.amount_untaxed, [line.kind for line in order.lines]) == (Decimal(55), ["product"])
    assert (await live.service.apply_code(order.id, code)).amount_untaxed == Decimal("49.5")


async def test_a_quotation_is_asked_for_and_cancelled(live: Live) -> None:
    order = await live.push(cart := live.cart(live.line(1)))
    for _ in range(2):
        assert (await live.service.request_quotation(order.id)).state == "sent"
    assert await live.service.find_orders(OrderQuery(order.commercial_partner_id)) == ([order.id], 1)
    with pytest.raises(OdooOrderClosedError):
        await live.push(after(cart, order, live.line(1, "9")))
    for _ in range(2):
        assert (await live.service.cancel_order(order.id)).state == "cancel"
    with pytest.raises(OdooOrderClosedError):
        await live.service.request_quotation(order.id)


async def test_an_order_is_invoiced_printed_and_owed(live: Live) -> None:
    service = await live.create("product.product", {"name": "Advice", "type": "service", "invoice_policy": "order"})
    uom = live.products[0][1]
    line = PushedLine(number=1, variant_id=service, quantity=Decimal(2), uom_id=uom, price_unit=Decimal(50))
    order = await live.service.confirm_order((await live.service.push_cart(live.cart(line))).id)
    context = {"active_ids": [order.id], "active_model": "sale.order", "active_id": order.id}
    made = {"vals_list": {"advance_payment_method": "delivered"}}
    wizard = await live.raw("sale.advance.payment.inv", "create", args=made, context=context)
    await live.raw("sale.advance.payment.inv", "create_invoices", [wizard], context=context)
    buyer = order.commercial_partner_id
    assert await live.service.find_invoices(InvoiceQuery(buyer)) == ([], 0)  # a draft is none
    (order,) = await live.service.orders([order.id])
    await live.raw("account.move", "action_post", list(order.invoice_ids))
    found, total = await live.service.find_invoices(InvoiceQuery(buyer, limit=5))
    assert (tuple(found), total) == (order.invoice_ids, 1)
    (invoice,) = await live.service.invoices(found)
    assert (invoice.order_ids, invoice.amount_total, invoice.paid) == ((order.id,), order.amount_total, False)
    assert [(one.quantity, one.price_subtotal) for one in invoice.lines] == [(Decimal(2), Decimal(100))]
    (credit,) = await live.service.credit([buyer])
    assert credit.owed == order.amount_total
    assert (await live.service.order_pdf(order.id)).startswith(b"%PDF")
    assert (await live.service.invoice_pdf(invoice.id)).startswith(b"%PDF")
