"""What operators see of carts, and do with them, from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.errors import OdooRejectedError
from cart.model import Cart
from server.cart_commands import give_up, retry, show_cart, show_dead, show_due
from server.settings import Settings
from server.worker import NoWorkError, create_worker
from tests.cart.places import add
from tests.cart.syncing import Desk, desk
from tests.support.bff import settings_for
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey

Out = pytest.CaptureFixture[str]


async def refused(shop: Desk) -> Cart:
    cart = await shop.filled(add(shop.variants[0], 2))
    with shop.tampered(_refusing):
        while await shop.bring(cart) != "dead":
            pass
    return cart


async def _refusing(call: Any, model: str, method: str) -> Any:
    if model == "sale.order" and method != "read":
        raise OdooRejectedError("Not on a Sunday")
    return await call()


async def test_a_dead_cart_is_told_and_tried_again(valkey: Valkey, capsys: Out) -> None:
    namespace = fresh_namespace()
    settings = Settings.model_validate(
        {"redis_url": valkey.url, "redis_namespace": namespace, "cart_durability": "memory"}
    )
    async with desk("14.0", valkey.url, namespace=namespace) as shop:
        assert await show_dead(settings, 10) == 0
        assert capsys.readouterr().out.endswith("none\n")
        cart, other = await refused(shop), await shop.filled(owner=shop.guest())
        assert await show_due(settings, 10) == 0
        out = capsys.readouterr().out
        assert "1 due, 0 waiting or being pushed, 1 dead" in out
        assert f"{other.id}  open  guest  2 lines" in out
        assert await show_dead(settings, 10) == 3
        out = capsys.readouterr().out
        assert f"{cart.id}  open  customer {shop.partner}  1 lines" in out
        assert "4 tries, ERP_REJECTED: Not on a Sunday" in out
        assert await retry(settings, [], everything=False) == 1
        assert await retry(settings, [other.id], everything=False) == 1
        assert f"not dead: {other.id}" in capsys.readouterr().err
        assert await retry(settings, [], everything=True) == 0
        assert await shop.bring(cart) == "synced"
        capsys.readouterr()
        assert await show_cart(settings, cart.id) == 0
        told = json.loads(capsys.readouterr().out)
        order = await shop.order(cart)
        assert order is not None
        assert (told["is_synced"], told["synced"]["order"]["name"]) == (True, order.name)
        assert told["lines"][0]["variant_id"] == shop.variants[0]
        assert await show_cart(settings, "nothing") == 1


async def test_dead_carts_that_are_given_up(valkey: Valkey, capsys: Out) -> None:
    namespace = fresh_namespace()
    settings = Settings.model_validate(
        {"redis_url": valkey.url, "redis_namespace": namespace, "cart_durability": "memory"}
    )
    async with desk("14.0", valkey.url, namespace=namespace) as shop:
        cart = await refused(shop)
        assert await give_up(settings, ["nothing", cart.id]) == 1
        assert "nothing" in capsys.readouterr().err
        assert await show_dead(settings, 10) == 0
        assert await give_up(settings, [cart.id]) == 1


async def test_without_a_redis_there_is_nothing_to_be_found(capsys: Out) -> None:
    assert await show_due(Settings(), 10) == 1
    assert "REDIS_URL" in capsys.readouterr().err
    with pytest.raises(NoWorkError):
        create_worker(settings_for("http://127.0.0.1:1"))


async def test_while_carts_are_away_that_is_said(capsys: Out) -> None:
    settings = Settings.model_validate({"cart_redis_url": "redis://127.0.0.1:1"})
    assert await show_dead(settings, 10) == 1
    assert "Carts are away" in capsys.readouterr().err


def test_a_worker_serves_no_shop() -> None:
    worker = create_worker(settings_for("http://127.0.0.1:1", redis_url="redis://127.0.0.1:1"))
    assert {getattr(route, "path", "") for route in worker.routes} == {"/healthz", "/readyz", "/metrics"}
