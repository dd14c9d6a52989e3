"""Odoo 19.0: payments by widgets, as the pages of its own website make them.

``website_sale`` has the page that begins one, ``payment`` the one that goes on with the order; ``payment_stripe`` and
``payment_adyen`` have theirs. The addresses, and the names of what they take and answer, are those of their
controllers.
"""

from __future__ import annotations

from adapters.payment_rules import Page, PaymentRules, Return, WidgetFlow

_BOTH = frozenset({"provider_id", "provider_code", "reference", "amount", "currency_id", "partner_id"})
#: what of Adyen's answers its drop-in reads; the rest is the shop's own business
_ANSWER = frozenset(
    {
        "resultCode", "action", "order", "amount", "merchantReference", "pspReference",
        "refusalReason", "refusalReasonCode",
    }
)  # fmt: skip

PAYMENT_RULES = PaymentRules(
    flow=WidgetFlow(
        start=Page(
            "/shop/payment/transaction/{order}",
            {
                "token": "access_token",
                "provider": "provider_id",
                "method": "payment_method_id",
                "saved_method": "token_id",
                "amount": "amount",
                "flow": "flow",
                "tokenize": "tokenization_requested",
                "landing": "landing_route",
                "validation": "is_validation",
            },
        ),
        landing="/shop/payment/validate",
        status=Page("/payment/status/poll", {}),
        values={
            "stripe": _BOTH | {"client_secret", "return_url"},
            "adyen": _BOTH | {"converted_amount", "access_token"},
        },
        needed={"stripe": "client_secret", "adyen": "access_token"},
        returns={
            "stripe": Return("/payment/stripe/return", frozenset({"reference", "payment_intent"})),
            "adyen": Return("/payment/adyen/return", frozenset({"merchantReference", "redirectResult"})),
        },
        methods=Page(
            "/payment/adyen/payment_methods",
            {"provider": "provider_id", "amount": "formatted_amount", "partner": "partner_id"},
            frozenset({"paymentMethods", "storedPaymentMethods", "groups", "country_code"}),
        ),
        pay=Page(
            "/payment/adyen/payments",
            {
                "provider": "provider_id",
                "reference": "reference",
                "minor_amount": "converted_amount",
                "currency": "currency_id",
                "partner": "partner_id",
                "method": "payment_method",
                "token": "access_token",
                "browser": "browser_info",
            },
            _ANSWER,
        ),
        details=Page(
            "/payment/adyen/payments/details",
            {"provider": "provider_id", "reference": "reference", "details": "payment_details"},
            _ANSWER,
        ),
    ),
    public_keys={"stripe": "stripe_key", "adyen": "adyen_key"},
)
