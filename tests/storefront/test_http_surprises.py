"""How the storefront speaks HTTP, where one would not expect it."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from demo.double import DoubleServer
from tests.cart.over_http import carts_shop, variant_ids
from tests.conftest import BffOf
from tests.identity.wired import session_cookie
from tests.storefront.contract import operations
from tests.storefront.nuxt import MUTATION, QUERY, REQUESTED_HOST, STOREFRONT, UNCACHED, Visitor, built
from tests.support.bff import Bff
from tests.support.doubles import DoubleOf

#: for each mutation something that it can be sent with, taken or refused
SENT: dict[str, dict[str, Any]] = {
    "LoginMutation": {"email": "nobody@customer.example", "password": "wrong"},
    "LogoutMutation": {},
    "RegisterUserMutation": {"email": "no address", "name": "An", "password": "x", "subscribeNewsletter": True},
    "SendResetPasswordMutation": {"email": "no address"},
    "UpdatePasswordMutation": {"currentPassword": "a", "newPassword": "b"},
    "ChangePasswordMutation": {"newPassword": "Second-pass-2", "token": "x"},
    "CartAddItem": {"products": [{"id": 999_999, "quantity": 1}]},
    "CartUpdateQuantity": {"lines": [{"id": 1, "quantity": 1}]},
    "CartRemoveItem": {"lineIds": [1]},
    "WishlistAddItem": {"productId": 999_999},
    "WishlistRemoveItem": {"wishId": 999_999},
    "AddAddress": {
        "address": {"name": "", "street": "", "zip": "", "phone": "", "countryId": 1},
        "type": "Shipping",
    },
    "UpdateAddress": {"address": {"id": 4, "name": "Mine"}},
    "SelectCurrentAddress": {"address": {"id": 4}, "type": "Shipping"},
    "DeleteAddress": {"address": {"id": 4}},
    "CreateUpdatePartner": {"name": "", "email": "no address", "subscribeNewsletter": True},
    "NewsletterSubscribeMutation": {"email": "no address"},
    "ContactUsMutation": {"contactus": {"name": "", "email": "", "phone": "", "subject": "", "message": ""}},
    "ApplyGiftCardMutation": {"promo": "X"},
    "ApplyCouponMutation": {"promo": "X"},
    "MakeGiftCardPaymentMutation": {},
    "ShippingMethod": {"shippingMethodId": 1},
    "StripeGetInlineFormValues": {"providerId": 1},
    "StripeTransaction": {"providerId": 1, "tokenizationRequested": False},
    "AdyenTransaction": {"providerId": 1, "tokenizationRequested": False},
    "AdyenProviderInfo": {"providerId": 1},
    "AdyenPaymentMethods": {"providerId": 1},
    "AdyenPaymentDetails": {"providerId": 1, "paymentDetails": {}, "transactionReference": "x"},
    "AdyenPayments": {
        "providerId": 1,
        "accessToken": "x",
        "browserInfo": {},
        "paymentMethod": {},
        "transactionReference": "x",
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(bff: BffOf) -> Bff:
    return await bff("14.0")


async def test_the_build_asks_under_two_slashes_and_for_ten_thousand(shop: Bff) -> None:
    """And every page that it makes a route for begins with a slash, and is not called false."""
    routes = await built(shop, Visitor(shop).replayed)
    slugs = routes["inline:routes-generator:categories"] + routes["inline:routes-generator:products"]
    assert len(slugs) > 50
    assert all(slug.startswith("/") and "false" not in slug for slug in slugs)
    assert len(set(slugs)) == len(slugs)
    assert routes["inline:sitemap:categories"] == routes["inline:routes-generator:categories"]
    assert routes["inline:routes-generator:websitePages"] == []


@pytest.mark.parametrize("path", ["/graphql", "/graphql/vsf", "//graphql/vsf", "/graphql/alokai"])
async def test_all_its_addresses_are_answered_alike(shop: Bff, path: str) -> None:
    body = {"query": operations()["GetWebsiteHomepageQuery"].text, "variables": None}
    there = await shop.send("POST", path, json=body)
    here = await shop.send("POST", "/graphql", json=body)
    assert there.data == here.data


async def test_documents_have_comments_and_variables_may_be_null_or_left_out(shop: Bff) -> None:
    text = "# Countries\n# another line\n" + operations()["GetCountriesQuery"].text
    answers = [await shop.post(body) for body in ({"query": text, "variables": None}, {"query": text})]
    assert answers[0].data == answers[1].data


async def test_a_category_is_selected_twice_under_one_name(shop: Bff) -> None:
    whole = operations()["GetCategoryQuery"].text
    head, body = whole.split("{", 1)
    doubled = f"{head}{{{body.rstrip().removesuffix('}')}{body.rstrip().removesuffix('}')}}}"
    slug = (await Visitor(shop)("GetCategoriesQuery", filter={"parent": True, "id": None}))["categories"][0]["slug"]
    once, twice = [(await shop.query(text, {"slug": slug})).data for text in (whole, doubled)]
    assert once == twice


async def test_no_answer_leaves_the_browser_with_the_word_undefined(own_double: DoubleOf) -> None:
    """Every mutation sets the session's cookie, refused or not, so that the storefront does not set one by itself."""
    mutations = {one.name for one in operations().values() if one.kind == "mutation"}
    assert SENT.keys() == mutations
    assert {one.route for one in operations().values() if one.kind == "mutation"} == {MUTATION}
    async with carts_shop(own_double("14.0"), guest_sessions_address=0) as found:
        for name, variables in SENT.items():
            visitor = Visitor(found)
            reply = await visitor.send(name, variables or None)  # as a browser that was never here
            morsel = session_cookie(reply.answer)
            assert morsel is not None, name
            assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Lax", ""), name
            assert morsel["httponly"], name
            assert int(morsel["max-age"]) > 3600, name
            first = visitor.cookie
            assert first not in {None, "undefined", ""}, name
            again = session_cookie((await visitor.send(name, variables or None)).answer)
            assert again is not None, name
            assert again["httponly"], f"{name}: scripts could read it from the second time on"


async def test_queries_are_told_who_asks_and_tell_no_session(shop: Bff) -> None:
    """Their answers' cookies are dropped: whoever got one by a query would get another one each time."""
    for name, variables in (("LoadUserQuery", None), ("GetWebsiteHomepageQuery", None), ("GetCountriesQuery", None)):
        reply = await Visitor(shop).send(name, variables)
        assert reply.operation.route in {QUERY, UNCACHED}
        assert session_cookie(reply.answer) is None, name


@pytest.mark.parametrize("cookie", ["session_id=undefined", "session_id=", "session_id=null", "undefined", ""])
async def test_visitors_without_a_session_are_not_one_visitor(own_double: DoubleOf, cookie: str) -> None:
    async with carts_shop(own_double("14.0")) as found:
        (variant,) = await variant_ids(found, 1)
        text = operations()["CartAddItem"].text
        orders = set()
        for _ in range(2):
            answer = await found.query(text, {"products": [{"id": variant, "quantity": 1}]}, cookie=cookie)
            order = answer.data["cartAddMultipleItems"]["order"]
            assert [line["quantity"] for line in order["websiteOrderLine"]] == [1.0]
            orders.add(order["id"])
        assert len(orders) == 2


def _second_website(double: DoubleServer) -> None:
    """Of the storefront: its domain is the storefront's address, its language French."""
    websites = double.double.db.table("website")
    first = websites.get(next(iter(websites.ids())))
    assert first is not None
    languages = double.double.db.table("res.lang")
    (french,) = languages.find("code", ["fr_FR"])
    double.double.create(
        "website",
        {
            "name": "Vitrine",
            "domain": f"http://{STOREFRONT.authority}",
            "company_id": first["company_id"],
            "default_lang_id": french,
            "language_ids": [(6, 0, [french])],
            "user_id": first["user_id"],
        },
    )


@pytest.mark.parametrize(
    "told", [REQUESTED_HOST, REQUESTED_HOST.rstrip("/"), STOREFRONT.authority, "HTTPS://127.0.0.1:3077"]
)
async def test_resquest_host_names_the_website_with_scheme_and_slash(own_double: DoubleOf, told: str) -> None:
    """Spelled so; and the language is the website's, whatever Node says: `Accept-Language: *`."""
    double = own_double("14.0")
    _second_website(double)
    async with carts_shop(double) as found:
        text = "{ website { name defaultLanguage } categories(pageSize: 1) { categories { name } } }"
        headers = {"accept-language": "*", "real-ip": ""}
        theirs = (await found.query(text, **headers, **{"resquest-host": told})).data
        others = (await found.query(text, **headers, **{"resquest-host": "https://elsewhere.example/"})).data
        assert theirs["website"] == {"name": "Vitrine", "defaultLanguage": "fr_FR"}
        assert others["website"]["name"] != "Vitrine"
        assert theirs["categories"] != others["categories"]


async def test_a_failed_query_that_is_cached_has_no_status_200(shop: Bff) -> None:
    """Else the storefront shows the error for an hour; a mutation has 200, else it loses the message."""
    variant = await Visitor(shop).refused("GetProductVariantQuery", productTemplateId=999_999, combinationId=[])
    assert (variant.answer.status, variant.message) == (404, "Product does not exist")
    order = await Visitor(shop).refused("GetPaymentConfirmation")
    assert (order.answer.status, order.message) == (200, "Cart does not exist")
    added = await Visitor(shop).refused("CartAddItem", products=[{"id": 999_999, "quantity": 1}])
    assert added.answer.status == 200
    assert added.message


async def test_what_cannot_be_parsed_has_status_400(shop: Bff) -> None:
    for text in ("query {", "{ noSuchField }"):
        answer = await shop.query(text)
        assert answer.status == 400
        assert answer.errors[0]["message"]


async def test_a_stock_filter_sent_as_text_is_refused(shop: Bff) -> None:
    """`"true"`: its pages hide the filter for that. In GraphQL a text is no Boolean."""
    refused = await Visitor(shop).refused("GetProductTemplateListQuery", filter={"inStock": "true"}, pageSize=4)
    assert refused.answer.status == 400
