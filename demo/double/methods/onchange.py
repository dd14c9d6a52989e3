"""``onchange`` of orders and their lines, as far as it was recorded: what a form would fill in, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from demo.double.access import check_model
from demo.double.compute.names import display_name
from demo.double.methods.registry import ONLY_10, ONLY_14, ONLY_19, Call, rpc
from demo.double.reading import reader
from demo.double.sales.filling import from_customer
from demo.double.sales.fiscal import detected_position
from demo.double.sales.lines import complete_line
from demo.double.sales.totals import settle, touch

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_ORDERS, _LINES = "sale.order", "sale.order.line"
_FROM_CUSTOMER = {"partner_invoice_id", "partner_shipping_id", "pricelist_id", "payment_term_id"}
_AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")


# ------------------------------------------------------------------------------------------------ up to 14


@rpc(_ORDERS, on_model=False, versions=ONLY_10, name="onchange")
def order_onchange_10(call: Call, values: Mapping[str, Any], field_name: Any, field_onchange: Any) -> Any:  # noqa: ARG001
    """In 10 only fields that are among the values are answered."""
    found = _from_customer(call, values)
    return {"value": {name: shown for name, shown in found.items() if name in values}}


@rpc(_ORDERS, versions=ONLY_14, name="onchange")
def order_onchange_14(call: Call, values: Mapping[str, Any], field_name: Any, field_onchange: Any) -> Any:  # noqa: ARG001
    found = _from_customer(call, values)
    return {"value": {name: shown for name, shown in found.items() if name in field_onchange}}


def _from_customer(call: Call, values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the customer, as [id, name]."""
    check_model(call.env, _ORDERS, "read")
    row: Row = dict(values)
    from_customer(call.env, row, set(_FROM_CUSTOMER))
    row["fiscal_position_id"] = detected_position(call.env, row.get("partner_id"), row.get("partner_shipping_id"))
    fields = call.env.db.model(_ORDERS).fields
    return {
        name: [row[name], display_name(call.env, str(fields[name].relation), row[name])]
        for name in (*_FROM_CUSTOMER, "fiscal_position_id")
        if row.get(name)
    }


@rpc(_LINES, versions=ONLY_10, name="onchange")
def line_onchange_10(call: Call, values: Mapping[str, Any], field_name: Any, field_onchange: Any) -> Any:  # noqa: ARG001
    """The price of a line; a warning when there is less than is asked for."""
    env = call.env
    row = {name: value for name, value in values.items() if name != "price_unit"}
    complete_line(env, row)
    product = env.row("product.product", row.get("product_id"))
    answer: dict[str, Any] = {"value": {name: row[name] for name in ("price_unit",) if name in values}}
    if product is None:
        return answer
    unit = env.row("product.uom", row.get("product_uom")) or {}
    answer["domain"] = {"product_uom": [["category_id", "=", unit.get("category_id")]]}
    wanted, left = float(row.get("product_uom_qty") or 0.0), env.value("product.product", product, "virtual_available")
    if isinstance(field_name, list) and env.value("product.product", product, "type") == "product" and left < wanted:
        name, there = unit.get("name"), env.value("product.product", product, "qty_available")
        text = f"You plan to sell {wanted} {name} but you only have {left} {name} available!"
        message = f"{text}\nThe stock on hand is {there} {name}."
        answer["warning"] = {"title": "Not enough inventory!", "message": message}
    return answer


# ---------------------------------------------------------------------------------------------------- 19


@rpc(_ORDERS, versions=ONLY_19, name="onchange")
def order_onchange(
    call: Call, values: Mapping[str, Any], field_names: Sequence[str], fields_spec: Mapping[str, Any]
) -> Any:
    """A new order's fields, from the context's defaults of fields that are asked for; or what changes follow."""
    check_model(call.env, _ORDERS, "read")
    env = call.env
    if field_names:
        return {"value": _changes(env, values, field_names, fields_spec)}
    given = {name: env.context.get(f"default_{name}", False) for name in fields_spec}
    row: Row = {name: value for name, value in given.items() if name != "order_line" and value}
    if row.get("partner_id") and not row.get("fiscal_position_id"):
        delivery = row.get("partner_shipping_id")
        row["fiscal_position_id"] = detected_position(env, row["partner_id"], delivery)
    with _tried(env, row, given.get("order_line") or ()) as order:
        # a pricelist that only follows from the customer comes too late for the lines
        shown = {**order, "pricelist_id": order.get("pricelist_id") or _pricelist(env, order)}
        shown["company_id"] = values.get("company_id") or shown.get("company_id")
        return {"value": {name: _shown(env, _ORDERS, shown, name, spec) for name, spec in fields_spec.items()}}


def _pricelist(env: Env, order: Row) -> Any:
    partner = env.row("res.partner", order.get("partner_id"))
    return env.value("res.partner", partner, "property_product_pricelist") if partner is not None else False


def _changes(
    env: Env, values: Mapping[str, Any], changed: Sequence[str], fields_spec: Mapping[str, Any]
) -> dict[str, Any]:
    """What the named changes lead to; amounts only when lines are among them, with taxes as they were before."""
    row: Row = {name: value for name, value in values.items() if name != "order_line"}
    fresh = dict(row)
    wanted = (_FROM_CUSTOMER | {"fiscal_position_id"}) - row.keys()
    from_customer(env, fresh, wanted)
    names = [name for name in fields_spec if name in wanted and fresh.get(name)]
    found = {name: _shown(env, _ORDERS, {"id": 0, **fresh}, name, fields_spec[name]) for name in names}
    if "order_line" in changed:
        with _tried(env, row, values.get("order_line") or ()) as order:
            found |= {name: order[name] for name in _AMOUNTS if name in fields_spec}
    return found


@contextmanager
def _tried(env: Env, values: Mapping[str, Any], lines: Sequence[Sequence[Any]]) -> Iterator[Row]:
    """An order with these values and lines, that is gone again afterwards. Its ids are no record's: negative."""
    mark = env.db.mark()
    order_id = -1
    order: Row = {
        "state": "draft",
        "date_order": env.now.strftime("%Y-%m-%d %H:%M:%S"),
        "company_id": env.user_row().get("company_id"),
        **values,
        "id": order_id,
    }
    pricelist = env.row("product.pricelist", order.get("pricelist_id")) or {}
    order.setdefault("currency_id", pricelist.get("currency_id") or _company_currency(env, order))
    try:
        env.db.put(_ORDERS, order)
        for line_id, command in enumerate(lines, start=-len(lines)):
            line = {"product_uom_qty": 1.0, "discount": 0.0, **command[2], "id": line_id, "order_id": order_id}
            complete_line(env, line)
            env.db.put(_LINES, {**line, "product_uom_qty": float(line["product_uom_qty"])})
        touch(env, order_id)
        settle(env)
        yield env.row(_ORDERS, order_id) or order
    finally:
        env.db.roll_back_to(mark)


def _company_currency(env: Env, order: Row) -> Any:
    return (env.row("res.company", order.get("company_id")) or {}).get("currency_id", False)


@rpc(_LINES, versions=ONLY_19, name="onchange")
def line_onchange(
    call: Call, values: Mapping[str, Any], field_names: Sequence[str], fields_spec: Mapping[str, Any]
) -> Any:
    """What a line fills in for its product; a new line's empty values without one."""
    check_model(call.env, _LINES, "read")
    env = call.env
    empty = {"price_unit": 0.0, "discount": 0.0, "name": False, "price_subtotal": 0.0, "price_total": 0.0}
    if not field_names:
        return {"value": {name: empty[name] for name in fields_spec if name in empty}}
    order = env.row(_ORDERS, values.get("order_id")) or {}
    with _tried(env, {k: v for k, v in order.items() if k != "id"}, [(0, 0, values)]) as made:
        line_id = next(iter(env.db.table(_LINES).find("order_id", [made["id"]])))
        row = env.row(_LINES, line_id) or {}
        found = {name: _shown(env, _LINES, row, name, spec) for name, spec in fields_spec.items()}
        return {"value": {name: value for name, value in found.items() if value != empty.get(name)}}


def _shown(env: Env, model: str, row: Row, name: str, spec: Mapping[str, Any]) -> Any:
    """A value as the specification wants it: relations as ids or records, lists of records as commands."""
    item = env.db.model(model).fields[name]
    value = reader(env, model, name, classic=False)(row)
    inner = spec.get("fields")
    if item.is_many and item.type == "one2many":
        lines = [env.row(str(item.relation), key) or {} for key in value]
        return [[0, 0, _line(env, str(item.relation), line, inner or {})] for line in lines]
    if item.is_many:
        return [[4, key, {"id": key, **_names(env, str(item.relation), key, inner)}] for key in value]
    if inner is not None and value:
        return {"id": value, **_names(env, str(item.relation), value, inner)}
    return value


def _names(env: Env, model: str, key: int, inner: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"display_name": display_name(env, model, key)} if inner and "display_name" in inner else {}


def _line(env: Env, model: str, row: Row, inner: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(env, model, row, name, spec) for name, spec in inner.items()}
