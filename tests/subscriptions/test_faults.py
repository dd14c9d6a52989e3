"""Whatever dies in between: everybody is told once, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.errors import OdooRejectedError
from adapters.odoo import RpcAdapter
from demo.double import Double, DoubleServer
from subscriptions import channels, telling
from subscriptions.channels import OdooChannel, signature_of
from subscriptions.store import Subscriptions
from subscriptions.telling import TellingRules
from tests.architecture.source import ROOT
from tests.identity.wired import dataset
from tests.subscriptions.world import VERSIONS, World, world
from tests.support.bff import serving
from tests.support.valkey import Valkey, running_valkey
from tests.support.waiting import PATIENCE, until

SECRET = "a-secret-of-the-shop"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases and pauses of tests are short; their order is that of operation."""
    rules = TellingRules(lease=0.6, pause=0.1, longest=0.2, tries=4)
    monkeypatch.setattr(telling, "TellingRules", lambda: rules)
    monkeypatch.setitem(OdooChannel.__init__.__kwdefaults__ or {}, "unsure", 0.3)


async def waiting(at: World) -> int:
    kept: Subscriptions = at.of.app.state.services.subscriptions
    return (await kept.waiting())[0]


async def follow(at: World) -> int:
    """The customer waits for a variant."""
    (_, variant), *_ = await at.out_of_stock()
    await at.subscribe("PRODUCT_BACK_IN_STOCK", variant)
    await at.settled()
    return variant


@pytest.mark.parametrize("version", VERSIONS)
async def test_killed_between_telling_and_marking(version: str, own_valkey: Valkey) -> None:
    """The message is in Odoo, and nobody has noted it: whoever takes over finds it there."""
    with DoubleServer(Double(dataset(version))) as double:
        async with world(version, own_valkey, double=double) as at:
            variant = await follow(at)
            values = {"REDIS_URL": own_valkey.url, "SUBSCRIPTIONS_COLLECT_SECONDS": 0, "PUBLIC_URL": at.of.url}
        async with doomed_worker(double, values) as doomed:
            at.stock(variant)
            async with asyncio.timeout(PATIENCE):
                assert await doomed.wait() == -signal.SIGKILL
        assert len(at.messages()) == 1
        async with world(version, own_valkey, double=double) as at:
            await at.settled()
            assert len(at.messages()) == 1
            assert await at.followed() == [], "it is over, as it was told"


@asynccontextmanager
async def doomed_worker(double: DoubleServer, settings: dict[str, Any]) -> AsyncIterator[Process]:
    values = {
        "ODOO_URL": double.url,
        "ODOO_DB": "shop",
        "ODOO_USER": "admin",
        "ODOO_PASSWORD": "admin",
        "ODOO_TRANSPORT": "jsonrpc",
        "REDIS_NAMESPACE": "follows",
        "CART_DURABILITY": "memory",
        "SUBSCRIPTIONS": "odoo",
        "POLL_SECONDS": 0.5,
        "PORT": 0,
        **settings,
    }
    environment = {**os.environ, **{f"HEADLESS_ODOO_{name}": str(value) for name, value in values.items()}}
    arguments = ("-m", "tests.subscriptions.doomed_worker")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment, cwd=ROOT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("written", [False, True])
async def test_no_answer_of_odoo(written: bool, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is cut: it is looked at whether it was written, before it is tried again."""
    async with world("14.0", own_valkey) as at:
        variant = await follow(at)
        post, posts = RpcAdapter.post_notice, 0

        async def posted(self: RpcAdapter, notice: Any) -> None:
            nonlocal posts
            posts += 1
            if posts == 1:
                (at.double.faults.drop_after_next if written else at.double.faults.drop_next)()
            await post(self, notice)

        monkeypatch.setattr(RpcAdapter, "post_notice", posted)
        await at.restock(variant)
        await until(at.messages)
        await at.settled()
        assert len(at.messages()) == 1
        assert posts == (1 if written else 2)


@pytest.mark.parametrize("version", ["10.0", "19.0"])
async def test_odoo_is_killed_and_comes_back(version: str, own_valkey: Valkey) -> None:
    """What was noticed before is told after, by another process too."""
    with DoubleServer(Double(dataset(version))) as double:
        async with world(version, own_valkey, double=double, subscriptions_collect_seconds=1.5) as at:
            variant = await follow(at)
            await at.restock(variant)

            async def noticed() -> bool:
                return await waiting(at) == 1

            await until(noticed)
            double.double.faults.down = True
            assert "headless_odoo_news_waiting 1.0" in (await at.of.get("/metrics")).raw.decode()
            await asyncio.sleep(2.5)
            assert await waiting(at) == 1
            assert at.messages() == []
        double.double.faults.down = False
        async with world(version, own_valkey, double=double) as at:
            assert await at.followed() in ([f"PRODUCT_BACK_IN_STOCK:{variant}"], [])
            await until(at.messages)
            await at.settled()
            assert len(at.messages()) == 1
            assert await at.followed() == []


async def test_redis_is_killed_and_comes_back(tmp_path: Path) -> None:
    """With an append-only file nothing of it is lost, nor told twice."""
    config = {"appendonly": "yes", "appendfsync": "always"}
    with running_valkey(config, directory=tmp_path) as redis:
        async with world("14.0", redis, cart_durability="fsync") as at:
            variant = await follow(at)
            (_, second), *_ = [pair for pair in await at.out_of_stock() if pair[1] != variant]
            await at.subscribe("PRODUCT_BACK_IN_STOCK", second)
            await at.settled()
            redis.kill()
            answer = await at.try_to("CATEGORY", 1)
            assert answer.codes & {"SUBSCRIPTIONS_UNAVAILABLE", "IDENTITY_UNAVAILABLE", "NOT_SIGNED_IN"}
            redis.start()

            async def back() -> bool:
                answer = await at.of.query("{ subscriptions { id } }")
                return answer.status == 200 and len((answer.body.get("data") or {}).get("subscriptions") or ()) == 2

            await until(back, every=0.05)
            await at.restock(variant)
            await until(at.messages)
            await at.settled()
            assert len(at.messages()) == 1
            assert await at.followed() == [f"PRODUCT_BACK_IN_STOCK:{second}"]


async def test_what_odoo_refuses_is_given_up_some_time(own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not keep anybody else from being told."""
    async with world("14.0", own_valkey) as at:
        variant = await follow(at)
        other = await at.customer(2)
        await other.subscribe("PRODUCT_BACK_IN_STOCK", variant)
        post, tried = RpcAdapter.post_notice, 0
        _, refused = at.of.customer(1)

        async def posted(self: RpcAdapter, notice: Any) -> None:
            nonlocal tried
            if notice.partner_id == refused:
                tried += 1
                raise OdooRejectedError("no")
            await post(self, notice)

        monkeypatch.setattr(RpcAdapter, "post_notice", posted)
        await at.restock(variant)
        await until(lambda: at.messages(2))
        await at.settled()
        assert tried == 4
        assert at.messages() == []


# -- a shop that is told ------------------------------------------------------------------------------------------


@dataclass
class Told:
    """A shop's own address. ``statuses``: its next answers, before 204."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    url: str = ""

    async def hear(self, request: Request) -> Response:
        body = await request.body()
        timestamp = request.headers["x-timestamp"]
        assert request.headers["x-signature"] == signature_of(SECRET.encode(), timestamp, body)
        self.ids.append(request.headers["x-notice-id"])
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            self.heard.append(json.loads(body))
        return Response(status_code=status)


@asynccontextmanager
async def shop_that_is_told() -> AsyncIterator[Told]:
    told = Told()
    async with serving(Starlette(routes=[Route("/told", told.hear, methods=["POST"])])) as port:
        told.url = f"http://127.0.0.1:{port}/told"
        yield told


async def test_by_webhook(own_valkey: Valkey) -> None:
    """It is tried again under the same id until the shop takes it, or has taken it."""
    async with (
        shop_that_is_told() as told,
        world(
            "19.0",
            own_valkey,
            subscriptions="webhook",
            subscriptions_webhook_url=told.url,
            subscriptions_webhook_secret=SECRET,
        ) as at,
    ):
        variant = await follow(at)
        told.statuses = [503, 302]
        await at.restock(variant)
        (heard,) = await until(lambda: told.heard)
        await at.settled()
        assert len(told.ids) == 3
        assert set(told.ids) == {heard["id"]}
        _, partner_id = at.of.customer(1)
        assert heard["customer"]["partnerId"] == partner_id
        assert heard["customer"]["email"] == "vet1@customer.example"
        assert heard["customer"]["language"] == "fr_FR"
        (news,) = heard["news"]
        assert news["event"] == "BACK_IN_STOCK"
        assert news["subscription"]["id"] == f"PRODUCT_BACK_IN_STOCK:{variant}"
        (product,) = news["products"]
        assert product["variantId"] == variant
        price = await at.of.query(
            "query ($id: Int!) { wishlist: products(pageSize: 100) { products { productVariants { id unitPrice { price "
            "{ amount currencyCode } } } } } product(id: $id) { id } }",
            {"id": product["productId"]},
        )
        shown = {
            one["id"]: one["unitPrice"]["price"]
            for of in price.data["wishlist"]["products"]
            for one in of["productVariants"]
        }
        assert product["price"] == shown[variant], "what it costs them"
        assert at.messages() == [], "Odoo writes nothing"

        other = await at.customer(2)
        (_, second), *_ = await other.out_of_stock()
        await other.subscribe("PRODUCT_BACK_IN_STOCK", second)
        await at.settled()
        told.statuses = [409]
        await at.restock(second)

        async def ended() -> bool:
            return await other.followed() == []

        await until(ended)
        assert len(told.heard) == 1, "it said that it had it"


def test_the_signature_is_that_of_the_timestamp_and_the_body() -> None:

    made = signature_of(b"key", "1700000000", b"{}")

    assert made == signature_of(b"key", "1700000000", b"{}")
    assert len({made, signature_of(b"other", "1700000000", b"{}"), signature_of(b"key", "1700000001", b"{}")}) == 3
    assert channels.notice_id("x") == "<x.subscription@headless-odoo>"
