"""Fills an Odoo 14.0 with a small, realistic B2B shop (veterinary supplies), over /jsonrpc.

Usage: ``seed_odoo14.py URL DATABASE LOGIN PASSWORD``

What the shop holds stands in seed_odoo14.json (prices in the company's currency, weights in kg). Every record
gets an external id ``headless_seed.<name>``; one that is already there is left as it is: running it again adds
only what is missing, also after a run cut short.
"""

from __future__ import annotations

import sys
import zlib
from datetime import UTC, datetime

from seed_odoo14_client import SHOP, Odoo, Values, picture
from seed_odoo14_trade import seed_customers, seed_delivery, seed_orders, seed_pricelists, seed_stock


def seed_settings(odoo: Odoo) -> None:
    """Variants, advanced pricelists, several warehouses; EUR beside the company's currency; two VAT rates."""
    if not odoo.has("eur_rate"):
        settings = odoo.call(
            "res.config.settings",
            "create",
            {
                "group_product_variant": True,
                "group_product_pricelist": True,
                "product_pricelist_setting": "advanced",
                "group_stock_multi_locations": True,
                "group_discount_per_so_line": True,
            },
        )
        odoo.call("res.config.settings", "execute", [settings])
        eur = odoo.call("res.currency", "search", [("name", "=", "EUR")], context={"active_test": False})[0]
        odoo.call("res.currency", "write", [eur], {"active": True})
        # Rates are against a currency of rate 1, which need not be the company's.
        company = odoo.call("res.company", "search_read", [], ["currency_id"], limit=1)[0]["currency_id"][0]
        rate = odoo.call("res.currency", "read", [company], ["rate"])[0]["rate"] * 0.92
        values: Values = {"currency_id": eur, "name": datetime.now(UTC).strftime("%Y-%m-%d")}
        same_day = [(field, "=", value) for field, value in values.items()]
        odoo.call("res.currency.rate", "unlink", odoo.call("res.currency.rate", "search", same_day))
        odoo.put("eur_rate", "res.currency.rate", values | {"rate": rate})
    for percent in (6, 21):
        values = {
            "name": f"VAT {percent}%",
            "amount": percent,
            "type_tax_use": "sale",
            "amount_type": "percent",
        }
        odoo.put(f"vat_{percent}", "account.tax", values | {"description": f"{percent}%"})


def seed_categories(odoo: Odoo) -> None:
    """The internal tree and the shop's tree, the latter with translations, pictures and SEO fields."""
    for row in SHOP["internal_categories"]:
        above = (
            odoo.id(f"categ_{row['parent']}")
            if row["parent"]
            else odoo.one("product.category", ("parent_id", "=", False))
        )
        odoo.put(f"categ_{row['key']}", "product.category", {"name": row["name"], "parent_id": above})
    for row in SHOP["public_categories"]:
        if odoo.has(f"public_{row['key']}"):
            continue
        values: Values = {"name": row["name"]["en"], "sequence": row["sequence"]}
        if row["parent"]:
            values["parent_id"] = odoo.id(f"public_{row['parent']}")
        else:
            values["image_1920"] = picture(row["key"])
        if "seo" in row:
            values["website_meta_title"] = row["seo"]["title"]
            values["website_meta_description"] = row["seo"]["description"]
            values["seo_name"] = row["key"]
        record = odoo.put(f"public_{row['key']}", "product.public.category", values)
        odoo.translate("product.public.category", record, "name", row["name"])


def seed_attributes(odoo: Odoo) -> None:
    """Attributes of the three ways of making variants (always, dynamic, no_variant), with their values."""
    for row in SHOP["attributes"]:
        owner = f"attribute_{row['key']}"
        if not odoo.has(owner):
            values = {"create_variant": row["create_variant"], "display_type": row["display_type"]}
            record = odoo.put(owner, "product.attribute", {"name": row["name"]["en"]} | values)
            odoo.translate("product.attribute", record, "name", row["name"])
        for rank, choice in enumerate(row["values"]):
            name = f"value_{row['key']}_{choice['key']}"
            if odoo.has(name):
                continue
            values = {field: value for field, value in choice.items() if field != "key"}
            values |= {"name": choice["name"]["en"], "attribute_id": odoo.id(owner), "sequence": rank}
            record = odoo.put(name, "product.attribute.value", values)
            odoo.translate("product.attribute.value", record, "name", choice["name"])


def seed_products(odoo: Odoo) -> None:
    """Products with attribute lines, price extras, costs, pictures and texts; then the links among them."""
    for row in SHOP["products"]:
        if not odoo.has(f"product_{row['key']}"):
            seed_product(odoo, row)
    for row in SHOP["products"]:
        owner = odoo.id(f"product_{row['key']}")
        others = [odoo.id(f"product_{key}") for key in row.get("alternatives", ())]
        link(odoo, owner, "alternative_product_ids", others)
        others = [odoo.id(f"product_{key}") for key in row.get("accessories", ())]
        variants = odoo.call("product.product", "search", [("product_tmpl_id", "in", others)])
        link(odoo, owner, "accessory_product_ids", variants)


def link(odoo: Odoo, template: int, field: str, others: list[int]) -> None:
    """Sets a many2many of a product, unless it is so already (a write would move its write_date)."""
    if others:
        now = odoo.call("product.template", "read", [template], [field])[0][field]
        if set(now) != set(others):
            odoo.call("product.template", "write", [template], {field: [[6, 0, others]]})


def seed_product(odoo: Odoo, row: Values) -> None:
    """One product; its external id is given last, so that one cut short is not taken for whole."""
    values = product_values(odoo, row)
    record = int(odoo.call("product.template", "create", values))
    odoo.translate("product.template", record, "name", row["name"])
    if "description" in row:
        odoo.translate("product.template", record, "description_sale", row["description"])
    if "seo" in row:
        odoo.translate("product.template", record, "website_meta_title", row["seo"]["title"])
        odoo.translate("product.template", record, "website_meta_description", row["seo"]["description"])
    set_price_extras(odoo, record, row.get("attributes", {}))
    set_variants(odoo, record, row["code"], row["cost"])
    odoo.keep(f"product_{row['key']}", "product.template", record)


def product_values(odoo: Odoo, row: Values) -> Values:
    """The values a product is created with, its English texts among them."""
    kind = row.get("type", "product")
    lines = [
        (f"attribute_{attribute}", [odoo.id(f"value_{attribute}_{choice}") for choice in extras])
        for attribute, extras in row.get("attributes", {}).items()
    ]
    values: Values = {
        "name": row["name"]["en"],
        "type": kind,
        "list_price": row["list_price"],
        "weight": row["weight"],
        "volume": round(row["weight"] / 400, 4),
        "categ_id": odoo.id(f"categ_{row['category']}"),
        "public_categ_ids": [[6, 0, [odoo.id(f"public_{shelf}") for shelf in row["public_categories"]]]],
        "taxes_id": [[6, 0, [odoo.id("vat_6" if row["category"] == "medicines" else "vat_21")]]],
        "is_published": row.get("published", True),
        "image_1920": picture(row["key"]),
        "inventory_availability": "always" if kind == "product" else "never",
        "attribute_line_ids": [
            [0, 0, {"attribute_id": odoo.id(attribute), "value_ids": [[6, 0, ids]]}] for attribute, ids in lines
        ],
    }
    if "description" in row:
        values["description_sale"] = row["description"]["en"]
    if "seo" in row:
        values["website_meta_title"] = row["seo"]["title"]["en"]
        values["website_meta_description"] = row["seo"]["description"]["en"]
        values["website_meta_keywords"] = row["seo"]["keywords"]
    if row["key"] == "stethoscope":
        side = {"name": "Side view", "image_1920": picture("side view")}
        values["product_template_image_ids"] = [[0, 0, side]]
    return values


def set_price_extras(odoo: Odoo, template: int, lines: dict[str, dict[str, float]]) -> None:
    """Price extras stand on the template's own attribute values (product.template.attribute.value)."""
    for attribute, extras in lines.items():
        for choice, extra in extras.items():
            if extra:
                value = odoo.id(f"value_{attribute}_{choice}")
                domain = [("product_tmpl_id", "=", template), ("product_attribute_value_id", "=", value)]
                found = odoo.call("product.template.attribute.value", "search", domain)
                odoo.call("product.template.attribute.value", "write", found, {"price_extra": extra})


def set_variants(odoo: Odoo, template: int, code: str, cost: float) -> None:
    """Code, barcode and cost of each variant; the second variant gets a picture of its own."""
    variants = odoo.call("product.product", "search", [("product_tmpl_id", "=", template)], order="id")
    for rank, variant in enumerate(variants, 1):
        values: Values = {
            "default_code": f"{code}-{rank:02d}",
            "barcode": f"54{zlib.crc32(code.encode()) % 10**8:08d}{rank:02d}",
            "standard_price": round(cost * (1 + 0.1 * (rank - 1)), 2),
        }
        if rank == 2:
            values["image_variant_1920"] = picture(f"{code} variant")
        odoo.call("product.product", "write", [variant], values)


STEPS = (
    ("settings", seed_settings),
    ("categories", seed_categories),
    ("attributes", seed_attributes),
    ("products", seed_products),
    ("pricelists", seed_pricelists),
    ("customers", seed_customers),
    ("stock", seed_stock),
    ("delivery", seed_delivery),
    ("orders", seed_orders),
)


def main(arguments: list[str]) -> int:
    """Runs the steps; the exit code is 2 for a wrong call, 1 when Odoo refuses."""
    if len(arguments) != 4:
        sys.stderr.write("usage: seed_odoo14.py URL DATABASE LOGIN PASSWORD\n")
        return 2
    try:
        odoo = Odoo(*arguments)
        for label, step in STEPS:
            begun = datetime.now(UTC)
            step(odoo)
            sys.stdout.write(f"  {label}: {(datetime.now(UTC) - begun).total_seconds():.1f} s\n")
            sys.stdout.flush()
    except (RuntimeError, OSError) as error:
        sys.stderr.write(f"seed: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
