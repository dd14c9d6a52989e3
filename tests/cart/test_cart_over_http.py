"""Carts from browser to store, on every version: guests, customers, several devices, and what is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from cart.model import Owner
from cart.store import CartsUnavailableError
from identity.sessions import SessionsUnavailableError
from resolvers.schema import build_schema
from tests.accounts.storefront import document
from tests.cart.over_http import (
    READ,
    REMOVE,
    UPDATE,
    add,
    cart,
    carts_shop,
    change,
    device,
    is_plenty,
    quantities,
    store_of,
    sync,
    total,
    try_add,
    try_sync,
    variant_ids,
    variants,
)
from tests.identity.wired import OPERATOR, ROLES, Shop
from tests.support.doubles import DoubleOf
from tests.support.valkey import running_valkey
from tests.support.waiting import PATIENCE, until

VERSIONS = ("10.0", "14.0", "19.0")
DURABLE = {"appendonly": "yes", "appendfsync": "always"}

# -- the storefront's own operations ----------------------------------------------------------------------------------

OPERATIONS = ["LoadCartQuery", "CartAddItem", "CartUpdateQuantity", "CartRemoveItem", "LoginMutation"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_all_that_the_storefront_selects_is_there(name: str) -> None:
    schema = build_schema()
    text, missing = document(name, schema)
    assert missing == set()
    assert validate(schema, parse(text)) == []


async def test_the_storefronts_documents_are_answered(shop: Shop) -> None:
    schema = build_schema()
    first, second = await variant_ids(shop, 2)

    async def send(name: str, **variables: Any) -> Any:
        (answered,) = (await shop.query(document(name, schema)[0], variables)).data.values()
        return answered["order"]

    order = await send("CartAddItem", products=[{"id": first, "quantity": 2}, {"id": second, "quantity": 1}])
    assert [line["quantity"] for line in order["websiteOrderLine"]] == [2.0, 1.0]
    assert (order["partner"]["id"], order["partner"]["name"], order["partner"]["isPublic"]) == (4, "Public user", True)
    assert order["partnerShipping"]["id"] == order["partnerInvoice"]["id"] == 4
    ids = [line["id"] for line in order["websiteOrderLine"]]
    updated = await send("CartUpdateQuantity", lines=[{"id": ids[0], "quantity": 5}, {"id": 999, "quantity": 1}])
    assert [line["quantity"] for line in updated["websiteOrderLine"]] == [5.0, 1.0]
    assert updated["id"] == order["id"]
    assert updated["amountTotal"] == pytest.approx(updated["amountSubtotal"])
    removed = await send("CartRemoveItem", lineIds=[ids[1], 999])
    assert [line["id"] for line in removed["websiteOrderLine"]] == ids[:1]
    assert await send("LoadCartQuery") == removed
    cleared = (await shop.query("mutation { cartClear { id amountTotal orderLines { id } } }")).data["cartClear"]
    assert cleared == {"id": order["id"], "amountTotal": 0.0, "orderLines": []}


async def test_lines_keep_their_numbers(shop: Shop) -> None:
    first, second = await variant_ids(shop, 2)
    await add(shop, (first, 1), (second, 1))
    answer = await shop.query(UPDATE, {"lines": [{"id": 1, "quantity": 0}]})
    assert [line["id"] for line in answer.data["cartUpdateMultipleItems"]["lines"]] == [2]
    again = await add(shop, (first, 3), (second, 2))
    assert [(line["id"], line["quantity"]) for line in again["lines"]] == [(2, "3"), (3, "3")]


async def test_nobody_else_has_it_and_it_is_never_kept(shop: Shop) -> None:
    (first,) = await variant_ids(shop, 1)
    mine = await add(shop, (first, 1))
    for one in (shop, device(shop)):
        answer = await one.query(READ)
        assert "s-maxage" not in answer.headers.get("cache-control", "")
        assert "hit" not in answer.headers.get("cache-status", "")
    stranger = (await device(shop).query(READ)).data["cart"]
    assert (stranger["id"], stranger["order"], stranger["lines"], stranger["totals"]) == (None, None, [], None)
    for cart_id in (mine["id"], "4f117dad-d0c6-866e-91fd-6875d8d4f54c", "x"):
        answer = await try_sync(device(shop), change(first), cart_id=cart_id)
        assert answer.codes == {"NOT_FOUND"}
        assert [one["message"] for one in answer.errors] == ["Cart does not exist."]
    assert quantities(await cart(shop)) == {first: 1}


# -- guests who sign in -----------------------------------------------------------------------------------------------


async def test_what_a_guest_has_goes_along(shop: Shop) -> None:
    first, second, third = await variant_ids(shop, 3)
    phone, desk = device(shop), device(shop)
    await phone.log_in(3)
    await phone.query("mutation { cartClear { id } }")
    await add(phone, (first, 2), (second, 1))
    guests = await add(desk, (first, 3))
    guests = (await sync(desk, change(third, 2, note="cold", options=[{"name": "size", "value": "L"}])))["cart"]
    answer = await desk.query(
        "mutation ($email: String!, $password: String!) { login(email: $email, password: $password) "
        "{ cart { id websiteOrderLine { quantity } } } }",
        {"email": "vet3@customer.example", "password": "Secret-3"},
    )
    assert sorted(line["quantity"] for line in answer.data["login"]["cart"]["websiteOrderLine"]) == [1.0, 2.0, 5.0]
    for one in (desk, phone):
        assert quantities(await cart(one)) == {first: 5, second: 1, third: 2}
    added = next(line for line in (await cart(phone))["lines"] if line["variantId"] == third)
    assert (added["note"], added["options"]) == ("cold", [{"name": "size", "value": "L"}])
    assert (await cart(phone))["id"] == (await cart(desk))["id"] != guests["id"]
    # what was on its way to the guest's cart goes on into the customer's, by the guest's line numbers too
    line = next(one for one in guests["lines"] if one["variantId"] == third)
    late = await sync(
        desk,
        change(first, 1),
        {"id": "00000000-0000-4000-8000-000000000001", "lineId": line["id"], "quantity": "7"},
        cart_id=guests["id"],
    )
    assert [one["status"] for one in late["results"]] == ["APPLIED", "APPLIED"]
    assert quantities(await cart(phone)) == {first: 6, second: 1, third: 7}
    await phone.query("mutation { cartClear { id } }")


async def test_after_logout_it_stays_with_the_account(one_shop: Shop) -> None:
    (first,) = await variant_ids(one_shop, 1)
    await one_shop.log_in(2)
    await add(one_shop, (first, 1))
    await one_shop.query("mutation { logout }")
    assert (await cart(one_shop))["lines"] == []
    assert quantities(await add(one_shop, (first, 4))) == {first: 4}
    await one_shop.log_in(2)
    assert quantities(await cart(one_shop)) == {first: 5}


STEPS = ["seal", "absorb", "finish_merge", "set_values"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_login_that_is_cut_off_loses_nothing(
    one_shop: Shop, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    """Whatever step fails, before it is done or after, what is in both carts is there once at the next request."""
    first, second = await variant_ids(one_shop, 2)
    phone = device(one_shop)
    await phone.log_in(4)
    await add(phone, (first, 1))
    await add(one_shop, (first, 2), (second, 3))
    store, sessions = store_of(one_shop), one_shop.identification.sessions
    of, error = (sessions, SessionsUnavailableError) if step == "set_values" else (store, CartsUnavailableError)
    failed = _fail_once(monkeypatch, of, step, error, after=after)
    await one_shop.log_in(4)
    assert failed
    for _ in range(2):
        assert quantities(await cart(one_shop)) == {first: 3, second: 3}
        assert quantities(await cart(phone)) == {first: 3, second: 3}


def _fail_once(
    monkeypatch: pytest.MonkeyPatch, of: object, name: str, error: type[Exception], *, after: bool
) -> list[str]:
    """Have a method fail the first time it is called; the list tells when it has."""
    method: Callable[..., Any] = getattr(of, name)
    failed: list[str] = []

    async def call(*arguments: Any, **named: Any) -> Any:
        if failed:
            return await method(*arguments, **named)
        failed.append(name)
        if after:
            await method(*arguments, **named)
        raise error("cut off")

    monkeypatch.setattr(of, name, call)
    return failed


async def test_who_acts_for_a_customer_fills_the_customers_cart(double: DoubleOf) -> None:
    async with carts_shop(double("14.0"), roles_file=ROLES) as shop:
        phone, staff = device(shop), device(shop)
        guests = {one["id"] for one in await variants(shop)}
        await phone.log_in(5)
        first = next(one["id"] for one in await variants(phone) if is_plenty(one) and one["id"] in guests)
        await add(phone, (first, 1))
        await add(staff, (first, 4))
        await staff.log_in_staff()
        assert quantities(await cart(staff)) == {first: 4}
        _, partner_id = shop.customer(5)
        acting = await staff.query("mutation ($id: Int!) { actFor(partnerId: $id) { name } }", {"id": partner_id})
        assert acting.data["actFor"]["name"]
        assert quantities(await add(staff, (first, 2))) == {first: 3}
        assert quantities(await cart(phone)) == {first: 3}


async def test_a_guests_token_has_no_cart(one_shop: Shop) -> None:
    (first,) = await variant_ids(one_shop, 1)
    header = {"authorization": f"Bearer {OPERATOR}"}
    products = {"products": [{"id": first, "quantity": 1}]}
    text = "mutation ($products: [ProductInput]!) { cartAddMultipleItems(products: $products) { id } }"
    answer = await one_shop.query(text, products, **header)
    assert answer.codes == {"FORBIDDEN"}
    assert (await one_shop.query("{ cart { id } }", **header)).data == {"cart": {"id": None}}


# -- again and again, and at the same time ----------------------------------------------------------------------------


async def test_two_windows_fill_one_cart_and_count_each_change_once(shop: Shop) -> None:
    first, second = await variant_ids(shop, 2)
    await shop.query("mutation { logout }")  # a session without a cart
    batch = [change(first, 2), change(second, 1)]
    answers = await asyncio.gather(sync(shop, *batch), sync(shop, *batch), sync(shop, *batch[::-1], change(first)))
    statuses = [one["status"] for answer in answers for one in answer["results"]]
    assert sorted(statuses) == ["APPLIED"] * 3 + ["DUPLICATE"] * 4
    assert quantities(await cart(shop)) == {first: 3, second: 1}
    assert len({answer["cart"]["id"] for answer in answers}) == 1


async def test_each_transaction_is_answered(one_shop: Shop) -> None:
    first, second = await variant_ids(one_shop, 2)
    good, hidden = change(first, 2), change(10**8)
    bad = [
        {**change(first), "quantity": "3"},
        {**change(first), "id": "no uuid"},
        change(first, 10**9 + 1),
        {"id": change(first)["id"], "lineId": 99, "delta": "1"},
    ]
    answer = await sync(one_shop, good, hidden, *bad)
    assert [one["code"] or one["status"] for one in answer["results"]] == [
        "APPLIED",
        "PRODUCT_NOT_FOUND",
        "BAD_TRANSACTION",
        "BAD_TRANSACTION",
        "QUANTITY_TOO_LARGE",
        "LINE_NOT_FOUND",
    ]
    assert all(one["message"] for one in answer["results"][1:])
    assert answer["results"][0]["lineId"] == 1
    assert quantities(answer["cart"]) == {first: 2}
    corrected = {**hidden, "productId": second}
    assert (await sync(one_shop, corrected, good))["results"][0]["status"] == "APPLIED"


async def test_whoever_takes_out_may_take_out_what_is_hidden_by_now(one_shop: Shop) -> None:
    (first,) = await variant_ids(one_shop, 1)
    answer = await sync(one_shop, change(10**8, -1), change(first, 1))
    assert [one["status"] for one in answer["results"]] == ["APPLIED", "APPLIED"]
    assert quantities(answer["cart"]) == {first: 1}


# -- what is away -----------------------------------------------------------------------------------------------------


async def test_carts_do_without_odoo(double: DoubleOf, own_double: DoubleOf) -> None:
    odoo = own_double("19.0")
    async with carts_shop(odoo) as shop:
        first, second = await variant_ids(shop, 2)
        await shop.log_in(1)
        await shop.query("{ partner { id } }")
        before = await add(shop, (first, 1), (second, 2))
        asked = shop.asked()
        again = await add(shop, (first, 1))
        assert shop.asked() == asked, "a warm cart asks Odoo nothing"
        odoo.stop()
        lowered = (await shop.query(UPDATE, {"lines": [{"id": 1, "quantity": 1}]})).data["cartUpdateMultipleItems"]
        assert total(lowered) == total(before) < total(again)
        assert lowered["totals"]["source"] == "ESTIMATED"
        assert lowered["order"]["partner"] == before["order"]["partner"]
        unseen = 987_654
        answer = await sync(shop, change(second), change(unseen))
        assert [one["code"] for one in answer["results"]] == [None, None]
        assert quantities(answer["cart"]) == {first: 1, second: 3, unseen: 1}
        assert [line["problem"] for line in answer["cart"]["lines"]] == [None, None, "NOT_KNOWN_NOW"]


async def test_without_the_carts_store_nothing_is_lost(double: DoubleOf, tmp_path: Path) -> None:
    with running_valkey(DURABLE, directory=tmp_path) as kept:
        async with carts_shop(double("14.0"), cart_redis_url=kept.url) as shop:
            first, second = await variant_ids(shop, 2)
            told = await add(shop, (first, 2))
            kept.kill()
            late = change(second, 3)
            answer = await try_sync(shop, late)
            assert (answer.status, answer.codes) == (200, {"CART_UNAVAILABLE"})
            assert (await try_add(shop, (first, 1))).codes == {"CART_UNAVAILABLE"}
            assert (await shop.query("{ products { totalCount } }")).data["products"]["totalCount"] > 0
            kept.start()
            await _back(shop)
            await sync(shop, late)
            there = await cart(shop)
            assert quantities(there) == {first: 2, second: 3}
            assert there["id"] == told["id"]


async def _back(shop: Shop) -> None:
    async def answers() -> bool:
        return "errors" not in (await shop.query("{ cart { id } }")).body

    await until(answers)


async def test_a_change_that_is_not_on_disk_is_not_acknowledged(double: DoubleOf) -> None:
    """A Redis without an append-only file is refused, change by change; the shop sells on."""
    with running_valkey() as forgetful:
        async with carts_shop(double("14.0"), cart_redis_url=forgetful.url) as shop:
            (first,) = await variant_ids(shop, 1)
            assert (await try_add(shop, (first, 1))).codes == {"CART_UNAVAILABLE"}
        async with carts_shop(double("14.0"), cart_redis_url=forgetful.url, cart_durability="memory") as shop:
            assert quantities(await add(shop, (first, 1))) == {first: 1}


async def test_lookups_do_not_grow_with_the_cart(double: DoubleOf) -> None:
    """A process that has just begun reads what a cart is made of in as many round trips, however long it is."""
    with running_valkey(DURABLE) as kept:
        trips = {}
        for count in (2, 12):
            async with carts_shop(double("14.0"), redis_url=kept.url, cart_durability="memory") as warm:
                ids = await variant_ids(warm, count)
                await warm.log_in(6)
                await warm.query("mutation { cartClear { id } }")
                await add(warm, *((one, 1) for one in ids))
                cookie = warm.cookie
            async with carts_shop(double("14.0"), redis_url=kept.url, cart_durability="memory") as cold:
                cold.cookie = cookie
                await cold.query("{ website { id } partner { id } }")
                await _settled(cold)
                before, asked = cold.app.state.store.round_trips, cold.asked()
                answer = await cold.query("{ cart { lineCount totals { total { amount } } } }")
                assert answer.data["cart"]["lineCount"] == count
                trips[count] = cold.app.state.store.round_trips - before
                assert cold.asked() == asked
        assert trips[12] <= trips[2] + 1, trips


async def _settled(shop: Shop) -> None:
    """Until what a process reads at its beginning is read."""
    asked = -1
    async with asyncio.timeout(PATIENCE):
        while asked != shop.asked():
            asked = shop.asked()
            await asyncio.sleep(0.5)


async def test_a_removed_line_is_gone(shop: Shop) -> None:
    first, second = await variant_ids(shop, 2)
    await add(shop, (first, 1), (second, 1))
    answer = (await shop.query(REMOVE, {"ids": [1, 1, 77]})).data["cartRemoveMultipleItems"]
    assert quantities(answer) == {second: 1}
    assert total(answer) == Decimal(answer["lines"][0]["total"]["amount"])


async def test_a_customers_cart_is_found_by_the_contact(one_shop: Shop) -> None:
    (first,) = await variant_ids(one_shop, 1)
    await one_shop.log_in(7)
    told = await add(one_shop, (first, 1))
    _, partner_id = one_shop.customer(7)
    website_id = (await one_shop.query("{ website { id } }")).data["website"]["id"]
    owner = Owner(kind="customer", key=str(partner_id), website_id=website_id)
    found = await store_of(one_shop).current(owner, create=False)
    assert found is not None
    assert found.id == told["id"]
