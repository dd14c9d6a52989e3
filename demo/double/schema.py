"""The models and fields of each version, from the recorded ``fields_get`` answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from demo.double.orders import DEFAULT_ORDERS
from demo.double.undescribed import borrowed, typed

DATA = Path(__file__).resolve().parents[1] / "data" / "odoo"
VERSIONS = ("10.0", "14.0", "19.0")

#: Models whose records are, in part, records of another model: the link field and that model.
INHERITS: Mapping[str, Mapping[str, str]] = {
    "product.product": {"product_tmpl_id": "product.template"},
    "res.users": {"partner_id": "res.partner"},
}
#: delivery.carrier was a product up to 10; a coupon program of 14 is a rule and a reward.
INHERITS_BY_VERSION: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "10.0": {"delivery.carrier": {"product_id": "product.product"}},
    "14.0": {"coupon.program": {"rule_id": "coupon.rule", "reward_id": "coupon.reward"}},
}
#: The parent of a record in its tree, where it is not ``parent_id``.
PARENT_FIELDS: Mapping[str, str] = {"stock.location": "location_id"}

#: Relations of models whose ``fields_get`` was not recorded and cannot be taken from another version.
KNOWN_RELATIONS: Mapping[str, str] = {
    "create_uid": "res.users",
    "write_uid": "res.users",
    "company_id": "res.company",
    "partner_ids": "res.partner",
    "product_id": "product.product",
    "product_tmpl_id": "product.template",
    "currency_id": "res.currency",
    "name": "res.partner",
}

EMPTY: Mapping[str, Any] = {"integer": 0, "float": 0.0, "monetary": 0.0, "boolean": False}
X2MANY = frozenset({"one2many", "many2many"})
NUMBERS = frozenset({"integer", "float", "monetary"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field as ``fields_get`` describes it; ``attributes`` is that description."""

    name: str
    type: str
    relation: str | None = None
    inverse: str | None = None
    translate: bool = False
    required: bool = False
    store: bool = True
    groups: str | None = None
    related: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_many(self) -> bool:
        return self.type in X2MANY

    def empty(self) -> Any:
        return [] if self.is_many else EMPTY.get(self.type, False)

    def selection_keys(self) -> tuple[str, ...]:
        options = self.attributes.get("selection")
        return tuple(option[0] for option in options) if isinstance(options, list) else ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model of one version: its fields by name, its order, and what it inherits by delegation."""

    name: str
    fields: Mapping[str, Field]
    order: str = "id"
    inherits: Mapping[str, str] = field(default_factory=dict)  # link field -> model

    @property
    def parent_field(self) -> str:
        return PARENT_FIELDS.get(self.name, "parent_id")

    @property
    def has_active(self) -> bool:
        return "active" in self.fields

    @property
    def rec_name(self) -> str | None:
        return next((name for name in ("name", "complete_name", "login", "key") if name in self.fields), None)

    def inherited_through(self, name: str) -> str | None:
        """The link field whose record owns field ``name``, or None when the model owns it."""
        path = self.fields[name].related
        return path[0] if len(path) == 2 and path[0] in self.inherits and path[1] == name else None


@cache
def load_schema(version: str) -> Mapping[str, Model]:
    """All recorded models of a version (``10.0``, ``14.0`` or ``19.0``)."""
    folder = DATA / version
    raw = {path.stem: json.loads(path.read_text("utf-8")) for path in (folder / "fields").glob("*.json")}
    for path in sorted((folder / "records").glob("*.json")):
        if path.stem not in raw:
            raw[path.stem] = _describe(version, json.loads(path.read_text("utf-8")))
    raw |= typed(version)
    for model, (source, names) in borrowed(version).items():
        known = json.loads((DATA / source / "fields" / f"{model}.json").read_text("utf-8"))
        raw[model] = {name: known[name] for name in names if name in known}
    inherits = {**INHERITS, **INHERITS_BY_VERSION.get(version, {})}
    orders = DEFAULT_ORDERS[version]
    models = {
        name: Model(name, _fields(description), orders.get(name, "id"), inherits.get(name, {}))
        for name, description in raw.items()
    }
    return {name: _with_inverses(model, models) for name, model in models.items()}


def _fields(description: Mapping[str, Mapping[str, Any]]) -> dict[str, Field]:
    fields = {name: _field(name, attributes) for name, attributes in description.items()}
    fields.setdefault("id", Field("id", "integer", attributes={"type": "integer", "string": "ID", "store": True}))
    fields.setdefault("display_name", Field("display_name", "char", store=False, attributes={"type": "char"}))
    return fields


def _field(name: str, attributes: Mapping[str, Any]) -> Field:
    related = attributes.get("related") or ()
    if isinstance(related, str):
        related = related.split(".")
    return Field(
        name=name,
        type=attributes["type"],
        relation=attributes.get("relation"),
        inverse=attributes.get("relation_field") if attributes["type"] == "one2many" else None,
        translate=bool(attributes.get("translate")),
        required=bool(attributes.get("required")),
        store=bool(attributes.get("store", True)),
        groups=attributes.get("groups"),
        related=tuple(related),
        attributes=attributes,
    )


#: one2many fields of which the recording does not tell the inverse, and which several many2one could serve.
INVERSES: Mapping[tuple[str, str], str] = {
    ("product.template", "item_ids"): "product_tmpl_id",
    ("product.template", "product_variant_ids"): "product_tmpl_id",
    ("product.template", "attribute_line_ids"): "product_tmpl_id",
    ("product.template", "product_template_image_ids"): "product_tmpl_id",
    ("product.product", "product_variant_image_ids"): "product_variant_id",
    ("product.product", "stock_quant_ids"): "product_id",
    ("product.template", "seller_ids"): "product_tmpl_id",
    ("product.pricelist", "item_ids"): "pricelist_id",
    ("res.partner", "child_ids"): "parent_id",
    ("res.partner", "user_ids"): "partner_id",
    ("res.users", "api_key_ids"): "user_id",
    ("sale.order", "order_line"): "order_id",
    ("sale.order", "applied_coupon_ids"): "sales_order_id",
    ("sale.order", "generated_coupon_ids"): "order_id",
    ("delivery.carrier", "price_rule_ids"): "carrier_id",
    ("account.fiscal.position", "tax_ids"): "position_id",
    ("account.move", "line_ids"): "move_id",
    ("account.move", "invoice_line_ids"): "move_id",
    ("account.invoice", "invoice_line_ids"): "invoice_id",
    ("stock.location", "child_ids"): "location_id",
    ("product.category", "child_id"): "parent_id",
    ("product.public.category", "child_id"): "parent_id",
    ("product.attribute", "value_ids"): "attribute_id",
    ("product.template.attribute.line", "product_template_value_ids"): "attribute_line_id",
    ("res.country", "state_ids"): "country_id",
    ("res.currency", "rate_ids"): "currency_id",
}


def _with_inverses(model: Model, models: Mapping[str, Model]) -> Model:
    fields = {
        name: _with_inverse(model, item, models) if item.type == "one2many" and not item.inverse else item
        for name, item in model.fields.items()
    }
    return Model(model.name, fields, model.order, model.inherits)


def _with_inverse(model: Model, item: Field, models: Mapping[str, Model]) -> Field:
    inverse = INVERSES.get((model.name, item.name))
    related = models.get(item.relation or "")
    if related is None or (inverse is not None and inverse not in related.fields):
        return item
    if inverse is None:
        pointers = [other.name for other in related.fields.values() if _points_at(other, model.name)]
        inverse = pointers[0] if len(pointers) == 1 else None
    return Field(
        item.name, item.type, item.relation, inverse, item.translate, item.required, item.store, item.groups,
        item.related, item.attributes,
    )  # fmt: skip


def _points_at(item: Field, model: str) -> bool:
    return item.type == "many2one" and item.relation == model and item.store and not item.related


def _describe(version: str, dump: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Field descriptions for a model of which only records were dumped: other versions' first, else by the values."""
    model = dump["model"]
    known: dict[str, dict[str, Any]] = {}
    for other in VERSIONS:
        path = DATA / other / "fields" / f"{model}.json"
        if other != version and path.exists():
            known.update(json.loads(path.read_text("utf-8")))
    translated = {name for values in dump["translations"].values() for row in values.values() for name in row}
    described = {}
    for name in dump["fields"]:
        attributes = known.get(name) or _guess(model, name, [row.get(name) for row in dump["records"]])
        described[name] = {**attributes, "translate": name in translated or attributes.get("translate", False)}
    return described


def _guess(model: str, name: str, values: Iterable[Any]) -> dict[str, Any]:
    value = next((value for value in values if value not in (False, None, [])), False)
    relation = model if name in {"parent_id", "child_ids", "child_id"} else KNOWN_RELATIONS.get(name)
    base: dict[str, Any] = {"string": name, "store": True, "required": False, "readonly": False}
    if isinstance(value, list):
        many2one = len(value) == 2 and isinstance(value[1], str)
        return {**base, "type": "many2one" if many2one else "many2many", "relation": relation or "res.users"}
    if name.endswith("_ids"):
        return {**base, "type": "many2many", "relation": relation or "res.users"}
    if name.endswith(("_id", "_uid")):
        return {**base, "type": "many2one", "relation": relation or "res.users"}
    if name.endswith("_date"):
        return {**base, "type": "datetime"}
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "float", str: "char"}
    return {**base, "type": kinds.get(type(value), "char") if value is not False else "char"}
