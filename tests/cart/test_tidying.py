"""Drafts in Odoo whose carts are nowhere any more go, when they are told to; those that people touched never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.base import OdooAdapter
from adapters.errors import OdooAccessError, OdooUnavailableError
from cart.memory_carts import MemoryCarts
from cart.model import Cart
from cart.rules import CartRules
from cart.store import CartStore
from cart.tidying import ElsewhereError, Tidying
from server.cart_tidy import TidyOptions, tidy_drafts
from server.settings import Settings
from tests.cart import syncing
from tests.cart.places import add
from tests.cart.syncing import LINE, ORDER, Call, Desk
from tests.support.direct import adapter_of
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey

STAFF = "staff@vetwholesale.example"
Out = pytest.CaptureFixture[str]


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


async def brought(desk: Desk) -> Cart:
    cart = await desk.filled(add(desk.variants[0], 2), add(desk.variants[1], 3), owner=desk.guest())
    assert await desk.bring(cart) == "synced"
    return cart


async def tidying(desk: Desk, carts: CartStore, until: datetime | None = None) -> Tidying:
    return Tidying(await desk.services.adapter(), carts, until or tomorrow())


def lost() -> CartStore:
    """Where no cart is."""
    return MemoryCarts(CartRules())


def states(desk: Desk, *carts: Cart) -> list[list[str]]:
    return [[row["state"] for row in desk.rows(cart)] for cart in carts]


def order_of(desk: Desk, cart: Cart) -> int:
    (row,) = desk.rows(cart)
    return int(row["id"])


def as_staff(desk: Desk, model: str, method: str, *arguments: Any) -> Any:
    """As somebody of the shop does, who is not the user that carts are brought by."""
    users = desk.double.db.table("res.users")
    (uid,) = users.find("login", [STAFF])
    return desk.double.execute_kw("object", uid, desk.double.dataset.passwords[STAFF], model, method, arguments)


async def tidied(one: Tidying, limit: int = 100) -> dict[str, bool]:
    """By cart: has its draft gone?"""
    return {draft.cart: await one.dropped(draft) async for draft in one.left(limit)}


async def test_what_has_a_cart_stays_and_what_has_none_goes(desk: Desk) -> None:
    living, ended = await brought(desk), await brought(desk)
    carts = lost()
    await carts.create(living.owner, cart_id=living.id)
    one = await tidying(desk, carts)
    assert [draft.cart async for draft in one.left(100)] == [ended.id]
    assert states(desk, living, ended) == [["draft"], ["draft"]], "it was only looked"
    assert await tidied(one) == {ended.id: True}
    assert states(desk, living) == [["draft"]]
    assert states(desk, ended) in ([[]], [["cancel"]])
    assert await tidied(one) == {}


async def test_what_people_touched_stays(desk: Desk) -> None:
    plain, header, line, renamed, offered, ours = [await brought(desk) for _ in range(6)]
    as_staff(desk, ORDER, "write", [order_of(desk, header)], {"client_order_ref": "by phone"})
    rows = desk.double.db.table(LINE)
    first = min(rows.find("order_id", [order_of(desk, line)]))
    as_staff(desk, LINE, "write", [first], {"product_uom_qty": 7})
    origin = order_of(desk, renamed)
    as_staff(desk, ORDER, "write", [origin], {"origin": "Mail of Monday"})
    as_staff(desk, ORDER, "write", [order_of(desk, offered)], {"state": "sent"})
    # whoever brings carts wrote to it again: that is no touching
    await desk.change(ours, add(desk.variants[0], 1))
    assert await desk.bring(ours) == "synced"
    assert await tidied(await tidying(desk, lost())) == {
        plain.id: True,
        header.id: False,
        line.id: False,
        ours.id: True,
    }
    assert states(desk, header, line, offered) == [["draft"], ["draft"], ["sent"]]
    kept = desk.double.db.table(ORDER).get(origin)
    assert kept is not None
    assert kept["state"] == "draft"


async def test_what_was_written_since_stays(desk: Desk) -> None:
    await brought(desk)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert await tidied(await tidying(desk, lost(), yesterday)) == {}


async def test_no_more_than_are_asked_for_and_a_refusal_ends_nothing(desk: Desk) -> None:
    every = [(await brought(desk)).id for _ in range(4)]

    async def refuse(call: Call, model: str, method: str) -> Any:
        if method in ("unlink", "action_cancel"):
            raise OdooAccessError("you may not")
        return await call()

    one = await tidying(desk, lost())
    with desk.tampered(refuse):
        assert await tidied(one, 3) == dict.fromkeys(every[:3], False)
    assert await tidied(one, 3) == dict.fromkeys(every[:3], True)
    assert await tidied(one, 3) == {every[3]: True}


async def test_orders_that_only_look_like_carts_are_none(desk: Desk) -> None:
    """A source document of somebody else's making: no cart has such an id."""
    cart = await brought(desk)
    adapter = await desk.services.adapter()
    for origin in ("0b9d4a53-1f0e-4d6b-9b0d-aaaaaaaaaaaa", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"):
        other = await brought(desk)
        await desk.as_people(ORDER, "write", [order_of(desk, other)], {"vals": {"origin": origin}})
        assert states(desk, other) == [[]]
    found = await adapter.cart_drafts(limit=1, after=order_of(desk, cart))
    assert [draft.cart for draft in found] == ["0b9d4a53-1f0e-4d6b-9b0d-aaaaaaaaaaaa"]
    assert await adapter.cart_drafts(limit=1, after=found[0].id) == []
    assert await tidied(await tidying(desk, lost())) == {cart.id: True}


async def test_the_wrong_place_is_noticed(desk: Desk) -> None:
    """Drafts of today have carts; if none of them has, carts are kept somewhere else."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    elsewhere, here = [await tidying(desk, carts, yesterday) for carts in (lost(), desk.carts)]
    await elsewhere.check()  # without any draft there is nothing to go wrong
    await brought(desk)
    with pytest.raises(ElsewhereError):
        await elsewhere.check()
    await here.check()


async def test_the_command(valkey: Valkey, capsys: Out) -> None:
    namespace = fresh_namespace()
    async with syncing.desk("14.0", valkey.url, namespace=namespace) as desk:

        async def opened(*_: Any, **__: Any) -> OdooAdapter:
            return await adapter_of(desk.double)

        async def nobody(*_: Any, **__: Any) -> OdooAdapter:
            raise OdooUnavailableError("refused")

        def settings(of: str) -> Settings:
            values = {"redis_url": valkey.url, "redis_namespace": of, "cart_durability": "memory"}
            return Settings.model_validate(values)

        plain, touched = await brought(desk), await brought(desk)
        as_staff(desk, ORDER, "write", [order_of(desk, touched)], {"note": "Call first"})
        here, elsewhere = settings(namespace), settings(fresh_namespace())
        assert await tidy_drafts(here, TidyOptions(days=1), opened=opened, clock=lambda: tomorrow() + timedelta(1)) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("0 drafts are gone, 0 stay")
        assert await tidy_drafts(elsewhere, TidyOptions(days=1), opened=opened) == 1
        assert "--anyway" in capsys.readouterr().err
        later: dict[str, Any] = {"opened": opened, "clock": lambda: tomorrow() + timedelta(days=60)}
        assert await tidy_drafts(elsewhere, TidyOptions(look_only=True), **later) == 0
        told = capsys.readouterr().out.splitlines()
        assert (f"cart {plain.id}" in told[0], told[0].split()[-2:]) == (True, ["would", "go"])
        assert (f"cart {touched.id}" in told[1], told[1].split()[-1]) == (True, "stays")
        assert states(desk, plain, touched) == [["draft"], ["draft"]]
        assert await tidy_drafts(elsewhere, TidyOptions(anyway=True), **later) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("1 drafts are gone, 1 stay")
        assert states(desk, touched) == [["draft"]]
        assert states(desk, plain) in ([[]], [["cancel"]])
        assert await tidy_drafts(here, TidyOptions(), opened=nobody) == 1
        assert "Odoo: " in capsys.readouterr().err
        assert await tidy_drafts(Settings(), TidyOptions()) == 1
        assert "REDIS_URL" in capsys.readouterr().err
