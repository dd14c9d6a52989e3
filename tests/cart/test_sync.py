"""One cart on its way to Odoo: what stands there then, and what becomes of the cart when something is in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from adapters.errors import OdooConflictError, OdooProtocolError, OdooRejectedError, OdooTimeoutError
from cart.known_order import decode_order
from cart.model import Cart, Transaction
from cart.sync_cart import Held
from resolvers.cart_owners import OwnersPrices
from tests.cart.places import add, by_number, put
from tests.cart.syncing import ORDER, VERSIONS, WRITES, Call, Desk, desk, wanted


@pytest.fixture(params=VERSIONS)
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with desk(request.param) as found:
        yield found


@pytest.fixture
async def one_shop() -> AsyncIterator[Desk]:
    """Where the version does not matter."""
    async with desk("14.0") as found:
        yield found


def with_options(shop: Desk, lines: int) -> list[Transaction]:
    """So many lines, of all products that there are."""
    every = shop.variants
    return [add(every[place % len(every)], 1 + place % 7, options={"no": f"{place:03}"}) for place in range(lines)]


# -- what stands in Odoo ---------------------------------------------------------------------------


async def test_a_cart_becomes_a_draft_order_at_the_shops_prices(shop: Desk) -> None:
    cart = await shop.filled(*[add(one, 3) for one in shop.variants[:20]])
    assert await shop.is_due(cart)
    assert await shop.bring(cart) == "synced"
    found = await shop.now(cart)
    assert found.is_synced
    assert not await shop.is_due(cart)
    order = await shop.order(cart)
    assert order is not None
    assert (order.state, order.cart, order.partner_id) == ("draft", cart.id, shop.partner)
    assert await shop.quantities(cart) == wanted(cart)
    assert shop.differences == []
    assert order.amount_total == (await OwnersPrices(shop.services).priced(found)).amount_total
    assert found.synced is not None
    kept = decode_order(found.synced.order)
    assert kept is not None
    assert (kept.id, kept.amount_total) == (order.id, order.amount_total)


async def test_how_many_calls_a_push_takes(shop: Desk) -> None:
    cart = await shop.filled()
    counts = {"first": await pushing(shop, cart)}
    cart = await shop.change(cart, put(shop.variants[0], 7))
    counts["changed"] = await pushing(shop, cart)
    cart = await shop.change(cart, *with_options(shop, 500))
    await shop.bring(cart)  # now all products are known
    cart = await shop.change(cart, by_number(250, quantity=9), by_number(251, quantity=0))
    counts["of 500 lines"] = await pushing(shop, cart)
    big = await shop.filled(*with_options(shop, 500))
    counts["500 new lines"] = await pushing(shop, big)
    assert len(await shop.quantities(big)) == 500
    print(f"{shop.double.version}: calls to Odoo of a push: {counts}")  # noqa: T201  # a figure to read
    assert counts["changed"] <= 2
    assert counts["of 500 lines"] <= 3


async def pushing(shop: Desk, cart: Cart) -> int:
    """How often Odoo is asked when a cart is brought to it whose products and owner are known."""
    await OwnersPrices(shop.services).priced(cart)
    adapter: Any = await shop.services.adapter()
    await adapter._money.get()  # as currencies are, for ten minutes
    with shop.calls() as made:
        assert await shop.bring(cart) == "synced"
    return len(made)


async def test_bringing_it_again_changes_nothing(shop: Desk) -> None:
    cart = await shop.filled()
    await shop.bring(cart)
    before = shop.rows(cart)
    assert await shop.bring(cart) == "synced"
    assert shop.rows(cart) == before


async def test_notes_options_and_the_customers_own_words(shop: Desk) -> None:
    first, second = shop.variants[:2]
    cart = await shop.filled(add(first, 1, options={"size": "L", "colour": "blue"}, note="cold"), add(second, 2))
    cart = await shop.carts.set_details(cart.id, reference="PO 7/3", note="Ring twice")
    assert await shop.bring(cart) == "synced"
    order = await shop.order(cart)
    assert order is not None
    assert (order.reference, order.note) == ("PO 7/3", "Ring twice")
    assert order.lines[0].name.endswith("colour: blue\nsize: L\ncold")


async def test_guests_and_fractions(shop: Desk) -> None:
    cart = await shop.filled(add(shop.variants[0], "2.9996"), add(shop.variants[1], "0.5"), owner=shop.guest())
    assert await shop.bring(cart) == "synced"
    order = await shop.order(cart)
    adapter = await shop.services.adapter()
    assert order is not None
    assert order.partner_id == await adapter.public_partner(shop.website)
    assert [line.quantity for line in order.lines] == [Decimal(3), Decimal("0.5")]
    assert await shop.bring(cart) == "synced"


async def test_the_delivery_goes_along_and_one_that_is_refused_does_no_harm(shop: Desk) -> None:
    adapter = await shop.services.adapter()
    method = min(await adapter.delivery_methods("en_US"), key=lambda one: one.id)
    cart = await shop.filled()
    cart = await shop.carts.set_details(cart.id, carrier_id=method.id)
    assert await shop.bring(cart) == "synced"
    order = await shop.order(cart)
    assert order is not None
    assert order.carrier_id == method.id
    assert [line.kind for line in order.lines] == ["product", "product", "delivery"]

    async def refuse(call: Call, model: str, method: str) -> Any:
        if model == "choose.delivery.carrier" or method == "delivery_set":
            raise OdooRejectedError("Not to the moon")
        return await call()

    cart = await shop.change(cart, add(shop.variants[3], 2))
    with shop.tampered(refuse):
        assert await shop.bring(cart) == "partial"
    found = await shop.now(cart)
    assert found.is_synced
    assert found.synced is not None
    told = [(one.kind, one.what, one.message) for one in found.synced.refused]
    assert told == [("delivery", str(method.id), "Not to the moon")]
    assert await shop.quantities(cart) == wanted(cart)
    cart = await shop.carts.set_details(cart.id, carrier_id=None)
    assert await shop.bring(cart) == "synced"
    order = await shop.order(cart)
    assert order is not None
    assert {line.kind for line in order.lines} == {"product"}


async def test_codes_go_along_and_those_refused_are_noted(shop: Desk) -> None:
    cart = await shop.filled(add(shop.variants[0], 10))
    cart = await shop.carts.set_details(cart.id, codes=("WELCOME10", "NONSENSE"))
    assert await shop.bring(cart) == "partial"
    found = await shop.now(cart)
    assert found.synced is not None
    refused = {one.what: one.message for one in found.synced.refused}
    order = await shop.order(cart)
    assert order is not None
    applied = {line.applied.code for line in order.lines if line.applied is not None}
    if shop.double.version == "10.0":  # it has none
        assert (set(refused), applied) == ({"WELCOME10", "NONSENSE"}, set())
        return
    assert (set(refused), applied) == ({"NONSENSE"}, {"WELCOME10"})
    assert refused["NONSENSE"]
    cart = await shop.carts.set_details(cart.id, codes=())
    assert await shop.bring(cart) == "synced"
    order = await shop.order(cart)
    assert order is not None
    assert [line.applied for line in order.lines] == [None]


# -- lines that cannot go --------------------------------------------------------------------------


async def test_a_product_that_is_not_for_sale_any_more_is_left_out(shop: Desk) -> None:
    gone, other = shop.variants[0], shop.variants[-1]
    cart = await shop.filled(add(gone, 2), add(other, 1))
    await shop.bring(cart)
    products = await shop.as_people("product.product", "read", [gone], {"fields": ["product_tmpl_id"]})
    await shop.as_people("product.template", "write", [products[0]["product_tmpl_id"][0]], {"vals": {"sale_ok": False}})
    await shop.services.invalidate(frozenset({"product:*"}))
    cart = await shop.change(cart, add(other, 4))
    assert await shop.bring(cart) == "partial"
    assert list((await shop.quantities(cart)).values()) == [5]
    assert [line.variant_id for line in (await shop.now(cart)).lines] == [gone, other]


async def test_a_line_that_odoo_refuses_is_left_out_and_told(shop: Desk) -> None:
    gone, other = shop.variants[0], shop.variants[-1]
    cart = await shop.filled(add(gone, 2), add(other, 1))
    await OwnersPrices(shop.services).priced(cart)  # known as it was
    await shop.as_people("product.product", "unlink", [gone])
    assert await shop.bring(cart) == "partial"
    found = await shop.now(cart)
    assert found.is_synced
    assert found.synced is not None
    assert [(one.kind, one.what) for one in found.synced.refused] == [("line", "1")]
    assert list((await shop.quantities(cart)).values()) == [1]


# -- what goes wrong -------------------------------------------------------------------------------


async def test_what_odoo_refuses_is_tried_again_and_dead_at_last(shop: Desk) -> None:
    cart = await shop.filled()
    with shop.failing(OdooRejectedError("Not on a Sunday")):
        outcomes = [await shop.bring(cart) for _ in range(4)]
        assert outcomes == ["retry", "retry", "retry", "dead"]
        (dead,) = await shop.carts.dead_letters(10)
        assert dead.failure is not None
        assert (dead.failure.code, dead.failure.message, dead.failure.tries) == ("ERP_REJECTED", "Not on a Sunday", 4)
        assert not await shop.is_due(cart)
    assert await shop.carts.revive(cart.id)
    assert await shop.bring(cart) == "synced"
    assert (await shop.now(cart)).failure is None
    assert await shop.carts.dead_letters(10) == []


async def test_a_change_brings_a_dead_cart_back(one_shop: Desk) -> None:
    shop = one_shop
    cart = await shop.filled()
    with shop.failing(OdooRejectedError("no")):
        while await shop.bring(cart) != "dead":
            pass
    cart = await shop.change(cart, add(shop.variants[2]))
    assert await shop.is_due(cart)
    assert await shop.bring(cart) == "synced"


@pytest.mark.parametrize("error", [OdooProtocolError("what?"), ValueError("a bug")])
async def test_whatever_goes_wrong_is_no_more_than_a_failure(one_shop: Desk, error: Any) -> None:
    cart = await one_shop.filled()
    with one_shop.failing(error):
        assert await one_shop.bring(cart) == "retry"
    failure = (await one_shop.now(cart)).failure
    assert failure is not None
    assert failure.message == ""
    assert await one_shop.bring(cart) == "synced"


async def test_conflicts_are_tried_again_at_once(shop: Desk) -> None:
    cart = await shop.filled()
    with shop.failing(OdooConflictError("somebody else"), times=3):
        assert await shop.bring(cart) == "synced"
    assert len(shop.rows(cart)) == 1


@pytest.mark.parametrize("writes", [1, 2])
async def test_a_time_out_after_commit_leaves_one_order(shop: Desk, writes: int) -> None:
    cart = await shop.filled()
    with shop.failing(OdooTimeoutError("no answer"), times=writes, after=True):
        outcomes = [await shop.bring(cart) for _ in range(writes + 1)]
    assert outcomes[-1] == "synced"
    assert outcomes[0] == "retry"  # Odoo answered other questions
    assert len(shop.rows(cart)) == 1
    assert await shop.quantities(cart) == wanted(cart)


async def test_while_odoo_is_away_no_cart_is_to_blame(shop: Desk) -> None:
    cart = await shop.filled()
    await OwnersPrices(shop.services).priced(cart)
    syncing = shop.syncing()
    shop.process.wire.cut = True
    for _ in range(6):
        assert await syncing.bring(Held(cart.id)) == "away"
    assert not syncing.gate.is_open
    assert (await shop.now(cart)).failure is None
    assert await shop.is_due(cart)
    shop.process.wire.cut = False
    assert await syncing.gate.look()
    assert await syncing.bring(Held(cart.id)) == "synced"


async def test_what_cannot_be_known_is_not_left_out(shop: Desk) -> None:
    """A product that nobody has read yet, while Odoo is away, is not one that is gone."""
    cart = await shop.filled(add(shop.variants[0], 2), add(shop.variants[-1], 1))
    await shop.bring(cart)
    await shop.services.invalidate(frozenset({"product:*", "price:*"}))

    async def cut(call: Call, model: str, method: str) -> Any:
        if model in {"product.product", "product.template"}:
            raise OdooTimeoutError("cut")
        return await call()

    cart = await shop.change(cart, add(shop.variants[7], 4), add(shop.variants[0], 1))
    with shop.tampered(cut):
        outcome = await shop.bring(cart)
    assert outcome in {"retry", "synced"}  # what is kept of products may be good enough
    assert await shop.bring(cart) == "synced"
    assert await shop.quantities(cart) == wanted(cart)


async def test_who_lost_a_cart_while_pushing_puts_it_right(shop: Desk) -> None:
    """A worker that slept past its lease writes what is old by now over what somebody else wrote: not for long."""
    cart = await shop.filled(add(shop.variants[0], 1))
    await shop.bring(cart)
    cart = await shop.change(cart, put(shop.variants[0], 5))
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def sleep(call: Call, model: str, method: str) -> Any:
        if model == ORDER and method in WRITES and not asleep.is_set():
            asleep.set()
            await awake.wait()
        return await call()

    with shop.tampered(sleep):
        sleeper = asyncio.create_task(shop.bring(cart))
        await asyncio.wait_for(asleep.wait(), 10)
        token = uuid4().hex
        await steal(shop, cart, token)
        newer = await shop.change(cart, put(shop.variants[0], 9))
        assert await shop.bring(newer) == "synced"
        awake.set()
        assert await sleeper == "synced"
    assert (await shop.now(cart)).is_synced
    assert await shop.quantities(cart) == wanted(newer)


async def steal(shop: Desk, cart: Cart, token: str) -> None:
    """As if the lease had ended."""
    kept: Any = shop.carts
    kept._carts[cart.id].token = token
    await kept.release(cart.id, token)
