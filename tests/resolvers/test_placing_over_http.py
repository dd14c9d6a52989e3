"""Orders placed from the browser to Odoo, on every version."""

from __future__ import annotations

import asyncio

import pytest

from tests.cart.over_http import add, device, variant_ids
from tests.identity.wired import Shop
from tests.resolvers.order_desk import CONTACT, PLACE, QUOTATION, filled, odoos, ordered, place, try_place, wish

VERSIONS = ("10.0", "14.0", "19.0")
CONFIRMED = {"sale", "done"}


async def test_a_customer_orders_on_account(shop: Shop) -> None:
    await shop.log_in(1)
    cart = await filled(shop, 2, 1)
    told = await place(shop, cartVersion=cart["version"], reference="PO 7", note="Ring twice")
    assert (told["status"], told["changes"]) == ("PLACED", [])
    (order,) = odoos(shop, cart["id"])
    assert order["state"] in CONFIRMED
    receipt, shown = told["receipt"], told["order"]
    assert (receipt["id"], receipt["name"], receipt["stage"]) == (order["id"], order["name"], "SalesOrder")
    assert (shown["id"], shown["clientOrderRef"], shown["note"]) == (order["id"], "PO 7", "Ring twice")
    assert shown["partner"]["id"] == shop.customer(1)[1]
    assert [line["quantity"] for line in shown["websiteOrderLine"]] == [2.0, 1.0]
    assert float(receipt["amountTotal"]["amount"]) == shown["amountTotal"] == pytest.approx(order["amount_total"])
    assert told["cart"] is None


async def test_what_is_shown_is_what_is_ordered(shop: Shop) -> None:
    """The estimate that the customer saw is Odoo's total, to the cent."""
    await shop.log_in(2)
    cart = await filled(shop, 3, 7, 1)
    told = await place(shop, cartVersion=cart["version"], expectedTotal=cart["totals"]["total"]["amount"])
    assert told["status"] == "PLACED", told["changes"]
    assert told["receipt"]["amountTotal"]["amount"] == cart["totals"]["total"]["amount"]


async def test_pressed_twenty_times_in_two_windows(shop: Shop) -> None:
    await shop.log_in(1)
    cart = await filled(shop, 2, 1)
    windows = [wish(cartId=cart["id"], cartVersion=cart["version"]) for _ in range(2)]
    answers = await asyncio.gather(*(shop.query(PLACE, {"input": windows[press % 2]}) for press in range(20)))
    told = [answer.data["placeOrder"] for answer in answers]
    assert all(one == told[0] for one in told)
    assert told[0]["status"] == "PLACED"
    (order,) = odoos(shop, cart["id"])
    assert order["state"] in CONFIRMED
    again = (await shop.query(PLACE, {"input": windows[0]})).data["placeOrder"]
    assert again["receipt"] == told[0]["receipt"]


async def test_the_same_key_is_answered_the_same_ever_after(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    cart = await filled(one_shop, 2)
    sent = {"input": wish(cartVersion=cart["version"])}
    first = (await one_shop.query(PLACE, sent)).data["placeOrder"]
    await filled(one_shop, 1)  # the next cart
    again = (await one_shop.query(PLACE, sent)).data["placeOrder"]
    assert (again["status"], again["receipt"]) == (first["status"], first["receipt"])
    assert again["cart"]["lines"]
    other = device(one_shop)
    await other.log_in(1)
    assert (await other.query(PLACE, sent)).data["placeOrder"]["receipt"] == first["receipt"]


async def test_what_is_short_is_told_and_accepted(shop: Shop) -> None:
    await shop.log_in(1)
    variants = await variant_ids(shop, 2)
    cart = await add(shop, (variants[0], 2), (variants[1], 1))
    # somebody else takes it, and the shop does not know yet
    _sell_from_stock_alone(shop, _template(shop, variants[0]))
    _empty(shop, variants[0])
    told = await place(shop, cartVersion=cart["version"])
    if shop.double.version == "10.0":  # which sells beyond its stock, always
        assert told["status"] == "PLACED"
        return
    assert told["status"] == "CHANGED", told
    (change,) = told["changes"]
    assert (change["kind"], change["lineId"], change["variantId"]) == ("SHORT", 1, variants[0])
    assert (float(change["wanted"]), float(change["available"])) == (2.0, 0.0)
    assert [one["state"] for one in odoos(shop, cart["id"])] in ([], ["draft"])
    assert told["cart"]["id"] == cart["id"]
    done = await place(shop, cartVersion=cart["version"], acceptChanges=told["changesId"])
    assert done["status"] == "PLACED", done
    assert [line["quantity"] for line in done["order"]["websiteOrderLine"]] == [1.0]


def _template(shop: Shop, variant_id: int) -> int:
    row = shop.double.db.table("product.product").get(variant_id)
    assert row is not None
    return int(row["product_tmpl_id"])


def _sell_from_stock_alone(shop: Shop, template_id: int) -> None:
    table = shop.double.db.table("product.template")
    row = table.get(template_id)
    assert row is not None
    name = "allow_out_of_stock_order" if "allow_out_of_stock_order" in row else "inventory_availability"
    table.put({**row, name: False if name == "allow_out_of_stock_order" else "always"})


def _empty(shop: Shop, variant_id: int) -> None:
    table = shop.double.db.table("stock.quant")
    for quant_id in list(table.find("product_id", [variant_id])):
        table.delete(quant_id)


async def test_a_price_that_rose_in_odoo_is_told(shop: Shop) -> None:
    """The shop still shows the old one: it has not heard of it yet."""
    await shop.log_in(1)
    cart = await filled(shop, 2)
    for name in ("product.template", "product.pricelist.item"):
        table = shop.double.db.table(name)
        for row in [table.get(one) for one in list(table.ids())]:
            field = "list_price" if name == "product.template" else "fixed_price"
            if row is not None and row.get(field):
                table.put({**row, field: row[field] * 2})
    told = await place(shop, cartVersion=cart["version"])
    assert {change["kind"] for change in told["changes"]} == {"PRICE"}
    before, now = (float(told["changes"][0][name]["amount"]) for name in ("before", "now"))
    assert before == float(cart["lines"][0]["total"]["amount"])
    assert now > before
    done = await place(shop, cartVersion=cart["version"], acceptChanges=told["changesId"])
    assert done["status"] == "PLACED"
    assert float(done["receipt"]["amountTotal"]["amount"]) == now


async def test_who_may_not_order(one_shop: Shop) -> None:
    cart = await filled(one_shop, 1)
    assert (await try_place(one_shop, cartVersion=cart["version"])).codes == {"PAYMENT_REQUIRED"}
    answer = await one_shop.query(QUOTATION, {"input": wish(cartVersion=cart["version"])})
    assert answer.codes == {"CONTACT_MISSING"}
    assert not [one for one in odoos(one_shop, cart["id"]) if one["state"] != "draft"]


async def test_an_older_cart_and_none(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    assert (await try_place(one_shop)).codes == {"CART_EMPTY"}
    cart = await filled(one_shop, 1)
    await filled(one_shop, 1)
    assert (await try_place(one_shop, cartVersion=cart["version"])).codes == {"CART_CHANGED"}
    assert (await try_place(one_shop, paymentTermId=999)).codes == {"FORBIDDEN"}
    assert (await try_place(one_shop, paymentProviderId=999)).codes == {"NOT_FOUND"}


async def test_odoo_is_away(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    cart = await filled(one_shop, 1)
    one_shop.double.faults.down = True
    answer = await try_place(one_shop, cartVersion=cart["version"])
    assert answer.codes == {"ERP_UNAVAILABLE"}
    told = (await one_shop.query("{ cart { id state version } }")).data["cart"]
    assert told == {"id": cart["id"], "state": "OPEN", "version": cart["version"]}


async def test_a_guest_asks_for_a_quotation(shop: Shop) -> None:
    cart = await filled(shop, 1)
    await shop.query(CONTACT, {"name": "Ada", "email": "ada@guest.example"})
    answer = await shop.query(QUOTATION, {"input": wish(cartId=cart["id"])})
    told = answer.data["requestQuotation"]
    assert (told["status"], told["receipt"]["stage"]) == ("PLACED", "QuotationSent"), told
    (order,) = odoos(shop, cart["id"])
    assert order["state"] == "sent"
    confirmed = (await shop.query("{ paymentConfirmation { order { id name } } }")).data["paymentConfirmation"]
    assert confirmed["order"] == {"id": order["id"], "name": order["name"]}
    nobody = await device(shop).query("{ paymentConfirmation { order { id } } }")
    assert (nobody.codes, nobody.errors[0]["message"]) == ({"NOT_FOUND"}, "Cart does not exist")


async def test_the_order_is_among_ones_own(shop: Shop) -> None:
    await shop.log_in(3)
    receipt = await ordered(shop, 1)
    answer = await shop.query("query ($id: Int) { order(id: $id) { id stage } }", {"id": receipt["id"]})
    assert answer.data["order"] == {"id": receipt["id"], "stage": "SalesOrder"}
