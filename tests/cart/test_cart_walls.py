"""A cart, an order and what belongs to them are their owner's: nobody else reads, changes or orders them.

The victim is a customer with a cart, a saved basket and orders; strangers are a guest, another customer, and a guest
with a cart of their own. What they try with an id of the victim's is answered as with an id that there never was.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from graphql import get_named_type

from resolvers.schema import build_schema
from tests.cart.over_http import add, cart, device, quantities, variant_ids
from tests.identity.wired import Shop
from tests.support.bff import Answer

NEVER = "4f117dad-d0c6-866e-91fd-6875d8d4f54c"
NO_ORDER = 987_654_321
#: operations that take the id of a cart: the text, and the variables besides ``$cart``
OF_A_CART: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "cartSync": (
        (
            "mutation ($cart: ID!, $all: [CartTransactionInput!]!) "
            "{ cartSync(cartId: $cart, transactions: $all) { results { status code } cart { id lines { id } } } }"
        ),
        {"all": [{"id": "0f4e3f0e-6a2b-4f55-9b3c-0a4de40f5c11", "lineId": 1, "quantity": "0"}]},
    ),
    "saveCart": ('mutation ($cart: ID!) { saveCart(name: "mine", cartId: $cart) { id lines { id } } }', {}),
    "activateCart": ("mutation ($cart: ID!) { activateCart(cartId: $cart) { id lines { id } } }", {}),
    "renameCart": ('mutation ($cart: ID!) { renameCart(cartId: $cart, name: "mine") { id name } }', {}),
    "deleteCart": ("mutation ($cart: ID!) { deleteCart(cartId: $cart) { id } }", {}),
    "reopenOrderRequest": ("mutation ($cart: ID!) { reopenOrderRequest(cartId: $cart) { id } }", {}),
    "placeOrder": (
        (
            "mutation ($cart: ID!, $key: ID!) { placeOrder(input: { cartId: $cart, idempotencyKey: $key }) "
            "{ status receipt { name } cart { id } } }"
        ),
        {"key": "0f4e3f0e-6a2b-4f55-9b3c-0a4de40f5c12"},
    ),
    "requestQuotation": (
        (
            "mutation ($cart: ID!, $key: ID!) { requestQuotation(input: { cartId: $cart, idempotencyKey: $key }) "
            "{ status receipt { name } cart { id } } }"
        ),
        {"key": "0f4e3f0e-6a2b-4f55-9b3c-0a4de40f5c13"},
    ),
    "orderRequest": ("query ($cart: ID!) { orderRequest(cartId: $cart) { status } }", {}),
    # for staff
    "giveUpCartSync": ("mutation ($cart: ID!) { giveUpCartSync(cartId: $cart) { done cart { id } } }", {}),
}
REORDER = "mutation ($order: Int!) { reorder(orderId: $order) { cart { id lines { variantId } } } }"


async def victims(shop: Shop) -> tuple[Shop, str, str, dict[int, Decimal]]:
    """The victim's browser, the cart being filled, a saved basket, and what is in the cart."""
    victim = device(shop)
    await victim.log_in(1)
    first, second = await variant_ids(victim, 2)
    await victim.query("mutation { cartClear { id } }")
    await add(victim, (first, 2))
    saved = await victim.query("mutation ($name: String!) { saveCart(name: $name) { id } }", {"name": str(uuid4())})
    filled = await add(victim, (second, 3))
    return victim, filled["id"], saved.data["saveCart"]["id"], quantities(filled)


async def strangers(shop: Shop) -> dict[str, Shop]:
    guest, other, shopper = device(shop), device(shop), device(shop)
    await other.log_in(2)
    (first,) = await variant_ids(shopper, 1)
    await add(shopper, (first, 1))
    return {"a guest": guest, "another customer": other, "a guest with a cart": shopper}


def told(answer: Answer) -> tuple[int, Any]:
    """All of an answer."""
    return answer.status, answer.body


async def test_anothers_cart_is_as_one_that_never_was(shop: Shop) -> None:
    victim, filled, saved, had = await victims(shop)
    for who, stranger in (await strangers(shop)).items():
        for name, (text, variables) in OF_A_CART.items():
            never = told(await stranger.query(text, {"cart": NEVER, **variables}))
            for mine in (filled, saved):
                assert told(await stranger.query(text, {"cart": mine, **variables})) == never, f"{who}: {name}"
    assert quantities(await cart(victim)) == had
    baskets = (await victim.query("{ carts { id state lines { quantity } } }")).data["carts"]
    assert {saved, filled} <= {one["id"] for one in baskets if one["state"] == "OPEN"}


async def test_anothers_order_cannot_be_ordered_again(shop: Shop) -> None:
    victim, *_ = await victims(shop)
    orders = (await victim.query("{ orders { orders { id } } }")).data["orders"]["orders"]
    assert orders
    for who, stranger in (await strangers(shop)).items():
        never = told(await stranger.query(REORDER, {"order": NO_ORDER}))
        for order in orders:
            assert told(await stranger.query(REORDER, {"order": order["id"]})) == never, who


async def test_what_names_no_cart_reaches_ones_own_alone(shop: Shop) -> None:
    """Line ids are numbers within a cart: the victim's are no other's."""
    victim, *_, had = await victims(shop)
    for stranger in (await strangers(shop)).values():
        for text in (
            "mutation { cartUpdateMultipleItems(lines: [{ id: 1, quantity: 9 }]) { id } }",
            "mutation { cartRemoveMultipleItems(lineIds: [1, 2, 3]) { id } }",
            "mutation { cartClear { id } }",
            'mutation { setCartDetails(reference: "theirs", note: "theirs") { id } }',
            "mutation { setShippingMethod(shippingMethodId: 1) { order { id } } }",
            'mutation { applyCoupon(promo: "WELCOME10") { order { id } } }',
            'mutation { applyGiftCard(promo: "GIFT-100") { order { id } } }',
            'mutation { removeCoupon(promo: "WELCOME10") { id } }',
            "mutation { makeGiftCardPayment { done } }",
        ):
            await stranger.query(text)
    now = (await victim.query("{ cart { ... on CartData { reference note } order { shippingMethod { id } } } }")).data
    assert now["cart"] == {"reference": None, "note": None, "order": {"shippingMethod": None}}
    assert quantities(await cart(victim)) == had


def test_every_operation_that_takes_a_carts_id_is_tried() -> None:
    schema = build_schema()
    taking = {
        name
        for type_ in (schema.query_type, schema.mutation_type)
        if type_ is not None
        for name, field in type_.fields.items()
        for argument_name, argument in field.args.items()
        if argument_name == "cartId" or "cartId" in getattr(get_named_type(argument.type), "fields", {})
    }
    assert taking == OF_A_CART.keys()
