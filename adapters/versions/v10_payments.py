"""Odoo 10.0: payments by widgets."""

from __future__ import annotations

from adapters.payment_rules import PaymentRules

PAYMENT_RULES = PaymentRules(
    flow=None,
    instead={
        "stripe": "Odoo 10.0 charges tokens of Stripe's old Checkout, and gives a widget no client secret: "
        "that takes 16.0 or later.",
        "adyen": "Odoo 10.0 pays with Adyen by a form that is posted to Adyen, not by its drop-in: "
        "that takes 16.0 or later.",
    },
)
