"""Thousands of ids, tried by who they are not for: each is answered as one that there never was."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from demo.double import Double, DoubleServer
from demo.wholesale import generate
from tests.cart.over_http import add, cart, carts_shop, device, quantities, variant_ids
from tests.identity.wired import Shop

#: so many in one request, of what may be null: else the first error would be the only one
_AT_ONCE: Final = 20
_NEVER: Final = 987_654_321
_NEVER_A_CART: Final = "4f117dad-d0c6-866e-91fd-6875d8d4f54c"
_VICTIM, _STRANGER = 1, 2

#: what is asked of an id, with what stands around all of one request
KINDS: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "order": ("query", lambda one: f"order(id: {one}) {{ id name partner {{ name }} }}"),
    "invoice": ("query", lambda one: f"invoice(id: {one}) {{ id name }}"),
    "payment": ("query", lambda one: f"paymentTransaction(id: {one}) {{ id reference }}"),
    "reorder": ("mutation", lambda one: f"reorder(orderId: {one}) {{ cart {{ id }} }}"),
    "update": ("mutation", lambda one: f'updateAddress(address: {{ id: {one}, name: "Mine" }}) {{ id name city }}'),
    "select": ("mutation", lambda one: f"selectAddress(address: {{ id: {one} }}, type: Billing) {{ id name city }}"),
    "delete": ("mutation", lambda one: f"deleteAddress(address: {{ id: {one} }}) {{ result }}"),
    "cart": ("mutation", lambda one: f'cartSync(cartId: "{one}", transactions: []) {{ cart {{ id }} }}'),
}
OF_ORDERS: Final = ("order", "payment", "reorder")
OF_CONTACTS: Final = ("update", "select", "delete")


@pytest.fixture(scope="module", params=["10.0", "14.0", "19.0"])
def double(request: pytest.FixtureRequest) -> Iterator[DoubleServer]:
    with DoubleServer(Double(generate(request.param, products=40, pricelists=5))) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def shop(double: DoubleServer) -> AsyncIterator[Shop]:
    async with carts_shop(double, max_aliases=100, max_cost=10_000_000) as found:
        yield found


async def told(visitor: Shop, kind: str, ids: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What is answered for each id: its data, and its errors without where in the request it stood."""
    operation, asked = KINDS[kind]
    at_once = _AT_ONCE if kind in OF_CONTACTS else 1
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(ids), at_once):
        some = ids[start : start + at_once]
        text = " ".join(f"t{number}: {asked(one)}" for number, one in enumerate(some))
        body = (await visitor.query(f"{operation} {{ {text} }}")).body
        data = body.get("data") or {}
        for number, _ in enumerate(some):
            errors = [one for one in body.get("errors", ()) if (one.get("path") or [""])[0] == f"t{number}"]
            found.append((data.get(f"t{number}"), *((one["message"], one["extensions"]["code"]) for one in errors)))
    return found


def generated(shop: Shop, rng: random.Random) -> dict[str, list[Any]]:
    """By kind: every id that the shop's Odoo has, and others that it has not."""
    invoices = "account.invoice" if shop.double.version == "10.0" else "account.move"
    others = [rng.randrange(1, 2**31) for _ in range(60)]

    def ids(model: str) -> list[Any]:
        return [*shop.double.db.table(model).ids(), *others]

    return {
        **dict.fromkeys(OF_ORDERS, ids("sale.order")),
        "payment": ids("payment.transaction"),
        "invoice": ids(invoices),
        **dict.fromkeys(OF_CONTACTS, ids("res.partner")),
        "cart": [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(100)],
    }


def contacts_of(shop: Shop) -> dict[Any, Any]:
    table = shop.double.db.table("res.partner")
    return {one: dict(table.get(one) or {}) for one in table.ids()}


def own(shop: Shop, kind: str) -> set[Any]:
    """Ids of the stranger's own, who buys for a company of theirs."""
    _, partner_id = shop.customer(_STRANGER)
    rows = {
        one: shop.double.db.table("res.partner").get(one) or {} for one in shop.double.db.table("res.partner").ids()
    }

    def company(one: Any) -> Any:
        seen: set[Any] = set()
        while one not in seen and rows.get(one, {}).get("parent_id"):
            seen.add(one)
            one = rows[one]["parent_id"]
        return one

    family = {one for one in rows if company(one) == company(partner_id)}
    if kind in OF_CONTACTS:
        return family | {4}  # the placeholder of all guests
    invoices = "account.invoice" if shop.double.version == "10.0" else "account.move"
    table = shop.double.db.table({"invoice": invoices, "payment": "payment.transaction"}.get(kind, "sale.order"))
    return {one for one in table.ids() if (table.get(one) or {}).get("partner_id") in family}


async def test_ids_of_others_are_ids_of_nothing(shop: Shop) -> None:
    victim, guest, customer = device(shop), device(shop), device(shop)
    await victim.log_in(_VICTIM)
    (first,) = await variant_ids(victim, 1)
    filled = await add(victim, (first, 2))
    await customer.log_in(_STRANGER)
    (second,) = await variant_ids(guest, 1)
    await add(guest, (second, 1))
    contacts = contacts_of(shop)
    tried = 0
    for who, visitor in {"a guest": guest, "another customer": customer}.items():
        for kind, ids in generated(shop, random.Random(7)).items():  # noqa: S311  # the same in every run
            never = (await told(visitor, kind, [_NEVER_A_CART if kind == "cart" else _NEVER]))[0]
            assert never[1:], f"{who}, {kind}: what there never was is an error"
            theirs = own(shop, kind) if visitor is customer and kind != "cart" else {4}
            strange = [one for one in [*ids, *([filled["id"]] if kind == "cart" else [])] if one not in theirs]
            for one, answer in zip(strange, await told(visitor, kind, strange), strict=True):
                assert answer == never, f"{who}, {kind} {one}"
            tried += len(strange)
    print(f"{shop.double.version}: {tried} ids tried, 0 reached")  # noqa: T201  # figures to be seen with -s
    assert tried > 1_000
    assert quantities(await cart(victim)) == {first: 2}
    assert contacts_of(shop) == contacts
