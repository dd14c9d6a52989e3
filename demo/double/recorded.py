"""The recorded database of a version as a dataset: the whole content of the shop's tables, languages included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from demo.dataset import Dataset, MemoryTable, Row
from demo.double.schema import DATA, Field, Model, load_schema

#: Logins and passwords of the recorded databases.
PASSWORDS: Mapping[str, Mapping[str, str]] = {
    "10.0": {
        "admin": "admin",
        "anais@vet.example": "Secret-4",
        "new@vet.example": "Secret-2",
        "bff": "bff-secret",
    },
    "14.0": {
        "admin": "admin",
        "vet0@alcyon.example": "vetpass0",
        "vet1@alcyon.example": "vetpass1",
        "vet2@alcyon.example": "vetpass2",
    },
    "19.0": {"admin": "admin", "demo": "demo", "portal": "portal"},
}
#: Models whose sequence was never set in some records: NULL, which was read as 0 but sorted last.
NULL_SEQUENCES: Mapping[str, frozenset[str]] = {
    "10.0": frozenset({"res.company", "product.public.category", "payment.acquirer"}),
    "14.0": frozenset({"res.company", "product.attribute"}),
    "19.0": frozenset({"res.company"}),
}
API_KEYS: Mapping[str, Mapping[str, str]] = {"19.0": {"9ccccc4747e1e169597dfd5a31c2f2da7028d891": "admin"}}
#: What was recorded of ``ir.model.data``, by version: id, name, model, record. 10.0 told no id of the row.
_NAMED: Mapping[str, tuple[tuple[int, str, str, int], ...]] = {
    "10.0": ((1, "base.group_portal", "res.groups", 10),),
    "14.0": ((2738, "base.group_portal", "res.groups", 9),),
    "19.0": (
        (5, "base.group_user", "res.groups", 1),
        (3923, "base.group_portal", "res.groups", 10),
        (57099, "bff.tx_0001", "sale.order", 51),
        (57101, "bff.tx_0002", "sale.order", 41),
        (57103, "bff.tx_1795288878", "sale.order", 60),
    ),
}
EXTERNAL_IDS: Mapping[str, tuple[Row, ...]] = {
    version: tuple(
        {"id": key, "module": name.partition(".")[0], "name": name.partition(".")[2], "model": model, "res_id": record}
        for key, name, model, record in rows
    )
    for version, rows in _NAMED.items()
}


_TEN_PERCENT: Row = {
    "reward_type": "discount", "discount_type": "percentage", "discount_percentage": 10.0,
    "discount_apply_on": "on_order",
}  # fmt: skip


def _term_lines(days: str, *lines: tuple[int, int]) -> tuple[Row, ...]:
    """Parts of payment terms: (term, days until it is due), as their names tell."""
    return tuple(
        {"id": number, "payment_id": term, days: count, "value": "percent"}
        for number, (term, count) in enumerate(lines, start=1)
    )


def _poste(first: int) -> tuple[Row, ...]:
    """The rules of the carrier "The Poste": by weight, then by the price of the order."""
    common = {"carrier_id": 2, "variable_factor": "weight", "list_price": 0.0}
    return (
        {**common, "id": first, "sequence": 10, "variable": "weight", "operator": "<=", "max_value": 5.0,
         "list_base_price": 20.0},
        {**common, "id": first + 1, "sequence": 10, "variable": "weight", "operator": ">=", "max_value": 5.0,
         "list_base_price": 50.0},
        {**common, "id": first + 2, "sequence": 10, "variable": "price", "operator": ">=", "max_value": 300.0,
         "list_base_price": 0.0},
    )  # fmt: skip


#: Rows of models that were not dumped, as the answers about orders tell them: what a fiscal position replaces, and
#: the prices of deliveries by rule (Odoo's own demonstration data).
UNDUMPED: Mapping[str, Mapping[str, tuple[Row, ...]]] = {
    "10.0": {
        "account.fiscal.position.tax": (
            {"id": 1, "position_id": 1, "tax_src_id": 3, "tax_dest_id": 6},
            {"id": 2, "position_id": 1, "tax_src_id": 4, "tax_dest_id": 6},
        ),
        "delivery.price.rule": (
            *_poste(5),
            {"id": 8, "carrier_id": 1, "sequence": 10, "variable": "price", "operator": ">=", "max_value": 1000.0},
            {"id": 9, "carrier_id": 1, "sequence": 10, "variable": "quantity", "operator": ">="},
            {
                "id": 10,
                "carrier_id": 3,
                "sequence": 10,
                "variable": "quantity",
                "operator": ">=",
                "list_base_price": 10.0,
            },
            {
                "id": 12,
                "carrier_id": 4,
                "sequence": 10,
                "variable": "quantity",
                "operator": ">=",
                "list_base_price": 9.5,
            },
        ),
        "account.payment.term.line": _term_lines("days", (1, 0), (2, 15), (3, 30), (4, 30), (5, 0), (5, 30)),
    },
    "14.0": {
        "delivery.price.rule": _poste(1),
        "account.payment.term.line": _term_lines(
            "days", (1, 0), (2, 15), (3, 21), (4, 30), (5, 45), (6, 60), (7, 30), (8, 0), (8, 60), (9, 0), (9, 30)
        ),
    },
    "19.0": {
        "delivery.price.rule": _poste(1),
        "account.payment.term.line": _term_lines(
            "nb_days",
            (1, 0),
            (2, 15),
            (3, 21),
            (4, 30),
            (5, 45),
            (6, 30),
            (7, 40),
            (8, 0),
            (8, 60),
            (9, 30),
            (10, 90),
            (11, 0),
            (11, 30),
        ),
    },
}
#: Values of records that were dumped without them: what 14's programs give, and for what.
UNDUMPED_VALUES: Mapping[tuple[str, str, int], Row] = {
    ("14.0", "coupon.reward", 1): _TEN_PERCENT | {"discount_line_product_id": 37},
    ("14.0", "coupon.reward", 2): {
        "reward_type": "product", "reward_product_id": 17, "reward_product_quantity": 1,
        "discount_line_product_id": 38,
    },
    ("14.0", "coupon.rule", 2): {
        "rule_min_quantity": 3, "rule_products_domain": '[["name", "ilike", "large cabinet"]]',
    },
    ("14.0", "coupon.reward", 3): _TEN_PERCENT | {"discount_line_product_id": 39},
    ("14.0", "coupon.reward", 4): _TEN_PERCENT | {"discount_line_product_id": 189},
}  # fmt: skip
#: The portal customers recorded on 19 had a time in their login and one password.
PORTAL_PASSWORD_19 = "Secret789!"


def recorded_dataset(version: str) -> Dataset:
    """A fresh copy of the recorded database: tests may write to it."""
    tables = {model: MemoryTable([dict(row) for row in rows]) for model, rows in _rows(version).items()}
    passwords = dict(PASSWORDS[version])
    for login in (row.get("login") for row in _rows(version)["res.users"]):
        if version == "19.0" and str(login).startswith("zoe"):
            passwords[str(login)] = PORTAL_PASSWORD_19
    return Dataset(
        version=version,
        tables=dict(tables),
        passwords=passwords,
        api_keys=dict(API_KEYS.get(version, {})),
        database="shop",
    )


@cache
def _rows(version: str) -> dict[str, list[Row]]:
    schema = load_schema(version)
    dumps = {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted((DATA / version / "records").glob("*.json"))
    }
    rows = {
        model: [_row(version, schema[model], record) for record in dump["records"]] for model, dump in dumps.items()
    }
    for model, dump in dumps.items():
        _add_translations(schema[model], rows[model], dump["translations"])
    rows["ir.model.data"] = [dict(row) for row in EXTERNAL_IDS[version]]
    rows |= {model: [dict(row) for row in found] for model, found in UNDUMPED[version].items()}
    _add_named_targets(schema, dumps, rows)
    for (own, model, record_id), values in UNDUMPED_VALUES.items():
        for row in rows[model] if own == version else ():
            if row["id"] == record_id:
                row.update(values)
    _add_planned_movements(version, rows, dumps)
    return rows


def _row(version: str, model: Model, record: Mapping[str, Any]) -> Row:
    row: Row = {}
    for name, value in record.items():
        item = model.fields.get(name)
        if item is None or (value is False and item.type != "boolean"):
            continue
        if name == "sequence" and value == 0 and model.name in NULL_SEQUENCES[version]:
            continue
        row[name] = _stored(item, value, record["id"])
    return row


def _stored(item: Field, value: Any, record_id: int) -> Any:
    if item.type == "many2one":
        return value[0] if isinstance(value, list) else value
    if item.type == "datetime" and item.name in ("write_date", "create_date"):
        # reads cut the microseconds away that were stored; some there were
        return f"{value}.{(record_id * 7919) % 999_983 + 1:06d}"
    return value


def _add_translations(model: Model, rows: list[Row], translations: Mapping[str, Mapping[str, Any]]) -> None:
    by_id = {row["id"]: row for row in rows}
    for lang, records in translations.items():
        for record_id, values in records.items():
            row = by_id.get(int(record_id))
            for name, value in values.items() if row is not None else ():
                item = model.fields.get(name)
                if item is not None and item.translate and value and row is not None and value != row.get(name):
                    row[f"{name}@{lang}"] = value


def _add_named_targets(schema: Mapping[str, Model], dumps: Mapping[str, Any], rows: dict[str, list[Row]]) -> None:
    """Records of models that were not dumped are known by the names that many2one values carry."""
    known: dict[str, dict[int, str]] = {}
    for model, dump in dumps.items():
        for name, item in schema[model].fields.items():
            relation = item.relation
            if item.type != "many2one" or relation is None:
                continue
            for value in (record.get(name) for record in dump["records"]):
                if isinstance(value, list):
                    known.setdefault(relation, {})[value[0]] = value[1]
    for relation, names in known.items():
        dumped = {row["id"] for row in rows.get(relation, ())}
        archived = {"active": False} if relation in rows else {}
        if relation in rows and not schema[relation].has_active:
            continue
        rows.setdefault(relation, []).extend(
            {"id": key, "name": text, "display_name": text, **archived}
            for key, text in sorted(names.items())
            if key not in dumped
        )


def _add_planned_movements(version: str, rows: dict[str, list[Row]], dumps: Mapping[str, Any]) -> None:
    """What pickings outside confirmed orders still move: the part of the forecast that orders do not explain."""
    storable = {row["id"] for row in rows["product.template"] if _is_storable(version, row)}
    open_orders = {row["id"] for row in rows["sale.order"] if row.get("state") in ("sale", "done")}
    sold: dict[int, float] = {}
    for line in rows["sale.order.line"]:
        product = line.get("product_id")
        if product and line.get("order_id") in open_orders:
            rest = line.get("product_uom_qty", 0.0) - line.get("qty_delivered", 0.0)
            sold[product] = sold.get(product, 0.0) + rest
    for row, record in zip(rows["product.product"], dumps["product.product"]["records"], strict=True):
        expected = sold.get(row["id"], 0.0) if row.get("product_tmpl_id") in storable else 0.0
        rest = record["virtual_available"] - (record["qty_available"] - expected)
        row["incoming_qty" if rest > 0 else "outgoing_qty"] = abs(rest)


def _is_storable(version: str, row: Row) -> bool:
    return bool(row.get("is_storable")) if version == "19.0" else row.get("type") == "product"
