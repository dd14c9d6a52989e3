"""One's orders, invoices and what is printed of them: one's own, and nobody else's, by no way."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, validate

from resolvers.schema import build_schema
from tests.accounts.storefront import document
from tests.cart.over_http import device
from tests.identity.wired import Shop
from tests.resolvers.order_desk import INVOICE, INVOICES, ORDER, ORDERS, filled, ordered

VERSIONS = ("10.0", "14.0", "19.0")
OPERATIONS = [
    "GetOrdersQuery",
    "GetOrderQuery",
    "GetDeliveryMethodsQuery",
    "GetPaymentMethodsQuery",
    "GetPaymentConfirmation",
    "ShippingMethod",
    "ApplyCouponMutation",
    "ApplyGiftCardMutation",
    "MakeGiftCardPaymentMutation",
    "StripeGetInlineFormValues",
    "StripeTransaction",
    "AdyenTransaction",
    "AdyenProviderInfo",
    "AdyenPaymentMethods",
    "AdyenPaymentDetails",
    "AdyenPayments",
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_all_that_the_storefront_selects_is_there(name: str) -> None:
    schema = build_schema()
    text, missing = document(name, schema)
    assert missing == set()
    assert validate(schema, parse(text)) == []


async def test_the_storefronts_account_pages(shop: Shop) -> None:
    schema = build_schema()
    await shop.log_in(2)
    receipt = await ordered(shop, 2, 1)
    listed = (await shop.query(document("GetOrdersQuery", schema)[0])).data["orders"]["orders"]
    assert receipt["id"] in {order["id"] for order in listed}
    order = (await shop.query(document("GetOrderQuery", schema)[0], {"id": receipt["id"]})).data["order"]
    assert (order["name"], order["stage"]) == (receipt["name"], "SalesOrder")
    assert [line["quantity"] for line in order["websiteOrderLine"]] == [2.0, 1.0]
    assert all(line["product"]["slug"].startswith("/") for line in order["websiteOrderLine"])
    assert order["amountTotal"] == pytest.approx(order["amountSubtotal"])
    assert order["orderUrl"].startswith(f"/my/orders/{receipt['id']}")


async def test_a_guest_has_no_orders(one_shop: Shop) -> None:
    for text in (ORDERS, INVOICES, ORDER.replace("$id: Int", "$id: Int = 1")):
        assert (await one_shop.query(text)).codes == {"NOT_SIGNED_IN"}


async def test_pages_stages_and_sorting(shop: Shop) -> None:
    await shop.log_in(2)
    mine = [(await ordered(shop, 1))["id"] for _ in range(3)]

    async def ids(**variables: Any) -> list[int]:
        return [order["id"] for order in (await shop.query(ORDERS, variables)).data["orders"]["orders"]]

    everything = await ids(size=100)
    assert everything == sorted(everything)
    assert set(mine) <= set(everything)
    assert await ids(size=100, sort={"id": "DESC"}) == sorted(everything, reverse=True)
    assert await ids(size=2, page=1) + await ids(size=2, page=2) == everything[:4]
    assert not set(mine) & set(await ids(size=100, filter={"stages": ["Cancelled"]}))
    total = (await shop.query(ORDERS, {"size": 1})).data["orders"]["totalCount"]
    assert total == len(everything)


async def test_calls_do_not_grow_with_the_page(shop: Shop) -> None:
    await shop.log_in(2)
    for _ in range(6):
        await ordered(shop, 1, 1)
    await shop.query(ORDERS, {"size": 100})  # products and contacts are known from now on
    counts = []
    for size in (1, 6):
        before = shop.asked()
        found = (await shop.query(ORDERS, {"size": size, "sort": {"id": "DESC"}})).data["orders"]["orders"]
        assert len(found) == size
        counts.append(shop.asked() - before)
    assert counts[0] == counts[1] <= 10, counts


async def test_a_cart_is_no_order(shop: Shop) -> None:
    await shop.log_in(2)
    cart = await filled(shop, 1)
    await shop.query('mutation { applyCoupon(promo: "no such code") { error } }')  # now Odoo has a draft of it
    table = shop.double.db.table("sale.order")
    for order_id in table.find("origin", [cart["id"]]):
        assert (await shop.query(ORDER, {"id": order_id})).codes == {"NOT_FOUND"}
    listed = (await shop.query(ORDERS, {"size": 100, "filter": {"stages": ["Quotation"]}})).data["orders"]
    assert not {order["id"] for order in listed["orders"]} & set(table.find("origin", [cart["id"]]))


# -- walls ------------------------------------------------------------------------------------------------------------


async def test_anothers_order_does_not_exist(shop: Shop) -> None:
    await shop.log_in(2)
    receipt = await ordered(shop, 1)
    stranger = device(shop)
    await stranger.log_in(5)
    theirs = await stranger.query(ORDER, {"id": receipt["id"]})
    missing = await stranger.query(ORDER, {"id": 999_999})
    assert (theirs.codes, theirs.errors[0]["message"]) == ({"NOT_FOUND"}, "Sale Order does not exist.")
    assert theirs.errors[0]["message"] == missing.errors[0]["message"]
    for given in (None, 0, -1, 2**31 - 1):
        assert (await stranger.query(ORDER, {"id": given})).codes == {"NOT_FOUND"}
    listed = (await stranger.query(ORDERS, {"size": 200})).data["orders"]["orders"]
    assert receipt["id"] not in {order["id"] for order in listed}
    reordered = await stranger.query(
        "mutation ($id: Int!) { reorder(orderId: $id) { results { status } } }", {"id": receipt["id"]}
    )
    assert reordered.codes == {"NOT_FOUND"}


async def test_anothers_documents_do_not_exist(shop: Shop) -> None:
    await shop.log_in(2)
    receipt = await ordered(shop, 1)
    own = (await shop.query(ORDER, {"id": receipt["id"]})).data["order"]["pdfUrl"]
    assert own == f"/documents/orders/{receipt['id']}.pdf"
    stranger, guest = device(shop), device(shop)
    await stranger.log_in(5)
    bare = [(await one.get(own)) for one in (stranger, guest)]
    missing = await stranger.get("/documents/orders/999999.pdf")
    assert [one.status for one in bare] == [404, 404]
    assert bare[0].body == bare[1].body == missing.body
    assert bare[0].headers["cache-control"] == "private, no-store"
    mine = await shop.get(own)
    assert mine.status in {200, 501}
    assert mine.headers["cache-control"] == "private, no-store"
    for path in ("orders/x.pdf", "orders/1", "others/1.pdf", "orders/99999999999.pdf", "orders/0.pdf"):
        assert (await shop.get(f"/documents/{path}")).status == 404


async def test_anothers_invoice_does_not_exist(shop: Shop) -> None:
    found: dict[int, set[int]] = {}
    for place in (1, 2, 3):
        one = device(shop)
        await one.log_in(place)
        listed = (await one.query(INVOICES)).data["invoices"]["invoices"]
        found[place] = {invoice["id"] for invoice in listed}
    own = device(shop)
    await own.log_in(1)
    others = set().union(*(found[place] for place in (2, 3))) - found[1]
    every = shop.double.db.table("account.invoice" if shop.double.version == "10.0" else "account.move").ids()
    for invoice_id in {*others, *list(every)[:20], 999_999} - found[1]:
        assert (await own.query(INVOICE, {"id": invoice_id})).codes == {"NOT_FOUND"}
        assert (await own.get(f"/documents/invoices/{invoice_id}.pdf")).status == 404
    for invoice_id in found[1]:
        assert (await own.query(INVOICE, {"id": invoice_id})).data["invoice"]["id"] == invoice_id


async def test_a_guests_order_is_the_sessions_alone(shop: Shop) -> None:
    """Who knows its number, or has another session, sees nothing of it."""
    from tests.resolvers.test_placing_over_http import test_a_guest_asks_for_a_quotation

    await test_a_guest_asks_for_a_quotation(shop)
    placed = (await shop.query("{ paymentConfirmation { order { id } } }")).data["paymentConfirmation"]["order"]
    stranger = device(shop)
    await stranger.log_in(5)
    assert (await stranger.query(ORDER, {"id": placed["id"]})).codes == {"NOT_FOUND"}
    assert (await stranger.get(f"/documents/orders/{placed['id']}.pdf")).status == 404
    assert (await shop.get(f"/documents/orders/{placed['id']}.pdf")).status in {200, 501}
    await shop.log_in(5)  # in the guest's own session: what the guest ordered is the guest's
    assert (await shop.query("{ paymentConfirmation { order { id } } }")).codes == {"NOT_FOUND"}


async def test_anothers_payment_does_not_exist(shop: Shop) -> None:
    table = shop.double.db.table("payment.transaction")
    await shop.log_in(5)
    for one in [*list(table.ids())[:10], 999_999]:
        answer = await shop.query("query ($id: Int) { paymentTransaction(id: $id) { id } }", {"id": one})
        assert (answer.codes, answer.errors[0]["message"]) == ({"NOT_FOUND"}, "Payment transaction does not exist.")
    assert (await device(shop).query("{ paymentTransaction(id: 1) { id } }")).codes == {"NOT_FOUND"}


async def test_nothing_of_it_is_kept(one_shop: Shop) -> None:
    await one_shop.log_in(2)
    await ordered(one_shop, 1)
    for text in (ORDERS, INVOICES, "{ paymentConfirmation { order { id } } }", "{ deliveryMethods { id } }"):
        answer = await one_shop.query(text)
        assert answer.status == 200
        assert "no-store" in answer.headers["cache-control"]
