"""Values and rules a write must satisfy, as recorded, as data where they are data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.double import errors

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env
    from demo.double.schema import Field

#: Fields without which a record is not made (Odoo's ``required`` where no default fills them).
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "sale.order": ("partner_id",),
    "sale.order.line": ("order_id",),
    "product.template": ("name",),
    "product.category": ("name",),
    "product.public.category": ("name",),
    "product.pricelist": ("name",),
    "product.wishlist": ("product_id",),
    "res.users": ("login",),
    "res.country": ("name",),
    "crm.lead": ("name",),
    "product.attribute": ("name",),
    "product.attribute.value": ("name", "attribute_id"),
}
_NAMED_TWICE = (
    'The operation cannot be completed: duplicate key value violates unique constraint "ir_model_data_module_name_uniq_'
    'index"\nDETAIL:  Key (module, name)=({}) already exists.\n'
)
#: Unique together: model -> (fields, message per version).
UNIQUE: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "res.users": (
        ("login",),
        {
            "10.0": "You can not have two users with the same login !",
            "14.0": "You can not have two users with the same login !",
            "19.0": "You can not have two users with the same login!",
        },
    ),
    "product.wishlist": (
        ("product_id", "partner_id"),
        {
            "14.0": "product_wishlist_product_unique_partner_id",
            "19.0": "The operation cannot be completed: Duplicated wishlisted product for this partner.",
        },
    ),
    "ir.model.data": (("module", "name"), dict.fromkeys(("10.0", "14.0", "19.0"), _NAMED_TWICE)),
    "payment.transaction": (
        ("reference",),
        {
            "10.0": "The payment transaction reference must be unique!",
            "14.0": "Reference must be unique!",
            "19.0": "Reference must be unique!",
        },
    ),
}
_NAMELESS = {
    "10.0": "Contacts require a name.",
    "14.0": "The operation cannot be completed: Contacts require a name",
    "19.0": "The operation cannot be completed: Contacts require a name",
}
_MANDATORY = {
    "10.0": "The operation cannot be completed, probably due to the following:\n"
    "- deletion: you may be trying to delete a record while other records still reference it\n"
    "- creation/update: a mandatory field is not correctly set\n\n[object with reference: {field} - {field}]",
    "14.0": "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
    "- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"
    "Model: {model}, Field: {field}",
    "19.0": "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
    "- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"
    "Model: {model}, Field: {field}",
}
_MARGINS = {
    "10.0": "Error! The minimum margin should be lower than the maximum margin.",
    "14.0": "The minimum margin should be lower than the maximum margin.",
    "19.0": "The minimum margin should be lower than the maximum margin.",
}


def checked_value(env: Env, model: str, item: Field, value: Any) -> Any:
    """The value as it is stored, or Odoo's complaint about it."""
    if value is None or value is False:
        return item.empty() if item.type in ("integer", "float", "monetary", "boolean") else False
    if item.type == "selection":
        return _checked_selection(model, item, value)
    if item.type == "many2one":
        return _checked_target(env, item, value)
    if item.type in ("date", "datetime"):
        return _checked_moment(env, item, value)
    if item.type in ("float", "monetary"):
        return _rounded(item, float(value))
    if item.type == "integer":
        return int(value)
    if item.type == "boolean":
        return bool(value)
    return value


def _rounded(item: Field, value: float) -> float:
    """A float is stored with as many decimals as its field has."""
    from demo.double.floats import float_round

    digits = item.attributes.get("digits")
    return float_round(value, digits[1]) if digits else value


def _checked_selection(model: str, item: Field, value: Any) -> Any:
    keys = item.selection_keys()
    if keys and value not in keys:
        raise errors.value_error(f"Wrong value for {model}.{item.name}: {value!r}")
    return value


def _checked_target(env: Env, item: Field, value: Any) -> Any:
    target = value[0] if isinstance(value, (list, tuple)) and value else value
    relation = item.relation or ""
    if env.db.has_rows(relation) and env.row(relation, target) is None:
        raise missing(env, relation, [target])
    return target


def missing(env: Env, model: str, ids: list[Any]) -> errors.OdooFault:
    """The MissingError of records that do not exist."""
    if env.db.dataset.version == "19.0":
        text = f"(Record: {model}({', '.join(str(item) for item in ids)},), User: {env.uid})"
    else:
        text = f"\n(Records: {ids}, User: {env.uid})"
    return errors.OdooFault(errors.MISSING_ERROR, f"Record does not exist or has been deleted.\n{text}")


def _checked_moment(env: Env, item: Field, value: Any) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        if env.db.dataset.version == "10.0":
            raise errors.OdooFault(errors.BAD_DATETIME, f'invalid input syntax for type timestamp: "{text}"') from None
        raise errors.value_error(f"time data {text!r} does not match format '%Y-%m-%d %H:%M:%S'") from None
    return text[:10] if item.type == "date" else (f"{text} 00:00:00" if len(text) == 10 else text)


def check_row(env: Env, model: str, row: Row, changed: set[str]) -> None:
    """The rules on a whole record, after a create or a write."""
    version = env.db.dataset.version
    for name in REQUIRED.get(model, ()):
        if not row.get(name):
            raise errors.validation_error(_MANDATORY[version].format(model=model, field=name))
    if model == "res.partner" and not row.get("name") and row.get("type", "contact") == "contact":
        raise errors.validation_error(_NAMELESS[version])
    if model == "sale.order.line" and not (row.get("name") or row.get("product_id")):
        raise errors.validation_error(_MANDATORY[version].format(model=model, field="name"))
    if model == "product.pricelist.item" and {"price_min_margin", "price_max_margin"} & changed:
        _check_margins(version, row)
    if model in UNIQUE and changed.intersection(UNIQUE[model][0]):
        _check_unique(env, model, row)


def _check_margins(version: str, row: Row) -> None:
    if (row.get("price_min_margin") or 0.0) > (row.get("price_max_margin") or 0.0):
        raise errors.validation_error(_MARGINS[version])


def _check_unique(env: Env, model: str, row: Row) -> None:
    fields, messages = UNIQUE[model]
    if not all(row.get(name) for name in fields):
        return
    telling = fields[-1]  # the field that has the most values: the fewest records to look at
    for record_id in env.db.table(model).find(telling, [row[telling]]):
        other = env.row(model, record_id)
        if other is None or record_id == row["id"]:
            continue
        if all(other.get(name) == row.get(name) for name in fields):
            shown = ", ".join(str(row[name]) for name in fields)
            raise errors.validation_error(messages.get(env.db.dataset.version, "duplicate").format(shown))
