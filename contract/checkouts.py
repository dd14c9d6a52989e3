"""The requests of the golden suite about orders and the checkout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contract.picks import UNKNOWN

#: name, document, variables
Row = tuple[str, str, Mapping[str, Any] | None]
NOBODYS_CART: Final = "00000000-0000-8000-8000-000000000000"


def checkouts() -> Iterator[Row]:
    """A guest's, each in a session of its own, without a cart."""
    yield "orders_of_a_guest", "orders", {"pageSize": 3, "sort": {"dateOrder": "DESC"}}
    yield "orders_page_too_large", "orders", {"pageSize": 1_000_000}
    yield "order_of_a_guest", "order", {"id": 1}
    yield "order_of_a_guest_null", "order", {"id": None}
    yield "invoices_of_a_guest", "invoices", {"sort": {"invoiceDate": "ASC"}}
    yield "invoice_of_a_guest", "invoice", {"id": 1}
    yield "delivery_methods_without_cart", "delivery_methods", None
    yield "shipping_unknown", "set_shipping_method", {"id": UNKNOWN}
    yield "payment_none_confirmed", "payment_confirmation", None
    yield "payment_provider_unknown", "payment_provider", {"id": UNKNOWN}
    yield "payment_transaction_of_a_guest", "payment_transaction", {"id": 1}
    yield "payment_transaction_unnamed", "payment_transaction", {"id": None, "reference": ""}
    yield "payment_by_unknown_widget", "stripe_transaction", {"providerId": UNKNOWN}
    yield "coupon_without_cart", "apply_coupon", {"promo": "WELCOME10"}
    yield "coupon_empty", "apply_coupon", {"promo": None}
    yield "gift_card_without_cart", "gift_card_payment", None
    wish = {"idempotencyKey": "contract"}
    yield "order_by_a_guest", "place_order", {"input": wish}
    yield "order_without_key", "place_order", {"input": {"idempotencyKey": " "}}
    yield "order_by_unknown_provider", "place_order", {"input": {**wish, "paymentProviderId": UNKNOWN}}
    yield "quotation_without_cart", "request_quotation", {"input": wish}
    yield "quotation_of_nobodys_cart", "request_quotation", {"input": {**wish, "cartId": NOBODYS_CART}}
    yield "order_request_nobodys", "order_request", {"cartId": NOBODYS_CART}
