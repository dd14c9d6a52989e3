"""Prices in bulk are the prices of the single form, in the same order, whatever the chunks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.pricing import PricedProduct, PricelistRule, PricingPolicy, RuleScope
from bench.pricing import run
from pricing.bulk import bulk_prices
from pricing.errors import PricelistCycleError
from tests.pricing import strategies as shop
from tests.pricing.policies import ODOO_19
from tests.pricing.recorded import announce, recording


@given(
    data=st.data(),
    policy=shop.POLICIES,
    products=st.lists(shop.products(), max_size=6),
    quantities=st.lists(shop.QUANTITIES, min_size=1, max_size=3),
    chunk=st.integers(1, 4),
)
def test_bulk_is_single(
    data: st.DataObject,
    policy: PricingPolicy,
    products: list[PricedProduct],
    quantities: list[Decimal],
    chunk: int,
) -> None:
    rules = data.draw(shop.rulebooks(policy, most=20))
    shop_wide = [rule for rule in rules if rule.scope in {RuleScope.CATEGORY, RuleScope.GLOBAL}]
    engine = shop.engine(policy)
    whole = engine.book(rules)

    def rules_of(batch: Sequence[PricedProduct]) -> list[PricelistRule]:
        assert len(batch) <= chunk
        variants, templates = {one.variant_id for one in batch}, {one.template_id for one in batch}
        return [
            rule
            for rule in rules
            if (rule.scope is RuleScope.VARIANT and rule.target_id in variants)
            or (rule.scope is RuleScope.TEMPLATE and rule.target_id in templates)
        ]

    found = list(
        bulk_prices(
            engine,
            products,
            list(shop.PRICELISTS),
            quantities,
            shop.AT,
            rules=engine.book(shop_wide),
            rules_of=rules_of,
            chunk=chunk,
        )
    )
    assert found == [
        (product, pricelist, quantity, engine.price(product, pricelist, quantity, shop.AT, rules=whole))
        for product in products
        for pricelist in shop.PRICELISTS
        for quantity in quantities
    ]


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
def test_bulk_reproduces_a_whole_recording(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = recording(version)
    rows = recorded.prices["variants"]
    expected = {
        (row.product.variant_id, row.pricelist_id, row.quantity): (row.price, row.rule_id)
        for row in rows
        if not row.ambiguous
    }
    answers = bulk_prices(
        recorded.engine,
        list(recorded.products.values()),
        sorted({row.pricelist_id for row in rows}),
        sorted({row.quantity for row in rows}),
        rows[0].at,
        rules=recorded.book,
        rules_of=lambda _: (),
        chunk=50,
    )
    checked = 0
    for product, pricelist, quantity, price in answers:
        row = expected.get((product.variant_id, pricelist, quantity))
        if row is not None:
            checked += 1
            assert abs(price.amount - Decimal(row[0])) < Decimal("1e-9")
            assert price.rule_id == row[1]
    assert checked == len(expected)
    announce(capsys, f"Odoo {version}, in bulk: {checked} prices reproduced")


def test_bulk_reads_no_further_than_it_is_asked() -> None:
    """Chunks are made as the answers are taken: memory is that of one chunk."""
    engine = shop.engine(ODOO_19)
    asked: list[int] = []

    def products() -> list[PricedProduct]:
        product = PricedProduct(20, 10, 4, Decimal(9), Decimal(0), Decimal(6), "EUR", "EUR", shop.UNIT)
        return [product] * 10

    def rules_of(batch: Sequence[PricedProduct]) -> list[PricelistRule]:
        asked.append(len(batch))
        return []

    answers = bulk_prices(
        engine, products(), [1, 2], [Decimal(1)], shop.AT, rules=engine.book(), rules_of=rules_of, chunk=4
    )
    assert asked == []
    for _ in range(9):
        next(answers)
    assert asked == [4, 4]
    assert len(list(answers)) == 11
    assert asked == [4, 4, 2]


def test_bulk_refuses_a_circle_too() -> None:
    engine = shop.engine(ODOO_19)
    circle = [
        PricelistRule(1, 1, RuleScope.GLOBAL, None, "formula", "pricelist", 3),
        PricelistRule(2, 3, RuleScope.GLOBAL, None, "formula", "pricelist", 1),
    ]
    product = PricedProduct(20, 10, 4, Decimal(9), Decimal(0), Decimal(6), "EUR", "EUR", shop.UNIT)
    answers = bulk_prices(
        engine, [product], [1], [Decimal(1)], shop.AT, rules=engine.book(circle), rules_of=lambda _: ()
    )
    with pytest.raises(PricelistCycleError):
        next(answers)


def test_the_benchmark_runs_small() -> None:
    result = run(60, 20, [Decimal(1), Decimal(10)])
    assert result.prices == 60 * 20 * 2
    assert result.rules > 60 * 16
    assert result.peak_mib > 0
