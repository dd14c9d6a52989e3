"""A visitor's way through the storefront: what its pages send, in the order in which they do, and what they show."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from tests.storefront.nuxt import Visitor

#: the storefront's "nobody has said who they are yet"
PLACEHOLDER: Final = 4
FIRST, SECOND, THIRD = "First-pass-1", "Second-pass-2", "Third-pass-3"
#: what the pages cannot do: the storefront as it is has no button for an order without a widget
PLACE = """
mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) { status changes { kind } receipt { id name stage amountTotal { amount } } }
}
"""
#: after these an order is sent again, and so often
AGAIN: Final = {"ORDER_IN_PROGRESS", "ERP_UNAVAILABLE"}
TRIES: Final = 5
INVOICES = "{ invoices { totalCount invoices { id name } } }"


@dataclass
class Place:
    """The shop that is visited. ``mailed``: the token of the last link for a new password, None where none comes.

    ``has_codes``: Odoo has coupons; ``code``, ``gift_card``: what it takes, if there are any. ``page``: products of a
    page. ``pay``: has a payment of an order be made in Odoo's own portal. ``noted``: ids of what was made.
    """

    email: str
    mailed: Callable[[], Awaitable[str]] | None
    has_codes: bool = True
    code: str | None = None
    gift_card: str | None = None
    pay: Callable[[int], None] | None = None
    page: int = 18
    noted: dict[str, Any] = field(default_factory=dict)


async def browse(visitor: Visitor, place: Place) -> list[dict[str, Any]]:
    """Home page, menus, listings, search, a product; what the products' pages tell of products."""
    home = await visitor("GetWebsiteHomepageQuery")
    assert json.loads(home["jsonLd"])["@type"] == "Organization"
    popular = await _listed(visitor, place, size=4, sort={"popular": "DESC"}, categorySlug=None)
    assert len(popular["products"]) == 4
    top = (await visitor("GetCategoriesQuery", filter={"parent": True, "id": None}))["categories"]
    assert top
    assert all(one["parent"] is None and one["slug"].startswith("/") for one in top)
    deepest = await _down(visitor, top[0])
    listing = await _listed(visitor, place, categorySlug=deepest["parent"]["slug"] if deepest["parent"] else None)
    await _narrowed(visitor, place, listing)
    everything = await _listed(visitor, place, size=place.page, categorySlug=None, sort={"newest": "DESC"})
    pages = [await _product(visitor, one) for one in everything["products"] if one["firstVariant"]]
    seen = [one["id"] for one in pages[:12]]
    recent = await visitor("GetProductTemplateListQueryForRecentViews", filter={"ids": seen})
    assert {one["firstVariant"]["id"] for one in recent["products"]} == {
        one["firstVariant"]["id"] for one in pages[:12]
    }
    return pages


async def _down(visitor: Visitor, category: dict[str, Any]) -> dict[str, Any]:
    """The page of the category, and of its first child, and so on: the last one."""
    page: dict[str, Any] = await visitor("GetCategoryQuery", slug=category["slug"])
    assert (page["id"], page["slug"]) == (category["id"], category["slug"])
    for child in page["childs"] or ():
        return await _down(visitor, child)
    return page


async def _listed(
    visitor: Visitor, place: Place, *, size: int | None = None, sort: Any = None, search: Any = None, **filter_: Any
) -> Any:
    """A list as the storefront asks for it, and as its pages need it."""
    variables = {
        "pageSize": size or place.page,
        "currentPage": 1,
        "filter": {"attribValues": [], "ids": [], **filter_},
    }
    if sort:
        variables["sort"] = sort
    if search is not None:
        variables["search"] = search
    found = await visitor("GetProductTemplateListQuery", **variables)
    assert isinstance(found["products"], list)
    for one in found["products"]:
        assert one["slug"].startswith("/")
        if one["firstVariant"] is not None:  # else its variants come to be when they are ordered: there is none yet
            assert one["firstVariant"]["id"]
            assert one["firstVariant"]["slug"] == one["slug"]
            _has_prices(one["firstVariant"]["combinationInfoVariant"])
    return found


def _has_prices(told: Any) -> None:
    assert {"price", "list_price", "has_discounted_price", "product_template_id"} <= told.keys()
    assert isinstance(told["price"], float | int)
    assert isinstance(told["list_price"], float | int)
    assert isinstance(told["has_discounted_price"], bool)


async def _narrowed(visitor: Visitor, place: Place, listing: Any) -> None:
    """By a value, by price, by a word: never more than there was; and what a count says is what comes."""
    everything = await _listed(visitor, place, categorySlug=None)
    counts = {one["id"]: one["total"] for one in everything["filterCounts"] if one["type"] == "attribute_value"}
    assert [one["total"] for one in everything["filterCounts"] if one["type"] == "in_stock"] != []
    assert listing["totalCount"] <= everything["totalCount"]
    value = next(one for one in everything["attributeValues"] if counts.get(one["id"]))
    assert value["search"] == f"{value['attribute']['id']}-{value['id']}"
    narrowed = await _listed(visitor, place, categorySlug=None, attribValues=[value["search"]])
    assert narrowed["totalCount"] == counts[value["id"]]
    low, high = everything["minPrice"], everything["maxPrice"]
    middle = round((low + high) / 2, 2)
    cheap = await _listed(visitor, place, categorySlug=None, minPrice=low, maxPrice=middle)
    assert 0 < cheap["totalCount"] < everything["totalCount"]
    assert (cheap["minPrice"], cheap["maxPrice"]) == (low, high), "the bounds stay while one moves between them"
    word = everything["products"][0]["name"].split()[0]
    assert (await _listed(visitor, place, size=12, search=word))["totalCount"]
    assert (await _listed(visitor, place, size=12, search="no such product"))["products"] == []


async def _product(visitor: Visitor, card: dict[str, Any]) -> Any:
    """A product's page, and the variant that it shows: that of its first variant's values."""
    page = await visitor("GetProductTemplateQuery", slug=card["slug"])
    assert (page["id"], page["name"], page["slug"]) == (card["id"], card["name"], card["slug"])
    assert json.loads(page["jsonLd"])["@type"] == "Product"
    first = page["firstVariant"]
    values = [one["id"] for one in first["variantAttributeValues"] or ()]
    shown = await visitor("GetProductVariantQuery", productTemplateId=page["id"], combinationId=values)
    assert shown["productTemplateId"] == page["id"]
    if values:
        assert shown["product"]["id"] == first["id"]
    _has_prices(shown["product"]["combinationInfoVariant"])
    assert "{width}x{height}" in shown["product"]["imageUrl"]
    return page


async def fill(visitor: Visitor, variants: list[int]) -> Any:
    """Put the variants into the cart, change a quantity, take one out: the cart."""
    for place, one in enumerate(variants, 1):
        told = await visitor("CartAddItem", products=[{"id": one, "quantity": 2}])
        order = _is_cart(told)
        assert len(order["websiteOrderLine"]) == place
    lines = order["websiteOrderLine"]
    assert [line["product"]["id"] for line in lines] == variants
    changed = await visitor("CartUpdateQuantity", lines=[{"id": lines[0]["id"], "quantity": 3}])
    assert _is_cart(changed)["websiteOrderLine"][0]["quantity"] == 3
    left = await visitor("CartRemoveItem", lineIds=[lines[-1]["id"]])
    assert [line["id"] for line in _is_cart(left)["websiteOrderLine"]] == [line["id"] for line in lines[:-1]]
    return left["order"]


def _is_cart(told: Any) -> Any:
    """What the checkout reads of it without looking whether it is there."""
    order = told["order"]
    assert order["id"]
    assert order["partner"] is not None
    for name in ("partnerInvoice", "partnerShipping"):
        assert order[name] is not None
        assert order[name].keys() >= {"country", "state"}
    assert isinstance(order["websiteOrderLine"], list)
    return order


async def wish(visitor: Visitor, variants: list[int]) -> None:
    """Two wishes, one of them given up; the other one stays."""
    for place, one in enumerate(variants[:2], 1):
        told = await visitor("WishlistAddItem", productId=one)
        assert len(told["wishlistItems"]) == place
    told = await visitor("WishlistRemoveItem", wishId=told["wishlistItems"][0]["id"])
    (left,) = told["wishlistItems"]
    assert left["product"]["isInWishlist"] is True


async def write_to_the_shop(visitor: Visitor, place: Place) -> None:
    """The newsletter's box, and the contact form."""
    told = await visitor("NewsletterSubscribeMutation", email=f"news-{place.email}")
    assert isinstance(told["subscribed"], bool)
    asked = {"name": "An", "email": place.email, "phone": "+32 9 1", "subject": "Delivery", "message": "Where is it?"}
    lead = await visitor("ContactUsMutation", contactus=asked)
    assert {name: lead[name] for name in ("email", "subject", "message")} == {
        name: asked[name] for name in ("email", "subject", "message")
    }
    place.noted["lead"] = lead["id"]


async def sign_up(visitor: Visitor, place: Place) -> int:
    """Open an account and sign in, as the registration page does. The contact's id."""
    given = {"email": place.email, "name": "An De Linde", "password": FIRST, "subscribeNewsletter": True}
    opened = await visitor("RegisterUserMutation", **given)
    assert (await visitor("LoadUserQuery"))["isPublic"] is True, "opening an account signs nobody in"
    wrong = await visitor.refused("LoginMutation", email=place.email, password="wrong")
    assert wrong.message == "Wrong email or password."
    before = visitor.cookie
    user = (await visitor("LoginMutation", email=place.email.upper(), password=FIRST))["user"]
    assert visitor.cookie != before
    assert user["partner"]["id"] == opened["partner"]["id"]
    assert (await visitor("LoadUserQuery"))["isPublic"] is False
    return int(opened["partner"]["id"])


async def where_to(visitor: Visitor) -> dict[str, Any]:
    """An address as the form makes it: a country of the list, and one of its states."""
    countries = (await visitor("GetCountriesQuery", pageSize=250))["countries"]
    country = next((one for one in countries if one["states"] and one["code"] == "US"), None)
    country = country or next(one for one in countries if one["states"])
    return {
        "name": "An De Linde",
        "street": "Lindestraat",
        "street2": "12",
        "city": "Gent",
        "zip": "9000",
        "phone": "+32 9 1",
        "countryId": country["id"],
        "stateId": country["states"][0]["id"],
    }


async def say_where(visitor: Visitor, name: str, email: str) -> None:
    """The checkout's first two steps: who, and where to."""
    contact = await visitor("CreateUpdatePartner", name=name, email=email, subscribeNewsletter=True)
    assert (contact["name"], contact["id"] != PLACEHOLDER) == (name, True)
    address = await where_to(visitor)
    if not contact["isPublic"]:  # the cart of a customer goes to themselves, until they say otherwise
        own = await visitor("UpdateAddress", address={**address, "id": contact["id"]})
        assert own["id"] == contact["id"]
    shipping = await visitor("AddAddress", address=address, type="Shipping")
    billing = await visitor("AddAddress", address={**address, "street2": "13"}, type="Billing")
    assert (shipping["addressType"], billing["addressType"]) == ("DeliveryAddress", "InvoiceAddress")
    found = await visitor("GetAddressesQuery", filter={"addressType": ["Shipping"]})
    assert shipping["id"] in {one["id"] for one in found}
    changed = await visitor("UpdateAddress", address={**address, "id": shipping["id"], "city": "Brugge"})
    assert (changed["id"], changed["city"]) == (shipping["id"], "Brugge")
    chosen = await visitor("SelectCurrentAddress", address={"id": shipping["id"]}, type="Shipping")
    assert chosen["id"] == shipping["id"]
    spare = await visitor("AddAddress", address={**address, "street": "Kaai", "city": "Oostende"}, type="Billing")
    if spare["id"] != billing["id"]:  # a guest has one for each purpose
        assert (await visitor("DeleteAddress", address={"id": spare["id"]}))["result"] is True
        await visitor("SelectCurrentAddress", address={"id": billing["id"]}, type="Billing")


async def deliver(visitor: Visitor) -> None:
    """The page chooses the first method, twice."""
    methods = await visitor("GetDeliveryMethodsQuery")
    assert methods
    for _ in range(2):
        assert (await visitor("ShippingMethod", shippingMethodId=methods[0]["id"]))["order"]["id"]


async def reconsider(visitor: Visitor, variant: int) -> None:
    """One thing more in the middle of the checkout, and less, and out again: where it goes stays as it was said."""
    told = await visitor("CartAddItem", products=[{"id": variant, "quantity": 1}])
    line = next(one for one in told["order"]["websiteOrderLine"] if one["product"]["id"] == variant)
    await visitor("CartUpdateQuantity", lines=[{"id": line["id"], "quantity": 2}])
    left = _is_cart(await visitor("CartRemoveItem", lineIds=[line["id"]]))
    assert left["shippingMethod"] is not None
    assert left["partnerShipping"]["city"] == "Brugge"


async def redeem(visitor: Visitor, place: Place) -> None:
    """A code: first as a coupon, then as a gift card, as the box does."""
    for name in ("ApplyCouponMutation", "ApplyGiftCardMutation"):
        refused = await visitor.refused(name, promo="NO-SUCH-CODE")
        assert refused.code == ("ERP_REJECTED" if place.has_codes else "ERP_NOT_SUPPORTED"), refused.answer.body
        assert refused.message
    for name, code, amount in (
        ("ApplyCouponMutation", place.code, "amountDiscounts"),
        ("ApplyGiftCardMutation", place.gift_card or place.code, "amountGiftCards" if place.gift_card else None),
        ("ApplyCouponMutation", place.gift_card or place.code, None),  # one box for both: coupons come first
    ):
        if code is not None:
            told = await visitor(name, promo=code)
            assert amount is None or told["order"][amount] < 0


async def try_widgets(visitor: Visitor) -> list[dict[str, Any]]:
    """How it may be paid; widgets of what has none are refused, plainly."""
    providers: list[dict[str, Any]] = await visitor("GetPaymentMethodsQuery")
    plain = [one for one in providers if one["code"] not in {"stripe", "adyen"}]
    one = {"providerId": plain[0]["id"] if plain else 1}
    started = {**one, "tokenizationRequested": False}
    returned = {**one, "transactionReference": "S1-1"}
    for name, variables in (
        ("StripeGetInlineFormValues", one),
        ("StripeTransaction", started),
        ("AdyenProviderInfo", one),
        ("AdyenPaymentMethods", one),
        ("AdyenTransaction", started),
        ("AdyenPayments", {**returned, "accessToken": "x", "browserInfo": {}, "paymentMethod": {"type": "scheme"}}),
        ("AdyenPaymentDetails", {**returned, "paymentDetails": {"details": {}}}),
    ):
        refused = await visitor.refused(name, **variables)
        assert refused.code == ("ERP_NOT_SUPPORTED" if providers else "NOT_FOUND"), refused.answer.body
    assert (await visitor("MakeGiftCardPaymentMutation"))["done"] is False, "something is left to be paid"
    return providers


async def pay_by_widgets(visitor: Visitor, providers: list[dict[str, Any]]) -> None:
    """As its widgets of Stripe and Adyen do: begun at both, and refused by the bank, so that the cart stays."""
    by_code = {one["code"]: {"providerId": one["id"]} for one in providers}
    stripe, adyen = by_code["stripe"], by_code["adyen"]
    form = (await visitor("StripeGetInlineFormValues", **stripe))["stripeGetInlineFormValues"]
    assert form["publishable_key"]
    begun = (await visitor("StripeTransaction", **stripe, tokenizationRequested=False))["transaction"]
    assert begun["client_secret"]
    assert begun["return_url"]
    assert (await visitor("AdyenProviderInfo", **adyen))["adyenProviderInfo"]["client_key"]
    assert (await visitor("AdyenPaymentMethods", **adyen))["adyenPaymentMethods"]["paymentMethods"]
    begun = (await visitor("AdyenTransaction", **adyen, tokenizationRequested=False))["transaction"]
    of_it = {**adyen, "transactionReference": begun["reference"]}
    answer = await visitor(
        "AdyenPayments",
        **of_it,
        accessToken=begun["access_token"],
        browserInfo={},
        paymentMethod={"type": "scheme", "holderName": "CHALLENGE"},
    )
    assert answer["adyenPayments"]["action"]["type"]
    done = await visitor("AdyenPaymentDetails", **of_it, paymentDetails={"details": {"redirectResult": "failed"}})
    assert done["adyenPaymentDetails"]["resultCode"] == "Refused"


async def order(visitor: Visitor, **how: Any) -> Any:
    """Place the order of the cart, as a shop does that has a button for it: the receipt.

    Sent again with the same key where the answer says so: it is ordered once.
    """
    sent = {"input": {"idempotencyKey": uuid4().hex, **how}}
    for _ in range(TRIES):
        answer = await visitor.bff.query(PLACE, sent, cookie=f"session_id={visitor.cookie}")
        if "errors" not in answer.body or not answer.codes <= AGAIN:
            break
    told = answer.data["placeOrder"]
    assert told["status"] == "PLACED", told
    return told["receipt"]


async def look_back(visitor: Visitor, place: Place, receipt: Any, lines: list[int]) -> None:
    """The thank-you page, which empties the cart that it thinks there is; then the account's pages."""
    if place.pay is not None:
        place.pay(receipt["id"])
    confirmed = (await visitor("GetPaymentConfirmation"))["order"]
    assert (confirmed["id"], confirmed["name"]) == (receipt["id"], receipt["name"])
    await visitor("CartRemoveItem", lineIds=lines)
    orders = (await visitor("GetOrdersQuery"))["orders"]
    assert receipt["id"] in {one["id"] for one in orders}
    shown = await visitor("GetOrderQuery", id=receipt["id"])
    assert len(shown["websiteOrderLine"]) == len(confirmed["websiteOrderLine"]) > 0
    assert Decimal(str(shown["amountTotal"])) == Decimal(receipt["amountTotal"]["amount"])
    assert (await visitor("LoadUserQuery"))["shippingAddress"]["city"] == "Brugge"
    invoices = await visitor.bff.query(INVOICES, cookie=f"session_id={visitor.cookie}")
    assert isinstance(invoices.data["invoices"]["invoices"], list)


async def change_passwords(visitor: Visitor, place: Place) -> None:
    """By the old one; after it was forgotten, by a mailed link; and with it in again."""
    updated = await visitor("UpdatePasswordMutation", currentPassword=FIRST, newPassword=SECOND)
    assert updated["partner"]["isPublic"] is False
    assert await visitor("LogoutMutation") is True
    assert (await visitor("LoadUserQuery"))["isPublic"] is True
    if place.mailed is None:
        return
    assert (await visitor("SendResetPasswordMutation", email=place.email))["email"] == place.email
    token = await place.mailed()
    changed = await visitor("ChangePasswordMutation", newPassword=THIRD, token=token)
    assert changed["email"] == place.email
    again = visitor.another()
    user = (await again("LoginMutation", email=place.email, password=THIRD))["user"]
    assert user["partner"]["shippingAddress"] is not None
