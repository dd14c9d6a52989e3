"""Methods of the catalogue: settings and prices. Prices come from ``demo.double.prices``."""

from __future__ import annotations

from typing import Any

from demo.double import errors
from demo.double.access import check_model
from demo.double.constraints import missing
from demo.double.methods.registry import ONLY_19, UP_TO_14, Call, rpc
from demo.double.prices import contextual_price, pricelist_prices


@rpc("ir.config_parameter", on_model=True)
def get_param(call: Call, key: str, default: Any = False) -> Any:
    value = call.env.db.parameter(key)
    return default if value is None else value


@rpc("ir.config_parameter", on_model=True)
def set_param(call: Call, key: str, value: Any, groups: Any = None) -> Any:  # noqa: ARG001
    """The value it had (False: none)."""
    check_model(call.env, call.model, "write")
    from demo.double.writing import create, write

    before = get_param(call, key)
    ids = list(call.env.db.table(call.model).find("key", [key]))
    if ids:
        write(call.env, call.model, ids, {"value": value})
    else:
        create(call.env, call.model, {"key": key, "value": value})
    return before


@rpc("res.lang", on_model=True)
def get_installed(call: Call) -> Any:
    from demo.double.searching import search_ids

    env = call.env.as_superuser()
    rows = (env.row("res.lang", record_id) for record_id in search_ids(env, "res.lang", [], order="name"))
    return [[row["code"], row["name"]] for row in rows if row is not None]


@rpc("product.pricelist", versions=UP_TO_14)
def price_get(call: Call, prod_id: int, qty: float, partner: Any = None) -> Any:
    return {key: price for key, (price, _rule) in _rules(call, prod_id, qty, partner).items()}


@rpc("product.pricelist", versions=UP_TO_14)
def price_rule_get(call: Call, prod_id: int, qty: float, partner: Any = None) -> Any:
    return {key: [price, rule] for key, (price, rule) in _rules(call, prod_id, qty, partner).items()}


def _rules(call: Call, product: int, quantity: float, partner: Any) -> dict[int, tuple[float, Any]]:
    return pricelist_prices(call.env, call.ids, product, float(quantity), partner)


@rpc("product.product product.template", versions=UP_TO_14)
def price_compute(call: Call, price_type: str, **_others: Any) -> Any:
    name = "lst_price" if price_type == "list_price" else price_type
    rows = (call.env.row(call.model, record_id) for record_id in call.ids)
    return {row["id"]: call.env.value(call.model, row, name) for row in rows if row is not None}


@rpc("product.product product.template", versions=ONLY_19)
def get_contextual_price(call: Call, product: Any = None) -> float:  # noqa: ARG001
    if len(call.ids) != 1:
        shown = ", ".join(str(record_id) for record_id in call.ids)
        raise errors.value_error(f"Expected singleton: {call.model}({shown})")
    row = call.env.row(call.model, call.ids[0])
    if row is None:
        raise missing(call.env, call.model, call.ids)
    return contextual_price(call.env, call.model, row)
