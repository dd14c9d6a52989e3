"""The table of rules answers as a table of stored rows would, before and after changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.dataset import Dataset, MemoryTable, Row, Table
from demo.wholesale import generate
from demo.wholesale.build import build
from demo.wholesale.layouts.v14 import Layout14
from demo.wholesale.rule_table import RuleTable
from demo.wholesale.trees import category_id

_MODEL = "product.pricelist.item"
_FIELDS = (
    "id",
    "pricelist_id",
    "product_tmpl_id",
    "product_id",
    "categ_id",
    "applied_on",
    "base_pricelist_id",
    "compute_price",
    "min_quantity",
    "write_date",
)


def _stored(table: Table) -> MemoryTable:
    """The same rows, kept one by one."""
    return MemoryTable(row for record_id in table.ids() if (row := table.get(record_id)) is not None)


@pytest.fixture(scope="module", params=["10.0", "19.0"])
def small(request: pytest.FixtureRequest) -> Dataset:
    return generate(request.param, products=60, pricelists=14, seed=5)


def test_ids_and_length_agree(small: Dataset) -> None:
    table = small.tables[_MODEL]
    ids = list(table.ids())
    assert ids == sorted(set(ids))
    assert len(table) == len(ids)
    assert all(table.get(record_id) for record_id in ids)
    missing = set(range(1, max(ids) + 50)) - set(ids)
    assert missing
    assert not any(table.get(record_id) for record_id in missing)


@pytest.mark.parametrize("field_name", _FIELDS)
def test_find_answers_as_stored_rows_do(small: Dataset, field_name: str) -> None:
    table = small.tables[_MODEL]
    stored = _stored(table)
    values = {(stored.get(record_id) or {}).get(field_name, False) for record_id in stored.ids()}
    for value in [*sorted(values, key=str)[:40], False, 999_999, "?"]:
        found = list(table.find(field_name, [value]))
        assert len(found) == len(set(found)), (field_name, value)
        assert set(found) == set(stored.find(field_name, [value])), (field_name, value)


@pytest.mark.parametrize("field_name", ["write_date", "create_date", "min_quantity", "pricelist_id"])
def test_scan_answers_as_stored_rows_do(small: Dataset, field_name: str) -> None:
    table = small.tables[_MODEL]
    assert isinstance(table, RuleTable)
    accept: Callable[[Any], bool] = lambda value: str(value) > "2026-06"  # noqa: E731
    expected = {row["id"] for row in _all(table) if accept(row.get(field_name, False))}
    found = list(table.scan(field_name, accept))
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert 0 < len(expected) <= len(table)


def _all(table: Table) -> list[Row]:
    return [row for record_id in table.ids() if (row := table.get(record_id)) is not None]


#: A change: put a copy of some rule under some id (or a new one), or delete some rule.
_CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 10_000), st.integers(1, 14), st.integers(1, 60)),
        st.tuples(st.just("add"), st.just(0), st.integers(1, 14), st.integers(1, 60)),
        st.tuples(st.just("delete"), st.integers(0, 10_000), st.just(0), st.just(0)),
    ),
    max_size=12,
)


_SHOP, _BOOK = build(20, 4, 2)


@given(changes=_CHANGES)
def test_changes_are_seen_as_in_stored_rows(changes: list[tuple[str, int, int, int]]) -> None:
    table: Table = RuleTable(_BOOK, Layout14(_SHOP).rule, variants_name_template=False)
    stored = _stored(table)
    ids = list(stored.ids())
    for kind, place, pricelist_id, template_id in changes:
        record_id = table.next_id() if kind == "add" else ids[place % len(ids)]
        assert kind != "add" or record_id not in ids
        ids.append(record_id)
        for each in (table, stored):
            if kind == "delete":
                each.delete(record_id)
            else:
                each.put(_row(record_id, pricelist_id, template_id))
    assert list(table.ids()) == sorted(stored.ids())
    assert len(table) == len(stored)
    for record_id in ids:
        assert table.get(record_id) == stored.get(record_id)
    for field_name in ("pricelist_id", "product_tmpl_id", "applied_on", "write_date", "id"):
        for value in {row.get(field_name, False) for row in _all(stored)}:
            found = list(table.find(field_name, [value]))
            assert len(found) == len(set(found))
            assert set(found) == set(stored.find(field_name, [value]))
    assert isinstance(table, RuleTable)
    for reverse in (False, True):
        by_date = sorted(_all(stored), key=lambda row: (row["write_date"], row["id"]), reverse=reverse)
        assert list(table.by_date("write_date", reverse=reverse)) == [row["id"] for row in by_date]


def _row(record_id: int, pricelist_id: int, template_id: int) -> Row:
    return {
        "id": record_id,
        "pricelist_id": pricelist_id,
        "applied_on": "1_product",
        "product_tmpl_id": template_id,
        "compute_price": "fixed",
        "fixed_price": 1.0,
        "write_date": "2026-11-21 06:00:00",
    }


def test_a_large_grid_is_answered_without_reading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lookups by target touch the rules they answer and no more."""
    table = generate("19.0", products=500, pricelists=100).tables[_MODEL]
    assert isinstance(table, RuleTable)
    monkeypatch.setattr(table, "_scanned", _never)
    found = list(table.find("product_tmpl_id", [17, 18]))
    assert 100 < len(found) < 400
    assert {(table.get(record_id) or {})["product_tmpl_id"] for record_id in found} == {17, 18}
    assert len(list(table.find("pricelist_id", [2]))) > 400
    assert list(table.find("product_id", [3]))
    assert list(table.find("categ_id", [category_id("Nutrition")]))
    assert list(table.scan("write_date", lambda written: written > "2026-12")) == []


def _never(*_arguments: Any) -> Any:
    raise AssertionError("rules were scanned")
