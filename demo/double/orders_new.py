"""What a new order and a new line fill in by themselves: names, addresses, units.

Prices, taxes and totals are the work of Odoo's sales module and are left at what the caller gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.double.compute.names import display_name
from demo.double.methods.registry import Call

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


def complete_order(env: Env, row: Row) -> None:
    """Fill in what Odoo fills in at creation: number, addresses, pricelist, currency."""
    version = env.db.dataset.version
    if not row.get("name"):
        number = row["id"] - 1
        row["name"] = f"SO{number:03d}" if version == "10.0" else f"S{number:05d}"
    partner = env.row("res.partner", row.get("partner_id"))
    if partner is None:
        return
    from demo.double.methods.users import address_get

    addresses = address_get(Call(env.as_superuser(), "res.partner", [partner["id"]]), ["delivery", "invoice"])
    row.setdefault("partner_invoice_id", addresses["invoice"])
    row.setdefault("partner_shipping_id", addresses["delivery"])
    pricelist = row.setdefault("pricelist_id", env.value("res.partner", partner, "property_product_pricelist"))
    target = env.row("product.pricelist", pricelist)
    if target is not None:
        row.setdefault("currency_id", target.get("currency_id"))


def complete_line(env: Env, row: Row) -> None:
    product = env.row("product.product", row.get("product_id"))
    if product is None:
        return
    unit = "product_uom_id" if env.db.dataset.version == "19.0" else "product_uom"
    row.setdefault(unit, env.value("product.product", product, "uom_id"))
    if not row.get("name"):
        row["name"] = display_name(env, "product.product", product["id"])
