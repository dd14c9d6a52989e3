"""What changes in Odoo comes into the index, and no more than that is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from adapters.reads import changes as feed_module
from demo.double import Double
from demo.wholesale import generate
from search.changes import Plan, plan_of_tags
from search.engine import Operation
from search.facts import FACTS
from search.indexes import Indexes
from search.sync import NoIndexError, Sync, Synced
from search.verifying import status, verify
from tests.adapters.feed import Clock
from tests.search.shop import LANGS, IndexedShop, engine_of
from tests.support.opensearch import OpenSearch, new_space


@dataclass
class Followed:
    """A shop whose index follows it."""

    shop: IndexedShop
    sync: Sync
    clock: Clock

    @property
    def double(self) -> Double:
        return self.shop.double

    def rows(self, model: str) -> list[dict[str, Any]]:
        table = self.double.db.table(model)
        return [row for one in table.ids() if (row := table.get(one)) is not None]

    def first(self, model: str, **values: Any) -> dict[str, Any]:
        return next(row for row in self.rows(model) if all(row.get(name) == value for name, value in values.items()))

    async def shown(self, number: int = 0) -> int:
        """A product that is for sale."""
        return (await self.shop.catalogue.for_sale(LANGS[0]))[number].id

    async def synced(self, told: Plan | None = None) -> Synced:
        self.clock.pass_by(seconds=2)
        return await self.sync.run(told)

    async def settle(self) -> None:
        """Until nothing is told any more."""
        for _ in range(5):
            synced = await self.synced()
            if not any(outcome.written or outcome.deleted or outcome.unchanged for outcome in synced.parts.values()):
                return
        raise AssertionError("it writes for ever")

    async def assert_as_odoo(self) -> None:
        """Every document is as it would be made now, and there are no others."""
        now = aware(self.clock)
        found = await verify(self.shop.catalogue, self.shop.indexes, now, samples=10_000)
        assert found.differences == []
        assert (await status(self.shop.catalogue, self.shop.indexes, now)).whole


def aware(clock: Clock) -> datetime:
    return clock().replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_module, "time", clock)
        yield clock


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def followed(opensearch: OpenSearch, clock: Clock) -> AsyncIterator[Followed]:
    """One for all tests here: each changes it, and leaves an index that follows."""
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            double = Double(generate("19.0", products=40, pricelists=5), clock=clock)
            shop = await IndexedShop.of(double, Indexes(engine, space.name("shop")), clock=lambda: aware(clock))
            await shop.builder.build()
            found = Followed(shop, Sync(shop.catalogue, shop.indexes, batch=25, clock=lambda: aware(clock)), clock)
            await found.settle()
            yield found
        finally:
            await engine.close()


def written(synced: Synced) -> set[str]:
    """Which kinds of writes changed something that is searched."""
    return {name for name, outcome in synced.parts.items() if outcome.written or outcome.deleted} - {"facts"}


async def name(shop: Followed) -> None:
    shop.double.write("product.template", [await shop.shown()], {"name": "Another name"})


async def translated_name(shop: Followed) -> None:
    shop.double.write("product.template", [await shop.shown()], {"name": "Een andere naam"}, {"lang": "nl_NL"})


async def list_price(shop: Followed) -> None:
    shop.double.write("product.template", [await shop.shown(), await shop.shown(1)], {"list_price": 99.5})


async def sku(shop: Followed) -> None:
    variant = shop.first("product.product", product_tmpl_id=await shop.shown())
    shop.double.write("product.product", [variant["id"]], {"default_code": "NEW-7"})


async def cost(shop: Followed) -> None:
    shop.double.write("product.product", [row["id"] for row in shop.rows("product.product")], {"standard_price": 3.5})


async def unpublished(shop: Followed) -> None:
    shop.double.write("product.template", [await shop.shown(2)], {"is_published": False})


async def published(shop: Followed) -> None:
    hidden = next(row for row in shop.rows("product.template") if not row["is_published"] and row["active"])
    shop.double.write("product.template", [hidden["id"]], {"is_published": True, "sale_ok": True})


async def archived(shop: Followed) -> None:
    shop.double.write("product.template", [await shop.shown(3)], {"active": False})


async def new(shop: Followed) -> None:
    shop.double.create("product.template", {"name": "A new product", "is_published": True, "list_price": 5})


async def gone(shop: Followed) -> None:
    shop.double.unlink("product.template", [await shop.shown(4)])


@pytest.mark.parametrize(
    "change", [name, translated_name, list_price, sku, cost, unpublished, published, archived, new, gone]
)
async def test_products(followed: Followed, change: Callable[[Followed], Any]) -> None:
    await change(followed)
    synced = await followed.synced()
    assert "whole" in written(synced)
    assert "stock" not in written(synced)
    await followed.assert_as_odoo()
    await followed.settle()


async def rule_of_a_product(shop: Followed) -> None:
    rule = shop.first("product.pricelist.item", applied_on="1_product", product_tmpl_id=await shop.shown())
    shop.double.write("product.pricelist.item", [rule["id"]], {"compute_price": "fixed", "fixed_price": 3.25})


async def tier_of_a_product(shop: Followed) -> None:
    rule = {"pricelist_id": 1, "applied_on": "1_product", "product_tmpl_id": await shop.shown(), "min_quantity": 12}
    shop.double.create("product.pricelist.item", {**rule, "compute_price": "fixed", "fixed_price": 1.05})


async def tier_gone(shop: Followed) -> None:
    rule = shop.first("product.pricelist.item", product_tmpl_id=await shop.shown(), min_quantity=12.0, pricelist_id=1)
    shop.double.unlink("product.pricelist.item", [rule["id"]])


async def rule_of_everything(shop: Followed) -> None:
    values = {"pricelist_id": 1, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 5}
    shop.double.create("product.pricelist.item", values)


async def rule_gone(shop: Followed) -> None:
    rule = shop.first("product.pricelist.item", applied_on="3_global", pricelist_id=1, percent_price=5.0)
    shop.double.unlink("product.pricelist.item", [rule["id"]])


async def new_pricelist(shop: Followed) -> None:
    like = shop.first("product.pricelist", id=1)
    shop.double.create("product.pricelist", {"name": "New", "currency_id": like["currency_id"]})


@pytest.mark.parametrize(
    "change", [rule_of_a_product, tier_of_a_product, tier_gone, rule_of_everything, rule_gone, new_pricelist]
)
async def test_prices_alone(followed: Followed, change: Callable[[Followed], Any]) -> None:
    await change(followed)
    synced = await followed.synced()
    assert written(synced) == {"prices"}
    await followed.assert_as_odoo()
    await followed.settle()


async def test_a_rule_of_one_product_rewrites_that_product_alone(followed: Followed) -> None:
    await rule_of_a_product(followed)
    rule = followed.first("product.pricelist.item", applied_on="1_product", product_tmpl_id=await followed.shown())
    followed.double.write("product.pricelist.item", [rule["id"]], {"fixed_price": 4.75})
    synced = await followed.synced()
    assert (synced.prices.written, synced.prices.unchanged) == (len(LANGS), 0)
    await followed.settle()


async def test_a_rule_that_begins_by_itself(followed: Followed) -> None:
    """Nothing is written in Odoo when a rule's time comes."""
    starts = followed.clock() + timedelta(hours=2)
    rule = {"pricelist_id": 1, "applied_on": "1_product", "product_tmpl_id": await followed.shown(), "min_quantity": 0}
    dates = {"date_start": f"{starts:%Y-%m-%d %H:%M:%S}"}
    followed.double.create("product.pricelist.item", {**rule, "compute_price": "fixed", "fixed_price": 0.55, **dates})
    await followed.settle()
    before = (await followed.shop.documents())[await followed.shown()]
    assert before["first_prices" if before["first_prices"] else "prices"]["p1"] != 0.55
    followed.clock.pass_by(hours=3)
    synced = await followed.synced()
    assert written(synced) == {"prices"}
    after = (await followed.shop.documents())[await followed.shown()]
    assert after["prices"]["p1"] != before["prices"]["p1"]
    await followed.assert_as_odoo()
    await followed.settle()


async def test_a_pricelist_that_a_rule_of_a_product_builds_on(followed: Followed) -> None:
    """Its price changes with a rule of another pricelist, in which nothing else of the product changes."""
    product = await followed.shown(1)
    alone = followed.double.create("product.pricelist", {"name": "Alone", "currency_id": 1})
    like = followed.double.create("product.pricelist", {"name": "Like alone", "currency_id": 1})
    above = followed.double.create("product.pricelist", {"name": "Above", "currency_id": 1})
    chained = {"compute_price": "formula", "base": "pricelist", "min_quantity": 0}
    own = {"applied_on": "1_product", "product_tmpl_id": product, "pricelist_id": like, "base_pricelist_id": alone}
    followed.double.create("product.pricelist.item", {**chained, **own, "price_discount": 10})
    wide = {"applied_on": "3_global", "pricelist_id": above, "base_pricelist_id": like}
    followed.double.create("product.pricelist.item", {**chained, **wide, "price_surcharge": 1})
    await followed.settle()
    before = (await followed.shop.documents())[product]["prices"]
    values = {"pricelist_id": alone, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 50}
    followed.double.create("product.pricelist.item", values)
    assert written(await followed.synced()) == {"prices"}
    after = (await followed.shop.documents())[product]["prices"]
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {f"p{alone}", f"p{like}", f"p{above}"}
    await followed.assert_as_odoo()
    for one in (above, like, alone):
        followed.double.unlink("product.pricelist", [one])
    await followed.synced()
    await followed.assert_as_odoo()
    await followed.settle()


async def test_a_rule_of_many_is_applied_without_reading_products(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What prices are made of is in the index: of Odoo the shop's own tables are asked for, and no product."""
    asked: list[str] = []
    for name in ("products", "product_rules", "template_values", "find_products", "stock"):
        monkeypatch.setattr(followed.shop.adapter, name, lambda *_, name=name, **__: asked.append(name))
    await rule_of_everything(followed)
    assert written(await followed.synced()) == {"prices"}
    assert asked == []
    monkeypatch.undo()
    await followed.assert_as_odoo()
    await rule_gone(followed)
    assert written(await followed.synced()) == {"prices"}
    await followed.assert_as_odoo()
    await followed.settle()


async def test_a_new_rate_of_a_currency(followed: Followed) -> None:
    today = f"{followed.clock():%Y-%m-%d}"
    dated = [row for row in followed.rows("res.currency.rate") if row["name"] <= today and row["rate"] != 1]
    rate = max(dated, key=lambda row: row["name"])
    abroad = followed.double.create("product.pricelist", {"name": "Abroad", "currency_id": rate["currency_id"]})
    await followed.settle()
    before = await followed.shop.documents()
    followed.double.write("res.currency.rate", [rate["id"]], {"rate": rate["rate"] * 1.1})
    assert written(await followed.synced()) == {"prices"}
    after = await followed.shop.documents()
    assert all(after[one]["prices"][f"p{abroad}"] != found["prices"][f"p{abroad}"] for one, found in before.items())
    await followed.assert_as_odoo()
    followed.double.unlink("product.pricelist", [abroad])
    await followed.synced()
    await followed.settle()


async def test_what_the_facts_lack_is_written_from_odoo(followed: Followed) -> None:
    victim = await followed.shown()
    facts = (await followed.shop.indexes.in_use([FACTS]))[FACTS]
    await followed.shop.engine.bulk([Operation("update", facts, victim, {"costs": None})])
    await rule_of_everything(followed)
    assert written(await followed.synced()) == {"prices", "whole"}
    await followed.assert_as_odoo()
    await rule_gone(followed)
    await followed.settle()


async def test_units_sold_are_counted_once_in_a_while(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    followed.clock.pass_by(hours=7)
    await followed.synced()
    old, same, new, *_ = sorted(await followed.shop.documents())
    for index in (await followed.shop.indexes.in_use(LANGS)).values():
        told = {old: 4.0, same: 5.0, new: 0.0}
        await followed.shop.engine.bulk([Operation("update", index, one, {"popularity": n}) for one, n in told.items()])

    async def sold(_: datetime) -> dict[int, Decimal]:
        return {same: Decimal(5), new: Decimal(6), 999_999: Decimal(7)}

    monkeypatch.setattr(followed.shop.adapter, "units_sold", sold)
    assert written(await followed.synced()) == set()
    followed.clock.pass_by(hours=7)
    synced = await followed.synced()
    assert (synced.popularity.written, synced.popularity.unchanged) == (2 * len(LANGS), len(LANGS))
    for lang in LANGS:
        found = await followed.shop.documents(lang)
        assert [found[one]["popularity"] for one in (old, same, new)] == [0.0, 5.0, 6.0]
    monkeypatch.undo()
    followed.clock.pass_by(hours=7)
    await followed.synced()
    await followed.settle()


async def test_an_index_of_another_release_is_refused(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.sync.FACT_FIELDS", {"what_this_release_has": {"type": "keyword"}})
    with pytest.raises(NoIndexError, match="another release"):
        await followed.synced()


async def test_stock_is_written_when_it_is_there_or_not_and_not_for_each_piece(followed: Followed) -> None:
    variants = await _variants(followed)
    plenty = (row for row in followed.rows("stock.quant") if row["quantity"] - row.get("reserved_quantity", 0) > 4)
    quant = next(row for row in plenty if row["product_id"] in variants)
    followed.double.write("stock.quant", [quant["id"]], {"quantity": quant["quantity"] - 1})
    piece = await followed.synced()
    assert written(piece) == set()
    assert (piece.stock.unchanged, piece.facts.written) == (len(LANGS), 1)
    same = [row["id"] for row in followed.rows("stock.quant") if row["product_id"] == quant["product_id"]]
    followed.double.write("stock.quant", same, {"quantity": 0})
    none = await followed.synced()
    assert written(none) == {"stock"}
    await followed.assert_as_odoo()
    await followed.settle()


async def _variants(followed: Followed) -> set[int]:
    for_sale = await followed.shop.catalogue.for_sale(LANGS[0])
    return {variant_id for match in for_sale for variant_id in match.variant_ids}


async def test_what_is_renamed_is_rewritten_where_it_is_named(followed: Followed) -> None:
    document = next(one for one in (await followed.shop.documents()).values() if one["categories"])
    category = document["categories"][0]["id"]
    followed.double.write("product.public.category", [category], {"name": "Another shelf"}, {"lang": "nl_NL"})
    synced = await followed.synced()
    assert written(synced) == {"content"}
    naming = [one for one in (await followed.shop.documents()).values() if category in one["category_tree_ids"]]
    assert synced.content.written == len(naming)
    await followed.assert_as_odoo()
    await followed.settle()


@pytest.mark.parametrize("model", ["product.attribute", "product.attribute.value", "product.tag"])
async def test_other_names(followed: Followed, model: str) -> None:
    ids = [row["id"] for row in followed.rows(model)]
    followed.double.write(model, ids, {"name": "Called otherwise"}, {"lang": "fr_FR"})
    assert written(await followed.synced()) == {"content"}
    await followed.assert_as_odoo()
    await followed.settle()


async def test_what_is_told_by_others_is_written_too(followed: Followed) -> None:
    """By tags, as an invalidation of caches tells them."""
    victim = await followed.shown()
    for index in (await followed.shop.indexes.in_use(LANGS)).values():
        await followed.shop.engine.client.delete(index=index, id=str(victim))
    await followed.synced(plan_of_tags([f"price:{victim}", "customer:1", "checkout"]))
    await followed.assert_as_odoo()
    await followed.settle()


async def test_without_an_index_there_is_nothing_to_follow(followed: Followed) -> None:
    other = Indexes(followed.shop.engine, f"{followed.shop.indexes.names.prefix}-other")
    with pytest.raises(NoIndexError):
        await Sync(followed.shop.catalogue, other).run()
