"""Paying by Stripe's widget, from the storefront's server and the customer's browser to Odoo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from cart.payment_units import minor_amount
from demo.double.payments.accounts import DECLINED
from demo.double.payments.modules import Module, secrets_of
from tests.cart.over_http import cart, device
from tests.identity.wired import Shop
from tests.resolvers.order_desk import PLACE, filled, odoos, wish
from tests.resolvers.pay_desk import (
    ADYEN,
    ADYEN_INFO,
    ADYEN_METHODS,
    STRIPE,
    STRIPE_FORM,
    begun,
    come_back,
    confirmation,
    delivered,
    led_to,
    paying_shop,
    pays,
    press,
    ready_to_pay,
    transactions,
)
from tests.support.bff import Answer
from tests.support.doubles import DoubleOf


@pytest.fixture
async def shop(own_double: DoubleOf) -> AsyncIterator[Shop]:
    async with paying_shop(own_double("19.0"), "payment_stripe") as found:
        yield found


# -- in the storefront's order --------------------------------------------------------------------------------------


async def test_a_guest_pays(shop: Shop) -> None:
    before = await ready_to_pay(shop)
    total = (await cart(shop))["order"]["amountTotal"]
    form = (await press(shop, STRIPE_FORM)).data["stripeGetInlineFormValues"]["stripeGetInlineFormValues"]
    assert form == {
        "publishable_key": "pk_test_shop",
        "currency_name": "eur",
        "minor_amount": round(total * 100),
        "capture_method": "automatic",
        "billing_details": {
            "name": "Ada Lovelace",
            "email": "ada@guest.example",
            "phone": "",
            "address": {"line1": "", "line2": "", "city": "", "state": "", "country": "", "postal_code": ""},
        },
        "payment_methods": ["card"],
    }
    values = await begun(shop)
    intent = next(iter(shop.double.stripe.intents.values()))
    assert (values["client_secret"], intent.amount, intent.currency) == (
        intent.client_secret,
        round(total * 100),
        "eur",
    )
    assert values["return_url"] == f"{shop.url}/payment/stripe/return?reference={values['reference']}"
    assert await confirmation(shop) is None
    led = await pays(shop, values)
    (order,) = odoos(shop, before["id"])
    assert (led.page, led.query) == (f"{shop.url}/checkout/thank-you", {"order": order["name"]})
    assert order["state"] == "sale"
    shown = await confirmation(shop)
    assert (shown["id"], shown["stage"], shown["amountTotal"]) == (order["id"], "SalesOrder", total)
    assert shown["lastTransaction"] == {"state": "Confirmed", "provider": "Card (test)"}
    assert [one["state"] for one in shown["transactions"]] == ["Confirmed"]
    (payment,) = transactions(shop)
    assert (payment["amount"], payment["is_post_processed"]) == (total, True)
    nothing = await cart(shop)
    assert nothing is None or not nothing["lines"]


async def test_a_customer_pays_and_sees_it_among_the_orders(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 3)
    await delivered(shop)
    form = (await press(shop, STRIPE_FORM)).data["stripeGetInlineFormValues"]["stripeGetInlineFormValues"]
    assert form["billing_details"]["address"]["country"] == "BE"
    values = await begun(shop)
    await pays(shop, values)
    asked = "query ($reference: String) { paymentTransaction(reference: $reference) { state reference } }"
    found = (await shop.query(asked, {"reference": values["reference"]})).data["paymentTransaction"]
    assert found == {"state": "Confirmed", "reference": values["reference"]}
    listed = (await shop.query("{ orders(sort: { id: DESC }) { orders { stage transactions { reference } } } }")).data
    assert listed["orders"]["orders"][0] == {
        "stage": "SalesOrder",
        "transactions": [{"reference": values["reference"]}],
    }


async def test_money_that_people_of_the_shop_take(own_double: DoubleOf) -> None:
    """Captured by hand: authorized is enough to order."""
    async with paying_shop(own_double("19.0"), "payment_stripe", {"capture_manually": True}) as shop:
        await ready_to_pay(shop)
        form = (await press(shop, STRIPE_FORM)).data["stripeGetInlineFormValues"]["stripeGetInlineFormValues"]
        assert form["capture_method"] == "manual"
        values = await begun(shop)
        assert (await pays(shop, values)).page.endswith("/checkout/thank-you")
        shown = await confirmation(shop)
        assert (shown["stage"], shown["lastTransaction"]["state"]) == ("SalesOrder", "Authorized")


# -- pressed again --------------------------------------------------------------------------------------------------


async def test_pressed_twice(shop: Shop) -> None:
    """At once and one after the other: one transaction, one intent, the same answer."""
    await ready_to_pay(shop)
    first, second = await asyncio.gather(begun(shop), begun(shop))
    assert first == second == await begun(shop)
    assert len(transactions(shop)) == len(shop.double.stripe.intents) == 1


async def test_pressed_on_two_devices_of_one_customer(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 2)
    await delivered(shop)
    other = device(shop)
    await other.log_in(1)
    assert await begun(shop) == await begun(other)
    assert len(transactions(shop)) == 1


async def test_the_cart_changed_in_between(shop: Shop) -> None:
    """What is to be paid is another amount: another payment, of what Odoo says now."""
    await ready_to_pay(shop)
    first = await begun(shop)
    await filled(shop, 1)
    second = await begun(shop)
    assert second["reference"] != first["reference"]
    total = (await cart(shop))["order"]["amountTotal"]
    assert [one.amount for one in shop.double.stripe.intents.values()][-1] == round(total * 100)
    assert (await pays(shop, second)).page.endswith("/checkout/thank-you")
    assert (await confirmation(shop))["amountTotal"] == total


async def test_the_old_amount_is_paid_after_all(shop: Shop) -> None:
    """In another window. Odoo does not confirm what costs more by now; people of the shop see the money."""
    before = await ready_to_pay(shop)
    values = await begun(shop)
    await filled(shop, 5)
    await begun(shop)
    led = await pays(shop, values)
    assert (led.page, led.query["reason"]) == (f"{shop.url}/checkout/payment-fail", "differs")
    (order,) = odoos(shop, before["id"])
    assert order["state"] == "draft"
    assert {one["state"] for one in transactions(shop)} == {"done", "draft"}
    refused = await press(shop)
    assert (refused.codes, refused.status) == ({"ALREADY_PAID"}, 200)


async def test_no_answer_came(shop: Shop) -> None:
    """Odoo made a transaction, and the answer was lost: nobody can pay it, so it is given up."""
    await ready_to_pay(shop)
    shop.double.faults.drop_answer_of("/shop/payment/transaction/")
    lost = await press(shop)
    assert lost.codes == {"ERP_UNAVAILABLE"}
    assert [one["state"] for one in transactions(shop)] == ["draft"]
    values = await begun(shop)
    assert [one["state"] for one in transactions(shop)] == ["cancel", "draft"]
    assert (await pays(shop, values)).page.endswith("/checkout/thank-you")


# -- what goes wrong ------------------------------------------------------------------------------------------------


async def test_declined_and_paid_then(shop: Shop) -> None:
    before = await ready_to_pay(shop)
    values = await begun(shop)
    led = await pays(shop, values, "declined")
    (order,) = odoos(shop, before["id"])
    assert (led.page, led.query) == (
        f"{shop.url}/checkout/payment-fail",
        {"reason": "declined", "order": order["name"]},
    )
    assert transactions(shop)[0]["state_message"] == DECLINED
    assert (order["state"], (await confirmation(shop))["lastTransaction"]["state"]) == ("draft", "Error")
    assert [line["quantity"] for line in (await cart(shop))["lines"]] == ["2", "1"]
    again = await begun(shop)
    assert again["reference"] != values["reference"]
    assert (await pays(shop, again)).page.endswith("/checkout/thank-you")
    assert (await confirmation(shop))["stage"] == "SalesOrder"


async def test_cancelled(shop: Shop) -> None:
    await ready_to_pay(shop)
    led = await pays(shop, await begun(shop), "canceled")
    assert led.query["reason"] == "cancelled"
    assert (await confirmation(shop))["lastTransaction"]["state"] == "Canceled"


async def test_what_takes_days(shop: Shop) -> None:
    """A debit that is on its way: the order waits for it, and the cart is not paid once more."""
    before = await ready_to_pay(shop)
    led = await pays(shop, await begun(shop), "processing")
    assert led.page.endswith("/checkout/thank-you")
    (order,) = odoos(shop, before["id"])
    assert order["state"] == "sent"
    shown = await confirmation(shop)
    assert (shown["stage"], shown["lastTransaction"]["state"]) == ("QuotationSent", "Pending")
    assert (await press(shop)).codes == {"CART_EMPTY"}


async def test_stripe_refuses(shop: Shop) -> None:
    """Odoo keeps why with the transaction; it is told in those words."""
    await ready_to_pay(shop)
    shop.double.stripe.refuses = "Amount must be at least 50 cents."
    refused = await press(shop)
    assert (refused.codes, refused.errors[0]["message"]) == ({"ERP_REJECTED"}, "Amount must be at least 50 cents.")
    shop.double.stripe.refuses = None
    assert (await pays(shop, await begun(shop))).page.endswith("/checkout/thank-you")


async def test_odoo_refuses(shop: Shop) -> None:
    await shop.log_in(1)
    await filled(shop, 1)
    refused = await press(shop)
    assert (refused.codes, refused.errors[0]["message"]) == ({"ERP_REJECTED"}, "No shipping method is selected.")
    assert transactions(shop) == []
    assert (await cart(shop))["state"] == "OPEN"


async def test_nothing_and_nobody_to_pay(shop: Shop) -> None:
    assert (await press(shop)).codes == {"CART_EMPTY"}
    assert (await press(shop, STRIPE_FORM)).codes == {"CART_EMPTY"}
    await filled(shop, 1)
    assert (await press(shop)).codes == {"CONTACT_MISSING"}
    missing = await press(shop, provider=999)
    assert (missing.codes, missing.errors[0]["message"]) == ({"NOT_FOUND"}, "Payment Provider does not exist.")
    assert (await cart(shop))["state"] == "OPEN"


async def test_a_price_rose_in_odoo(shop: Shop) -> None:
    """Nobody pays what they have not seen."""
    await ready_to_pay(shop)
    table = shop.double.db.table("product.template")
    for key in list(table.ids()):
        row = table.get(key)
        assert row is not None
        table.put({**row, "list_price": float(row.get("list_price") or 0.0) * 2})
    items = shop.double.db.table("product.pricelist.item")
    for key in list(items.ids()):
        row = items.get(key)
        assert row is not None
        if row.get("fixed_price"):
            items.put({**row, "fixed_price": row["fixed_price"] * 2})
    assert (await press(shop)).codes == {"CART_CHANGED"}
    assert transactions(shop) == []


async def test_odoo_is_away_when_the_customer_returns(shop: Shop) -> None:
    """It may be paid: so it is said that it is not known; and it is, as soon as Odoo is back."""
    await ready_to_pay(shop)
    values = await begun(shop)
    shop.double.faults.down = True
    led = await pays(shop, values)
    assert led.query == {"reason": "unconfirmed"}
    shop.double.faults.down = False
    await shop.ready()
    assert (await pays(shop, values)).page.endswith("/checkout/thank-you")
    assert (await confirmation(shop))["stage"] == "SalesOrder"


async def test_odoo_does_not_go_on_by_itself(shop: Shop) -> None:
    """Its visit has ended: the order is confirmed all the same."""
    before = await ready_to_pay(shop)
    values = await begun(shop)
    shop.double.visits.clear()
    await pays(shop, values)
    (order,) = odoos(shop, before["id"])
    assert order["state"] == "sale"


# -- whose it is ----------------------------------------------------------------------------------------------------


async def test_another_sees_nothing_of_it(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun(shop)
    await pays(shop, values)
    stranger = device(shop)
    assert await confirmation(stranger) is None
    asked = "query ($reference: String) { paymentTransaction(reference: $reference) { state } }"
    assert (await stranger.query(asked, {"reference": values["reference"]})).codes == {"NOT_FOUND"}


async def test_a_payment_of_another_order_does_not_count(shop: Shop) -> None:
    """A small order paid, its name at Stripe sent along with the reference of a large one."""
    await ready_to_pay(shop, 9)
    large = await begun(shop)
    other = device(shop)
    await ready_to_pay(other, 1)
    small = await begun(other)
    paid = shop.double.stripe.pay(small["client_secret"])
    led = led_to(await come_back(shop, large["return_url"], payment_intent=paid.id))
    assert led.query["reason"] == "unfinished"
    assert {one["reference"]: one["state"] for one in transactions(shop)}[large["reference"]] == "draft"


async def test_what_a_browser_says_is_not_believed(shop: Shop) -> None:
    await ready_to_pay(shop)
    values = await begun(shop)
    forged = f"{values['return_url']}&redirect_status=succeeded"
    for more in ({}, {"payment_intent": "pi_made_up"}, {"payment_intent": values["client_secret"].split("_secret")[0]}):
        led = led_to(await come_back(shop, forged, **more))
        assert led.page == f"{shop.url}/checkout/payment-fail"
    assert transactions(shop)[0]["state"] in {"draft", "error"}
    assert (await cart(shop))["state"] == "OPEN"


async def test_it_leads_nowhere_else(shop: Shop) -> None:
    """Whatever the query says, and to whatever host it is sent."""
    await ready_to_pay(shop)
    values = await begun(shop)
    evil = "https://evil.example/"
    for query in (
        f"reference={values['reference']}&return_to={evil}&success_url={evil}&next=//evil.example",
        f"reference={evil}",
        "reference=%0d%0aLocation:%20https://evil.example",
        f"reference={'x' * 5000}",
        "reference=",
        "",
    ):
        answer = await shop.send(
            "GET",
            f"/payment/stripe/return?{query}",
            headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
        )
        assert led_to(answer).page == f"{shop.url}/checkout/payment-fail"
        assert answer.headers["cache-control"] == "no-store"


async def test_pages_that_the_operator_has_set(own_double: DoubleOf) -> None:
    async with paying_shop(
        own_double("19.0"),
        "payment_stripe",
        payment_success_url="https://shop.example/merci?lang=fr",
        payment_error_url="https://shop.example/oups",
    ) as shop:
        await ready_to_pay(shop)
        led = await pays(shop, await begun(shop))
        assert (led.page, led.query["lang"]) == ("https://shop.example/merci", "fr")
        assert led_to(await shop.get("/payment/stripe/return?reference=none")).page == "https://shop.example/oups"


async def test_without_a_public_address_customers_return_to_odoo(own_double: DoubleOf) -> None:
    async with paying_shop(own_double("19.0"), "payment_stripe", public_url=None) as shop:
        await ready_to_pay(shop)
        assert (await begun(shop))["return_url"].startswith("http://odoo.example/payment/stripe/return?")
        assert (await shop.get("/payment/stripe/return?reference=x")).status == 404


# -- secrets --------------------------------------------------------------------------------------------------------


async def test_no_secret_of_a_provider_is_told_or_asked_for(shop: Shop) -> None:
    await ready_to_pay(shop)
    answers: list[Answer] = [await press(shop, document) for document in (STRIPE_FORM, STRIPE, STRIPE)]
    answers.append(await shop.query("{ paymentProviders { id name code message paymentMethods { id name } } }"))
    answers.append(await shop.get("/metrics"))
    shop.double.stripe.refuses = "no"
    answers.append(await press(shop))
    told = b"".join(answer.raw for answer in answers)
    for secret in secrets_of("payment_stripe"):
        assert secret.encode() not in told
    asked = repr([(call.args, call.kwargs) for call in shop.double.calls])
    assert "stripe_publishable_key" in asked
    assert "secret" not in asked


# -- where it cannot be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["10.0", "14.0"])
@pytest.mark.parametrize(
    ("module", "documents"),
    [("payment_stripe", (STRIPE_FORM, STRIPE)), ("payment_adyen", (ADYEN_INFO, ADYEN_METHODS, ADYEN))],
)
async def test_versions_that_cannot(
    own_double: DoubleOf, version: str, module: Module, documents: tuple[str, ...]
) -> None:
    async with paying_shop(own_double(version), module) as shop:
        await shop.log_in(1)
        await filled(shop, 1)
        for document in documents:
            refused = await press(shop, document)
            assert (refused.codes, refused.status) == ({"ERP_NOT_SUPPORTED"}, 200)
            assert f"Odoo {version}" in refused.errors[0]["message"]
        assert transactions(shop) == []
        placed = (await shop.query(PLACE, {"input": wish()})).data["placeOrder"]
        assert placed["status"] == "PLACED"


async def test_a_module_that_is_missing(own_double: DoubleOf) -> None:
    async with paying_shop(own_double("19.0"), "payment_adyen") as shop:
        await ready_to_pay(shop)
        refused = await press(shop)
        assert refused.codes == {"ERP_NOT_SUPPORTED"}
        assert "payment_stripe" in refused.errors[0]["message"]


def test_amounts_as_providers_count_them() -> None:
    assert minor_amount(Decimal("12.34"), "EUR", "stripe") == 1234
    assert minor_amount(Decimal(1999), "JPY", "stripe") == 1999
    assert minor_amount(Decimal("1.234"), "BHD", "adyen") == 1234
    assert (minor_amount(Decimal(7), "ISK", "stripe"), minor_amount(Decimal(7), "MGA", "stripe")) == (700, 7)
    assert (minor_amount(Decimal(7), "IDR", "stripe"), minor_amount(Decimal(7), "IDR", "adyen")) == (700, 7)
    assert minor_amount(Decimal("0.005"), "EUR", "stripe") == 1
