"""Cart, checkout and account: what the storefront does and expects beside the straight way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.storefront import journey
from tests.storefront.conftest import At, Shops
from tests.storefront.journey import PLACEHOLDER
from tests.storefront.test_journey import pay

VERSIONS = ("10.0", "14.0", "19.0")
CONTACT: dict[str, Any] = {"name": "An Guest", "email": "an@guest.example", "subscribeNewsletter": True}


@pytest.fixture(params=VERSIONS)
async def at(request: pytest.FixtureRequest, shops: Shops) -> At:
    return await shops(request.param)


@pytest.fixture
async def anywhere(shops: Shops) -> At:
    """Where the version does not matter."""
    return await shops("19.0")


# -- the cart that the storefront remembers -------------------------------------------------------------------------


async def test_a_guest_is_contact_four_until_they_say_who_they_are(at: At) -> None:
    """Whatever contact stands for guests in Odoo; else the first address would be a change of that one."""
    order = await at.filled()
    for name in ("partner", "partnerShipping", "partnerInvoice"):
        assert (order[name]["id"], order[name]["name"]) == (PLACEHOLDER, "Public user")
    assert order["partner"]["isPublic"] is True
    told = await at.visitor("CreateUpdatePartner", **CONTACT)
    assert told["id"] != PLACEHOLDER
    assert told["isPublic"] is True
    order = (await at.visitor("CartAddItem", products=[{"id": at.variants[0], "quantity": 1}]))["order"]
    assert (order["partner"]["id"], order["partner"]["email"]) == (told["id"], CONTACT["email"])


async def test_the_placeholder_is_changed_by_nobody(at: At) -> None:
    await at.filled()
    refused = await at.visitor.refused("UpdateAddress", address={"id": PLACEHOLDER, "name": "Mine"})
    assert refused.message == "Can't update public user address."
    refused = await at.visitor.refused("DeleteAddress", address={"id": PLACEHOLDER})
    assert refused.message == "Can't delete public user address."


async def test_an_address_of_another_is_not_found(at: At) -> None:
    await at.filled()
    for name, variables in (
        ("UpdateAddress", {"address": {"id": 999_999, "name": "Mine"}}),
        ("SelectCurrentAddress", {"address": {"id": at.shop.customer(5)[1]}, "type": "Shipping"}),
    ):
        refused = await at.visitor.refused(name, **variables)
        assert refused.message == "Address not found.", "what holds `not found` is not shown to the customer"


async def test_an_address_without_a_cart(anywhere: At) -> None:
    address = await journey.where_to(anywhere.visitor)
    refused = await anywhere.visitor.refused("AddAddress", address=address, type="Shipping")
    assert refused.message == "Shopping cart not found."
    assert await anywhere.visitor("GetAddressesQuery", filter={"addressType": ["Shipping"]}) == []


async def test_an_address_added_again_and_again_is_one(at: At) -> None:
    """The page sends it as new with every later edit in the same view."""
    await at.filled()
    await at.visitor("CreateUpdatePartner", **CONTACT)
    address = await journey.where_to(at.visitor)
    ids = {
        (await at.visitor("AddAddress", address={**address, "city": city}, type="Shipping"))["id"]
        for city in ("Gent", "Brugge", "Brugge", "Oostende")
    }
    assert len(ids) == 1
    (found,) = await at.visitor("GetAddressesQuery", filter={"addressType": ["Shipping"]})
    assert found["city"] == "Oostende"


async def test_a_street_of_two_words_and_a_state_that_is_none(at: At) -> None:
    """First word to street, second to street2; of a country without states the state is null, which was NaN."""
    await at.filled()
    await at.visitor("CreateUpdatePartner", **CONTACT)
    country = next(
        one for one in (await at.visitor("GetCountriesQuery", pageSize=250))["countries"] if not one["states"]
    )
    address = {
        "name": "An",
        "street": "Quai",
        "street2": "Sambre",
        "city": "Namur",
        "zip": "5000",
        "phone": "1",
        "countryId": country["id"],
        "stateId": None,
    }
    told = await at.visitor("AddAddress", address=address, type="Shipping")
    assert (told["street"], told["street2"], told["state"]) == ("Quai", "Sambre", None)
    assert told["country"]["id"] == country["id"]


async def test_an_empty_value_clears_nothing(at: At) -> None:
    await at.filled()
    await at.visitor("CreateUpdatePartner", **CONTACT)
    added = await at.visitor("AddAddress", address=await journey.where_to(at.visitor), type="Shipping")
    told = await at.visitor("UpdateAddress", address={"id": added["id"], "city": "", "street2": None, "zip": "8000"})
    assert (told["city"], told["street2"], told["zip"]) == (added["city"], added["street2"], "8000")


async def test_the_delivery_is_in_the_totals_of_the_next_cart(at: At) -> None:
    """The storefront keeps no copy of what `setShippingMethod` answers; twice on each page it is sent."""
    assert await at.visitor("GetDeliveryMethodsQuery") == []
    before = await at.filled()
    method = max(await at.visitor("GetDeliveryMethodsQuery"), key=lambda one: one["price"] or 0)
    for _ in range(2):
        assert (await at.visitor("ShippingMethod", shippingMethodId=method["id"]))["order"]["id"] == before["id"]
    line = before["websiteOrderLine"][0]
    order = (await at.visitor("CartUpdateQuantity", lines=[{"id": line["id"], "quantity": 1}]))["order"]
    assert order["shippingMethod"] == method
    assert order["amountDelivery"] >= method["price"] > 0, "with tax, whatever the price is shown with"
    assert order["amountTotal"] == pytest.approx(before["amountTotal"] + order["amountDelivery"])
    assert order["amountSubtotal"] == pytest.approx(before["amountTotal"]), "of the goods"
    assert [one["id"] for one in order["websiteOrderLine"]] == [one["id"] for one in before["websiteOrderLine"]]
    refused = await at.visitor.refused("ShippingMethod", shippingMethodId=999_999)
    assert refused.message == "Shipping method does not exist."


async def test_lines_that_are_gone_are_passed_over(at: At) -> None:
    order = await at.filled()
    ids = [line["id"] for line in order["websiteOrderLine"]]
    told = await at.visitor("CartUpdateQuantity", lines=[{"id": 999_999, "quantity": 3}, {"id": ids[0], "quantity": 0}])
    assert [line["id"] for line in told["order"]["websiteOrderLine"]] == ids[1:]
    told = await at.visitor("CartRemoveItem", lineIds=[*ids, 999_999])
    assert told["order"]["websiteOrderLine"] == []
    assert told["order"]["amountTotal"] == 0


async def test_the_same_product_again_is_the_same_line(at: At) -> None:
    order = await at.filled()
    told = (await at.visitor("CartAddItem", products=[{"id": at.variants[1], "quantity": 4}]))["order"]
    assert [line["quantity"] for line in told["websiteOrderLine"]] == [1.0, 5.0]
    assert [line["id"] for line in told["websiteOrderLine"]] == [line["id"] for line in order["websiteOrderLine"]]


# -- what was ordered -----------------------------------------------------------------------------------------------


async def test_a_confirmed_order_is_not_emptied_by_what_the_page_sends_afterwards(at: At) -> None:
    """After the order its cart's lines are taken out, by their old numbers: there they are not."""
    await at.signed_in(3)
    order = await at.filled()
    receipt = await journey.order(at.visitor)
    lines = [line["id"] for line in order["websiteOrderLine"]]
    emptied = (await at.visitor("CartRemoveItem", lineIds=lines))["order"]
    assert (emptied["websiteOrderLine"], emptied["amountTotal"]) == ([], 0), "of the next cart: what it keeps is empty"
    shown = await at.visitor("GetOrderQuery", id=receipt["id"])
    assert [line["quantity"] for line in shown["websiteOrderLine"]] == [1.0, 1.0]
    nextcart = (await at.visitor("CartAddItem", products=[{"id": at.variants[0], "quantity": 7}]))["order"]
    assert nextcart["id"] != receipt["id"]
    assert [line["quantity"] for line in nextcart["websiteOrderLine"]] == [7.0]


@pytest.mark.parametrize(("state", "told"), [("done", "Confirmed"), ("authorized", "Authorized")])
async def test_the_cart_is_dropped_by_the_state_of_the_last_payment(at: At, state: str, told: str) -> None:
    """By exactly these two words; an order on account has none, and its cart is gone here all the same."""
    await at.signed_in(4 if state == "done" else 5)
    await at.filled()
    receipt = await journey.order(at.visitor)
    assert (await at.visitor("GetPaymentConfirmation"))["order"]["lastTransaction"] is None
    pay(at.shop.double, receipt["id"], state)
    payment = (await at.visitor("GetPaymentConfirmation"))["order"]["lastTransaction"]
    assert payment["state"] == told
    assert payment["provider"] == (await at.visitor("GetPaymentMethodsQuery"))[0]["name"], "its name, not its code"


async def test_without_an_order_there_is_no_confirmation(anywhere: At) -> None:
    assert (await anywhere.visitor.refused("GetPaymentConfirmation")).message == "Cart does not exist"
    await anywhere.filled()
    assert (await anywhere.visitor.refused("GetPaymentConfirmation")).message == "Cart does not exist"


async def test_the_account_page_sees_the_first_ten_orders(at: At) -> None:
    """It asks for no page: ten, the oldest first."""
    await at.signed_in(6)
    for _ in range(3):
        await at.filled()
        await journey.order(at.visitor)
    whole = await at.visitor.bff.query(
        "{ orders(pageSize: 100) { totalCount orders { id } } }", cookie=f"session_id={at.visitor.cookie}"
    )
    ids = [one["id"] for one in whole.data["orders"]["orders"]]
    assert ids == sorted(ids)
    assert [one["id"] for one in (await at.visitor("GetOrdersQuery"))["orders"]] == ids[:10]
    refused = await at.visitor.refused("GetOrderQuery", id=999_999)
    assert refused.message == "Sale Order does not exist."


async def test_a_gift_card_that_pays_for_all_completes_the_order(anywhere: At) -> None:
    """Entered as a coupon, as its one box sends it; and the thank-you page finds the order."""
    await anywhere.visitor("CartAddItem", products=[{"id": anywhere.variants[0], "quantity": 1}])
    await anywhere.visitor("CreateUpdatePartner", **CONTACT)
    assert (await anywhere.visitor("MakeGiftCardPaymentMutation"))["done"] is False
    order = (await anywhere.visitor("ApplyCouponMutation", promo="GIFT-100"))["order"]
    assert (order["amountTotal"], order["giftCards"][0]["code"], order["coupons"]) == (0.0, "GIFT-100", None)
    assert order["amountGiftCards"] < 0
    assert (await anywhere.visitor("MakeGiftCardPaymentMutation"))["done"] is True
    assert (await anywhere.visitor("GetPaymentConfirmation"))["order"]["stage"] == "SalesOrder"


async def test_a_provider_that_is_none(anywhere: At) -> None:
    refused = await anywhere.visitor.refused("AdyenProviderInfo", providerId=999_999)
    assert refused.message == "Payment Provider does not exist."


# -- the account ----------------------------------------------------------------------------------------------------


async def test_who_is_not_signed_in_is_public(at: At) -> None:
    """An error would do as well; a name would not: the account's pages would open."""
    told = await at.visitor("LoadUserQuery")
    assert (told["id"], told["name"], told["isPublic"]) == (PLACEHOLDER, "Public user", True)
    for name, variables in (("GetOrdersQuery", None), ("GetOrderQuery", {"id": 1})):
        reply = await at.visitor.send(name, variables)
        assert (reply.answer.status, reply.code) == (200, "NOT_SIGNED_IN")


async def test_the_login_answers_a_user_with_a_partner(at: At) -> None:
    """Not the user itself, as older storefronts had it; the address in any case of letters."""
    told = await at.signed_in(3)
    assert told.keys() == {"user"}
    assert told["user"]["partner"]["id"] == at.shop.customer(3)[1]


async def test_after_login_the_copy_of_the_cart_still_holds(at: At) -> None:
    """The storefront keeps what it had: its line numbers have to mean the same lines."""
    order = await at.filled()
    await at.signed_in(7)
    line = order["websiteOrderLine"][1]
    told = (await at.visitor("CartUpdateQuantity", lines=[{"id": line["id"], "quantity": 9}]))["order"]
    quantities = {one["product"]["id"]: one["quantity"] for one in told["websiteOrderLine"]}
    assert quantities[line["product"]["id"]] == 9.0


async def test_the_account_page_changes_the_contact_by_the_checkouts_operation(at: At) -> None:
    """And makes no cart by that."""
    await at.signed_in(8)
    told = await at.visitor(
        "CreateUpdatePartner", name="Dr. Zoë", email="vet8@customer.example", subscribeNewsletter=True
    )
    assert (told["id"], told["name"], told["isPublic"]) == (at.shop.customer(8)[1], "Dr. Zoë", False)
    carts = await at.visitor.bff.query("{ cart { id } }", cookie=f"session_id={at.visitor.cookie}")
    assert carts.data["cart"] == {"id": None}


async def test_the_newsletters_box_may_be_ticked_on_the_way(at: At) -> None:
    """`subscribeNewsletter` is always sent, and is no reason to refuse an account or a contact."""
    await at.filled()
    await at.visitor("CreateUpdatePartner", **CONTACT)
    opened = await at.visitor(
        "RegisterUserMutation",
        email="zoe@customer.example",
        name="Zoë",
        password="Long-enough-1",
        subscribeNewsletter=True,
    )
    assert opened["partner"]["name"] == "Zoë"


async def test_a_wish_is_added_once_and_removed_by_its_owner(at: At) -> None:
    told = await at.visitor("WishlistAddItem", productId=at.variants[0])
    again = await at.visitor.refused("WishlistAddItem", productId=at.variants[0])
    assert again.message == "Product already exists in the Wishlist."
    (item,) = told["wishlistItems"]
    stranger = at.visitor.another()
    assert (await stranger("WishlistRemoveItem", wishId=item["id"]))["wishlistItems"] == []
    kept = await at.visitor("WishlistAddItem", productId=at.variants[1])
    assert item["id"] in {one["id"] for one in kept["wishlistItems"]}
