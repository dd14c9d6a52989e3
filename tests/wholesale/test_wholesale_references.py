"""Every reference to a record of the shop finds it; trees are trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.dataset import Dataset, Row
from tests.wholesale.schema import schema

#: Relations of models of which only field names were recorded.
_UNRECORDED = {
    "res.partner.category": {"parent_id": "res.partner.category"},
    "uom.category": {},
    "product.uom.categ": {},
    "product.ribbon": {},
    "res.groups": {"implied_ids": "res.groups"},
    "ir.config_parameter": {},
}


def _relations(version: str, model: str) -> dict[str, str]:
    known = schema(version, model)
    assert known is not None
    if known.fields is None:
        return _UNRECORDED[model]
    return {name: definition["relation"] for name, definition in known.fields.items() if definition.get("relation")}


def _references(dataset: Dataset) -> Iterator[tuple[str, int, str, str, int]]:
    for model, table in dataset.tables.items():
        relations = _relations(dataset.version, model)
        for record_id in table.ids():
            row = table.get(record_id) or {}
            for name, relation in relations.items():
                value = row.get(name)
                for target in value if isinstance(value, list) else [value] if value else []:
                    yield model, record_id, name, relation, target


def test_references_are_whole(dataset: Dataset) -> None:
    known = {model: set(table.ids()) for model, table in dataset.tables.items()}
    seen = 0
    for model, record_id, name, relation, target in _references(dataset):
        seen += 1
        assert target in known.get(relation, ()), f"{model} {record_id}: {name} -> {relation} {target}"
    assert seen > 10_000


@pytest.mark.parametrize(
    ("model", "parent"),
    [
        ("product.category", "parent_id"),
        ("product.public.category", "parent_id"),
        ("stock.location", "location_id"),
        ("res.partner.category", "parent_id"),
    ],
)
def test_trees_agree_with_their_parents(dataset: Dataset, model: str, parent: str) -> None:
    rows = {record_id: dataset.tables[model].get(record_id) or {} for record_id in dataset.tables[model].ids()}
    ancestors = {record_id: _ancestors(rows, record_id, parent) for record_id in rows}
    if "parent_path" in next(iter(rows.values())):
        for record_id, row in rows.items():
            assert row["parent_path"] == "".join(f"{number}/" for number in [*ancestors[record_id], record_id])
    elif model != "product.public.category":
        for record_id, row in rows.items():
            assert {other for other in rows if _inside(row, rows[other])} == {*ancestors[record_id], record_id}


def _inside(row: Row, outer: Row) -> bool:
    left, right = row.get("parent_left", 0), row.get("parent_right", 0)
    assert left < right
    return bool(outer.get("parent_left", 0) <= left and right <= outer.get("parent_right", 0))


def _ancestors(rows: dict[int, Row], record_id: int, parent: str) -> list[int]:
    found: list[int] = []
    above: Any = rows[record_id].get(parent)
    while above:
        found.insert(0, above)
        above = rows[above].get(parent)
    return found


def test_variants_stand_in_the_order_of_their_codes(dataset: Dataset) -> None:
    """Odoo lists variants by code, then id: both give the same, so the first variant is the same everywhere."""
    codes: dict[int, list[str]] = {}
    for variant_id in dataset.tables["product.product"].ids():
        row = dataset.tables["product.product"].get(variant_id) or {}
        codes.setdefault(row["product_tmpl_id"], []).append(row.get("default_code", ""))
    assert all(listed == sorted(listed) for listed in codes.values())
    assert max(map(len, codes.values())) == 12
