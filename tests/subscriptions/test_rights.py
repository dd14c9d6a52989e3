"""What is hidden from somebody is neither followed, nor told; looked at again at the moment of telling."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from subscriptions.store import Subscriptions
from tests.subscriptions.world import PRICELIST, PROMOTIONS, World, world
from tests.support.valkey import Valkey
from tests.support.waiting import until

ALL = '"Product.*"'
#: vet1's tag in Odoo, as the generated shop has it
ROLES = """
guarded = ["Product"]

[roles.guest]
documents = '{guest}'
fields = [{fields}]
pricelists = {pricelists}
[roles.guest.granted]
everyone = true

[roles.vip]
documents = "published"
[roles.vip.granted]
partner_categories = ["VIP"]
"""


def roles(path: Path, *, guest: str = "published", fields: str = ALL, pricelists: str = '"own"') -> Path:
    file = path / "roles.toml"
    file.write_text(ROLES.format(guest=guest, fields=fields, pricelists=pricelists))
    return file


async def make_vip(at: World, vip: bool) -> None:
    """In Odoo, which tells; their session would know within a minute."""
    table = at.double.db.table("res.partner.category")
    known = list(table.find("name", ["VIP"]))
    tag = known[0] if known else at.double.create("res.partner.category", {"name": "VIP"})
    _, partner_id = at.of.customer(1)
    at.double.write("res.partner", [partner_id], {"category_id": [(6, 0, [tag] if vip else [])]})
    await at.tell("res.partner", partner_id)
    await at.of.log_in(1)


async def hold(at: World, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Nobody is told until it is set."""
    told, claim = asyncio.Event(), Subscriptions.claim

    async def claimed(self: Subscriptions, *arguments: Any) -> Any:
        return await claim(self, *arguments) if told.is_set() else []

    monkeypatch.setattr(Subscriptions, "claim", claimed)
    return told


async def noticed(at: World) -> None:
    kept: Subscriptions = at.of.app.state.services.subscriptions

    async def queued() -> bool:
        return (await kept.waiting())[0] > 0

    await until(queued)


async def test_a_hidden_product_is_as_one_that_does_not_exist(own_valkey: Valkey, tmp_path: Path) -> None:
    async with world("14.0", own_valkey) as at:
        (product, variant), *_ = await at.out_of_stock()
    async with world("14.0", own_valkey, roles_file=roles(tmp_path, guest=f"published and not id = {product}")) as at:
        hidden, missing = (
            await at.try_to("PRODUCT_BACK_IN_STOCK", variant),
            await at.try_to("PRODUCT_BACK_IN_STOCK", 99_999),
        )
        assert hidden.codes == {"NOT_FOUND"}
        assert hidden.errors == missing.errors


async def test_who_may_no_longer_see_it_is_not_told(
    own_valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world("14.0", own_valkey) as at:
        (product, variant), *_ = await at.out_of_stock()
    file = roles(tmp_path, guest=f"published and not id = {product}")
    async with world("14.0", own_valkey, roles_file=file) as at:
        await make_vip(at, True)

        async def subscribed() -> bool:
            return (await at.try_to("PRODUCT_BACK_IN_STOCK", variant)).body.get("errors") is None

        await until(subscribed)
        await at.settled()
        told = await hold(at, monkeypatch)
        await at.restock(variant)
        await noticed(at)
        await make_vip(at, False)

        async def lost() -> bool:
            return await at.followed() == []

        await until(lost)
        told.set()
        await at.settled()
        assert at.messages() == []
        await make_vip(at, True)

        async def regained() -> bool:
            return await at.followed() == [f"PRODUCT_BACK_IN_STOCK:{variant}"]

        await until(regained)
        await at.restock(variant)
        await until(at.messages)


@pytest.mark.parametrize("what", ["sold out", "unpublished", "unsubscribed", "archived"])
async def test_what_is_true_no_more_is_not_told(what: str, own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world("14.0", own_valkey) as at:
        (product, variant), *_ = await at.out_of_stock()
        await at.subscribe("PRODUCT_BACK_IN_STOCK", variant)
        await at.settled()
        told = await hold(at, monkeypatch)
        quant = await at.restock(variant)
        await noticed(at)
        if what == "sold out":
            await at.sell_out(quant)
        elif what == "unpublished":
            await at.publish(product, published=False)
        elif what == "unsubscribed":
            await at.unsubscribe(f"PRODUCT_BACK_IN_STOCK:{variant}")
        else:
            user_id, partner_id = at.of.customer(1)
            at.double.write("res.users", [user_id], {"active": False})
            at.double.write("res.partner", [partner_id], {"active": False})
            await at.tell("res.partner", partner_id)
        await asyncio.sleep(1.0)
        told.set()
        await at.settled()
        assert at.messages() == []
        kept: Subscriptions = at.of.app.state.services.subscriptions
        left = (await kept.watched()).targets
        assert bool(left) == (what in ("sold out", "unpublished")), "of somebody who has gone nothing is left"


async def test_promotions_of_whom_shows_no_prices(own_valkey: Valkey, tmp_path: Path) -> None:
    async with world("14.0", own_valkey) as at:
        (one, *_) = await at.promotions()
    async with world("14.0", own_valkey, roles_file=roles(tmp_path, pricelists="[]")) as at:
        assert await at.promotions() is None
        assert (await at.of.query(f'{{ promotion(id: "{one["id"]}") {{ id }} }}')).data == {"promotion": None}
        assert (await at.try_to("PROMOTION", one["id"])).codes == {"NOT_FOUND"}


async def test_promotions_of_hidden_products_are_not_there(own_valkey: Valkey, tmp_path: Path) -> None:
    async with world("14.0", own_valkey) as at:
        (product, _), (other, _), *_ = await at.in_stock()
    async with world("14.0", own_valkey, roles_file=roles(tmp_path, guest=f"published and not id = {product}")) as at:
        for promoted in (product, other):
            await at.rule(product_tmpl_id=promoted, percent_price=float(promoted + 30), begins=timedelta(days=1))

        async def shown() -> Any:
            return [one for one in await at.promotions(state="COMING") if one["percentage"] == str(other + 30)]

        (own,) = await until(shown)
        assert [one["id"] for one in own["products"]] == [other]
        assert str(product + 30) not in {one["percentage"] for one in await at.promotions()}
        await make_vip(at, True)

        async def all_shown() -> bool:
            return {one["percentage"] for one in await at.promotions()} >= {str(product + 30), str(other + 30)}

        await until(all_shown)


async def test_who_sees_no_stock_cannot_wait_for_it(own_valkey: Valkey, tmp_path: Path) -> None:
    fields = '"Product.name", "Product.productVariants", "Product.unitPrice"'
    async with world("14.0", own_valkey) as at:
        (_, empty), *_ = await at.out_of_stock()
        (_, full), *_ = await at.in_stock()
    async with world("14.0", own_valkey, roles_file=roles(tmp_path, fields=fields)) as at:
        told = [(await at.try_to("PRODUCT_BACK_IN_STOCK", one)) for one in (empty, full, 99_999)]
        assert all(answer.codes == {"FORBIDDEN_FIELD"} for answer in told)
        assert told[0].errors == told[1].errors == told[2].errors
        literal = f"mutation {{ subscribe(input: {{target: PRODUCT_BACK_IN_STOCK, id: {full}}}) {{ id }} }}"
        assert (await at.of.query(literal)).codes == {"FORBIDDEN_FIELD"}
        assert (await at.subscribe("CATEGORY", 1))["category"]["id"] == 1


async def test_promotions_are_kept_for_those_with_the_same_prices(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey, local_cache_bytes=16_000_000) as at:
        other = await at.customer(2)
        own, theirs = await at.promotions(), await other.promotions()
        assert {one["id"].partition("-")[0] for one in own} == {str(PRICELIST)}
        assert {one["id"].partition("-")[0] for one in theirs} == {"3"}
        before = at.of.asked()
        again = await at.of.query(PROMOTIONS, {})
        assert again.data["promotions"] == own
        assert again.headers["Cache-Status"].startswith("headless-odoo; hit")
        assert at.of.asked() == before
        mine = await at.of.query("{ subscriptions { id } }")
        assert mine.headers["Cache-Status"].endswith("bypass")


@pytest.mark.parametrize("first", [0, 101])
async def test_bounds(first: int, own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        assert (await at.of.query(f"{{ promotions(first: {first}) {{ id }} }}")).codes == {"BAD_USER_INPUT"}
        text = f"{{ promotions {{ products(first: {first}) {{ id }} }} }}"
        assert (await at.of.query(text)).codes == {"BAD_USER_INPUT"}
