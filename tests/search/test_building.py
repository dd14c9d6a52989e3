"""Building an index: whole, plausible, resumable, and beside the one in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
import pytest

from adapters.errors import OdooUnavailableError
from adapters.records import StockLevel, Warehouse
from demo.double import Double
from search.builder import ImplausibleError, roll_back
from search.documents import levels_by_product
from search.engine import BulkOutcome, EngineRefusedError, EngineUnavailableError, Operation
from search.facts import (
    FACTS,
    MATCH,
    RECORD,
    codes_of,
    levels_of,
    links_of,
    match_of,
    product_of,
    rules_of,
    values_of,
)
from search.indexes import Indexes, stamp_of
from search.prices import rules_by_product
from search.verifying import status, verify
from tests.search.shop import LANGS, PARTS, IndexedShop, clock


async def test_every_product_for_sale_is_in_the_index(shop: IndexedShop) -> None:
    for_sale = {match.id: match.name for match in await shop.catalogue.for_sale("fr_FR")}
    found = await shop.documents("fr_FR")
    assert {one["id"]: one["name"] for one in found.values()} == for_sale
    assert (await shop.documents("nl_NL")).keys() == for_sale.keys()


async def test_no_document_of_a_language_tells_a_cost(shop: IndexedShop) -> None:
    variants = [one for found in (await shop.documents()).values() for one in found[RECORD]["variants"]]
    assert {one["cost"] for one in variants} == {"0"}
    documents = [{**found, RECORD: None} for found in (await shop.documents()).values()]
    text = msgspec.json.encode(documents).decode()
    assert "cost" not in text
    assert "standard_price" not in text


async def test_records_come_back_as_odoo_told_them(shop: IndexedShop) -> None:
    whole = await shop.catalogue.shop(clock())
    batch = await shop.catalogue.read(whole, [match.id for match in await shop.catalogue.for_sale("fr_FR")])
    found = await shop.documents(FACTS)
    matches = {lang: {one.id: one for one in await shop.catalogue.for_sale(lang)} for lang in LANGS}
    for lang in LANGS:
        documents = await shop.documents(lang)
        for product in batch.products[lang]:
            assert product_of(documents[product.id], found[product.id]) == product
            assert match_of(documents[product.id][MATCH]) == matches[lang][product.id]
    rules, levels = (
        rules_by_product(batch.any_language, batch.rules),
        levels_by_product(batch.any_language, batch.levels),
    )
    for product in batch.any_language:
        facts = found[product.id]
        assert rules_of(facts) == tuple(rules[product.id])
        assert rules_of(facts, {2, 3}) == tuple(rule for rule in rules[product.id] if rule.pricelist_id in {2, 3})
        assert levels_of(facts) == tuple(levels[product.id])
        assert values_of(facts) == product.values
        assert codes_of(facts) == tuple((one.id, one.sku, one.barcode) for one in product.variants)
    links = await shop.adapter.links(list(found))
    assert [links_of(found[one.id]) for one in links] == links
    assert any(rules.values())
    assert any(levels.values())
    assert any(variant.cost for product in batch.any_language for variant in product.variants)


async def test_verify_finds_nothing_and_then_what_was_changed(shop: IndexedShop) -> None:
    found = await verify(shop.catalogue, shop.indexes, clock(), samples=30, seed=1)
    assert found.compared == 30 * len(PARTS)
    assert found.differences == []
    every = await verify(shop.catalogue, shop.indexes, clock(), samples=10_000)
    victim = min(await shop.documents())
    index = (await shop.indexes.in_use(LANGS))["fr_FR"]
    await shop.engine.bulk([Operation("update", index, victim, {"name": "another", "prices": {"p1": 0.01}})])
    after = await verify(shop.catalogue, shop.indexes, clock(), samples=10_000)
    assert after.compared == every.compared
    assert {(one.lang, one.product_id, one.field) for one in after.differences} == {
        ("fr_FR", victim, "name"),
        ("fr_FR", victim, "prices"),
    }


async def test_status_tells_what_lacks_and_what_should_not_be_there(shop: IndexedShop) -> None:
    whole = await status(shop.catalogue, shop.indexes, clock() + timedelta(minutes=5))
    assert whole.whole
    assert whole.unfinished == []
    assert whole.lag is not None
    first, second = sorted(await shop.documents())[:2]
    index = (await shop.indexes.in_use(LANGS))["nl_NL"]
    body = {**(await shop.documents("nl_NL"))[second], "id": 999_999}
    await shop.engine.bulk([Operation("delete", index, first), Operation("index", index, 999_999, body)])
    broken = await status(shop.catalogue, shop.indexes, clock())
    dutch = next(one for one in broken.languages if one.lang == "nl_NL")
    assert (dutch.lacking, dutch.surplus) == ([first], [999_999])
    assert not broken.whole


async def test_a_build_that_is_killed_goes_on_where_it_was(
    double: Double, indexes: Indexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had written before is not written again, and nothing lacks in the end."""
    shop = await IndexedShop.of(double, indexes, batch=4)
    written: list[int] = []
    bulk = indexes.engine.bulk

    async def counted(operations: Iterable[Operation]) -> BulkOutcome:
        listed = list(operations)
        if len(written) >= 10 * 4 * len(PARTS):
            raise EngineUnavailableError("killed")
        written.extend(operation.id for operation in listed)
        return await bulk(listed)

    monkeypatch.setattr(indexes.engine, "bulk", counted)
    with pytest.raises(EngineUnavailableError):
        await shop.builder.build()
    assert await indexes.in_use(LANGS) == {}
    begun = await indexes.built()
    assert {meta.complete for meta in begun.values()} == {False}
    done_before = len(written)

    again = await IndexedShop.of(double, indexes, batch=4)
    written.clear()
    monkeypatch.setattr(indexes.engine, "bulk", lambda operations: _recorded(bulk, operations, written))
    built = await again.builder.build()
    assert built.resumed_at > 0
    assert built.stamp == next(iter(begun.values())).stamp
    assert 0 < len(written) < built.products * len(PARTS)
    assert min(written) > built.resumed_at
    assert done_before + len(written) >= built.products * len(PARTS)
    assert (await status(again.catalogue, indexes, clock())).whole


async def _recorded(bulk: object, operations: Iterable[Operation], written: list[int]) -> BulkOutcome:
    listed = list(operations)
    written.extend(operation.id for operation in listed)
    assert callable(bulk)
    outcome = await bulk(listed)
    assert isinstance(outcome, BulkOutcome)
    return outcome


async def test_what_is_used_is_of_one_segment(
    double: Double, indexes: Indexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await IndexedShop.of(double, indexes, batch=4)
    bulk = indexes.engine.bulk

    async def scattered(operations: Iterable[Operation]) -> BulkOutcome:
        outcome = await bulk(operations)
        await indexes.engine.client.indices.refresh(index=f"{indexes.names.prefix}-*")
        return outcome

    monkeypatch.setattr(indexes.engine, "bulk", scattered)
    await shop.builder.build()
    for index in (await indexes.in_use(PARTS)).values():
        assert len(await indexes.engine.client.cat.segments(index=index, params={"format": "json"})) == 1


async def test_what_is_not_plausible_is_not_used(shop: IndexedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await shop.indexes.in_use(LANGS)
    documents = await shop.documents()
    bulk = shop.engine.bulk

    async def losing(operations: Iterable[Operation]) -> BulkOutcome:
        return await bulk(operation for operation in operations if operation.id % 2)

    monkeypatch.setattr(shop.engine, "bulk", losing)
    later = await IndexedShop.of(shop.double, shop.indexes)
    later.builder.clock = lambda: clock() + timedelta(hours=1)
    with pytest.raises(ImplausibleError, match="for sale in Odoo"):
        await later.builder.build()
    assert await shop.indexes.in_use(LANGS) == before
    assert (await shop.documents()).keys() == documents.keys()

    forced = await later.builder.build(force=True, fresh=False)
    assert forced.products < len(documents)
    assert await shop.indexes.in_use(LANGS) != before


async def test_the_former_build_is_kept_and_can_be_used_again(shop: IndexedShop) -> None:
    first = await shop.indexes.in_use(LANGS)
    stamps = []
    for hour in (1, 2):
        later = await IndexedShop.of(shop.double, shop.indexes)
        later.builder.clock = lambda hour=hour: clock() + timedelta(hours=hour)  # type: ignore[misc]
        stamps.append((await later.builder.build()).stamp)
    assert {meta.stamp for meta in (await shop.indexes.built()).values()} == set(stamps)
    assert not set(first.values()) & set(await shop.indexes.built())
    assert await shop.indexes.in_use([FACTS]) == {FACTS: shop.indexes.names.index(FACTS, stamps[1])}
    assert await roll_back(shop.indexes, LANGS) == stamps[0]
    assert await shop.indexes.in_use(LANGS) == {lang: shop.indexes.names.index(lang, stamps[0]) for lang in LANGS}
    assert await shop.indexes.in_use([FACTS]) == {FACTS: shop.indexes.names.index(FACTS, stamps[0])}
    with pytest.raises(LookupError):
        await roll_back(shop.indexes, LANGS)


@pytest.mark.parametrize("failing", ["refused", "odoo"])
async def test_a_build_that_fails_leaves_the_one_in_use_as_it_is(
    shop: IndexedShop, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    used, state = await shop.indexes.in_use(PARTS), await shop.indexes.state()
    before = {part: await shop.documents(part) for part in PARTS}
    later = await IndexedShop.of(shop.double, shop.indexes)
    later.builder.clock = lambda: clock() + timedelta(hours=1)
    calls: list[int] = []
    if failing == "odoo":
        stock = later.adapter.stock

        async def away(template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
            calls.extend(template_ids)
            if len(calls) > 45:
                raise OdooUnavailableError("gone")
            return await stock(template_ids, warehouses)

        monkeypatch.setattr(later.adapter, "stock", away)
        expected: type[Exception] = OdooUnavailableError
    else:
        monkeypatch.setattr("search.facts.MATCH", "another")  # no field of the mapping
        expected = EngineRefusedError
    with pytest.raises(expected):
        await later.builder.build()
    monkeypatch.undo()
    assert await shop.indexes.in_use(PARTS) == used
    assert await shop.indexes.state() == state
    assert {part: await shop.documents(part) for part in PARTS} == before
    whole = await status(shop.catalogue, shop.indexes, clock())
    assert whole.whole
    assert {meta.stamp for meta in whole.unfinished} == {stamp_of(clock() + timedelta(hours=1))}
