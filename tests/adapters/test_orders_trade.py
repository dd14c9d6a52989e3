"""What belongs to orders: deliveries, codes, payments, invoices, credit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from adapters.errors import OdooNotSupportedError, OdooOrderClosedError, OdooRejectedError
from adapters.reads.payments import transaction_of
from adapters.records.orders import InvoiceQuery, Order, PushedCart
from tests.adapters.customers import VERSIONS, WIRES
from tests.adapters.orders import Till, ids, numbers, quantities, till

PUBLISHED = {"10.0": "website_published", "14.0": "is_published", "19.0": "is_published"}
CODES = ["14.0", "19.0"]


async def pushed(shop: Till, **more: object) -> Order:
    return await shop.adapter.push_cart(shop.cart(shop.line(1, "2"), shop.line(2, "3"), **more))


@pytest.mark.parametrize("version", VERSIONS)
async def test_delivery_methods_are_told_whole(version: str) -> None:
    async with till(version) as shop:
        methods = await shop.adapter.delivery_methods("fr_FR")
        assert len(shop.calls) <= 4
        published = {"domain": [[PUBLISHED[version], "=", True]], "fields": ["sequence"]}
        rows = {row["id"]: row for row in await shop.raw("delivery.carrier", "search_read", args=published)}
        assert [method.id for method in methods] == sorted(rows, key=lambda one: (rows[one]["sequence"], one))
        rules = [method for method in methods if method.pricing == "rules"]
        assert all(method.rules for method in rules)
        assert {method.name for method in methods} != {one.name for one in await shop.adapter.delivery_methods("en_US")}
        assert all(method.tax_ids for method in methods)


@pytest.mark.parametrize(("version", "transport"), WIRES)
async def test_the_delivery_follows_the_cart(version: str, transport: str) -> None:
    async with till(version, transport) as shop:
        first, second = (await shop.adapter.delivery_methods("en_US"))[:2]
        cart = shop.cart(shop.line(1, "1"), carrier_id=first.id)
        order = await shop.adapter.push_cart(cart)
        (line,) = [line for line in order.lines if line.kind == "delivery"]
        assert (order.carrier_id, line.variant_id, line.number) == (first.id, first.variant_id, None)
        price = await shop.adapter.delivery_price(order.id, first.id)
        assert line.price_unit == price
        known = replace(cart, order_id=order.id, last=order, line_ids=ids(order), carrier_id=second.id)
        order = await shop.adapter.push_cart(known)
        assert [line.variant_id for line in order.lines if line.kind == "delivery"] == [second.variant_id]
        assert numbers(order) == quantities(cart.lines)
        shop.forget_calls()
        assert await shop.adapter.push_cart(replace(known, last=order)) == order
        assert not {"write", "web_save", "create"} & {method for _, method in shop.calls}
        order = await shop.adapter.push_cart(replace(known, last=order, carrier_id=None))
        assert (order.carrier_id, [line.kind for line in order.lines]) == (None, ["product"])
        assert await shop.adapter.set_delivery(order.id, None) == order


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_delivery_is_chosen_for_a_confirmed_order(version: str) -> None:
    async with till(version) as shop:
        order = await pushed(shop)
        (method, *_) = await shop.adapter.delivery_methods("en_US")
        await shop.adapter.confirm_order(order.id)
        with pytest.raises(OdooOrderClosedError):
            await shop.adapter.set_delivery(order.id, method.id)


async def test_10_0_has_no_codes() -> None:
    async with till("10.0") as shop:
        order = await pushed(shop)
        with pytest.raises(OdooNotSupportedError):
            await shop.adapter.apply_code(order.id, "WELCOME10")
        assert await shop.adapter.remove_code(order.id, "WELCOME10") == order


def goods(order: Order) -> Decimal:
    return sum((line.price_subtotal for line in order.lines if line.kind == "product"), Decimal(0))


@pytest.mark.parametrize("version", CODES)
async def test_a_promotion_code_is_given_and_taken_away(version: str) -> None:
    async with till(version) as shop:
        order = await shop.adapter.push_cart(large_cart(shop))
        with pytest.raises(OdooRejectedError) as refused:
            await shop.adapter.apply_code(order.id, "NO SUCH CODE")
        assert "NO SUCH CODE" in refused.value.message
        given = await shop.adapter.apply_code(order.id, " WELCOME10 ")
        rewards = [line for line in given.lines if line.kind == "reward"]
        assert {(line.applied.kind, line.applied.code) for line in rewards if line.applied} == {("coupon", "WELCOME10")}
        assert goods(given) == goods(order)
        assert abs(discounted(given) - goods(order) / 10) <= Decimal("0.05")
        assert await shop.adapter.apply_code(order.id, "WELCOME10") == given
        bare = await shop.adapter.remove_code(order.id, "WELCOME10")
        assert {line.kind for line in bare.lines} == {"product"}
        assert bare.amount_untaxed == goods(bare)
        assert await shop.adapter.remove_code(order.id, "WELCOME10") == bare


@pytest.mark.parametrize("version", CODES)
async def test_a_code_taken_away_can_be_given_again(version: str) -> None:
    async with till(version) as shop:
        order = await shop.adapter.push_cart(large_cart(shop))
        given = await shop.adapter.apply_code(order.id, "WELCOME10")
        await shop.adapter.remove_code(order.id, "WELCOME10")
        assert (await shop.adapter.apply_code(order.id, "WELCOME10")).amount_total == given.amount_total


@pytest.mark.parametrize("version", CODES)
async def test_rewards_follow_the_cart(version: str) -> None:
    async with till(version) as shop:
        cart = large_cart(shop)
        order = await shop.adapter.push_cart(cart)
        order = await shop.adapter.apply_code(order.id, "WELCOME10")
        for lines in (cart.lines[:2], (*cart.lines, shop.line(9, "7"))):
            order = await shop.adapter.push_cart(
                replace(cart, order_id=order.id, last=order, line_ids=ids(order), lines=lines)
            )
            assert numbers(order) == quantities(lines)
            assert {line.applied.code for line in order.lines if line.applied} == {"WELCOME10"}
            assert abs(discounted(order) - goods(order) / 10) <= Decimal("0.05")


def large_cart(shop: Till) -> PushedCart:
    return shop.cart(*(shop.line(number, "20", price_unit=Decimal(30)) for number in range(1, 5)))


def discounted(order: Order) -> Decimal:
    return goods(order) - order.amount_untaxed


@pytest.mark.parametrize("version", CODES)
async def test_a_coupon_is_one_card_used_once(version: str) -> None:
    async with till(version) as shop:
        used = [await shop.adapter.push_cart(large_cart(shop)) for _ in range(2)]
        order = await shop.adapter.apply_code(used[0].id, "VET-2026-0001")
        (applied,) = {line.applied for line in order.lines if line.kind == "reward"}
        assert applied is not None
        assert (applied.kind, applied.code) == ("coupon", "VET-2026-0001")
        await shop.adapter.confirm_order(order.id)
        for code in ("VET-2026-0001", "VET-2026-0002"):
            with pytest.raises(OdooRejectedError) as refused:
                await shop.adapter.apply_code(used[1].id, code)
            assert refused.value.message


async def test_a_gift_card_pays_what_is_left_on_it() -> None:
    async with till("19.0") as shop:
        cart = shop.cart(*(shop.line(number, "20") for number in range(1, 5)))
        order = await shop.adapter.push_cart(cart)
        paid = await shop.adapter.apply_code(order.id, "GIFT-25")
        assert order.amount_total - paid.amount_total == 25
        assert {line.applied.kind for line in paid.lines if line.applied} == {"gift_card"}
        with pytest.raises(OdooRejectedError):
            await shop.adapter.apply_code(order.id, "GIFT-EMPTY")
        assert (await shop.adapter.remove_code(order.id, "GIFT-25")).amount_total == order.amount_total


@pytest.mark.parametrize("version", VERSIONS)
async def test_ways_to_pay(version: str) -> None:
    async with till(version) as shop:
        terms = await shop.adapter.payment_terms("fr_FR")
        assert terms
        assert [term.id for term in await shop.adapter.payment_terms("nl_NL")] == [term.id for term in terms]
        providers = await shop.adapter.payment_providers("en_US")
        assert all(provider.state in {"enabled", "test"} and provider.name and provider.code for provider in providers)


@pytest.mark.parametrize("version", VERSIONS)
async def test_invoices_of_a_buyer(version: str) -> None:
    async with till(version) as shop:
        orders = []
        for count in range(3):
            order = await shop.adapter.confirm_order((await pushed(shop)).id)
            await invoiced(shop, version, order, post=count < 2)
            orders.append((await shop.adapter.orders([order.id]))[0])
        buyer = orders[0].commercial_partner_id
        posted = [invoice_id for order in orders[:2] for invoice_id in order.invoice_ids]
        found, total = await shop.adapter.find_invoices(InvoiceQuery(buyer))
        assert (found[:2], total) == (sorted(posted, reverse=True), len(found))
        assert set(orders[2].invoice_ids).isdisjoint(found)
        assert await shop.adapter.find_invoices(InvoiceQuery(buyer, offset=1, limit=1)) == (found[1:2], total)
        assert await shop.adapter.find_invoices(InvoiceQuery(buyer + 10_000)) == ([], 0)
        shop.forget_calls()
        invoices = await shop.adapter.invoices([*orders[2].invoice_ids, *posted])
        assert len(shop.calls) == 3
        assert [invoice.id for invoice in invoices] == posted
        for invoice, order in zip(invoices, orders, strict=False):
            assert (invoice.order_ids, invoice.state, invoice.refund) == ((order.id,), "posted", False)
            assert invoice.commercial_partner_id == buyer
            assert (invoice.amount_untaxed, invoice.amount_total) == (order.amount_untaxed, order.amount_total)
            assert (invoice.paid, invoice.amount_residual) == (False, order.amount_total)
            assert sum(line.price_subtotal for line in invoice.lines) == invoice.amount_untaxed
            assert sum(line.price_total for line in invoice.lines) == invoice.amount_total
            assert {line.variant_id for line in invoice.lines} == {line.variant_id for line in order.lines}


async def invoiced(shop: Till, version: str, order: Order, *, post: bool) -> None:
    """As people in Odoo make an invoice of all that was ordered."""
    for line in order.lines:  # by what was delivered
        await shop.raw("sale.order.line", "write", [line.id], {"vals": {"qty_delivered": float(line.quantity)}})
    if version == "10.0":
        made = await shop.raw("sale.order", "action_invoice_create", [order.id])
        if post:
            await shop.raw("account.invoice", "action_invoice_open", made)
        return
    context = {"active_ids": [order.id], "active_model": "sale.order", "active_id": order.id}
    values = {"advance_payment_method": "delivered"}
    if version == "19.0":
        values["sale_order_ids"] = [[6, 0, [order.id]]]  # type: ignore[assignment]  # commands
    wizard = await shop.raw("sale.advance.payment.inv", "create", args={"vals_list": values}, context=context)
    await shop.raw(
        "sale.advance.payment.inv", "create_invoices", wizard if isinstance(wizard, list) else [wizard], context=context
    )
    if post:
        (read,) = await shop.adapter.orders([order.id])
        await shop.raw("account.move", "action_post", list(read.invoice_ids))


@pytest.mark.parametrize("version", VERSIONS)
async def test_payments_of_an_order_and_the_rate_of_its_currency(version: str) -> None:
    async with till(version) as shop:
        order = await pushed(shop)
        assert order.currency_rate == (None if version == "10.0" else Decimal(1))
        provider = "provider_id" if version == "19.0" else "acquirer_id"
        of_order = {"sale_order_id": order.id} if version == "10.0" else {"sale_order_ids": [(6, 0, [order.id])]}
        values = {"reference": "S1", "amount": 5.0, "currency_id": 1, provider: 1, "state": "pending", **of_order}
        await shop.raw("payment.transaction", "create", args={"vals_list": values})
        (paid,) = (await shop.adapter.orders([order.id]))[0].transactions
        assert (paid.reference, paid.amount, paid.state) == ("S1", Decimal(5), "pending")
        assert (paid.payment_id, paid.payment_name) == (None, None)


@pytest.mark.parametrize(("payment", "told"), [([7, "BNK1/2026/00012"], (7, "BNK1/2026/00012")), (False, (None, None))])
def test_a_payment_has_the_name_that_accountants_know(payment: object, told: tuple[int | None, str | None]) -> None:
    row = {
        "id": 3,
        "reference": "S1",
        "amount": 5.0,
        "currency": [1, "EUR"],
        "state": "done",
        "provider": [2, "Wire"],
        "provider_reference": False,
        "created": "2026-01-02 03:04:05",
        "payment": payment,
    }
    transaction = transaction_of(row)
    assert (transaction.payment_id, transaction.payment_name) == told
