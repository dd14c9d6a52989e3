"""Random carts brought to a live Odoo by the worker, and what it computes for them, where the environment names one."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.base import OdooAdapter
from adapters.connect import connect
from adapters.odoo import RpcAdapter
from adapters.records.orders import Order
from adapters.rpc import Credentials, OnCall, RpcLimits
from cart.memory_carts import MemoryCarts
from cart.model import Cart, Owner, Transaction
from cart.rules import CartRules
from cart.sync_cart import CartSyncing
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules
from cart.worker import CartWorker
from resolvers.cart_owners import OwnersPrices
from resolvers.context import Services, website_of
from server.app import create_app
from tests.support.bff import connected, settings_for
from tests.support.processes import Clock

URL = os.environ.get("ODOO_LIVE_URL", "")
CARTS, GUESTS = 200, 40
pytestmark = [
    pytest.mark.skipif(
        not URL, reason="no live Odoo: set ODOO_LIVE_URL, ODOO_LIVE_DB, ODOO_LIVE_USER, ODOO_LIVE_PASSWORD"
    ),
    pytest.mark.timeout(900),
]


@dataclass
class Live:
    """``partners``: customers' contacts; ``calls``: of all, by model and method. Orders are taken away again."""

    admin: RpcAdapter
    services: Services
    website: int
    partners: list[int]
    variants: list[int]
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    carts: list[Cart] = field(default_factory=list)

    async def fill(self, rng: random.Random, owner: Owner) -> Cart:
        cart = await self.services.carts.create(owner)
        chosen = rng.sample(self.variants, min(rng.randint(1, 8), len(self.variants)))
        changes = [
            Transaction(id=str(uuid4()), variant_id=one, delta=Decimal(rng.choice((1, 1, 2, 3, 5, 7, 10, 12, 24, 100))))
            for one in chosen
        ]
        applied = await self.services.carts.apply(cart.id, changes)
        self.carts.append(applied.cart)
        return applied.cart

    async def orders(self) -> dict[str, Order]:
        return await self.admin.cart_orders([cart.id for cart in self.carts])


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    calls: Counter[tuple[str, str]] = Counter()

    async def counting(credentials: Credentials, *, transport: str, limits: RpcLimits, on_call: OnCall) -> OdooAdapter:
        def count(model: str, method: str, seconds: float, error: Any) -> None:
            calls[model, method] += 1
            on_call(model, method, seconds, error)

        return await connect(credentials, transport=transport, limits=limits, on_call=count)

    access = {
        "odoo_db": os.environ["ODOO_LIVE_DB"],
        "odoo_user": os.environ["ODOO_LIVE_USER"],
        "odoo_password": os.environ["ODOO_LIVE_PASSWORD"],
    }
    settings = settings_for(URL, local_cache_bytes=64_000_000, reference_seconds=3600.0, **access)
    app = create_app(settings, connect=counting, clock=Clock(datetime.now(UTC)))
    async with app.router.lifespan_context(app):
        kept: Services = app.state.services
        admin: Any = await connected(kept)
        services = replace(kept, carts=MemoryCarts(CartRules(delay=0.0, delay_most=0.0)))
        website = website_of(await services.reference.shop(), None)
        sold = await admin.transport.call(
            "product.product",
            "search_read",
            args={
                "domain": [["sale_ok", "=", True], ["website_published", "=", True], ["active", "=", True]],
                "fields": ["id"],
                "limit": 400,
            },
        )
        found = Live(admin, services, website.id, await _customers(admin), [row["id"] for row in sold], calls)
        try:
            yield found
        finally:
            for cart in found.carts:
                await admin.drop_cart(cart.id)


async def _customers(admin: RpcAdapter) -> list[int]:
    """Contacts with different pricelists and places."""
    mark = secrets.token_hex(3)
    pricelists = [one.id for one in await admin.pricelists()]
    countries = {one.code: one.id for one in await admin.countries("en_US")}
    made = []
    for place, code in enumerate(("BE", "FR", "NL", "DE", "US", "BE")):
        values = {
            "name": f"Cabinet {mark}-{place}",
            "is_company": True,
            "country_id": countries[code],
            "property_product_pricelist": pricelists[place % len(pricelists)],
        }
        made.append(int(await admin.transport.call("res.partner", "create", args={"vals_list": values})))
    return made


async def test_what_odoo_computes_is_what_the_shop_said(live: Live) -> None:
    seed = secrets.randbelow(10**6)
    rng = random.Random(seed)  # noqa: S311
    for place in range(CARTS):
        guest = Owner(kind="guest", key=uuid4().hex, website_id=live.website)
        customer = Owner(kind="customer", key=str(rng.choice(live.partners)), website_id=live.website)
        await live.fill(rng, guest if place < GUESTS else customer)
    outcomes: Counter[str] = Counter()
    rules = SyncRules(pushes=4, idle=0.05)
    syncing = CartSyncing(
        carts=live.services.carts,
        adapter=live.services.adapter,
        prices=OwnersPrices(live.services),
        requests=live.services.placer,
        gate=OdooGate(live.services.adapter, rules),
        rules=rules,
    )
    worker = CartWorker(live.services.carts, syncing, on_outcome=lambda outcome, _: outcomes.update([outcome]))
    worker.start()
    try:
        async with asyncio.timeout(600):
            while (counts := await live.services.carts.counts()).due + counts.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await worker.close()
    wrong, lines = await compare(live)
    print(f"seed {seed}: {len(live.carts)} carts, {lines} lines, {dict(outcomes)}, {len(wrong)} differ: {wrong[:5]}")  # noqa: T201
    assert outcomes["synced"] == CARTS
    assert outcomes.keys() <= {"synced", "retry"}, "while Odoo takes too long, a cart waits"
    assert wrong == []


async def compare(live: Live) -> tuple[list[Any], int]:
    """Lines and totals that differ between what the shop says and what Odoo keeps."""
    prices = OwnersPrices(live.services)
    orders = await live.orders()
    wrong: list[Any] = []
    lines = 0
    for cart in live.carts:
        order, priced = orders[cart.id], await prices.priced(cart)
        ours = [(line.number, line.quantity, priced.lines[line.number]) for line in cart.lines]
        lines += len(ours)
        theirs = {line.number: line for line in order.lines}
        assert len(theirs) == len(ours)
        wrong += [
            (order.name, number, one.price_subtotal, theirs[number].price_subtotal, one.price_total)
            for number, quantity, one in ours
            if (quantity, one.price_subtotal, one.price_total)
            != (theirs[number].quantity, theirs[number].price_subtotal, theirs[number].price_total)
        ]
        if priced.amount_total != order.amount_total:
            wrong.append((order.name, priced.amount_total, order.amount_total))
    return wrong, lines
