"""Customers follow, things happen in Odoo, and they are told: over HTTP, with the worker, on every version."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.subscriptions.world import PRICELIST, VERSIONS, world
from tests.support.valkey import Valkey
from tests.support.waiting import until


@pytest.mark.parametrize("version", VERSIONS)
async def test_back_in_stock(version: str, own_valkey: Valkey) -> None:
    async with world(version, own_valkey) as at:
        (product, variant), (_, other), *_ = await at.out_of_stock()
        told = await at.subscribe("PRODUCT_BACK_IN_STOCK", variant)
        assert told["id"] == f"PRODUCT_BACK_IN_STOCK:{variant}"
        assert told["product"]["id"] == variant
        assert await at.subscribe("PRODUCT_BACK_IN_STOCK", variant) == told, "twice is once"
        await at.subscribe("PRODUCT_BACK_IN_STOCK", other)
        await at.settled()
        assert at.messages() == []

        await at.restock(variant)
        (message,) = await until(at.messages)
        await at.settled()
        assert await at.followed() == [f"PRODUCT_BACK_IN_STOCK:{other}"], "told, and over"
        name = (await at.of.query(f'{{ product(id: {product}, language: "fr_FR") {{ name slug }} }}')).data["product"]
        assert message["subject"].startswith("De nouveau en stock : "), "in their language"
        assert message["body"].startswith("<p>Bonjour ")
        assert f'<a href="{at.of.url}{name["slug"]}">' in message["body"]
        assert "EUR" in message["body"]
        assert message["model"] == "res.partner"
        assert message["message_id"].endswith(".subscription@headless-odoo>")

        await at.restock(variant, 3.0)
        await at.restock(other)
        await until(lambda: len(at.messages()) == 2)
        await at.settled()
        assert len(at.messages()) == 2, "once each"
        assert await at.followed() == []
        again = await at.try_to("PRODUCT_BACK_IN_STOCK", variant)
        assert again.codes == {"PRODUCT_IN_STOCK"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_new_product_in_a_category(version: str, own_valkey: Valkey) -> None:
    async with world(version, own_valkey) as at:
        text = "{ products(pageSize: 100) { products { id categories { id parent { id } } } } }"
        products = (await at.of.query(text)).data
        (product, category, parent), *_ = [
            (one["id"], of["id"], of["parent"]["id"])
            for one in products["products"]["products"]
            for of in one["categories"]
            if of["parent"]
        ]
        await at.publish(product, published=False)
        other = await at.customer(2)
        assert (await at.subscribe("CATEGORY", parent))["category"]["id"] == parent
        await other.subscribe("CATEGORY", category)
        await at.settled()
        await at.publish(product)
        (message,) = await until(at.messages)
        assert "Nouveau dans" in message["body"]
        await until(lambda: at.messages(2))
        for published in (False, True):
            await at.publish(product, published=published)
            await at.settled()
        new = at.double.create("product.template", {"name": "Brand new & <b>", "sale_ok": True})
        await at.publish(new, public_categ_ids=[(6, 0, [category])])
        await until(lambda: len(at.messages()) == 2 and len(at.messages(2)) == 2)
        assert "Brand new &amp; &lt;b&gt;" in at.messages()[1]["body"]
        assert await at.followed() == [f"CATEGORY:{parent}"], "it goes on"
        assert await at.unsubscribe(f"CATEGORY:{parent}") == []
        assert await other.followed() == [f"CATEGORY:{category}"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_promotions(version: str, own_valkey: Valkey) -> None:
    async with world(version, own_valkey) as at:
        before = {one["id"] for one in await at.promotions()}
        (product, _), (second, _), *_ = await at.in_stock()
        await at.rule(product_tmpl_id=product, begins=timedelta(days=2))
        await at.rule(product_tmpl_id=second, percent_price=20.0, pricelist_id=3)

        async def shown() -> object:
            return [one for one in await at.promotions() if one["id"] not in before]

        (coming,) = await until(shown)
        assert (coming["state"], coming["discount"], coming["percentage"]) == ("COMING", "PERCENTAGE", "12")
        assert coming["text"] == "-12 %"
        assert [one["id"] for one in coming["products"]] == [product]
        assert coming["startsAt"] < coming["endsAt"]
        assert [one["id"] for one in await at.promotions(state="COMING")] == [coming["id"]]
        assert coming["id"] not in {one["id"] for one in await at.promotions(state="RUNNING")}
        guest = await at.of.query("{ promotions { id } }", cookie="session_id=none")
        assert coming["id"] not in {one["id"] for one in guest.data["promotions"]}
        followed = await at.subscribe("PROMOTION", coming["id"])
        assert followed["promotion"] == {"id": coming["id"], "state": "COMING"}
        other = await at.customer(2)
        assert (await other.try_to("PROMOTION", coming["id"])).codes == {"NOT_FOUND"}, "of another pricelist"
        assert await at.followed("PROMOTION") == [f"PROMOTION:{coming['id']}"]
        assert await at.followed("CATEGORY") == []


async def test_a_promotion_begins_and_grows(own_valkey: Valkey) -> None:
    """Followers of it are told, and followers of a category with its products; not those with other prices."""
    async with world("14.0", own_valkey) as at:
        (product, _), (second, _), *_ = await at.in_stock()
        categories = (await at.of.query(f"{{ product(id: {product}) {{ categories {{ id }} }} }}")).data["product"]
        category = categories["categories"][0]["id"]
        other = await at.customer(2)
        await at.subscribe("CATEGORY", category)
        await other.subscribe("CATEGORY", category)
        await at.settled()
        rule = await at.rule(product_tmpl_id=product)
        (message,) = await until(at.messages)
        assert "Une promotion a commencé" in message["body"]
        assert "-12 %" in message["body"]
        assert other.messages(2) == []
        (running,) = [one for one in await at.promotions() if one["percentage"] == "12"]
        await at.subscribe("PROMOTION", running["id"])
        await at.settled()
        row = at.double.db.table("product.pricelist.item").get(rule)
        await at.rule(product_tmpl_id=second, date_end=row["date_end"])
        await until(lambda: len(at.messages()) == 2)
        assert "Nouveau dans une promotion que vous suivez" in at.messages()[1]["body"]
        assert other.messages(2) == []
        assert int(running["id"].partition("-")[0]) == PRICELIST


async def test_guests_follow_nothing(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        (_, variant), *_ = await at.out_of_stock()
        at.of.cookie = None
        assert (await at.try_to("PRODUCT_BACK_IN_STOCK", variant)).codes == {"NOT_SIGNED_IN"}
        assert (await at.of.query('mutation { unsubscribe(id: "CATEGORY:1") { id } }')).codes == {"NOT_SIGNED_IN"}
        assert await at.followed() == []


async def test_what_is_anothers_is_out_of_reach(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        other = await at.customer(2)
        await at.subscribe("CATEGORY", 1)
        assert await other.followed() == []
        for one in ("CATEGORY:1", "CATEGORY:2", "x", ""):
            assert await other.unsubscribe(one) == []
        assert await at.followed() == ["CATEGORY:1"]


async def test_what_is_none_is_not_found(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey) as at:
        unpublished = [
            row["id"]
            for one in at.double.db.table("product.template").ids()
            if not (row := at.double.db.table("product.template").get(one)).get("is_published")
        ]
        (hidden,) = at.double.db.table("product.product").find("product_tmpl_id", unpublished[:1])
        for target, ref in (
            ("PRODUCT_BACK_IN_STOCK", hidden), ("PRODUCT_BACK_IN_STOCK", 99_999), ("PRODUCT_BACK_IN_STOCK", "x"),
            ("PRODUCT_BACK_IN_STOCK", 2**31), ("PRODUCT_BACK_IN_STOCK", "0"), ("CATEGORY", 99_999), ("CATEGORY", "-1"),
            ("PROMOTION", "2-000000000000"), ("PROMOTION", "x|y:z"), ("CATEGORY", ""),
        ):  # fmt: skip
            answer = await at.try_to(target, ref)
            assert (answer.codes, answer.errors[0]["message"]) == ({"NOT_FOUND"}, "There is no such thing to follow.")
        (_, stocked), *_ = await at.in_stock()
        assert (await at.try_to("PRODUCT_BACK_IN_STOCK", stocked)).codes == {"PRODUCT_IN_STOCK"}


async def test_where_nothing_can_be_followed(own_valkey: Valkey) -> None:
    async with world("14.0", own_valkey, subscriptions="off") as at:
        assert (await at.try_to("CATEGORY", 1)).codes == {"ERP_NOT_SUPPORTED"}
        assert await at.followed() == []
        assert await at.promotions(), "these are there all the same"


async def test_it_needs_a_redis_and_somebody_to_tell(own_valkey: Valkey) -> None:
    with pytest.raises(ValueError, match="REDIS_URL"):
        async with world("14.0", own_valkey, redis_url=None):
            pass
    with pytest.raises(ValueError, match="SUBSCRIPTIONS_WEBHOOK"):
        async with world("14.0", own_valkey, subscriptions="webhook"):
            pass
