"""Wishlists as visitors use them, with and without Odoo's own."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.errors import OdooUnavailableError
from adapters.odoo import RpcAdapter
from resolvers import accounts_tries
from tests.accounts.desk import Answer, Desk, Visitor, desk

FIELDS = "totalCount wishlistItems { id partner { id name } product { id name isInWishlist } }"
READ = f"{{ wishlistItems {{ {FIELDS} }} }}"
ADD = f"mutation ($id: Int!) {{ wishlistAddItem(productId: $id) {{ {FIELDS} }} }}"
REMOVE = f"mutation ($id: Int!) {{ wishlistRemoveItem(wishId: $id) {{ {FIELDS} }} }}"
LOGIN = """mutation { login(email: "vet10@customer.example", password: "Secret-10") { wishlistItems { id } } }"""
VARIANTS = "{ products(pageSize: 100, sort: {id: ASC}) { products { productVariants { id isInWishlist } } } }"
VET = ("vet10@customer.example", "Secret-10")
KNOWN = ("ALREADY_IN_WISHLIST", "Product already exists in the Wishlist.")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)


def ids(answer: Answer) -> list[int]:
    (told,) = answer.data.values()
    assert told["totalCount"] == len(told["wishlistItems"])
    assert all(item["product"]["isInWishlist"] is True for item in told["wishlistItems"])
    return [item["id"] for item in told["wishlistItems"]]


async def shown(visitor: Visitor) -> dict[int, bool]:
    """Variants on sale, and whether they are marked."""
    products = (await visitor.ask(VARIANTS)).data["products"]["products"]
    return {one["id"]: one["isInWishlist"] for product in products for one in product["productVariants"]}


def odoos(of: Desk) -> set[int]:
    table = of.odoo.double.db.table("product.wishlist")
    rows = [table.get(one) for one in table.ids()]
    return {row["product_id"] for row in rows if row is not None and row["partner_id"] == of.odoo.partner()}


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_a_guests_wishes_go_along_to_the_customers(version: str) -> None:
    async with desk(version) as of:
        visitor = of.visitor()
        assert ids(await visitor.ask(READ)) == []
        assert visitor.session_id is None, "nobody gets a session for looking"
        first, second, third = list(await shown(visitor))[:3]
        assert ids(await visitor.ask(ADD, id=second)) == [second]
        assert ids(await visitor.ask(ADD, id=first)) == [second, first]
        assert (await visitor.ask(ADD, id=first)).told == KNOWN
        assert {one for one, marked in (await shown(visitor)).items() if marked} == {first, second}
        other = await of.visitor().log_in(*VET)
        await other.ask(ADD, id=third)
        told = (await visitor.ask(LOGIN)).data["login"]["wishlistItems"]
        assert [one["id"] for one in told] == [third, second, first]
        assert ids(await other.ask(REMOVE, id=second)) == [third, first], "on every device the same"
        if version != "10.0":
            assert odoos(of) == {third, first}


async def test_another_ones_wishes_are_out_of_reach() -> None:
    async with desk("19.0") as of:
        mine, theirs, customer = of.visitor(), of.visitor(), await of.visitor().log_in(*VET)
        first, second = list(await shown(mine))[:2]
        await mine.ask(ADD, id=first)
        await customer.ask(ADD, id=second)
        for other in (theirs, await of.visitor().log_in("vet1@customer.example", "Secret-1")):
            assert ids(await other.ask(READ)) == []
            assert not any((await shown(other)).values())
            for wish_id in (first, second, 99_999):  # whether somebody has it is not told
                assert ids(await other.ask(REMOVE, id=wish_id)) == []
        assert (ids(await mine.ask(READ)), ids(await customer.ask(READ))) == ([first], [second])
        assert ids(await mine.ask(REMOVE, id=second)) == [first]
        assert ids(await customer.ask(READ)) == [second]


async def test_what_is_hidden_is_not_there() -> None:
    async with desk("19.0") as of:
        visitor = await of.visitor().log_in(*VET)
        table = of.odoo.double.db.table("product.product")
        on_sale = await shown(visitor)
        hidden = next(one for one in table.ids() if one not in on_sale)
        for one in (hidden, 99_999, 0, -1):
            code, message = (await visitor.ask(ADD, id=one)).told
            assert (code, message) == ("NOT_FOUND", "There is no such product.")
        await of.odoo.adapter.add_wishes(of.odoo.partner(), [hidden, next(iter(on_sale))], website_id=1)
        assert ids(await visitor.ask(READ)) == [next(iter(on_sale))]


@pytest.mark.parametrize("version", ["14.0", "19.0"])
async def test_what_odoo_missed_is_brought_to_it_later(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise OdooUnavailableError("away")

    async with desk(version) as of:
        visitor = await of.visitor().log_in(*VET)
        first, second, third = list(await shown(visitor))[:3]
        await of.odoo.adapter.add_wishes(of.odoo.partner(), [third], website_id=1)
        assert ids(await visitor.ask(ADD, id=first)) == [first, third]
        with monkeypatch.context() as patched:
            for name in ("wishes", "add_wishes", "remove_wishes"):
                patched.setattr(RpcAdapter, name, away)
            assert ids(await visitor.ask(ADD, id=second)) == [first, third, second]
            assert ids(await visitor.ask(REMOVE, id=first)) == [third, second]
        assert odoos(of) == {first, third}
        await of.odoo.adapter.remove_wishes(of.odoo.partner(), [third])
        assert ids(await visitor.ask(REMOVE, id=first)) == [second]
        assert odoos(of) == {second}
