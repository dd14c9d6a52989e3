"""The contract on payments by widgets. An adapter that has none of it says so by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from adapters.errors import OdooNotSupportedError
from adapters.records.payments import AdyenPayment, PaymentState, PaymentWish, StartedPayment


class PaymentContract:
    """Payments that a widget of the storefront makes. Part of `adapters.base.OdooAdapter`.

    All of it raises OdooNotSupportedError where this Odoo cannot. Nothing secret of a provider is ever answered.
    """

    def check_widget(self, provider_code: str) -> None:
        """Raises OdooNotSupportedError, which says why, where this Odoo starts no payments for that widget."""
        _none(provider_code)

    async def start_payment(self, wish: PaymentWish, provider_code: str) -> StartedPayment:
        """Begin a payment of an order. It is never repeated by itself: it makes a transaction each time.

        Raises OdooRejectedError with Odoo's reason or the provider's: no delivery chosen, paid already, another
        amount, a provider that refuses.
        """
        _none(wish, provider_code)

    async def find_payment(self, reference: str) -> PaymentState | None:
        """The payment with that reference; None where there is none, or it may not be read."""
        _none(reference)

    async def order_payments(self, order_id: int) -> list[PaymentState]:
        """The payments of an order, whatever became of them, oldest first."""
        _none(order_id)

    async def cancel_payment(self, transaction_id: int) -> None:
        """Give up a payment that nobody can make any more. Raises OdooAccessError where our user may not."""
        _none(transaction_id)

    async def returned_payment(self, provider_code: str, told: Mapping[str, str]) -> None:
        """The customer came back from the provider with ``told``: have Odoo ask the provider what became of it."""
        _none(provider_code, told)

    async def finish_payment(self, visit: str) -> None:
        """Have Odoo go on with the order of the payment that was begun in this visit of its website, now.

        Else it does so by itself, minutes later.
        """
        _none(visit)

    async def adyen_methods(
        self, provider_id: int, *, partner_id: int | None, minor_amount: int, currency: str
    ) -> dict[str, Any]:
        """Adyen's methods of payment for that amount, as its drop-in takes them."""
        _none(provider_id, partner_id, minor_amount, currency)

    async def adyen_pay(self, payment: AdyenPayment) -> dict[str, Any]:
        """Make a payment that was begun; Adyen's answer, as its drop-in takes it."""
        _none(payment)

    async def adyen_details(self, provider_id: int, reference: str, details: Any) -> dict[str, Any]:
        """What the customer did besides (3-D Secure); Adyen's answer, as its drop-in takes it."""
        _none(provider_id, reference, details)


def _none(*_: object) -> NoReturn:
    raise OdooNotSupportedError("This back office starts no payments for a widget of the storefront.")
