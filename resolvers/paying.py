"""Paying by widgets: what those of Stripe and Adyen ask for, of the caller's own cart."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import structlog

from adapters.errors import OdooError, OdooNotSupportedError
from adapters.records.contacts import Contact
from adapters.records.orders import PaymentProvider
from adapters.records.payments import AdyenPayment
from cart.model import Cart
from cart.payment_errors import PaymentChangedError, PaymentRefusedError
from cart.payment_store import KeptPayment
from cart.payment_units import minor_amount
from cart.payments import Widget
from cart.placing_errors import PlacingRefusedError, StillPlacingError
from cart.store import CartNotFoundError
from resolvers.cart_errors import NO_CART, told_as_such
from resolvers.cart_view import CartView
from resolvers.checkout_prices import CartPrices
from resolvers.context import RequestContext
from resolvers.errors import (
    CartChangedError,
    ErpNotSupportedError,
    NotFoundError,
    OrderInProgressError,
    OrderRefusedError,
)
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.paid import begun_here, remember_begun, settled_here
from resolvers.payments import UNKNOWN_TRANSACTION, provider_of

log = structlog.get_logger(__name__)

#: Stripe's own names of methods, where Odoo has others
_STRIPE_METHODS: Final[Mapping[str, str]] = {
    "ach_direct_debit": "us_bank_account",
    "bacs_direct_debit": "bacs_debit",
    "becs_direct_debit": "au_becs_debit",
    "sepa_direct_debit": "sepa_debit",
    "afterpay": "afterpay_clearpay",
    "clearpay": "afterpay_clearpay",
    "cash_app_pay": "cashapp",
    "mobile_pay": "mobilepay",
}
_CARD: Final = "card"
#: where browsers come back to from Stripe; the server has the page
STRIPE_RETURN: Final = "/payment/stripe/return"
_CHANGED: Final = "Your cart has changed since you saw it; look at it again before you pay."
_NOT_ITS: Final = (
    "{name} is not paid by {widget}: in the back office it is a provider of another kind, or Odoo's module "
    "payment_{code} is not installed."
)


# -- Stripe ---------------------------------------------------------------------------------------------------------


@mutation.field("stripeGetInlineFormValues")
async def resolve_stripe_form(_: None, info: Info, providerId: int) -> dict[str, Any]:  # noqa: N803
    context = info.context
    provider = await _provider(context, providerId, "stripe")
    cart = await _filled_cart(context)
    view = CartView(context, cart)
    amounts, buyer = await view.amounts(), await view.buyer()
    bill_to = next((one for one in (buyer.partner, buyer.delivery) if one.id == buyer.parties.invoice_partner_id), None)
    guest = buyer.parties.partner_id is None
    return {
        "stripeGetInlineFormValues": {
            "publishable_key": _key(provider),
            "currency_name": amounts.currency.lower(),
            "minor_amount": minor_amount(amounts.amount_total, amounts.currency, provider.code),
            "capture_method": "manual" if provider.captured_by_hand else "automatic",
            "billing_details": await _billing(context, None if guest else bill_to or buyer.partner),
            "payment_methods": [_STRIPE_METHODS.get(one.code, one.code) for one in provider.methods],
        }
    }


@mutation.field("stripeTransaction")
async def resolve_stripe_transaction(
    _: None,
    info: Info,
    providerId: int,  # noqa: N803
    tokenizationRequested: bool = False,  # noqa: N803
) -> dict[str, Any]:
    kept = await _begun(info.context, providerId, "stripe", tokenize=tokenizationRequested)
    values = _values(kept)
    back = info.context.services.payment_return_url
    if back is not None:
        values["return_url"] = f"{back}{STRIPE_RETURN}?{urlencode({'reference': kept.reference})}"
    return {"transaction": values}


async def _billing(context: RequestContext, contact: Contact | None) -> dict[str, Any]:
    """Of whom the bill is for, as Stripe's element takes it; a guest without a contact is nobody yet."""
    view = await context.view()
    countries = await context.services.reference.countries(view.lang, context.dependencies)
    country = countries.get(contact.country_id or 0) if contact is not None else None
    states = {} if country is None else {state.id: state.code for state in country.states}
    return {
        "name": (contact and contact.name) or "",
        "email": (contact and contact.email) or "",
        "phone": (contact and contact.phone) or "",
        "address": {
            "line1": (contact and contact.street) or "",
            "line2": (contact and contact.street2) or "",
            "city": (contact and contact.city) or "",
            "state": states.get((contact and contact.state_id) or 0, ""),
            "country": "" if country is None else country.code,
            "postal_code": (contact and contact.zip) or "",
        },
    }


# -- Adyen ----------------------------------------------------------------------------------------------------------


@mutation.field("adyenProviderInfo")
async def resolve_adyen_info(_: None, info: Info, providerId: int) -> dict[str, Any]:  # noqa: N803
    provider = await _provider(info.context, providerId, "adyen")
    return {"adyenProviderInfo": {"state": provider.state, "client_key": _key(provider)}}


@mutation.field("adyenPaymentMethods")
async def resolve_adyen_methods(_: None, info: Info, providerId: int) -> dict[str, Any]:  # noqa: N803
    context = info.context
    provider = await _provider(context, providerId, "adyen")
    view = CartView(context, await _filled_cart(context))
    amounts, buyer = await view.amounts(), await view.buyer()
    with _told():
        methods = await (await context.adapter()).adyen_methods(
            provider.id,
            partner_id=buyer.parties.invoice_partner_id,
            minor_amount=minor_amount(amounts.amount_total, amounts.currency, provider.code),
            currency=amounts.currency,
        )
    return {"adyenPaymentMethods": methods}


@mutation.field("adyenTransaction")
async def resolve_adyen_transaction(
    _: None,
    info: Info,
    providerId: int,  # noqa: N803
    tokenizationRequested: bool = False,  # noqa: N803
) -> dict[str, Any]:
    return {"transaction": _values(await _begun(info.context, providerId, "adyen", tokenize=tokenizationRequested))}


@mutation.field("adyenPayments")
async def resolve_adyen_payments(
    _: None,
    info: Info,
    *,
    providerId: int,  # noqa: N803
    transactionReference: str,  # noqa: N803
    accessToken: str,  # noqa: N803
    paymentMethod: Any,  # noqa: N803
    browserInfo: Any,  # noqa: N803
) -> dict[str, Any]:
    """Pay what was begun, while the cart is still as it was then."""
    context = info.context
    provider = await _provider(context, providerId, "adyen")
    kept = await _own(context, provider, transactionReference)
    started = kept.started
    token = "" if started is None else str(started.values.get("access_token", ""))
    if started is None or not hmac.compare_digest(token.encode(), accessToken.encode()):
        raise NotFoundError(UNKNOWN_TRANSACTION)
    await _unchanged(context, kept)
    payment = AdyenPayment(
        provider_id=provider.id,
        reference=started.reference,
        minor_amount=int(started.values.get("converted_amount") or 0),
        currency_id=started.currency_id,
        partner_id=started.partner_id,
        access_token=token,
        method=paymentMethod,
        browser=browserInfo or None,
        client=context.client_address or None,
        public_url=context.services.payment_return_url,
    )
    with _told():
        answer = await (await context.adapter()).adyen_pay(payment)
    await _gone_on(context, started.reference, answer)
    return {"adyenPayments": answer}


@mutation.field("adyenPaymentDetails")
async def resolve_adyen_details(
    _: None,
    info: Info,
    *,
    providerId: int,  # noqa: N803
    transactionReference: str,  # noqa: N803
    paymentDetails: Any,  # noqa: N803
) -> dict[str, Any]:
    context = info.context
    provider = await _provider(context, providerId, "adyen")
    kept = await _own(context, provider, transactionReference)
    reference = kept.reference or transactionReference
    with _told():
        answer = await (await context.adapter()).adyen_details(provider.id, reference, paymentDetails)
    await _gone_on(context, reference, answer)
    return {"adyenPaymentDetails": answer}


async def _gone_on(context: RequestContext, reference: str, answer: Mapping[str, Any]) -> None:
    """The payment stands as Adyen answered, whether or not it is known by now what becomes of the order."""
    try:
        await settled_here(context, reference, customer_done="action" not in answer)
    except OdooError as error:
        log.warning("payment.unsettled", reference=reference, reason=str(error))


# -- both -----------------------------------------------------------------------------------------------------------


async def _provider(context: RequestContext, provider_id: int, widget: str) -> PaymentProvider:
    """Raises NotFoundError for one that is not offered, ErpNotSupportedError where the widget cannot be used."""
    provider = await provider_of(context, provider_id)
    with _told():
        (await context.adapter()).check_widget(widget)
    if provider.code != widget:
        raise ErpNotSupportedError(_NOT_ITS.format(name=provider.name, widget=widget.capitalize(), code=widget))
    return provider


def _key(provider: PaymentProvider) -> str:
    if provider.public_key is None:
        raise ErpNotSupportedError(f"In the back office {provider.name} has no key for the shop's pages.")
    return provider.public_key


def _method(provider: PaymentProvider) -> int:
    """Cards, where they are taken, else the provider's first: a payment is begun by one."""
    found = next((one for one in provider.methods if one.code == _CARD), next(iter(provider.methods), None))
    if found is None:
        raise ErpNotSupportedError(f"In the back office no method of payment of {provider.name} is active.")
    return found.id


async def _filled_cart(context: RequestContext) -> Cart:
    cart = await context.carts.current()
    if cart is None or not cart.lines:
        raise OrderRefusedError("CART_EMPTY", "There is nothing in the cart.")
    return cart


async def _begun(context: RequestContext, provider_id: int, widget: str, *, tokenize: bool) -> KeptPayment:
    provider = await _provider(context, provider_id, widget)
    cart = await _filled_cart(context)
    wanted = Widget(provider.id, provider.code, _method(provider), tokenize)
    with _told(), told_as_such():
        kept = await context.services.payments.start(cart.id, wanted, CartPrices(context))
    await remember_begun(context, kept)
    return kept


def _values(kept: KeptPayment) -> dict[str, Any]:
    return {} if kept.started is None else dict(kept.started.values)


async def _own(context: RequestContext, provider: PaymentProvider, reference: str) -> KeptPayment:
    """What was begun by whoever asks. Raises NotFoundError for another's, which does not exist for them."""
    with told_as_such():
        kept = await begun_here(context, reference)
    if kept is None or kept.provider_id != provider.id:
        raise NotFoundError(UNKNOWN_TRANSACTION)
    return kept


async def _unchanged(context: RequestContext, kept: KeptPayment) -> None:
    with told_as_such():
        cart = await context.services.carts.find(kept.cart)
    if cart is None or cart.state != "open" or cart.version != kept.version:
        raise CartChangedError(_CHANGED)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong within becomes an error that a client may see."""
    try:
        yield
    except PaymentRefusedError as error:
        raise OrderRefusedError(error.code, error.message) from error
    except PlacingRefusedError as error:
        raise OrderRefusedError(error.code, error.message) from error
    except PaymentChangedError as error:
        raise CartChangedError(_CHANGED) from error
    except StillPlacingError as error:
        raise OrderInProgressError from error
    except CartNotFoundError as error:
        raise NotFoundError(NO_CART) from error
    except OdooNotSupportedError as error:  # in words of the adapter's own
        raise ErpNotSupportedError(str(error)) from error


BINDABLES: list[Any] = []
