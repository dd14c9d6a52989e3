"""The small tables as they are kept: what is read again is what was written, to the last field."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from adapters.odoo import RpcAdapter
from adapters.records.pricing import PricelistRule, RuleScope
from cache.kept_tables import COUNTRIES_OF, LABELS_OF, SHOP_TABLES, UNITS_SOLD, KeptLabels, KeptShop, _shape_of
from cache.kinds import Kind
from cache.tables import Labels, ShopTables, load_countries, load_labels, load_shop, same_tables
from demo.double import Double
from demo.double.recorded import recorded_dataset
from demo.wholesale import generate
from tests.support.direct import adapter_of
from tests.support.doubles import VERSIONS


@pytest.fixture(params=["generated", "recorded"])
async def adapter(request: pytest.FixtureRequest, version: str) -> RpcAdapter:
    dataset = recorded_dataset(version) if request.param == "recorded" else generate(version, products=30, pricelists=6)
    return await adapter_of(Double(dataset))


def again(kind: Kind[Any], value: Any) -> Any:
    return kind.decode(kind.entry(value, (), 0.0).body)


@pytest.mark.parametrize("version", VERSIONS)
async def test_they_are_read_as_they_were_written(adapter: RpcAdapter) -> None:
    tables = await load_shop(adapter)
    kept = again(SHOP_TABLES, tables)
    assert isinstance(kept, ShopTables)
    for field in fields(ShopTables):
        assert repr(getattr(kept, field.name)) == repr(getattr(tables, field.name)), field.name
    assert same_tables(kept, tables)
    assert kept.policy == adapter.pricing_policy
    for lang in (language.code for language in tables.languages):
        labels = await load_labels(adapter, lang)
        kept_labels = again(LABELS_OF, labels)
        assert isinstance(kept_labels, Labels)
        assert same_tables(kept_labels, labels)
        assert list(kept_labels.categories) == list(labels.categories), "the order is the one of display"
        assert kept_labels.child_ids == labels.child_ids
        countries = await load_countries(adapter, lang)
        assert again(COUNTRIES_OF, countries) == countries
        assert list(again(COUNTRIES_OF, countries)) == list(countries)
    sold = await adapter.units_sold(datetime(2020, 1, 1, tzinfo=UTC))
    assert again(UNITS_SOLD, sold) == sold


@pytest.mark.parametrize("version", ["14.0"])
async def test_dates_of_rules_and_groups_of_taxes(adapter: RpcAdapter) -> None:
    tables = await load_shop(adapter)
    rule = PricelistRule(id=1, pricelist_id=1, scope=RuleScope.GLOBAL, target_id=None, compute_price="fixed")
    rules = (
        replace(rule, date_start=date(2026, 1, 31), date_end=date(2026, 2, 1)),
        replace(rule, date_start=datetime(2026, 1, 31, 23, 59, 59), date_end=datetime(2026, 2, 1, 0, 0, 0, 5)),  # noqa: DTZ001  # naive, as Odoo's
        replace(rule, fixed_price=Decimal("0.010"), discount=Decimal("-1E+2")),
    )
    taxes = {key: replace(tax, children=(3, 1, 2), amount_type="group") for key, tax in tables.taxes.items()}
    changed = replace(tables, shop_rules=rules, taxes=taxes)
    kept = again(SHOP_TABLES, changed)
    assert same_tables(kept, changed)
    assert repr(kept.shop_rules) == repr(rules)


def test_what_another_release_kept_is_found_under_another_key() -> None:
    """A field of a field differs: the name of the kind does too."""
    names = {kind.name for kind in (SHOP_TABLES, LABELS_OF, COUNTRIES_OF, UNITS_SOLD)}
    assert len(names) == 4

    class Inner(msgspec.Struct):
        name: str

    class Longer(msgspec.Struct):
        name: str
        more: int = 0

    shapes = [_shape_of(kept) for kept in (dict[int, Inner], dict[int, Longer], dict[str, Inner], KeptShop, KeptLabels)]
    assert len(set(shapes)) == len(shapes)
    assert shapes[3] == _shape_of(KeptShop)


def test_the_shape_is_the_same_in_every_process() -> None:
    """No address of anything in memory is part of it."""
    for kept in (KeptShop, KeptLabels):
        assert " at 0x" not in repr(msgspec.inspect.type_info(kept))
