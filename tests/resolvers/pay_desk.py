"""A shop whose orders are paid by widgets, served: what the storefront sends, and what browsers do at the provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.double import DoubleServer
from demo.double.payments.accounts import Outcome
from demo.double.payments.modules import Module, install
from tests.cart.over_http import carts_shop
from tests.identity.wired import Shop
from tests.resolvers.order_desk import CONTACT, filled
from tests.support.bff import Answer

#: "Card (test)" of the generated shop, in every version
PROVIDER = 2
STRIPE_FORM = """
mutation StripeGetInlineFormValues($providerId: Int!) {
  stripeGetInlineFormValues(providerId: $providerId) { stripeGetInlineFormValues } }
"""
STRIPE = """
mutation StripeTransaction($providerId: Int!, $tokenizationRequested: Boolean = false) {
  stripeTransaction(providerId: $providerId, tokenizationRequested: $tokenizationRequested) { transaction } }
"""
ADYEN_INFO = "mutation ($providerId: Int!) { adyenProviderInfo(providerId: $providerId) { adyenProviderInfo } }"
ADYEN_METHODS = "mutation ($providerId: Int!) { adyenPaymentMethods(providerId: $providerId) { adyenPaymentMethods } }"
ADYEN = """
mutation AdyenTransaction($providerId: Int!) { adyenTransaction(providerId: $providerId) { transaction } }
"""
ADYEN_PAY = """
mutation AdyenPayments($providerId: Int!, $reference: String!, $token: String!, $method: GenericScalar!,
  $browser: GenericScalar!) {
  adyenPayments(providerId: $providerId, transactionReference: $reference, accessToken: $token,
    paymentMethod: $method, browserInfo: $browser) { adyenPayments } }
"""
ADYEN_DETAILS = """
mutation AdyenPaymentDetails($providerId: Int!, $reference: String!, $details: GenericScalar!) {
  adyenPaymentDetails(providerId: $providerId, transactionReference: $reference, paymentDetails: $details) {
    adyenPaymentDetails } }
"""
CONFIRMATION = """
{ paymentConfirmation { order { id name stage amountTotal transactions { state reference amount }
  lastTransaction { state provider } websiteOrderLine { id quantity } } } }
"""
METHODS = "{ deliveryMethods { id } }"
CHOOSE = "mutation ($id: Int!) { setShippingMethod(shippingMethodId: $id) { order { amountTotal } } }"


@asynccontextmanager
async def paying_shop(
    double: DoubleServer, module: Module, provider: Mapping[str, Any] | None = None, **settings: Any
) -> AsyncIterator[Shop]:
    """The application over an Odoo whose second provider is one of the module's; it behaves as behind a proxy.

    ``provider``: values of the provider.
    """
    install(double.double, module, PROVIDER, **(provider or {}))
    double.double.proxy_mode = True
    async with carts_shop(double, **settings) as found:
        yield found


async def ready_to_pay(of: Shop, *quantities: int) -> Any:
    """A guest's cart, with a contact and a delivery method: as it stands when the storefront shows its widget."""
    cart = await filled(of, *(quantities or (2, 1)))
    await of.query(CONTACT, {"name": "Ada Lovelace", "email": "ada@guest.example"})
    await delivered(of)
    return cart


async def delivered(of: Shop) -> float:
    """The first delivery method, chosen; what the cart costs with it."""
    method = (await of.query(METHODS)).data["deliveryMethods"][0]
    return float((await of.query(CHOOSE, {"id": method["id"]})).data["setShippingMethod"]["order"]["amountTotal"])


async def press(of: Shop, document: str = STRIPE, provider: int = PROVIDER) -> Answer:
    """Place Order, pressed."""
    return await of.query(document, {"providerId": provider})


async def begun(of: Shop) -> dict[str, Any]:
    """A payment at Stripe that was begun: the values of the widget."""
    found: dict[str, Any] = (await press(of)).data["stripeTransaction"]["transaction"]
    return found


async def begun_at_adyen(of: Shop) -> dict[str, Any]:
    """The same of Adyen."""
    found: dict[str, Any] = (await press(of, ADYEN)).data["adyenTransaction"]["transaction"]
    return found


async def pay_at_adyen(of: Shop, values: dict[str, Any], holder: str = "Ada", **other: Any) -> Answer:
    """What the drop-in sends."""
    variables = {
        "providerId": PROVIDER,
        "reference": values["reference"],
        "token": values["access_token"],
        "method": {"type": "scheme", "holderName": holder},
        "browser": {"userAgent": "Mozilla/5.0"},
    }
    return await of.query(ADYEN_PAY, {**variables, **other})


async def details_at_adyen(of: Shop, reference: str, result: str) -> Answer:
    """What the drop-in sends after 3-D Secure."""
    details = {"details": {"redirectResult": result}}
    return await of.query(ADYEN_DETAILS, {"providerId": PROVIDER, "reference": reference, "details": details})


@dataclass(frozen=True)
class Led:
    """Where a return page led: address without query, and the query."""

    page: str
    query: dict[str, str]


def led_to(answer: Answer) -> Led:
    """Raises where it led nowhere."""
    assert answer.status == 302, answer.status
    parts = urlsplit(answer.headers["location"])
    return Led(f"{parts.scheme}://{parts.netloc}{parts.path}", {k: v for k, (v,) in parse_qs(parts.query).items()})


async def pays(of: Shop, values: dict[str, Any], outcome: Outcome = "succeeded") -> Led:
    """The browser, with the widget's values: it pays at Stripe, and comes back from there, without our cookie."""
    intent = of.double.stripe.pay(values["client_secret"], outcome)
    return led_to(await come_back(of, values["return_url"], payment_intent=intent.id))


async def come_back(of: Shop, address: str, **more: str) -> Answer:
    """A browser goes to an address of ours, at a host whose cookies are others than the storefront's."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == f"http://127.0.0.1:{of.port}"
    query = "&".join([parts.query, *(f"{name}={value}" for name, value in more.items())])
    return await of.send("GET", f"{parts.path}?{query}", headers={"cookie": "other=1"})


async def confirmation(of: Shop) -> Any:
    """What the thank-you page is told; None: that there is no order."""
    answer = await of.query(CONFIRMATION)
    if "errors" in answer.body:
        assert answer.codes == {"NOT_FOUND"}
        return None
    return answer.data["paymentConfirmation"]["order"]


def transactions(of: Shop) -> list[dict[str, Any]]:
    """The payments that Odoo has."""
    table = of.double.db.table("payment.transaction")
    return [dict(row) for key in sorted(table.ids()) if (row := table.get(key)) is not None]
