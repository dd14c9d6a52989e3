"""The prices that real Odoos computed, asked of the double as its clients ask."""

from __future__ import annotations

import json
from math import isclose
from typing import Any

import pytest

from tests.double.caller import Caller, recorded_caller
from tests.double.recordings import DATA

EVERY = 9  # of some 4,500 prices per version


def recorded_prices(version: str) -> dict[str, Any]:
    return json.loads((DATA / version / "prices.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_prices_of_10_by_price_get_and_by_the_price_field() -> None:
    caller = recorded_caller("10.0")
    data = recorded_prices("10.0")
    ties = {tuple(key) for key in data["ambiguous_today"]}
    for product, pricelist, quantity, price, field_price, _rule in data["prices"][::EVERY]:
        if (product, pricelist, quantity) in ties:
            continue
        answered = caller("product.pricelist", "price_get", [pricelist], product, float(quantity))
        assert isclose(answered[pricelist], price, rel_tol=1e-9), (product, pricelist, quantity)
        context = {"pricelist": pricelist, "quantity": quantity}
        row = caller("product.product", "read", [product], ["price"], context=context)[0]
        assert isclose(row["price"], field_price, rel_tol=1e-9), (product, pricelist, quantity)


def test_template_prices_of_10() -> None:
    caller = recorded_caller("10.0")
    for template, pricelist, quantity, _price, field_price, _rule in recorded_prices("10.0")["template_prices"][
        ::EVERY
    ]:
        context = {"pricelist": pricelist, "quantity": quantity}
        row = caller("product.template", "read", [template], ["price"], context=context)[0]
        assert isclose(row["price"], field_price, rel_tol=1e-9, abs_tol=1e-9), (template, pricelist, quantity)


def test_prices_of_14_with_their_rules() -> None:
    caller = recorded_caller("14.0")
    for pricelist, product, quantity, at, price, rule in recorded_prices("14.0")["prices"][::EVERY]:
        answered = caller(
            "product.pricelist", "price_rule_get", [pricelist], product, float(quantity), context={"date": at}
        )
        assert isclose(answered[pricelist][0], price, rel_tol=1e-9), (product, pricelist, quantity, at)
        assert answered[pricelist][1] == (rule or False)


def test_prices_of_19() -> None:
    caller = recorded_caller("19.0")
    data = recorded_prices("19.0")
    for row in data["prices"][::EVERY]:
        context = {"pricelist": row["pricelist_id"], "quantity": row["qty"], "date": data["date_utc"]}
        answered = caller("product.product", "get_contextual_price", [row["product_id"]], context=context)
        assert isclose(answered, row["price"], rel_tol=1e-9), row


def test_units_of_measure() -> None:
    """10: lst_price and price per dozen or per unit, by the context's uom."""
    caller = recorded_caller("10.0")
    for product, pricelist, quantity, uom, _price, field_price, _rule in recorded_prices("10.0")["uom_prices"][::7]:
        context = {"pricelist": pricelist, "quantity": quantity, "uom": uom}
        row = caller("product.product", "read", [product], ["price"], context=context)[0]
        assert isclose(row["price"], field_price, rel_tol=1e-9, abs_tol=1e-9), (product, pricelist, quantity, uom)


def test_a_written_rule_changes_the_next_price() -> None:
    caller = recorded_caller("14.0")
    before = caller("product.pricelist", "price_get", [6], 49, 1)[6]
    item = caller("product.pricelist", "price_rule_get", [6], 49, 1)[6][1]
    caller("product.pricelist.item", "write", [item], {"compute_price": "fixed", "fixed_price": before + 1})
    assert caller("product.pricelist", "price_get", [6], 49, 1)[6] == before + 1


def test_without_a_pricelist_the_field_is_zero_and_an_unknown_one_gives_the_list_price() -> None:
    caller = recorded_caller("10.0")
    assert caller("product.product", "read", [46], ["price"])[0]["price"] == 0.0
    assert caller("product.product", "read", [46], ["price"], context={"pricelist": 999})[0]["price"] == 12.5


@pytest.mark.parametrize("version", ["10.0", "14.0"])
def test_integer_keys_do_not_pass_xmlrpc_but_are_texts_in_json(version: str) -> None:
    caller: Caller = recorded_caller(version)
    product = 46 if version == "10.0" else 49
    answer = caller("product.pricelist", "price_get", [], product, 1)
    assert set(answer) == set(caller("product.pricelist", "search", []))
