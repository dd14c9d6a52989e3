"""Nothing about a person is ever kept in a cache."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, parse, validate

from cache.policy import NEVER, Policies
from tests.accounts.desk import schema

PERSONAL = (
    "Partner",
    "User",
    "LoginOutput",
    "Viewer",
    "ViewerCompany",
    "ViewerRole",
    "Actor",
    "AccessToken",
    "Cart",
    "CartData",
    "CartSyncPayload",
    "QuickOrderPayload",
    "ReorderPayload",
    "PlaceOrderPayload",
    "Order",
    "Orders",
    "ApplyCouponList",
    "ApplyGiftCardList",
    "Invoice",
    "Invoices",
    "PaymentTransaction",
    "WishlistData",
    "WishlistItem",
    "NewsletterSubscribe",
    "Lead",
    "PurchaseStats",
    "PurchasedProducts",
    "PurchasePeriod",
    "Backoffice",
    "BackofficeCart",
    "BackofficeCartSync",
    "BackofficeCustomer",
    "BackofficeCustomers",
    "BackofficeCarts",
    "BackofficeOrder",
    "BackofficeOrders",
    "GiveUpCartSyncPayload",
)

#: reached from these by an interface, or interfaces of theirs: nothing leads to them by their own names
LISTS = ("OrderList", "InvoiceList", "ApplyCoupons", "ApplyGiftCards", "WishlistItems")


@pytest.mark.parametrize(
    "text",
    [
        "{ partner { id name } }",
        "{ viewer { isGuest } }",
        "{ cart { lines { product { name } } } website { id } }",
        "{ carts { id } }",
        "{ wishlistItems { totalCount } products { products { isInWishlist } } }",
        "{ viewer { token { value } } website { id } }",
        "{ website { id } ...P } fragment P on Query { partner { name } }",
        "{ stats { orders } }",
        "{ lastPurchases(variantIds: [1]) { orderId } }",
        "{ products { products { id lastPurchase { orderId } } } }",
        "{ product(id: 1) { firstVariant { ...P } } } fragment P on Product { lastPurchase { date } }",
        "{ website { id } backoffice { overview { odoo { answering } } } }",
    ],
)
def test_an_operation_about_a_person_is_never_kept(text: str) -> None:
    document = parse(text)
    assert validate(schema(), document) == []
    (operation,) = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    policy = Policies(schema()).of(document, operation)
    assert not policy.keeps
    assert policy.scope is NEVER.scope


@pytest.mark.parametrize("name", PERSONAL)
def test_no_type_of_a_person_is_reached_from_what_is_kept(name: str) -> None:
    """But by the root fields that are never kept, and from each other."""
    leads_to = {
        f"{kind}.{field}"
        for kind, type_ in schema().type_map.items()
        if not kind.startswith("__")
        for field, definition in getattr(type_, "fields", {}).items()
        if str(definition.type).strip("[]!") == name
    }
    allowed = (*PERSONAL, *LISTS, "Mutation")
    assert leads_to
    assert {one for one in leads_to if one.split(".")[0] not in allowed} <= {
        "Query.partner",
        "Query.addresses",
        "Query.viewer",
        "Query.cart",
        "Query.carts",
        "Query.paymentConfirmation",
        "Query.order",
        "Query.orders",
        "Query.invoice",
        "Query.invoices",
        "Query.paymentTransaction",
        "Query.wishlistItems",
        "Query.stats",
        "Query.backoffice",
    }
