"""What Odoo did not take of a cart is told to whoever has the cart, as long as it is so."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from cart.model import Refused, Synced
from cart.sync_cart import CartSyncing, Held
from cart.sync_gate import OdooGate
from resolvers.cart_owners import OwnersPrices
from tests.cart.over_http import add, store_of, variant_ids
from tests.cart.syncing import RULES
from tests.identity.wired import Shop

READ = "{ cart { state refused { kind lineId code shippingMethodId message } } }"
REMOVE = "mutation ($id: [Int]!) { cartRemoveMultipleItems(lineIds: $id) { refused { kind } } }"


async def refused(one_shop: Shop) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await one_shop.query(READ)).data["cart"]["refused"]
    return told


async def bring(one_shop: Shop, cart_id: str) -> str:
    """As a worker does."""
    services = one_shop.app.state.services
    syncing = CartSyncing(
        carts=services.carts,
        adapter=services.adapter,
        prices=OwnersPrices(services),
        requests=services.placer,
        gate=OdooGate(services.adapter, RULES),
        rules=RULES,
    )
    return await syncing.bring(Held(cart_id), only_due=False)


async def test_a_code_that_odoo_refuses_is_told_until_it_is_taken_out(one_shop: Shop) -> None:
    variants = await variant_ids(one_shop, 2)
    told = await add(one_shop, (variants[0], 3))
    assert await refused(one_shop) == []
    await store_of(one_shop).set_details(told["id"], codes=("NONSENSE",))
    assert await bring(one_shop, told["id"]) == "partial"
    (one,) = await refused(one_shop)
    assert (one["kind"], one["code"], one["lineId"], one["shippingMethodId"]) == ("CODE", "NONSENSE", None, None)
    assert one["message"]
    await add(one_shop, (variants[1], 1))  # told still while Odoo has not been asked again
    assert len(await refused(one_shop)) == 1
    await store_of(one_shop).set_details(told["id"], codes=())
    assert await refused(one_shop) == []
    assert await bring(one_shop, told["id"]) == "synced"
    assert await refused(one_shop) == []


async def test_lines_codes_and_deliveries_are_told_as_what_they_are(one_shop: Shop) -> None:
    first, second = await variant_ids(one_shop, 2)
    told = await add(one_shop, (first, 1), (second, 1))
    store, line, token = store_of(one_shop), told["lines"][0]["id"], uuid4().hex
    cart = await store.set_details(told["id"], codes=("SPRING ",), carrier_id=7)
    assert await store.take(cart.id, token, 30.0, only_due=False) is not None
    parts = (
        Refused(kind="line", what=str(line), message="Not this one"),
        Refused(kind="line", what="99", message="Gone since"),
        Refused(kind="code", what="SPRING"),
        Refused(kind="delivery", what="7", message="Not there"),
        Refused(kind="delivery", what="8", message="Chosen before"),
    )
    known = Synced(version=cart.version, order_id=5, order=b"", at=time.time(), refused=parts)
    assert await store.synced(cart.id, token, known)
    empty = {"lineId": None, "code": None, "shippingMethodId": None, "message": None}
    assert await refused(one_shop) == [
        {**empty, "kind": "LINE", "lineId": line, "message": "Not this one"},
        {**empty, "kind": "CODE", "code": "SPRING"},
        {**empty, "kind": "DELIVERY", "shippingMethodId": 7, "message": "Not there"},
    ]
    left = (await one_shop.query(REMOVE, {"id": [line]})).data["cartRemoveMultipleItems"]["refused"]
    assert [one["kind"] for one in left] == ["CODE", "DELIVERY"]
    await store.set_details(cart.id, codes=(), carrier_id=None)
    assert await refused(one_shop) == []
