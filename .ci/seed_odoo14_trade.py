"""The trade side of the seeded shop: pricelists, customers, stock, delivery methods, orders."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

from seed_odoo14_client import SHOP, Odoo, Values


def pricelist_items(odoo: Odoo) -> dict[str, list[Values]]:
    """The rules of every pricelist; dates are around the day of seeding, UTC."""

    def template(name: str) -> Values:
        return {"applied_on": "1_product", "product_tmpl_id": odoo.id(f"product_{name}")}

    def category(name: str) -> Values:
        return {"applied_on": "2_product_category", "categ_id": odoo.id(f"categ_{name}")}

    def variant(name: str) -> Values:
        owner = odoo.id(f"product_{name}")
        return {
            "applied_on": "0_product_variant",
            "product_id": odoo.one("product.product", ("product_tmpl_id", "=", owner)),
        }

    def day(offset: int) -> str:
        return (datetime.now(UTC) + timedelta(days=offset)).strftime("%Y-%m-%d 00:00:00")

    everything: Values = {"applied_on": "3_global"}
    percentage: Values = {"compute_price": "percentage"}
    fixed: Values = {"compute_price": "fixed"}
    formula: Values = {"compute_price": "formula", "base": "list_price"}
    on_cost: Values = {"compute_price": "formula", "base": "standard_price"}
    on_tiers: Values = {"base": "pricelist", "base_pricelist_id": odoo.id("pricelist_tiers")}
    return {
        "fixed": [
            template("spot_on") | fixed | {"fixed_price": 28.9},
            template("gloves_nitrile") | fixed | {"fixed_price": 7.45},
            variant("bandage") | fixed | {"fixed_price": 0.99},
        ],
        "percentage": [
            everything | percentage | {"percent_price": 5},
            category("supplies") | percentage | {"percent_price": 12.5},
            category("diets") | percentage | {"percent_price": 8},
        ],
        "formula": [
            category("medicines")
            | on_cost
            # A markup on the cost is a negative discount; a minimum margin needs a maximum beside it.
            | {
                "price_discount": -28,
                "price_round": 0.05,
                "price_min_margin": 1.0,
                "price_max_margin": 500.0,
            },
            everything | formula | {"price_discount": 10, "price_surcharge": 0.25, "price_round": 0.1},
        ],
        "tiers": [
            template("gloves_nitrile") | percentage | {"min_quantity": quantity, "percent_price": percent}
            for quantity, percent in ((10, 6), (50, 11), (100, 17))
        ]
        + [
            template("syringe") | fixed | {"min_quantity": 20, "fixed_price": 10.9},
            everything | percentage | {"percent_price": 3},
        ],
        "chained": [
            category("devices") | percentage | {"percent_price": 4},
            everything | {"compute_price": "formula", "price_discount": 2, "price_round": 0.01} | on_tiers,
        ],
        "dated": [
            template("collar") | percentage | {"percent_price": 30, "date_start": day(-60), "date_end": day(-30)},
            template("collar") | percentage | {"percent_price": 20, "date_start": day(-5), "date_end": day(3650)},
            template("collar") | percentage | {"percent_price": 50, "date_start": day(3650), "date_end": day(3680)},
        ],
        "export": [
            template("stethoscope") | fixed | {"fixed_price": 132.0},
            everything | formula | {"price_discount": 7},
        ],
    }


def seed_pricelists(odoo: Odoo) -> None:
    """Fixed, percentage, formula, tiers, chained, dated; one in EUR; one that hides its discount."""
    for row in SHOP["pricelists"]:
        name = row["key"]
        values: Values = {"name": row["name"], "selectable": True, "code": name.upper()}
        if name == "export":
            values["currency_id"] = odoo.one("res.currency", ("name", "=", "EUR"))
        if name == "percentage":
            values["discount_policy"] = "without_discount"
        odoo.put(f"pricelist_{name}", "product.pricelist", values)
    for name, items in pricelist_items(odoo).items():
        for rank, item in enumerate(items, 1):
            item["pricelist_id"] = odoo.id(f"pricelist_{name}")
            odoo.put(f"item_{name}_{rank}", "product.pricelist.item", item)


def seed_customers(odoo: Odoo) -> None:
    """Practices with a contact, an invoice and a delivery address, a pricelist and a portal login."""
    portal = odoo.call(
        "ir.model.data", "search_read", [("module", "=", "base"), ("name", "=", "group_portal")], ["res_id"]
    )
    for row in SHOP["customers"]:
        name, login = row["key"], row["login"]
        address: Values = {field: row[field] for field in ("street", "zip", "city")} | {
            "country_id": odoo.one("res.country", ("code", "=", row["country"])),
            "lang": "fr_FR" if row["city"] in {"Liège", "Paris"} else "nl_NL",
        }
        firm: Values = {"name": row["name"], "is_company": True, "email": f"info-{login}"}
        firm["property_product_pricelist"] = odoo.id(f"pricelist_{row['pricelist']}")
        parent = odoo.put(f"customer_{name}", "res.partner", address | firm)
        for kind, label in (("contact", "Buyer"), ("invoice", "Accounts"), ("delivery", "Goods in")):
            child: Values = {"name": f"{label}, {row['name']}", "parent_id": parent, "type": kind}
            if kind == "contact":
                child |= {"email": login, "phone": "+32 9 000 00 00"}
            else:
                child |= address | {"street": f"{row['street']} ({label.lower()})"}
            odoo.put(f"customer_{name}_{kind}", "res.partner", child)
        user: Values = {
            "partner_id": odoo.id(f"customer_{name}_contact"),
            "login": login,
            "password": f"{name}-pass",
            "groups_id": [[6, 0, [portal[0]["res_id"]]]],
            "lang": address["lang"],
        }
        odoo.put(f"user_{name}", "res.users", user, {"no_reset_password": True})


def seed_stock(odoo: Odoo) -> None:
    """A second warehouse, and quantities in both; some products have none."""
    odoo.put("warehouse_liege", "stock.warehouse", {"name": "Liège", "code": "LIE"})
    second = odoo.id("warehouse_liege")
    first = odoo.one("stock.warehouse", ("id", "!=", second))
    stocks = odoo.call("stock.warehouse", "read", [first, second], ["lot_stock_id"])
    for row in SHOP["products"]:
        if row.get("type") == "service" or not row.get("stock", True):
            continue
        domain = [("product_tmpl_id", "=", odoo.id(f"product_{row['key']}"))]
        for rank, variant in enumerate(odoo.call("product.product", "search", domain, order="id")):
            for place, warehouse in enumerate(stocks):
                quantity = zlib.crc32(f"{row['key']}{rank}{place}".encode()) % 120
                if place and rank == 1:
                    continue  # the second variant is out of stock in the second warehouse
                values = {"product_id": variant, "inventory_quantity": quantity}
                values["location_id"] = warehouse["lot_stock_id"][0]
                name = f"quant_{row['key']}_{rank}_{place}"
                odoo.put(name, "stock.quant", values, {"inventory_mode": True})


def seed_delivery(odoo: Odoo) -> None:
    """Two delivery methods offered on the website: a fixed price, and one free from an amount on."""
    for name, label, price, free in (
        ("round", "Own delivery round", 7.5, 250.0),
        ("express", "Express", 14.9, 0.0),
    ):
        product = {
            "name": label,
            "type": "service",
            "list_price": price,
            "taxes_id": [[6, 0, [odoo.id("vat_21")]]],
        }
        carrier: Values = {
            "name": label,
            "delivery_type": "fixed",
            "fixed_price": price,
            "product_id": odoo.put(f"carrier_product_{name}", "product.product", product),
            "is_published": True,
            "free_over": bool(free),
            "amount": free,
        }
        odoo.put(f"carrier_{name}", "delivery.carrier", carrier)


def seed_orders(odoo: Odoo) -> None:
    """One confirmed order and one quotation per practice."""
    lines = {"gloves_nitrile": 12, "syringe": 20, "meloxidyl": 3}
    variants = {
        name: odoo.one("product.product", ("product_tmpl_id", "=", odoo.id(f"product_{name}"))) for name in lines
    }
    for name in [row["key"] for row in SHOP["customers"]]:
        for kind in ("order", "quotation"):
            if odoo.has(f"{kind}_{name}"):
                continue
            values: Values = {
                "partner_id": odoo.id(f"customer_{name}"),
                "client_order_ref": f"{kind}-{name}",
                "order_line": [
                    [0, 0, {"product_id": variants[item], "product_uom_qty": quantity}]
                    for item, quantity in lines.items()
                ],
            }
            order = int(odoo.call("sale.order", "create", values))
            if kind == "order":
                odoo.call("sale.order", "action_confirm", [order])
            odoo.keep(f"{kind}_{name}", "sale.order", order)
