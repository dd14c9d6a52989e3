"""Stripe and Adyen, as far as Odoo asks them and a customer's browser pays there. Nothing leaves the process."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Final, Literal

#: how a customer's payment at Stripe ends; ``left``: they closed the page
Outcome = Literal["succeeded", "processing", "declined", "canceled", "left"]
DECLINED: Final = "Your card was declined."


class RefusedError(Exception):
    """The provider does not take a request. The text is for whoever sees Odoo's answer."""


@dataclass
class Intent:
    """A payment at Stripe (a PaymentIntent). ``amount`` in the currency's smallest unit."""

    id: str
    client_secret: str
    amount: int
    currency: str
    description: str
    capture_method: Literal["automatic", "manual"]
    status: str = "requires_payment_method"
    error: str | None = None


@dataclass
class StripeAccount:
    """The shop's account at Stripe. ``refuses``: why it makes no intents at the moment."""

    intents: dict[str, Intent] = field(default_factory=dict)
    refuses: str | None = None

    def create(self, *, amount: int, currency: str, description: str, by_hand: bool) -> Intent:
        """As Odoo asks for one. Raises `RefusedError`."""
        if self.refuses is not None:
            raise RefusedError(self.refuses)
        key = f"pi_{secrets.token_hex(12)}"
        intent = Intent(
            id=key,
            client_secret=f"{key}_secret_{secrets.token_hex(12)}",
            amount=amount,
            currency=currency.lower(),
            description=description,
            capture_method="manual" if by_hand else "automatic",
        )
        self.intents[key] = intent
        return intent

    def pay(self, client_secret: str, outcome: Outcome = "succeeded") -> Intent:
        """As the customer's browser does with the widget; the intent is what it comes back with."""
        intent = next(one for one in self.intents.values() if one.client_secret == client_secret)
        if outcome == "succeeded":
            intent.status = "requires_capture" if intent.capture_method == "manual" else "succeeded"
        elif outcome == "declined":
            intent.status, intent.error = "requires_payment_method", DECLINED
        elif outcome != "left":
            intent.status = outcome
        return intent


@dataclass
class AdyenAccount:
    """The shop's account at Adyen. What becomes of a payment is told by the card's ``holderName``, as in its tests.

    ``DECLINED``, ``CANCELLED``, ``RECEIVED``; ``CHALLENGE``: 3-D Secure, whose details say ``passed`` or not.
    ``asked``: the payments that Odoo asked for. ``refuses``: why it takes nothing at the moment.
    """

    asked: list[dict[str, Any]] = field(default_factory=list)
    refuses: str | None = None

    def methods(self, amount: Any, country: str) -> dict[str, Any]:
        """``/paymentMethods``."""
        self._check()
        return {
            "paymentMethods": [{"type": "scheme", "name": "Cards", "brands": ["visa", "mc"]}],
            "amount": amount,
            "country_code": country,
        }

    def payments(self, asked: dict[str, Any]) -> dict[str, Any]:
        """``/payments``."""
        self._check()
        self.asked.append(asked)
        holder = str(asked["paymentMethod"].get("holderName", ""))
        answer: dict[str, Any] = {
            "pspReference": secrets.token_hex(8).upper(),
            "amount": asked["amount"],
            "merchantReference": asked["reference"],
            "additionalData": {"cardSummary": "1142", "recurringProcessingModel": "CardOnFile"},
        }
        if holder == "CHALLENGE":
            action = {"type": "redirect", "url": "https://checkoutshopper-test.adyen.com/3ds", "method": "GET"}
            return {**answer, "resultCode": "RedirectShopper", "action": action}
        codes = {"DECLINED": "Refused", "CANCELLED": "Cancelled", "RECEIVED": "Received"}
        code = codes.get(holder, "Authorised")
        return {**answer, "resultCode": code, **({"refusalReason": "Refused"} if code == "Refused" else {})}

    def details(self, reference: str, details: Any) -> dict[str, Any]:
        """``/payments/details``: what the customer did besides."""
        self._check()
        paid = next(one for one in reversed(self.asked) if one["reference"] == reference)
        passed = details.get("details", {}).get("redirectResult") == "passed"
        return {
            "pspReference": secrets.token_hex(8).upper(),
            "resultCode": "Authorised" if passed else "Refused",
            "merchantReference": reference,
            "amount": paid["amount"],
            **({} if passed else {"refusalReason": "3D Not Authenticated"}),
        }

    def _check(self) -> None:
        if self.refuses is not None:
            raise RefusedError(self.refuses)
