"""Prices for whoever asks: which pricelist, which rules are read, and how an amount is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest
import pytest_asyncio

from adapters.base import OdooAdapter
from adapters.odoo import RpcAdapter
from adapters.records import Product
from adapters.records.pricing import Pricelist, PricelistRule, RuleScope
from cache.reference import Reference, ShopTables
from cache.solo import SoloStore
from resolvers.prices import Pricer, PriceTables, public_pricelist
from tests.support.direct import adapter_of
from tests.support.doubles import generated

AT = datetime(2026, 6, 1, tzinfo=UTC)


class Shop:
    """The tables of a generated shop, and its adapter."""

    def __init__(self, adapter: RpcAdapter, tables: ShopTables, products: list[Product]) -> None:
        self.adapter = adapter
        self.tables = tables
        self.products = products

    def pricer(self, tables: ShopTables | None = None, *, include_tax: bool = False, **changes: Any) -> Pricer:
        known = tables or self.tables
        website = known.websites[0]
        options = {"pricelist_id": None, "at": AT, **changes}
        return PriceTables().pricer(known, website, include_tax=include_tax, **options)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop() -> Shop:
    adapter = await adapter_of(generated("14.0").double)

    async def provide() -> OdooAdapter:
        return adapter

    tables = await Reference(provide, SoloStore()).shop()
    return Shop(adapter, tables, await adapter.products(list(range(1, 31)), "en_US"))


def pricelist(key: int, **values: Any) -> Pricelist:
    return Pricelist(id=key, currency="EUR", **values)


@pytest.mark.parametrize(
    ("asked", "public", "pricelists", "expected"),
    [
        (2, 1, [pricelist(1), pricelist(2)], 2),
        (None, 2, [pricelist(1), pricelist(2)], 2),
        (9, 2, [pricelist(1), pricelist(2)], 2),
        (9, 8, [pricelist(3), pricelist(2)], 3),
        (None, None, [pricelist(1, website_id=7), pricelist(2, company_id=7), pricelist(3)], 3),
        (None, None, [pricelist(1, website_id=1, company_id=1)], 1),
        (None, None, [pricelist(1, website_id=7)], None),
        (None, None, [], None),
    ],
)
async def test_whose_pricelist(
    shop: Shop, asked: int | None, public: int | None, pricelists: list[Pricelist], expected: int | None
) -> None:
    website = msgspec.structs.replace(shop.tables.websites[0], public_pricelist_id=public)
    tables = replace(shop.tables, pricelists={item.id: item for item in pricelists})
    found = public_pricelist(tables, website, asked)
    assert (found.id if found else None) == expected


async def test_without_a_pricelist_the_list_price_counts(shop: Shop) -> None:
    pricer = shop.pricer(replace(shop.tables, pricelists={}))
    company = shop.tables.companies[shop.tables.websites[0].company_id]
    assert pricer.pricelist is None
    assert pricer.currency == company.currency_code
    step = Decimal(shop.tables.currencies[pricer.currency].rounding)
    for product in shop.products:
        for variant in product.variants:
            quote = pricer.quote(product, variant, [])
            assert quote.shown == (product.list_price + variant.price_extra).quantize(step)
            assert (quote.shown, quote.discounted, quote.currency) == (quote.list_shown, False, company.currency_code)
            assert pricer.tiers(product, variant, []) == [(Decimal(1), quote.shown)]


async def test_prices_are_shown_with_or_without_tax(shop: Shop) -> None:
    without, with_tax = shop.pricer(include_tax=False), shop.pricer(include_tax=True)
    rules = await without.load_rules(shop.adapter, shop.products)
    taxed = 0
    for product, own in zip(shop.products, rules, strict=True):
        for variant in product.variants:
            bare, full = without.quote(product, variant, own), with_tax.quote(product, variant, own)
            assert (bare.shown, full.shown) == (bare.tax_excluded, full.tax_included)
            assert (bare.tax_excluded, bare.tax_included) == (full.tax_excluded, full.tax_included)
            assert (bare.tax_is_shown, full.tax_is_shown) == (False, True)
            assert bare.discounted == (bare.shown < bare.list_shown)
            taxed += full.shown > bare.shown
            tiers = with_tax.tiers(product, variant, own)
            assert [least for least, _ in tiers] == sorted({least for least, _ in tiers})
            for least, amount in tiers:
                assert with_tax.quote(product, variant, own, max(least, Decimal(1))).shown == amount
    assert taxed


class Rules:
    """An Odoo of rules alone; notes which pricelists it is asked for."""

    def __init__(self, *rules: PricelistRule) -> None:
        self.rules = rules
        self.asked: list[list[int]] = []

    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        self.asked.append(list(pricelist_ids))
        targets = {RuleScope.TEMPLATE: set(template_ids), RuleScope.VARIANT: set(variant_ids)}
        return [
            rule
            for rule in self.rules
            if rule.pricelist_id in pricelist_ids and rule.target_id in targets.get(rule.scope, set())
        ]


def rule(key: int, of: int, scope: RuleScope, target: int | None = None, base: int | None = None) -> PricelistRule:
    return PricelistRule(
        id=key,
        pricelist_id=of,
        scope=scope,
        target_id=target,
        compute_price="formula",
        base="pricelist" if base else "list_price",
        base_pricelist_id=base,
    )


async def test_rules_are_read_of_all_pricelists_that_lead_to_each_other(shop: Shop) -> None:
    """Shop-wide rules lead from 1 to 2, 3 and back; a product's own rule leads on to 5, and from there to 6."""
    everything = RuleScope.GLOBAL
    tables = replace(
        shop.tables,
        pricelists={key: pricelist(key) for key in range(1, 8)},
        shop_rules=(
            rule(1, 1, everything, base=2),
            rule(2, 2, everything, base=3),
            rule(3, 3, everything, base=1),
            rule(4, 5, everything, base=6),
            rule(5, 7, everything, base=1),
        ),
    )
    product, other = shop.products[:2]
    variant = product.variants[0]
    odoo = Rules(
        rule(11, 3, RuleScope.TEMPLATE, product.id, base=5),
        rule(12, 6, RuleScope.VARIANT, variant.id),
        rule(13, 7, RuleScope.TEMPLATE, product.id),
        rule(14, 1, RuleScope.TEMPLATE, other.id),
    )
    pricer = shop.pricer(tables, pricelist_id=1)
    found = await pricer.load_rules(cast("OdooAdapter", odoo), [product, other])
    assert odoo.asked == [[1, 2, 3], [5, 6]]
    assert [[item.id for item in of_product] for of_product in found] == [[11, 12], [14]]


async def test_without_a_pricelist_no_rules_are_read(shop: Shop) -> None:
    odoo = Rules()
    pricer = shop.pricer(replace(shop.tables, pricelists={}))
    assert await pricer.load_rules(cast("OdooAdapter", odoo), shop.products[:2]) == [[], []]
    assert odoo.asked == []
