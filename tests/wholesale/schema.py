"""What the recorded databases say of a version's fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo.double.schema import load_schema

DATA = Path(__file__).parents[2] / "demo" / "data" / "odoo"

#: Fields that Odoo computes from a property: what is chosen for a record is written under this name.
PROPERTIES = {("res.partner", "property_product_pricelist")}


@dataclass(frozen=True)
class Schema:
    """``fields``: definitions by name, or None where only the names of the fields were recorded."""

    model: str
    fields: dict[str, dict[str, Any]] | None
    names: frozenset[str]
    translated: frozenset[str]


@cache
def schema(version: str, model: str) -> Schema | None:
    """The schema of a model, or None for a model that was not recorded."""
    definitions = DATA / version / "fields" / f"{model}.json"
    if definitions.exists():
        fields: dict[str, dict[str, Any]] = json.loads(definitions.read_text("utf-8"))
        translated = frozenset(name for name, definition in fields.items() if definition.get("translate"))
        return Schema(model, fields, frozenset(fields), translated)
    recorded = DATA / version / "records" / f"{model}.json"
    if not recorded.exists():
        return _undescribed(version, model)
    content = json.loads(recorded.read_text("utf-8"))
    texts = (names for records in content["translations"].values() for names in records.values())
    return Schema(model, None, frozenset(content["fields"]), frozenset(name for names in texts for name in names))


def _undescribed(version: str, model: str) -> Schema | None:
    """A model that was not recorded, and whose fields the double knows all the same."""
    known = load_schema(version).get(model)
    if known is None:
        return None
    fields = {name: dict(item.attributes) for name, item in known.fields.items()}
    return Schema(model, fields, frozenset(fields), frozenset())
