"""The records of each recorded database, over each transport: as many as were recorded, with their values."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import demo
from adapters.connect import connect
from adapters.odoo import RpcAdapter
from adapters.records import ProductQuery
from adapters.records.pricing import RuleScope
from adapters.rpc import Credentials
from demo.double.recorded import API_KEYS
from tests.support.doubles import DoubleOf

DATA = Path(demo.__file__).parent / "data" / "odoo"
TRANSPORTS = [
    ("10.0", "jsonrpc"),
    ("10.0", "xmlrpc"),
    ("14.0", "jsonrpc"),
    ("14.0", "xmlrpc"),
    ("19.0", "json2"),
    ("19.0", "jsonrpc"),
    ("19.0", "xmlrpc"),
]
PUBLISHED = {"10.0": "website_published"}
SCOPES = {
    "0_product_variant": RuleScope.VARIANT,
    "1_product": RuleScope.TEMPLATE,
    "2_product_category": RuleScope.CATEGORY,
    "3_global": RuleScope.GLOBAL,
}


@cache
def recorded(version: str, model: str) -> dict[int, dict[str, Any]]:
    """The recorded rows of a model, by id."""
    dump = json.loads((DATA / version / "records" / f"{model}.json").read_text("utf-8"))
    return {row["id"]: row for row in dump["records"]}


def active(version: str, model: str) -> dict[int, dict[str, Any]]:
    return {key: row for key, row in recorded(version, model).items() if row.get("active", True)}


def number(value: Any) -> Decimal:
    """A float of the wire to 15 digits: what is behind them is noise."""
    return Decimal(format(value, ".15g"))


def linked(value: Any) -> int | None:
    return value[0] if value else None


async def check_products(adapter: RpcAdapter, version: str) -> None:
    templates, variants = recorded(version, "product.template"), active(version, "product.product")
    products = {product.id: product for product in await adapter.products(list(templates), "en_US")}
    owners = Counter(row["product_tmpl_id"][0] for row in variants.values())
    shown = {key for key, row in templates.items() if row.get("active", True)} | set(owners)
    assert products.keys() == shown & templates.keys()
    for key, product in products.items():
        row = templates[key]
        assert product.name == row["name"]
        assert product.list_price == number(row["list_price"])
        assert product.published == row[PUBLISHED.get(version, "is_published")]
        assert product.sale_ok == row["sale_ok"]
        assert product.internal_category_id == linked(row["categ_id"])
        assert sorted(product.public_category_ids) == sorted(row["public_categ_ids"])
        assert sorted(product.tax_ids) == sorted(row["taxes_id"])
        assert len(product.variants) == owners[key]
    for variant in (variant for product in products.values() for variant in product.variants):
        row = variants[variant.id]
        assert (variant.sku or False, variant.barcode or False) == (row["default_code"], row["barcode"])
        assert variant.cost == number(row["standard_price"])
        assert variant.price_extra == number(row["price_extra"])


async def check_categories(adapter: RpcAdapter, version: str) -> None:
    rows = recorded(version, "product.public.category")
    found = await adapter.categories("en_US")
    # a sequence that was never set sorts last in the database, and is told as 0
    assert [item.id for item in found] == sorted(rows, key=lambda key: (rows[key]["sequence"] or 10**9, key))
    for item in found:
        row = rows[item.id]
        assert (item.name, item.parent_id) == (row["name"], linked(row["parent_id"]))


async def check_attributes(adapter: RpcAdapter, version: str) -> None:
    attributes, values = await adapter.attributes("en_US")
    attribute_rows, value_rows = recorded(version, "product.attribute"), active(version, "product.attribute.value")
    assert {item.id: item.name for item in attributes} == {key: row["name"] for key, row in attribute_rows.items()}
    assert {item.id: (item.name, item.attribute_id) for item in values} == {
        key: (row["name"], row["attribute_id"][0]) for key, row in value_rows.items()
    }


async def check_rules(adapter: RpcAdapter, version: str) -> None:
    pricelists = {item.id for item in await adapter.pricelists()}
    assert pricelists == active(version, "product.pricelist").keys()
    shop = await adapter.shop_rules()
    templates, variants = list(recorded(version, "product.template")), list(recorded(version, "product.product"))
    bound = await adapter.product_rules(templates, variants, sorted(pricelists))
    rows = {
        key: row
        for key, row in active(version, "product.pricelist.item").items()
        if row["applied_on"] in {"2_product_category", "3_global"} or row["pricelist_id"][0] in pricelists
    }
    assert {rule.id for rule in [*shop, *bound]} == rows.keys()
    for rule in [*shop, *bound]:
        row = rows[rule.id]
        assert rule.scope == SCOPES[row["applied_on"]]
        assert rule.compute_price == row["compute_price"]
        assert rule.min_quantity == number(row["min_quantity"])
        assert rule.fixed_price == number(row["fixed_price"])
        assert rule.percent_price == number(row["percent_price"])
        assert bool(rule.date_start) == bool(row["date_start"])


async def check_finding(adapter: RpcAdapter, version: str) -> None:
    rows = {
        key: row
        for key, row in active(version, "product.template").items()
        if row["sale_ok"] and row[PUBLISHED.get(version, "is_published")]
    }
    found = await adapter.find_products(ProductQuery(order=(("list_price", False),)), "en_US")
    assert {match.id for match in found} == rows.keys()
    assert [match.list_price for match in found] == sorted(match.list_price for match in found)
    for match in found:
        assert match.name == rows[match.id]["name"]


async def check_shop(adapter: RpcAdapter, version: str) -> None:
    countries = await adapter.countries("en_US")
    assert {item.id: item.code for item in countries} == {
        key: row["code"] for key, row in recorded(version, "res.country").items()
    }
    assert sum(len(item.states) for item in countries) == len(recorded(version, "res.country.state"))
    assert {item.code for item in await adapter.languages()} == {
        row["code"] for row in active(version, "res.lang").values()
    }
    assert {item.id for item in await adapter.websites()} == recorded(version, "website").keys()


@pytest.mark.parametrize(("version", "transport"), TRANSPORTS)
async def test_the_recorded_database(recorded_double: DoubleOf, version: str, transport: str) -> None:
    secret = next(iter(API_KEYS[version])) if transport == "json2" else "admin"
    adapter = await connect(Credentials(recorded_double(version).url, "shop", "admin", secret), transport=transport)
    assert isinstance(adapter, RpcAdapter)
    try:
        await adapter.inspect()
        for check in (check_products, check_categories, check_attributes, check_rules, check_finding, check_shop):
            await check(adapter, version)
    finally:
        await adapter.close()


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_texts_come_in_the_language_asked_for(recorded_double: DoubleOf, version: str) -> None:
    dump = json.loads((DATA / version / "records" / "product.template.json").read_text("utf-8"))
    translated = {
        int(key): values["name"]
        for key, values in dump["translations"]["fr_FR"].items()
        if values.get("name") and values["name"] != recorded(version, "product.template")[int(key)]["name"]
    }
    adapter = await connect(Credentials(recorded_double(version).url, "shop", "admin", "admin"), transport="jsonrpc")
    try:
        products = await adapter.products(list(translated), "fr_FR")
        assert products
        assert {product.id: product.name for product in products} == {
            product.id: translated[product.id] for product in products
        }
    finally:
        await adapter.close()
