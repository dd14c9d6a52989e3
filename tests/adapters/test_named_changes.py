"""What it means for the shop that Odoo names records of a model."""

from __future__ import annotations

import pytest

from adapters.reads import named_changes
from adapters.records import Change
from demo.double import Double
from demo.wholesale import generate
from tests.support.direct import adapter_of
from tests.support.doubles import VERSIONS


@pytest.fixture(params=VERSIONS)
def double(request: pytest.FixtureRequest) -> Double:
    return Double(generate(request.param, products=20, pricelists=3))


async def test_products_by_whatever_leads_to_them(double: Double) -> None:
    adapter = await adapter_of(double)
    variants = {variant: double.db.table("product.product").get(variant) for variant in (1, 2, 9)}
    products = tuple(sorted({row["product_tmpl_id"] for row in variants.values() if row is not None}))
    assert await adapter.change_of("product.template", [5, 4, 5]) == [Change(subject="product", ids=(4, 5))]
    before = len(double.calls)
    assert await adapter.change_of("product.product", list(variants)) == [Change(subject="product", ids=products)]
    assert len(double.calls) - before == 1
    quants = list(double.db.table("stock.quant").ids())
    before = len(double.calls)
    (change,) = await adapter.change_of("stock.quant", quants)
    assert change.subject == "stock"
    assert len(change.ids) > 1
    assert len(double.calls) - before == 2  # the variants of all, then their products


async def test_what_belonged_to_nobody_knows_whom(double: Double) -> None:
    """Of a deleted record it is not known any more which product it concerned; of a deleted product it is."""
    adapter = await adapter_of(double)
    assert await adapter.change_of("product.pricelist.item", [1, 987_654]) == [Change(subject="price")]
    assert await adapter.change_of("product.template", [987_654]) == [Change(subject="product", ids=(987_654,))]
    assert await adapter.change_of("product.pricelist.item", []) == [Change(subject="price")]


async def test_tables_change_as_a_whole_and_other_models_do_not_matter(double: Double) -> None:
    adapter = await adapter_of(double)
    before = len(double.calls)
    assert await adapter.change_of("product.public.category", [1]) == [Change(subject="category")]
    assert await adapter.change_of("res.company", [1]) == [Change(subject="website")]
    assert await adapter.change_of("mail.message", [1, 2]) == []
    assert len(double.calls) == before


async def test_too_many_are_all(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_changes, "LIMIT", 3)
    adapter = await adapter_of(double)
    before = len(double.calls)
    assert await adapter.change_of("product.product", [1, 2, 3, 4]) == [Change(subject="product")]
    assert len(double.calls) == before
