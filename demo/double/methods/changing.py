"""create, write, unlink and what else changes records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.double.defaults import default_values
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, SINCE_14, UP_TO_14, Call, rpc
from demo.double.writing import create as create_row
from demo.double.writing import unlink as unlink_rows
from demo.double.writing import write as write_rows


@rpc(on_model=True, versions=ONLY_10, name="create")
def create_one(call: Call, vals: Mapping[str, Any]) -> int:
    return create_row(call.env, call.model, vals)


@rpc(on_model=True, versions=SINCE_14)
def create(call: Call, vals_list: Any) -> Any:
    """One record from a dict, several from a list of dicts."""
    if isinstance(vals_list, Mapping):
        return create_row(call.env, call.model, vals_list)
    return [create_row(call.env, call.model, values) for values in vals_list]


@rpc()
def write(call: Call, vals: Mapping[str, Any]) -> bool:
    return write_rows(call.env, call.model, call.ids, vals)


@rpc()
def unlink(call: Call) -> bool:
    return unlink_rows(call.env, call.model, call.ids)


@rpc("sale.order.line", versions=ONLY_14, name="unlink")
def unlink_lines(call: Call) -> None:
    """The sales module of 14 forgets to return."""
    unlink_rows(call.env, call.model, call.ids)


@rpc(on_model=True, versions=UP_TO_14, name="default_get")
def default_get_of_list(call: Call, fields_list: Any) -> Any:
    return _defaults(call, fields_list)


@rpc(on_model=True, versions=ONLY_19)
def default_get(call: Call, fields: Any) -> Any:
    return _defaults(call, fields)


def _defaults(call: Call, names: Any) -> dict[str, Any]:
    values = default_values(call.env, call.model)
    return {name: values[name] for name in names if name in values}


@rpc()
def copy(call: Call, default: Mapping[str, Any] | None = None) -> Any:
    """A copy with what Odoo copies: stored values but one2many, names of their own and references."""
    described = call.env.db.model(call.model)
    made = []
    for record_id in call.ids:
        row = call.env.row(call.model, record_id) or {}
        values = {
            name: value
            for name, value in row.items()
            if name in described.fields
            and described.fields[name].store
            and described.fields[name].type != "one2many"
            and name not in ("client_order_ref", "origin", "name", "state", "barcode", "message_partner_ids")
        }
        if call.model != "sale.order" and row.get("name"):
            values["name"] = f"{row['name']} (copy)"
        if call.model == "sale.order":
            values["order_line"] = [(0, 0, _copied_line(call, line_id)) for line_id in _line_ids(call, record_id)]
        made.append(create_row(call.env, call.model, {**values, **(default or {})}))
    return made if call.env.db.dataset.version == "19.0" else made[0]


def _line_ids(call: Call, order_id: int) -> list[int]:
    return sorted(call.env.db.table("sale.order.line").find("order_id", [order_id]))


#: Of an order's line a copy takes over what was agreed, not what became of it.
_LINE_COPIED = frozenset(
    {
        "name", "sequence", "product_id", "product_uom_qty", "product_uom", "product_uom_id", "price_unit",
        "technical_price_unit", "discount", "display_type", "is_delivery", "customer_lead",
    }
)  # fmt: skip


def _copied_line(call: Call, line_id: int) -> dict[str, Any]:
    row = call.env.row("sale.order.line", line_id) or {}
    values: dict[str, Any] = {name: value for name, value in row.items() if name in _LINE_COPIED}
    for name in ("tax_id", "tax_ids"):
        if name in row:
            values[name] = [(6, 0, row[name])]
    return values


@rpc(versions=ONLY_19)
def update_field_translations(
    call: Call,
    field_name: str,
    translations: Mapping[str, Any],
    source_lang: str = "",  # noqa: ARG001
) -> bool:
    for lang, value in translations.items():
        write_rows(call.env.with_context(lang=lang), call.model, call.ids, {field_name: value})
    return True


@rpc(versions=ONLY_19)
def get_field_translations(call: Call, field_name: str, langs: Any = None) -> Any:
    """A field's text in each language, as the translation dialog reads it."""
    env = call.env
    row = env.row(call.model, call.ids[0]) or {}
    source = row.get(field_name) or ""
    chosen = sorted(langs or env.db.languages())
    values = [
        {
            "lang": lang,
            "source": source,
            "value": row.get(field_name if lang == "en_US" else f"{field_name}@{lang}") or "",
        }
        for lang in chosen
    ]
    show_source = env.db.model(call.model).fields[field_name].type != "char"
    return [values, {"translation_type": "char" if not show_source else "text", "translation_show_source": False}]


@rpc("sale.order")
def message_subscribe(call: Call, partner_ids: Any = None, **_others: Any) -> bool:
    """Followers see an order: portal users do only then."""
    for record_id in call.ids:
        row = call.env.row(call.model, record_id)
        if row is not None:
            followers = dict.fromkeys([*(row.get("message_partner_ids") or []), *(partner_ids or [])])
            call.env.db.put(call.model, {**row, "message_partner_ids": list(followers)})
    return True


@rpc(on_model=True)
def name_create(call: Call, name: str) -> list[Any]:
    record_id = create_row(call.env, call.model, {call.env.db.model(call.model).rec_name or "name": name})
    row = call.env.row(call.model, record_id) or {}
    return [record_id, call.env.value(call.model, row, "display_name")]


@rpc()
def action_archive(call: Call) -> Any:
    return write_rows(call.env, call.model, call.ids, {"active": False})


@rpc()
def action_unarchive(call: Call) -> Any:
    return write_rows(call.env, call.model, call.ids, {"active": True})
