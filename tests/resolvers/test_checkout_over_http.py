"""The checkout on every version: how the cart is delivered, codes, how it is paid; with Odoo and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cart.over_http import carts_shop, device
from tests.identity.wired import Shop
from tests.resolvers.order_desk import CONTACT, PLACE, filled, odoos, ordered, place, wish
from tests.support.doubles import DoubleOf

VERSIONS = ("10.0", "14.0", "19.0")
METHODS = "{ deliveryMethods { id name price estimated } }"
CHOOSE = """
mutation ($id: Int!) { setShippingMethod(shippingMethodId: $id) {
  order { id amountDelivery amountTotal shippingMethod { id name price } } } }
"""
CODE = """
mutation ($promo: String!) { applyCoupon(promo: $promo) {
  order { amountTotal amountDiscounts coupons { id code } giftCards { id code } } error } }
"""
PROVIDERS = "{ paymentProviders { id name code isTest paymentMethods { id name brands { id } } } }"
ADDRESS = """
mutation ($address: AddAddressInput) { addAddress(address: $address, type: Shipping) { id } }
"""


async def methods(of: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await of.query(METHODS)).data["deliveryMethods"]
    return found


async def test_what_it_would_cost_is_what_odoo_asks_for(shop: Shop) -> None:
    """Every method that is offered, chosen and ordered: the price that was told, to the cent."""
    await shop.log_in(1)
    assert await methods(shop) == []
    await filled(shop, 2)
    offered = await methods(shop)
    assert offered
    for method in offered:
        cart = await filled(shop, 2)
        told = {one["id"]: one for one in await methods(shop)}[method["id"]]
        chosen = (await shop.query(CHOOSE, {"id": method["id"]})).data["setShippingMethod"]["order"]
        assert chosen["shippingMethod"] == {"id": method["id"], "name": method["name"], "price": told["price"]}
        done = await place(shop, cartId=cart["id"], expectedTotal=f"{chosen['amountTotal']:.2f}")
        assert done["status"] == "PLACED", done["changes"]
        (order,) = odoos(shop, cart["id"])
        assert order["carrier_id"] == method["id"]


async def test_a_method_that_does_not_go_there(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 1)
    for wanted in (0, 999):
        answer = await shop.query(CHOOSE, {"id": wanted})
        assert (answer.codes, answer.errors[0]["message"]) == ({"NOT_FOUND"}, "Shipping method does not exist.")


async def test_deliveries_do_not_need_odoo(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 2)
    before = await methods(shop)
    shop.double.faults.down = True
    assert await methods(shop) == before
    chosen = (await shop.query(CHOOSE, {"id": before[0]["id"]})).data["setShippingMethod"]["order"]
    assert chosen["shippingMethod"]["id"] == before[0]["id"]
    again = (await shop.query("{ cart { order { amountDelivery } } }")).data["cart"]["order"]
    assert again["amountDelivery"] == chosen["amountDelivery"]


async def test_a_code_that_odoo_refuses(shop: Shop) -> None:
    await shop.log_in(1)
    cart = await filled(shop, 1)
    answer = await shop.query(CODE, {"promo": "no such code"})
    expected = {"10.0": {"ERP_NOT_SUPPORTED"}}.get(shop.double.version, {"ERP_REJECTED"})
    assert answer.codes == expected
    assert answer.status == 200
    told = (await shop.query("{ cart { version lines { id } } }")).data["cart"]
    assert told["version"] == cart["version"]
    assert (await shop.query(CODE, {"promo": " "})).codes == {"BAD_USER_INPUT"}


async def test_a_code_without_odoo(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    await filled(one_shop, 1)
    one_shop.double.faults.down = True
    assert (await one_shop.query(CODE, {"promo": "CODE"})).codes == {"ERP_UNAVAILABLE"}


async def test_nothing_to_apply_a_code_to(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    assert (await one_shop.query(CODE, {"promo": "CODE"})).codes == {"CART_EMPTY"}


async def test_payments_by_widgets_are_refused_plainly(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 1)
    providers = (await shop.query(PROVIDERS)).data["paymentProviders"]
    for provider in providers:
        answer = await shop.query(
            "mutation ($id: Int!) { stripeTransaction(providerId: $id) { transaction } }", {"id": provider["id"]}
        )
        assert answer.codes == {"ERP_NOT_SUPPORTED"}
        one = (
            await shop.query("query ($id: Int) { paymentProvider(id: $id) { id name } }", {"id": provider["id"]})
        ).data
        assert one["paymentProvider"] == {"id": provider["id"], "name": provider["name"]}
    missing = await shop.query("mutation { adyenTransaction(providerId: 999) { transaction } }")
    assert (missing.codes, missing.errors[0]["message"]) == ({"NOT_FOUND"}, "Payment Provider does not exist.")


async def test_a_transfer_needs_no_widget(shop: Shop) -> None:
    """A guest too may order: people of the shop confirm it when the money has come."""
    await filled(shop, 1)
    await shop.query(CONTACT, {"name": "Ada", "email": "ada@guest.example"})
    providers = (await shop.query(PROVIDERS)).data["paymentProviders"]
    transfer = next((one for one in providers if one["code"] in {"custom", "transfer"}), None)
    if transfer is None:
        pytest.skip("the generated shop has no transfer")
    told = (await shop.query(PLACE, {"input": wish(paymentProviderId=transfer["id"])})).data["placeOrder"]
    assert (told["status"], told["receipt"]["stage"]) == ("PLACED", "QuotationSent")


async def test_nothing_left_to_be_paid(one_shop: Shop) -> None:
    await one_shop.log_in(1)
    gift = "mutation { makeGiftCardPayment { done } }"
    assert (await one_shop.query(gift)).data == {"makeGiftCardPayment": {"done": False}}
    await filled(one_shop, 1)
    assert (await one_shop.query(gift)).data == {"makeGiftCardPayment": {"done": False}}


async def test_who_may_order_on_account(own_double: DoubleOf) -> None:
    for setting, code in (("nobody", "PAYMENT_REQUIRED"), ("no-such-role", "PAYMENT_REQUIRED")):
        async with carts_shop(own_double("19.0"), pay_on_account=setting) as found:
            await found.log_in(1)
            cart = await filled(found, 1)
            answer = await found.query(PLACE, {"input": wish(cartVersion=cart["version"])})
            assert answer.codes == {code}


async def test_ordered_while_odoo_is_away(own_double: DoubleOf) -> None:
    async with carts_shop(own_double("19.0"), place_when_down="request") as found:
        await found.log_in(1)
        stranger = device(found)
        await stranger.log_in(5)
        cart = await filled(found, 2)
        found.double.faults.down = True
        told = await place(found, cartVersion=cart["version"])
        assert (told["status"], told["receipt"], told["order"]) == ("REQUESTED", None, None)
        assert told["request"]["cartId"] == cart["id"]
        assert told["request"]["total"]["amount"] == cart["totals"]["total"]["amount"]
        asked = "query ($id: ID!) { orderRequest(cartId: $id) { status } }"
        assert (await found.query(asked, {"id": cart["id"]})).data["orderRequest"] == {"status": "REQUESTED"}
        listed = (await found.query("{ carts { id state request { status } } }")).data["carts"]
        assert {"id": cart["id"], "state": "REQUESTED", "request": {"status": "REQUESTED"}} in listed
        assert (await stranger.query(asked, {"id": cart["id"]})).codes == {"NOT_FOUND"}
        reopen = "mutation ($id: ID!) { reopenOrderRequest(cartId: $id) { id state } }"
        assert (await stranger.query(reopen, {"id": cart["id"]})).codes == {"NOT_FOUND"}
        found.double.faults.down = False
        await found.ready()
        assert (await found.query(reopen, {"id": cart["id"]})).data["reopenOrderRequest"] == {
            "id": cart["id"],
            "state": "OPEN",
        }
        assert (await ordered(found, 1))["stage"] == "SalesOrder"


@pytest.fixture(params=["14.0", "19.0"])
async def coupon_shop(request: pytest.FixtureRequest, own_double: DoubleOf) -> AsyncIterator[Shop]:
    """Where Odoo has coupons."""
    async with carts_shop(own_double(request.param)) as found:
        yield found


async def test_a_code_counts_until_it_is_taken_off(coupon_shop: Shop) -> None:
    shop = coupon_shop
    await shop.log_in(1)
    cart = await filled(shop, 2, 1)
    before = float(cart["totals"]["total"]["amount"])
    applied = (await shop.query(CODE, {"promo": "WELCOME10"})).data["applyCoupon"]
    assert applied["error"] is None
    assert [one["code"] for one in applied["order"]["coupons"]] == ["WELCOME10"]
    assert applied["order"]["amountTotal"] == pytest.approx(before * 0.9, abs=0.02)
    assert applied["order"]["amountDiscounts"] == pytest.approx(-before * 0.1, abs=0.02)
    again = (await shop.query(CODE, {"promo": "WELCOME10"})).data["applyCoupon"]
    assert again == applied
    removed = (
        await shop.query('mutation { removeCoupon(promo: "welcome10") { order { amountTotal coupons { code } } } }')
    ).data["removeCoupon"]["order"]
    assert (removed["amountTotal"], removed["coupons"]) == (before, None)
    done = await place(shop, expectedTotal=cart["totals"]["total"]["amount"])
    assert done["status"] == "PLACED", done["changes"]


async def test_an_order_with_a_code_costs_what_was_shown(coupon_shop: Shop) -> None:
    shop = coupon_shop
    await shop.log_in(1)
    await filled(shop, 2, 1)
    shown = (await shop.query(CODE, {"promo": "VET-2026-0001"})).data["applyCoupon"]["order"]
    done = await place(shop, expectedTotal=f"{shown['amountTotal']:.2f}")
    assert done["status"] == "PLACED", done["changes"]
    assert float(done["receipt"]["amountTotal"]["amount"]) == shown["amountTotal"]
    other = device(shop)
    await other.log_in(2)
    await filled(other, 1)
    refused = await other.query(CODE, {"promo": "VET-2026-0001"})
    assert refused.codes == {"ERP_REJECTED"}
    assert refused.errors[0]["message"]


async def test_a_gift_card_pays_all_of_it(own_double: DoubleOf) -> None:
    """A guest pays with a gift card alone: no widget, and the thank-you page finds the order."""
    async with carts_shop(own_double("19.0")) as found:
        cart = await filled(found, 1)
        await found.query(CONTACT, {"name": "Ada", "email": "ada@guest.example"})
        paid = (await found.query(CODE, {"promo": "GIFT-100"})).data["applyCoupon"]["order"]
        assert (paid["amountTotal"], paid["giftCards"][0]["code"]) == (0.0, "GIFT-100")
        gift = "mutation { makeGiftCardPayment { done } }"
        assert (await found.query(gift)).data == {"makeGiftCardPayment": {"done": True}}
        (order,) = odoos(found, cart["id"])
        assert order["state"] == "sale"
        confirmed = (await found.query("{ paymentConfirmation { order { id stage amountTotal } } }")).data
        assert confirmed["paymentConfirmation"]["order"] == {
            "id": order["id"],
            "stage": "SalesOrder",
            "amountTotal": 0.0,
        }
        assert (await found.query(gift)).data == {"makeGiftCardPayment": {"done": False}}
