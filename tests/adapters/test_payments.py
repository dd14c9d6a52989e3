"""Payments by widgets through the adapter: over every transport of 19.0, and refused by the older versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from adapters.base import OdooAdapter
from adapters.contracts.payments import PaymentContract
from adapters.errors import OdooNotSupportedError, OdooRejectedError
from adapters.records.payments import AdyenPayment, PaymentWish
from demo.double.payments.modules import Module, install, secrets_of
from tests.adapters.customers import Shop, shop

PROVIDER = 2
CARD = 2


def an_order(at: Shop) -> tuple[int, Decimal]:
    """A draft with a delivery method: its id and what it costs."""
    products = at.double.db.table("product.product")
    carriers = at.double.db.table("delivery.carrier")
    order_id = at.double.create(
        "sale.order",
        {
            "partner_id": max(at.double.db.table("res.partner").ids()),
            "carrier_id": min(carriers.ids()),
            "order_line": [[0, 0, {"product_id": min(products.ids()), "product_uom_qty": 2, "price_unit": 10.0}]],
        },
    )
    row = at.double.db.table("sale.order").get(order_id)
    assert row is not None
    return order_id, Decimal(str(round(row["amount_total"], 2)))


def wish(order_id: int, amount: Decimal, **other: Any) -> PaymentWish:
    return PaymentWish(
        **{
            "order_id": order_id,
            "provider_id": PROVIDER,
            "method_id": CARD,
            "amount": amount,
            "mark": uuid4().hex,
            **other,
        }
    )


@pytest.mark.parametrize("transport", ["json2", "jsonrpc", "xmlrpc"])
async def test_from_the_beginning_to_the_order(transport: str) -> None:
    async with shop("19.0", transport, lambda double: install(double, "payment_stripe", PROVIDER)) as at:
        (provider,) = [one for one in await at.adapter.payment_providers("en_US") if one.id == PROVIDER]
        assert (provider.code, provider.public_key, provider.captured_by_hand) == ("stripe", "pk_test_shop", False)
        assert not any(secret in repr(provider) for secret in secrets_of("payment_stripe"))
        order_id, amount = an_order(at)
        begun = wish(order_id, amount)
        started = await at.adapter.start_payment(begun, "stripe")
        assert (started.amount, started.visit is not None) == (amount, True)
        assert set(started.values) == {
            *("provider_id", "provider_code", "reference", "amount", "currency_id", "partner_id"),
            *("client_secret", "return_url"),
        }
        state = await at.adapter.find_payment(started.reference)
        assert state is not None
        assert (state.transaction.state, state.order_ids, state.mark) == ("draft", (order_id,), begun.mark)
        assert await at.adapter.order_payments(order_id) == [state]
        intent = at.double.stripe.pay(started.values["client_secret"])
        told = {"reference": started.reference, "payment_intent": intent.id, "success_url": "https://evil.example"}
        await at.adapter.returned_payment("stripe", told)
        state = await at.adapter.find_payment(started.reference)
        assert state is not None
        assert state.transaction.state == "done"
        await at.adapter.finish_payment(started.visit or "")
        (order,) = await at.adapter.orders([order_id])
        assert order.state == "sale"


async def test_what_is_given_up_cannot_be_paid() -> None:
    async with shop("19.0", "jsonrpc", lambda double: install(double, "payment_stripe", PROVIDER)) as at:
        order_id, amount = an_order(at)
        started = await at.adapter.start_payment(wish(order_id, amount), "stripe")
        state = await at.adapter.find_payment(started.reference)
        assert state is not None
        await at.adapter.cancel_payment(state.transaction.id)
        intent = at.double.stripe.pay(started.values["client_secret"])
        await at.adapter.returned_payment("stripe", {"reference": started.reference, "payment_intent": intent.id})
        state = await at.adapter.find_payment(started.reference)
        assert state is not None
        assert state.transaction.state == "cancel"


async def test_odoo_refuses_in_its_own_words() -> None:
    async with shop("19.0", "jsonrpc", lambda double: install(double, "payment_stripe", PROVIDER)) as at:
        order_id, amount = an_order(at)
        with pytest.raises(OdooRejectedError, match="The cart has been updated"):
            await at.adapter.start_payment(wish(order_id, amount + 1), "stripe")
        at.double.stripe.refuses = "Invalid API key."
        with pytest.raises(OdooRejectedError, match="Invalid API key"):
            await at.adapter.start_payment(wish(order_id, amount), "stripe")
        at.double.write("sale.order", [order_id], {"carrier_id": False})
        with pytest.raises(OdooRejectedError, match="No shipping method"):
            await at.adapter.start_payment(wish(order_id, amount), "stripe")


async def test_what_was_signed_is_what_is_paid() -> None:
    async with shop("19.0", "jsonrpc", lambda double: install(double, "payment_adyen", PROVIDER)) as at:
        order_id, amount = an_order(at)
        started = await at.adapter.start_payment(wish(order_id, amount), "adyen")
        payment = AdyenPayment(
            provider_id=PROVIDER,
            reference=started.reference,
            minor_amount=1,
            currency_id=started.currency_id,
            partner_id=started.partner_id,
            access_token=started.values["access_token"],
            method={"type": "scheme"},
        )
        with pytest.raises(OdooRejectedError, match="tampered"):
            await at.adapter.adyen_pay(payment)


async def test_pages_of_a_module_that_is_not_there() -> None:
    async with shop("19.0") as at:
        with pytest.raises(OdooNotSupportedError, match="/payment/adyen/payment_methods"):
            await at.adapter.adyen_methods(PROVIDER, partner_id=None, minor_amount=1, currency="EUR")
        with pytest.raises(OdooNotSupportedError, match="/payment/stripe/return"):
            await at.adapter.returned_payment("stripe", {"reference": "S1"})


@pytest.mark.parametrize("version", ["10.0", "14.0"])
@pytest.mark.parametrize("module", ["payment_stripe", "payment_adyen"])
async def test_versions_that_cannot(version: str, module: Module) -> None:
    async with shop(version, "jsonrpc", lambda double: install(double, module, PROVIDER)) as at:
        code = module.removeprefix("payment_")
        (provider,) = [one for one in await at.adapter.payment_providers("en_US") if one.id == PROVIDER]
        assert (provider.code, provider.public_key) == (code, None)
        with pytest.raises(OdooNotSupportedError, match=f"Odoo {version}"):
            at.adapter.check_widget(code)
        with pytest.raises(OdooNotSupportedError, match=f"Odoo {version}"):
            await at.adapter.start_payment(wish(1, Decimal(1)), code)
        with pytest.raises(OdooNotSupportedError):
            await at.adapter.finish_payment("a visit")


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_payments_are_found_in_every_version(version: str) -> None:
    async with shop(version, "jsonrpc") as at:
        order_id, amount = an_order(at)
        of_order: dict[str, Any] = {"sale_order_ids": [(6, 0, [order_id])]} if version != "10.0" else {}
        provider = "provider_id" if version == "19.0" else "acquirer_id"
        at.double.create(
            "payment.transaction",
            {
                "reference": "P1",
                "amount": float(amount),
                "currency_id": 1,
                provider: PROVIDER,
                "state": "error",
                "state_message": "Refused by the bank.",
                **(of_order or {"sale_order_id": order_id}),
            },
        )
        state = await at.adapter.find_payment("P1")
        assert state is not None
        assert (state.order_ids, state.message, state.mark) == ((order_id,), "Refused by the bank.", None)
        assert (state.transaction.state, state.transaction.amount) == ("error", amount)
        assert await at.adapter.order_payments(order_id) == [state]
        assert await at.adapter.find_payment("none") is None


async def test_an_adapter_without_any_says_so() -> None:
    """Those of others go on working."""
    assert issubclass(OdooAdapter, PaymentContract)
    bare = PaymentContract()
    with pytest.raises(OdooNotSupportedError):
        bare.check_widget("stripe")
    with pytest.raises(OdooNotSupportedError):
        await bare.start_payment(wish(1, Decimal(1)), "stripe")
