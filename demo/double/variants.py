"""The variants a new template gets: one, or one per combination of its attribute values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_TO_VARIANT = ("default_code", "barcode", "standard_price", "weight", "volume")


def make_variants(env: Env, template_id: int, values: Mapping[str, Any]) -> None:
    """Create the variants of a new template (``_create_variant_ids``)."""
    axes = _axes_10(env, template_id) if env.db.dataset.version == "10.0" else _axes(env, template_id)
    field = "attribute_value_ids" if env.db.dataset.version == "10.0" else "product_template_attribute_value_ids"
    combinations = list(product(*axes))
    single = len(combinations) == 1
    for combination in combinations:
        row: Row = {
            "id": env.db.table("product.product").next_id(),
            "product_tmpl_id": template_id,
            "active": values.get("active", True),
            **_stamps(env),
        }
        if combination:
            row[field] = list(combination)
        if single:
            row |= {name: values[name] for name in _TO_VARIANT if values.get(name)}
        env.db.put("product.product", row)


def _stamps(env: Env) -> Row:
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    return {"create_date": moment, "write_date": moment, "create_uid": env.uid, "write_uid": env.uid}


def _lines(env: Env, model: str, template_id: int) -> list[Row]:
    ids = env.db.table(model).find("product_tmpl_id", [template_id])
    return [row for row in (env.row(model, line_id) for line_id in ids) if row is not None]


def _axes_10(env: Env, template_id: int) -> list[list[int]]:
    lines = _lines(env, "product.attribute.line", template_id)
    return [list(line.get("value_ids") or []) for line in lines if _makes_variants(env, line)]


def _makes_variants(env: Env, line: Row) -> bool:
    attribute = env.row("product.attribute", line.get("attribute_id")) or {}
    return attribute.get("create_variant", True) not in (False, "no_variant", "dynamic")


def _axes(env: Env, template_id: int) -> list[list[int]]:
    """From 14 on, each value of a line gets a record of its own (``product.template.attribute.value``)."""
    axes = []
    for line in _lines(env, "product.template.attribute.line", template_id):
        ids = []
        for value_id in line.get("value_ids") or []:
            row: Row = {
                "id": env.db.table("product.template.attribute.value").next_id(),
                "product_attribute_value_id": value_id,
                "attribute_line_id": line["id"],
                "attribute_id": line.get("attribute_id"),
                "product_tmpl_id": template_id,
                "ptav_active": True,
                **_stamps(env),
            }
            env.db.put("product.template.attribute.value", row)
            ids.append(row["id"])
        env.db.put("product.template.attribute.line", {**line, "product_template_value_ids": ids})
        if _makes_variants(env, line):
            axes.append(ids)
    return axes
