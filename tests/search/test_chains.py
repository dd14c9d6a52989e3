"""Which pricelists are concerned when the shop's own tables are others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from adapters.records.pricing import PricelistRule, RuleScope
from cache.tables import ShopTables, load_labels, load_shop
from search.chains import Chains, affected, fingerprints, other_pricelists
from search.facts import base_of_row, pricelist_of_row, rules_part
from search.prices import ShopPrices
from search.reading import Catalogue
from search.sellers import Seller, sellers_of
from tests.search.shop import SitePaths, clock, small_shop
from tests.support.direct import adapter_of


def rule(number: int, pricelist_id: int, base: int | None = None, **values: object) -> PricelistRule:
    kind = {"compute_price": "formula", "base": "pricelist", "base_pricelist_id": base} if base else {}
    wide = {"scope": RuleScope.GLOBAL, "target_id": None, "compute_price": "percentage"}
    return PricelistRule(**{"id": number, "pricelist_id": pricelist_id, **wide, **kind, **values})  # type: ignore[arg-type]


async def shop_tables(version: str = "19.0") -> ShopTables:
    catalogue = Catalogue(
        await adapter_of(small_shop(version, products=5, pricelists=6)), load_shop, load_labels, SitePaths()
    )
    tables = (await catalogue.shop(clock())).tables
    assert isinstance(tables, ShopTables)
    return tables


def prices(tables: ShopTables, at: timedelta = timedelta()) -> ShopPrices:
    mostly = Seller(1, include_tax=False)
    return ShopPrices(tables, *mostly, clock() + at, sellers_of(tables, mostly, fixed=False))


def concerned(before: ShopTables, after: ShopTables, at: timedelta = timedelta()) -> frozenset[int]:
    return affected(fingerprints(prices(before)), fingerprints(prices(after, at)), Chains(after.shop_rules))


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_nothing_is_concerned_while_nothing_is_another(version: str) -> None:
    tables, again = await shop_tables(version), await shop_tables(version)
    assert concerned(tables, replace(again, shop_rules=tuple(reversed(again.shop_rules)))) == frozenset()
    assert not other_pricelists(fingerprints(prices(tables)), fingerprints(prices(again)))


async def test_a_rule_concerns_its_pricelist_and_those_that_build_on_it() -> None:
    tables = await shop_tables()
    chained = replace(tables, shop_rules=(rule(1, 1), rule(2, 2, 1), rule(3, 3, 2), rule(4, 4)))
    changed = replace(chained, shop_rules=(rule(1, 1, percent_price=Decimal(5)), *chained.shop_rules[1:]))
    assert concerned(chained, changed) == {1, 2, 3}
    assert concerned(chained, replace(chained, shop_rules=chained.shop_rules[:3])) == {4}


async def test_a_rule_that_begins_concerns_its_pricelist_then() -> None:
    tables = await shop_tables()
    starts = (clock() + timedelta(days=2)).replace(tzinfo=None)
    with_rule = replace(tables, shop_rules=(rule(1, 1), rule(9, 4, date_start=starts, percent_price=Decimal(3))))
    without = replace(tables, shop_rules=with_rule.shop_rules[:1])
    assert concerned(without, with_rule) == frozenset()
    assert concerned(without, with_rule, timedelta(days=3)) == {4}


async def test_a_tax_a_rate_and_a_website_concern_all_that_they_price() -> None:
    tables = await shop_tables()
    every = frozenset(tables.pricelists)
    tax = next(iter(tables.taxes.values()))
    taxed = replace(tables, taxes={**tables.taxes, tax.id: replace(tax, amount=tax.amount + 1)})
    assert concerned(tables, taxed) == every
    rates = tables.rates[1]
    assert concerned(tables, replace(tables, rates={1: replace(rates, rates={})})) == every
    shown = tuple(
        msgspec.structs.replace(site, prices_include_tax=not site.prices_include_tax) for site in tables.websites
    )
    assert concerned(tables, replace(tables, websites=shown)) == every


async def test_pricelists_that_come_and_go_are_told() -> None:
    tables = await shop_tables()
    fewer = replace(tables, pricelists=dict(list(tables.pricelists.items())[1:]))
    before, after = fingerprints(prices(tables)), fingerprints(prices(fewer))
    assert other_pricelists(before, after)
    assert other_pricelists(after, before)
    assert not other_pricelists({}, after)  # an index of which nobody knows: all are concerned anyhow
    assert affected({}, after, Chains(())) == frozenset(fewer.pricelists)


def test_rules_of_a_product_lead_further() -> None:
    rules = [
        rule(1, 7, 1, scope=RuleScope.TEMPLATE, target_id=5),
        rule(2, 8, 7, scope=RuleScope.TEMPLATE, target_id=5, compute_price="fixed"),
        rule(3, 9, scope=RuleScope.TEMPLATE, target_id=5, fixed_price=Decimal(3)),
    ]
    rows = msgspec.json.decode(rules_part(rules)["rules"])
    assert [(pricelist_of_row(row), base_of_row(row)) for row in rows] == [(7, 1), (8, None), (9, None)]
    chains = Chains([rule(4, 10, 7), rule(5, 1, 11)])
    assert chains.affected_of(rows, frozenset({1})) == {1, 7, 10}
    assert chains.affected_of(rows, frozenset({9})) == {9}
    assert [row[0] for row in chains.rows_of(rows, {10})] == [1]
    assert [row[0] for row in chains.rows_of(rows, {8, 9})] == [2, 3]
