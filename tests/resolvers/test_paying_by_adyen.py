"""Paying by Adyen's drop-in, from the storefront's server and the customer's browser to Odoo."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from demo.double.payments.modules import secrets_of
from tests.cart.over_http import cart, device
from tests.identity.wired import Shop
from tests.resolvers.order_desk import filled, odoos
from tests.resolvers.pay_desk import (
    ADYEN,
    ADYEN_INFO,
    ADYEN_METHODS,
    begun_at_adyen,
    come_back,
    confirmation,
    delivered,
    details_at_adyen,
    led_to,
    pay_at_adyen,
    paying_shop,
    press,
    ready_to_pay,
    transactions,
)
from tests.support.doubles import DoubleOf


@pytest.fixture
async def shop(own_double: DoubleOf) -> AsyncIterator[Shop]:
    async with paying_shop(own_double("19.0"), "payment_adyen") as found:
        yield found


async def test_a_guest_pays(shop: Shop) -> None:
    """In the order in which the drop-in asks."""
    before = await ready_to_pay(shop)
    total = (await cart(shop))["order"]["amountTotal"]
    info = (await press(shop, ADYEN_INFO)).data["adyenProviderInfo"]["adyenProviderInfo"]
    assert info == {"state": "test", "client_key": "test_client_key"}
    methods = (await press(shop, ADYEN_METHODS)).data["adyenPaymentMethods"]["adyenPaymentMethods"]
    assert [one["type"] for one in methods["paymentMethods"]] == ["scheme"]
    values = await begun_at_adyen(shop)
    assert values["converted_amount"] == round(total * 100)
    answer = (await pay_at_adyen(shop, values)).data["adyenPayments"]["adyenPayments"]
    assert (answer["resultCode"], answer["merchantReference"]) == ("Authorised", values["reference"])
    assert "additionalData" not in answer
    (asked,) = shop.double.adyen.asked
    assert asked["amount"] == {"value": round(total * 100), "currency": "EUR"}
    assert asked["returnUrl"] == f"{shop.url}/payment/adyen/return?merchantReference={values['reference']}"
    (order,) = odoos(shop, before["id"])
    assert order["state"] == "sale"
    shown = await confirmation(shop)
    assert (shown["id"], shown["lastTransaction"]["state"]) == (order["id"], "Confirmed")
    # what its page does next: the lines of its copy of the cart are removed
    gone = "mutation ($ids: [Int]!) { cartRemoveMultipleItems(lineIds: $ids) { order { websiteOrderLine { id } } } }"
    assert "errors" not in (await shop.query(gone, {"ids": [1, 2]})).body
    lines = [one["quantity"] for one in (await confirmation(shop))["websiteOrderLine"]]
    assert lines == [2.0, 1.0]


async def test_the_customers_own_address_is_told_to_adyen(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    shop.headers["REAL-IP"] = "203.0.113.7"
    await pay_at_adyen(shop, values)
    assert shop.double.adyen.asked[0]["shopperIP"] == "203.0.113.7"
    assert shop.double.adyen.asked[0]["browserInfo"] == {"userAgent": "Mozilla/5.0"}


async def test_three_d_secure_in_the_page(shop: Shop) -> None:
    before = await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    answer = (await pay_at_adyen(shop, values, "CHALLENGE")).data["adyenPayments"]["adyenPayments"]
    assert answer["action"]["type"] == "redirect"
    # nothing is ordered while the customer stands before their bank
    assert (await confirmation(shop))["lastTransaction"]["state"] == "Pending"
    assert odoos(shop, before["id"])[0]["state"] == "draft"
    assert [line["quantity"] for line in (await cart(shop))["lines"]] == ["2", "1"]
    done = (await details_at_adyen(shop, values["reference"], "passed")).data["adyenPaymentDetails"]
    assert done["adyenPaymentDetails"]["resultCode"] == "Authorised"
    assert (await confirmation(shop))["stage"] == "SalesOrder"


async def test_three_d_secure_by_the_return_page(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    await pay_at_adyen(shop, values, "CHALLENGE")
    back = shop.double.adyen.asked[0]["returnUrl"]
    led = led_to(await come_back(shop, back, redirectResult="passed"))
    assert led.page == f"{shop.url}/checkout/thank-you"
    assert (await confirmation(shop))["stage"] == "SalesOrder"


async def test_a_bank_that_sends_the_customer_back_with_a_form(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    await pay_at_adyen(shop, values, "CHALLENGE")
    path = f"/payment/adyen/return?merchantReference={values['reference']}"
    led = led_to(await shop.send("POST", path, data={"redirectResult": "failed"}, headers={"cookie": "other=1"}))
    assert (led.page, led.query["reason"]) == (f"{shop.url}/checkout/payment-fail", "declined")


async def test_left_at_the_bank_and_begun_anew(shop: Shop) -> None:
    await ready_to_pay(shop)
    first = await begun_at_adyen(shop)
    await pay_at_adyen(shop, first, "CHALLENGE")
    second = await begun_at_adyen(shop)
    assert second["reference"] != first["reference"]
    await pay_at_adyen(shop, second)
    assert (await confirmation(shop))["stage"] == "SalesOrder"
    assert [one["state"] for one in transactions(shop)] == ["pending", "done"]


@pytest.mark.parametrize(("holder", "state"), [("DECLINED", "Error"), ("CANCELLED", "Canceled")])
async def test_it_is_not_paid(shop: Shop, holder: str, state: str) -> None:
    before = await ready_to_pay(shop)
    await pay_at_adyen(shop, await begun_at_adyen(shop), holder)
    assert (await confirmation(shop))["lastTransaction"]["state"] == state
    assert odoos(shop, before["id"])[0]["state"] == "draft"
    await pay_at_adyen(shop, await begun_at_adyen(shop))
    assert (await confirmation(shop))["stage"] == "SalesOrder"


async def test_received_and_not_yet_paid(shop: Shop) -> None:
    before = await ready_to_pay(shop)
    await pay_at_adyen(shop, await begun_at_adyen(shop), "RECEIVED")
    assert odoos(shop, before["id"])[0]["state"] == "sent"
    assert (await confirmation(shop))["lastTransaction"]["state"] == "Pending"


async def test_pressed_twice(shop: Shop) -> None:
    await ready_to_pay(shop)
    assert await begun_at_adyen(shop) == await begun_at_adyen(shop)
    assert len(transactions(shop)) == 1


async def test_the_cart_changed_before_it_was_paid(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    await filled(shop, 3)
    refused = await pay_at_adyen(shop, values)
    assert (refused.codes, refused.status) == ({"CART_CHANGED"}, 200)
    assert shop.double.adyen.asked == []
    assert [one["state"] for one in transactions(shop)] == ["draft"]


async def test_anothers_payment_does_not_exist(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun_at_adyen(shop)
    stranger = device(shop)
    await ready_to_pay(stranger, 1)
    customer = device(shop)
    await customer.log_in(5)
    for who in (stranger, customer, device(shop)):
        assert (await pay_at_adyen(who, values)).codes == {"NOT_FOUND"}
        assert (await details_at_adyen(who, values["reference"], "passed")).codes == {"NOT_FOUND"}
    for wrong in ({"reference": "none"}, {"token": "forged"}, {"token": ""}):
        assert (await pay_at_adyen(shop, values, **wrong)).codes == {"NOT_FOUND"}
    assert shop.double.adyen.asked == []


async def test_a_customers_payment_on_another_device_of_theirs(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 2)
    await delivered(shop)
    values = await begun_at_adyen(shop)
    other = device(shop)
    await other.log_in(1)
    assert (await pay_at_adyen(other, values)).data["adyenPayments"]["adyenPayments"]["resultCode"] == "Authorised"


async def test_adyen_refuses(shop: Shop) -> None:
    await ready_to_pay(shop)
    shop.double.adyen.refuses = "The communication with the API failed."
    refused = await press(shop, ADYEN_METHODS)
    assert (refused.codes, refused.errors[0]["message"]) == ({"ERP_REJECTED"}, shop.double.adyen.refuses)
    values = await begun_at_adyen(shop)
    assert (await pay_at_adyen(shop, values)).codes == {"ERP_REJECTED"}


async def test_no_secret_of_a_provider_is_told_or_asked_for(shop: Shop) -> None:
    await ready_to_pay(shop)
    answers = [await press(shop, document) for document in (ADYEN_INFO, ADYEN_METHODS, ADYEN)]
    answers.append(await pay_at_adyen(shop, await begun_at_adyen(shop)))
    told = b"".join(answer.raw for answer in answers)
    for secret in secrets_of("payment_adyen"):
        assert secret.encode() not in told
    asked = repr([(call.args, call.kwargs) for call in shop.double.calls])
    assert "adyen_client_key" in asked
    assert "api_key" not in asked.replace("api_keys", "")
    assert "hmac" not in asked


async def test_without_a_key_for_the_pages(own_double: DoubleOf) -> None:
    async with paying_shop(own_double("19.0"), "payment_adyen", {"adyen_client_key": False}) as shop:
        await ready_to_pay(shop)
        refused = await press(shop, ADYEN_INFO)
        assert refused.codes == {"ERP_NOT_SUPPORTED"}
