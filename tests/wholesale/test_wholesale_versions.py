"""The same shop in every version: what each says in its own tables and names, read back, is equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from demo.dataset import Dataset, Row
from tests.wholesale.reference_prices import extras, rows

_LANGUAGES = ("", "@fr_FR", "@nl_NL")


def _texts(row: Row, name: str) -> tuple[str, ...]:
    return tuple(row.get(name + language, "") for language in _LANGUAGES)


def _products(dataset: Dataset) -> Any:
    old, new = dataset.version == "10.0", dataset.version == "19.0"
    return {
        row["id"]: (
            *(_texts(row, name) for name in ("name", "description_sale", "website_description")),
            *(_texts(row, f"website_meta_{name}") for name in ("title", "description", "keywords")),
            row.get("list_price"),
            row["categ_id"],
            row["uom_id"],
            row.get("public_categ_ids"),
            row.get("taxes_id"),
            row.get("alternative_product_ids"),
            row.get("accessory_product_ids"),
            row.get("image" if old else "image_1920"),
            row.get("website_published" if old else "is_published", False),
            row.get("active", False),
            row.get("sale_ok", False),
            row["website_sequence"],
            row["create_date"],
            row["write_date"],
            row.get("default_code") or None,
            row.get("weight"),
            *((row.get("website_style_ids") or [None]) if old else [row.get("website_ribbon_id")]),
            row.get("is_storable", False) if new else row["type"] == "product",
            row["type"] == "service",
        )
        for row in rows(dataset, "product.template")
    }


def _variants(dataset: Dataset) -> Any:
    values = _variant_values(dataset)
    extra = extras(dataset)
    return {
        row["id"]: (
            row["product_tmpl_id"],
            values[row["id"]],
            round(extra[row["id"]], 2),
            row.get("default_code"),
            row.get("barcode"),
            row.get("standard_price"),
            row.get("weight"),
            row.get("active", False),
            row["write_date"],
        )
        for row in rows(dataset, "product.product")
    }


def _variant_values(dataset: Dataset) -> dict[int, list[int]]:
    """Ids of attribute values by variant."""
    if dataset.version == "10.0":
        return {row["id"]: row.get("attribute_value_ids", []) for row in rows(dataset, "product.product")}
    known = {row["id"]: row["product_attribute_value_id"] for row in rows(dataset, "product.template.attribute.value")}
    return {
        row["id"]: [known[value] for value in row.get("product_template_attribute_value_ids", [])]
        for row in rows(dataset, "product.product")
    }


def _lines(dataset: Dataset) -> Any:
    model = "product.attribute.line" if dataset.version == "10.0" else "product.template.attribute.line"
    return [(row["id"], row["product_tmpl_id"], row["attribute_id"], row["value_ids"]) for row in rows(dataset, model)]


def _attributes(dataset: Dataset) -> Any:
    old = dataset.version == "10.0"
    return {
        row["id"]: (
            _texts(row, "name"),
            row["sequence"],
            row["type" if old else "display_type"],
            row.get("create_variant", False) in {True, "always"},
        )
        for row in rows(dataset, "product.attribute")
    }


def _attribute_values(dataset: Dataset) -> Any:
    return {
        row["id"]: (_texts(row, "name"), row["attribute_id"], row["sequence"], row.get("html_color"))
        for row in rows(dataset, "product.attribute.value")
    }


def _free(dataset: Dataset) -> Any:
    """What can be promised, by variant and warehouse: on hand in its internal locations, less what is reserved."""
    parents = {row["id"]: row.get("location_id") for row in rows(dataset, "stock.location")}
    internal = {row["id"] for row in rows(dataset, "stock.location") if row["usage"] == "internal"}
    views = {row["view_location_id"]: row["id"] for row in rows(dataset, "stock.warehouse")}
    free: dict[tuple[int, int], float] = defaultdict(float)
    for row in rows(dataset, "stock.quant"):
        place = row["location_id"]
        while place not in views and place is not None:
            place = parents[place]
        if place is not None and row["location_id"] in internal:
            free[row["product_id"], views[place]] += _free_of(dataset, row)
    return dict(free)


def _free_of(dataset: Dataset, row: Row) -> float:
    if dataset.version == "10.0":
        return 0.0 if row.get("reservation_id") else float(row["qty"])
    return float(row["quantity"]) - float(row.get("reserved_quantity", 0.0))


def _rules(dataset: Dataset) -> Any:
    return {
        row["id"]: (
            row["pricelist_id"],
            row["currency_id"],
            row["applied_on"],
            row.get("product_id"),
            None if "product_id" in row else row.get("product_tmpl_id"),
            row.get("categ_id"),
            float(row.get("min_quantity", 0)),
            row["compute_price"],
            row["base"],
            row.get("base_pricelist_id"),
            *(row.get(f"{name}_price") for name in ("fixed", "percent")),
            *(row.get(f"price_{name}") for name in ("discount", "round", "surcharge", "min_margin", "max_margin")),
            row.get("date_start", "")[:10],
            _first_day_after(dataset, row),
            row["write_date"],
        )
        for row in rows(dataset, "product.pricelist.item")
    }


def _first_day_after(dataset: Dataset, row: Row) -> date | None:
    """10.0 names the last day, the others the midnight after it."""
    if "date_end" not in row:
        return None
    if dataset.version == "10.0":
        return date.fromisoformat(row["date_end"]) + timedelta(days=1)
    assert row["date_end"].endswith(" 00:00:00")
    return date.fromisoformat(row["date_end"][:10])


def _public_categories(dataset: Dataset) -> Any:
    return {
        row["id"]: (
            _texts(row, "name"),
            row.get("parent_id"),
            row["sequence"],
            *(_texts(row, f"website_meta_{name}") for name in ("title", "description", "keywords")),
        )
        for row in rows(dataset, "product.public.category")
    }


def _uoms(dataset: Dataset) -> Any:
    """Reference units in one of each; 19.0 counts them, the versions before say what part of it one is."""
    new = dataset.version == "19.0"
    model = "product.uom" if dataset.version == "10.0" else "uom.uom"
    return {
        row["id"]: (_texts(row, "name"), round(row["factor"] if new else 1 / row["factor"], 9))
        for row in rows(dataset, model)
    }


def _customers(dataset: Dataset) -> Any:
    new = dataset.version == "19.0"
    return {
        row["id"]: (
            row["name"],
            row["complete_name" if new else "display_name"],
            row["type"],
            row.get("parent_id"),
            row.get("country_id"),
            row["lang"],
            row.get("category_id"),
            row["property_product_pricelist"],
            row.get("property_payment_term_id"),
        )
        for row in rows(dataset, "res.partner")
        if row["name"] != "OdooBot"
    }


def _sold(dataset: Dataset) -> Any:
    confirmed = {
        row["id"]: row.get("confirmation_date") or row["date_order"]
        for row in rows(dataset, "sale.order")
        if row["state"] == "sale"
    }
    return [
        (
            row["id"],
            row["product_id"],
            row["product_uom_qty"],
            row["price_unit"],
            row["price_total"],
            confirmed[row["order_id"]],
        )
        for row in rows(dataset, "sale.order.line")
    ]


def _prefixed(model: str, *names: str) -> Callable[[Dataset], Any]:
    return lambda dataset: {row["id"]: tuple(row.get(name) for name in names) for row in rows(dataset, model)}


_READINGS: dict[str, Callable[[Dataset], Any]] = {
    "products": _products,
    "variants": _variants,
    "attribute lines": _lines,
    "attributes": _attributes,
    "attribute values": _attribute_values,
    "free stock": _free,
    "rules": _rules,
    "public categories": _public_categories,
    "units": _uoms,
    "customers": _customers,
    "sales": _sold,
    "internal categories": _prefixed("product.category", "name", "parent_id"),
    "pricelists": _prefixed("product.pricelist", "name", "name@fr_FR", "name@nl_NL", "currency_id", "sequence"),
    "currencies": _prefixed("res.currency", "name", "symbol", "position", "rounding", "active"),
    "countries": _prefixed("res.country", "code", "name", "name@fr_FR", "name@nl_NL", "phone_code", "currency_id"),
    "states": _prefixed("res.country.state", "code", "name", "country_id"),
    "languages": _prefixed("res.lang", "code", "iso_code", "name", "active"),
    "taxes": _prefixed("account.tax", "name", "amount", "amount_type", "sequence"),
    "images": _prefixed("product.image", "name", "product_tmpl_id", "write_date"),
    "website": _prefixed("website", "name", "company_id", "default_lang_id", "language_ids"),
    "warehouses": _prefixed("stock.warehouse", "name", "code", "lot_stock_id"),
    "company": _prefixed("res.company", "name", "currency_id", "partner_id"),
    "carriers": _prefixed("delivery.carrier", "product_id", "fixed_price", "country_ids"),
    "payment terms": _prefixed("account.payment.term", "name", "name@fr_FR", "name@nl_NL"),
    "rates": lambda dataset: {
        row["id"]: (row["name"][:10], row["currency_id"], row["rate"]) for row in rows(dataset, "res.currency.rate")
    },
}


@pytest.mark.parametrize("reading", _READINGS)
def test_every_version_tells_the_same(datasets: dict[str, Dataset], reading: str) -> None:
    read = _READINGS[reading]
    first, *others = (read(dataset) for dataset in datasets.values())
    assert first
    for other in others:
        assert other == first


def test_stock_has_every_kind_of_quantity(datasets: dict[str, Dataset]) -> None:
    dataset = datasets["14.0"]
    free = _free(dataset)
    assert {quantity > 0 for quantity in free.values()} == {True, False}
    assert any(quantity < 0 for quantity in free.values())
    assert any(quantity == 0 for quantity in free.values())
    assert any(quantity % 1 for quantity in free.values())
    assert {variant for variant, _ in free} < set(dataset.tables["product.product"].ids())
    assert any(row.get("reserved_quantity") == row["quantity"] for row in rows(dataset, "stock.quant"))


def test_products_are_of_every_kind(datasets: dict[str, Dataset]) -> None:
    dataset = datasets["19.0"]
    templates = list(rows(dataset, "product.template"))
    assert {(row["type"], row.get("is_storable", False)) for row in templates} == {
        ("consu", True),
        ("consu", False),
        ("service", False),
    }
    for name in (
        "active",
        "is_published",
        "sale_ok",
        "image_1920",
        "website_ribbon_id",
        "product_tag_ids",
        "name@fr_FR",
    ):
        assert 0 < sum(1 for row in templates if row.get(name)) < len(templates), name
    sizes = {row["product_tmpl_id"]: 0 for row in rows(dataset, "product.product")}
    for row in rows(dataset, "product.product"):
        sizes[row["product_tmpl_id"]] += 1
    assert set(sizes.values()) == {1, 2, 3, 4, 6, 12}
    assert 1.5 < sum(sizes.values()) / len(sizes) < 1.9
    assert any(extra for extra in extras(dataset).values())
    not_of_variants = {row["id"] for row in rows(dataset, "product.attribute") if row["create_variant"] == "no_variant"}
    assert any(row["attribute_id"] in not_of_variants for row in rows(dataset, "product.template.attribute.line"))


def test_unicode_is_used(datasets: dict[str, Dataset]) -> None:
    names = "".join(row["name"] for row in rows(datasets["10.0"], "product.template"))
    assert all(character in names for character in "®™Œα🐾&“")
