"""Carts that end by themselves leave no draft in Odoo, but for what people of the shop have gone on with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.errors import OdooAccessError, OdooRejectedError, OdooTimeoutError
from adapters.odoo import RpcAdapter
from cart.memory_carts import MemoryCarts
from cart.model import Cart, Synced
from cart.rules import CartRules
from cart.store import CartStore
from cart.sync_cart import Held
from cart.sync_ended import EndedDrafts
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules
from tests.cart.conftest import StoreOf
from tests.cart.places import add, customer, guest
from tests.cart.syncing import ORDER, RULES, VERSIONS, Call, Desk, desk
from tests.support.waiting import until

LIFE = 1.5
SHORT = CartRules(delay=0.0, delay_most=0.0, guest=LIFE, customer=60.0, closed=60.0)
TOKEN = "worker"


# -- where carts are kept -------------------------------------------------------------------------


async def pushed(carts: CartStore, cart: Cart) -> Cart:
    assert await carts.take(cart.id, TOKEN, 30.0, only_due=False) is not None
    known = Synced(version=cart.version, order_id=7, order=b"", at=1.0)
    assert await carts.synced(cart.id, TOKEN, known)
    return cart


async def filled(carts: CartStore, owner: Any = None) -> Cart:
    cart = await carts.create(owner or guest())
    return (await carts.apply(cart.id, [add(1, 2)])).cart


async def test_a_cart_that_ended_and_was_pushed_is_told_once(store_of: StoreOf) -> None:
    carts = store_of(SHORT)
    cart, lasting, unknown = await filled(carts), await filled(carts, customer()), await filled(carts)
    await pushed(carts, cart)
    await pushed(carts, lasting)
    assert await carts.ended_drafts(10) == []
    assert not await carts.claim_draft(cart.id, 30.0)
    await asyncio.sleep(LIFE + 0.1)
    assert await carts.find(cart.id) is None
    assert await carts.find(unknown.id) is None
    assert await carts.ended_drafts(10) == [cart.id]
    claimed = await asyncio.gather(*(carts.claim_draft(cart.id, 30.0) for _ in range(5)))
    assert sorted(claimed) == [False, False, False, False, True]
    assert await carts.ended_drafts(10) == []
    assert await carts.ended_drafts(10, now=time.time() + 31) == [cart.id]  # whoever claimed it never came back
    await carts.forget_draft(cart.id)
    assert await carts.ended_drafts(10, now=time.time() + 31) == []
    await carts.forget_draft(lasting.id)  # it lives
    assert await carts.ended_drafts(10, now=time.time() + 90) == [lasting.id]
    assert not await carts.claim_draft(lasting.id, 30.0)


async def test_a_cart_that_is_changed_ends_later(store_of: StoreOf) -> None:
    carts = store_of(replace(SHORT, guest=60.0))
    cart = await pushed(carts, await filled(carts))
    await asyncio.sleep(0.1)
    before = time.time()
    await carts.apply(cart.id, [add(2)])
    assert await carts.ended_drafts(10, now=before + 59.99) == []
    assert await carts.ended_drafts(10, now=time.time() + 60.01) == [cart.id]


async def test_orders_and_drafts_that_have_gone_are_no_drafts(store_of: StoreOf) -> None:
    carts = store_of(replace(SHORT, closed=LIFE))
    ordered, thrown, dropped = [await pushed(carts, await filled(carts)) for _ in range(3)]
    assert (await carts.begin_placing(ordered.id, "buyer", lease_seconds=30)).status == "BEGUN"
    assert await carts.finish_placing(ordered.id, "buyer", b"x", state="placed") is not None
    await carts.delete(thrown.id)
    await carts.delete(dropped.id)
    assert await carts.take(dropped.id, TOKEN, 30.0, only_due=False) is not None
    assert await carts.dropped(dropped.id, TOKEN)
    assert await carts.ended_drafts(10, now=time.time() + 90) == [thrown.id]  # no worker came by


async def test_the_longest_ended_come_first_and_no_more_than_asked_for(store_of: StoreOf) -> None:
    carts = store_of(replace(SHORT, guest=60.0))
    every = []
    for _ in range(5):
        every.append((await pushed(carts, await filled(carts))).id)
        await asyncio.sleep(0.02)
    assert await carts.ended_drafts(3) == []
    assert await carts.ended_drafts(3, now=time.time() + 61) == every[:3]


# -- in Odoo --------------------------------------------------------------------------------------


@dataclass
class Ending:
    """A desk whose carts end when its clock says so."""

    desk: Desk
    carts: MemoryCarts
    now: list[float]
    rules: SyncRules = RULES

    async def brought(self, *variants: int) -> Cart:
        cart = await self.carts.create(self.desk.customer())
        applied = await self.carts.apply(cart.id, [add(one, 2) for one in variants or self.desk.variants[:2]])
        outcome = await self.desk.syncing(carts=self.carts).bring(Held(cart.id), only_due=False)
        assert outcome == "synced"
        return applied.cart

    def later(self, seconds: float) -> None:
        self.now[0] += seconds

    def drafts(self, **rules: Any) -> EndedDrafts:
        wanted = replace(self.rules, **rules)
        return EndedDrafts(self.carts, self.desk.services.adapter, self.gate(wanted), wanted)

    def gate(self, rules: SyncRules) -> OdooGate:
        return OdooGate(self.desk.services.adapter, rules)

    def states(self, cart: Cart) -> list[str]:
        return [row["state"] for row in self.desk.rows(cart)]


@pytest.fixture(params=VERSIONS)
async def ending(request: pytest.FixtureRequest) -> AsyncIterator[Ending]:
    now = [time.time()]
    async with desk(request.param) as found:
        yield Ending(found, MemoryCarts(CartRules(delay=0.0, delay_most=0.0), clock=lambda: now[0]), now)


YEARS = 500 * 86_400.0


async def test_drafts_go_and_those_that_people_touched_stay(ending: Ending) -> None:
    shop, first = ending.desk, ending.desk.variants
    plain, added, noted, offered, confirmed = [await ending.brought() for _ in range(5)]
    orders = {cart.id: order.id for cart in (added, noted, offered, confirmed) if (order := await shop.order(cart))}
    line = {"order_id": orders[added.id], "product_id": first[5], "product_uom_qty": 1}
    await shop.as_people("sale.order.line", "create", args={"vals_list": line})
    if shop.double.version != "10.0":  # which has no notes
        note = {"order_id": orders[noted.id], "display_type": "line_note", "name": "Call first"}
        await shop.as_people("sale.order.line", "create", args={"vals_list": note})
    await shop.as_people(ORDER, "write", [orders[offered.id]], {"vals": {"state": "sent"}})
    await shop.as_people(ORDER, "action_confirm", [orders[confirmed.id]])
    assert await ending.drafts().sweep() == 0
    ending.later(YEARS)
    living = await ending.brought()
    assert await ending.drafts().sweep() == (2 if shop.double.version == "10.0" else 1)
    assert ending.states(plain) in ([], ["cancel"])
    assert ending.states(added) == ["draft"]
    assert ending.states(noted) == (["draft"] if shop.double.version != "10.0" else ending.states(plain))
    assert ending.states(offered) == ["sent"]
    assert ending.states(confirmed) == ["sale"]
    assert ending.states(living) == ["draft"]
    with shop.calls() as made:
        assert await ending.drafts().sweep() == 0
    assert made == []


async def test_so_many_at_once_and_no_more(ending: Ending) -> None:
    every = [await ending.brought() for _ in range(5)]
    ending.later(YEARS)
    assert [await ending.drafts(drafts=2).sweep() for _ in range(4)] == [2, 2, 1, 0]
    assert all(ending.states(cart) in ([], ["cancel"]) for cart in every)


async def test_without_an_answer_it_is_tried_again_and_a_refusal_is_final(ending: Ending) -> None:
    lost, refused = await ending.brought(), await ending.brought()
    ending.later(YEARS)

    async def fail(call: Call, model: str, method: str) -> Any:
        if method in ("unlink", "action_cancel"):
            raise failing.pop(0)
        return await call()

    failing = [OdooTimeoutError("no answer"), OdooRejectedError("Not this one")]
    with ending.desk.tampered(fail):
        assert await ending.drafts().sweep() == 0
    assert failing == []
    assert await ending.drafts().sweep() == 0
    ending.later(ending.rules.sweep_again + 1)
    assert await ending.drafts().sweep() == 1
    states = [ending.states(cart) for cart in (lost, refused)]
    assert sum(state == ["draft"] for state in states) == 1


async def test_a_worker_sweeps(ending: Ending) -> None:
    cart = await ending.brought()
    ending.later(YEARS)
    worker = ending.desk.worker(replace(RULES, sweep=0.02), carts=ending.carts)
    worker.start()
    try:
        await until(lambda: ending.states(cart) != ["draft"])
    finally:
        await worker.close()


async def test_who_may_not_delete_cancels(ending: Ending) -> None:
    cart = await ending.brought()
    ending.later(YEARS)

    async def refuse(call: Call, model: str, method: str) -> Any:
        if method == "unlink":
            raise OdooAccessError("you may not")
        return await call()

    with ending.desk.tampered(refuse):
        assert await ending.drafts().sweep() == 1
    assert ending.states(cart) == ["cancel"]
    adapter = await ending.desk.services.adapter()
    assert isinstance(adapter, RpcAdapter)
    assert await adapter.drop_abandoned(cart.id)
