"""Kinds of change that somebody makes in Odoo, and questions that show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.double import Double
from tests.support.pictures import paint

#: the answers that a change must reach: what a shop asks for most
PROBES = (
    """{ products(pageSize: 20, sort: {name: ASC}) { totalCount minPrice maxPrice
         products { id name price combinationInfo isInStock qty attributeValues { id name priceExtra }
                    categories { name } mediaGallery { id image } } attributeValues { id name }
         filterCounts } }""",
    '{ products(pageSize: 200, language: "fr_FR") { totalCount products { id name } } }',
    "{ products(pageSize: 20, filter: {inStock: true}) { totalCount products { id qty } } }",
    "{ categories { categories { id name imageUrl parent { id } } } }",
    "{ attribute(id: 1) { name values { name } } }",
)
#: a product's page: alternatives and accessories with prices and stock
PAGE = """{ product(id: %d) { id name description status combinationInfo unitPrice { price { amount } }
            priceTiers { minQuantity price { amount } } qty imageUrl mediaGallery { id imageFilename imageUrl }
            productVariants { id sku combinationInfo qty imageUrl }
            alternativeProducts { id name combinationInfo qty } accessoryProducts { id name combinationInfo qty } } }"""
#: the products that the changes are made to
PRODUCTS = (4, 5, 6, 8, 14, 18)


def probes() -> list[str]:
    return [*PROBES, *(PAGE % product for product in PRODUCTS)]


def rows(double: Double, model: str) -> list[dict[str, Any]]:
    table = double.db.table(model)
    return [row for record_id in table.ids() if (row := table.get(record_id)) is not None]


@dataclass(frozen=True)
class Made:
    """A change that was made: which records of which model Odoo would name."""

    model: str
    ids: tuple[int, ...]


def _published(double: Double) -> str:
    return "website_published" if double.version == "10.0" else "is_published"


def name(double: Double) -> Made:
    double.write("product.template", [5], {"name": "AAA Another name"})
    return Made("product.template", (5,))


def translated_name(double: Double) -> Made:
    double.write("product.template", [5], {"name": "Un autre nom"}, {"lang": "fr_FR"})
    return Made("product.template", (5,))


def list_price(double: Double) -> Made:
    double.write("product.template", [4, 5], {"list_price": 999})
    return Made("product.template", (4, 5))


def sku(double: Double) -> Made:
    variant = next(row for row in rows(double, "product.product") if row["product_tmpl_id"] == 5)
    double.write("product.product", [variant["id"]], {"default_code": "NEW-5"})
    return Made("product.product", (variant["id"],))


def extra_price(double: Double) -> Made:
    model = "product.attribute.price" if double.version == "10.0" else "product.template.attribute.value"
    made = next(row for row in rows(double, model) if row["product_tmpl_id"] in PRODUCTS and row.get("price_extra"))
    double.write(model, [made["id"]], {"price_extra": 77.5})
    return Made(model, (made["id"],))


def rule_of_a_product(double: Double) -> Made:
    values = {"applied_on": "1_product", "product_tmpl_id": 5, "compute_price": "fixed", "fixed_price": 3}
    return _rule(double, values)


def rule_of_everything(double: Double) -> Made:
    return _rule(double, {"applied_on": "3_global", "compute_price": "percentage", "percent_price": 7})


def rule_gone(double: Double) -> Made:
    made = max(row["id"] for row in rows(double, "product.pricelist.item") if row.get("product_tmpl_id") == 5)
    double.unlink("product.pricelist.item", [made])
    return Made("product.pricelist.item", (made,))


def _rule(double: Double, values: dict[str, Any]) -> Made:
    made = double.create("product.pricelist.item", {"pricelist_id": 1, "min_quantity": 0, **values})
    return Made("product.pricelist.item", (made,))


def stock(double: Double) -> Made:
    variants = {row["id"] for row in rows(double, "product.product") if row["product_tmpl_id"] in PRODUCTS}
    quant = next(row for row in rows(double, "stock.quant") if row["product_id"] in variants)
    double.write("stock.quant", [quant["id"]], {"qty" if double.version == "10.0" else "quantity": 4321})
    return Made("stock.quant", (quant["id"],))


def category(double: Double) -> Made:
    double.write("product.public.category", [1], {"name": "Another shelf"})
    return Made("product.public.category", (1,))


def attribute(double: Double) -> Made:
    double.write("product.attribute", [1], {"name": "Another attribute"})
    return Made("product.attribute", (1,))


def picture(double: Double) -> Made:
    values = {"name": "Another picture", "product_tmpl_id": 5}
    return Made("product.image", (double.create("product.image", values),))


def picture_replaced(double: Double) -> Made:
    """The picture itself: nothing of it is told but its address. Nor do the next three change anything else."""
    return _painted(double, "product.template", 18)


def picture_of_a_variant(double: Double) -> Made:
    variant = next(row for row in rows(double, "product.product") if row["product_tmpl_id"] == 6)
    return _painted(double, "product.product", variant["id"])


def picture_beside(double: Double) -> Made:
    image = next(row for row in rows(double, "product.image") if row["product_tmpl_id"] == 14)
    return _painted(double, "product.image", image["id"])


def picture_of_a_category(double: Double) -> Made:
    return _painted(double, "product.public.category", 2)


def _painted(double: Double, model: str, record_id: int) -> Made:
    paint(double, model, record_id, 7)
    return Made(model, (record_id,))


def unpublished(double: Double) -> Made:
    double.write("product.template", [6], {_published(double): False})
    return Made("product.template", (6,))


def product_new(double: Double) -> Made:
    values = {"name": "A brand new product", "list_price": 12, "sale_ok": True, _published(double): True}
    return Made("product.template", (double.create("product.template", values),))


def product_gone(double: Double) -> Made:
    double.unlink("product.template", [8])
    return Made("product.template", (8,))


KINDS: tuple[Callable[[Double], Made], ...] = (
    name, translated_name, list_price, sku, extra_price, rule_of_a_product, rule_of_everything, rule_gone, stock,
    category, attribute, picture, picture_replaced, picture_of_a_variant, picture_beside, picture_of_a_category,
    unpublished, product_new, product_gone,
)  # fmt: skip
