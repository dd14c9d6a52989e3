"""Every key of every row is a field of its version, with a value of its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demo.dataset import Dataset, Row
from tests.wholesale.schema import PROPERTIES, Schema, schema

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_integer, value)) and len(set(value)) == len(value)


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_FITS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "float": _is_number,
    "monetary": _is_number,
    "char": lambda value: isinstance(value, str) and "\n" not in value,
    "text": _is_text,
    "html": _is_text,
    "binary": _is_text,
    "selection": lambda value: isinstance(value, (str, int)),
    "date": _matches(_DATE),
    "datetime": _matches(_DATETIME),
    "many2one": _is_integer,
    "many2one_reference": _is_integer,
    "many2many": _are_ids,
}


def test_every_model_is_known(dataset: Dataset) -> None:
    assert [model for model in dataset.tables if schema(dataset.version, model) is None] == []


def test_every_value_fits_its_field(dataset: Dataset) -> None:
    problems = {problem for model, row in _rows(dataset) for problem in _problems(dataset.version, model, row)}
    assert problems == set()


def test_required_fields_are_filled(dataset: Dataset) -> None:
    missing = {
        f"{model}.{name}"
        for model, row in _rows(dataset)
        for name, definition in (_schema(dataset, model).fields or {}).items()
        if definition.get("required") and definition["store"] and name not in row
        # false and zero are values too, and references to models that are no part of the shop stay open
        if definition["type"] not in {"boolean", "integer", "float", "monetary", "html", "text", "one2many"}
        and definition.get("relation", "res.company") in dataset.tables
    }
    assert missing == _KNOWN_TO_BE_LEFT_OPEN[dataset.version]


#: The further pictures of a product have no content in this shop.
_KNOWN_TO_BE_LEFT_OPEN: dict[str, set[str]] = {"10.0": set(), "14.0": {"product.image.image_1920"}, "19.0": set()}


def _rows(dataset: Dataset) -> Iterator[tuple[str, Row]]:
    for model, table in dataset.tables.items():
        for record_id in table.ids():
            row = table.get(record_id)
            assert row is not None, (model, record_id)
            assert row["id"] == record_id
            yield model, row


def _schema(dataset: Dataset, model: str) -> Schema:
    found = schema(dataset.version, model)
    assert found is not None, model
    return found


def _problems(version: str, model: str, row: Row) -> Iterator[str]:
    known = schema(version, model)
    assert known is not None
    for key, value in row.items():
        name, _, language = key.partition("@")
        if name not in known.names:
            yield f"{model}.{key}: no such field"
        elif language and (language not in {"fr_FR", "nl_NL"} or name not in known.translated):
            yield f"{model}.{key}: not a translated field"
        elif known.fields is not None:
            yield from _misfits(model, name, value, known.fields[name])


def _misfits(model: str, name: str, value: Any, definition: dict[str, Any]) -> Iterator[str]:
    if not definition["store"] and not definition.get("company_dependent") and (model, name) not in PROPERTIES:
        yield f"{model}.{name}: not stored"
    if not _FITS[definition["type"]](value):
        yield f"{model}.{name}: {value!r} is no {definition['type']}"
    if definition["type"] == "selection" and value not in [key for key, _ in definition["selection"]]:
        yield f"{model}.{name}: {value!r} is no choice"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"colour": 1}, "no such field"),
        ({"name": 3}, "is no char"),
        ({"type": "product"}, "is no choice"),
        ({"name@de_DE": "x"}, "not a translated field"),
        ({"list_price@fr_FR": "x"}, "not a translated field"),
        ({"qty_available": 1.0}, "not stored"),
        ({"taxes_id": [1, 1]}, "is no many2many"),
        ({"create_date": "2026-01-01"}, "is no datetime"),
    ],
)
def test_a_misfit_is_noticed(row: Row, problem: str) -> None:
    assert [found for found in _problems("19.0", "product.template", row) if problem in found]
