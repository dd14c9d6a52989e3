"""Odoo 10.0: where purchases and customers stand, for statistics and for staff."""

from __future__ import annotations

from adapters.source import Source

STATS_SOURCES: dict[str, Source] = {
    "purchase_line": Source(
        "sale.order.line",
        {
            "order": "order_id",
            "name": "name",
            "variant": "product_id",
            "uom": "product_uom",
            "currency": "currency_id",
            "quantity": "product_uom_qty",
            "subtotal": "price_subtotal",
            "total": "price_total",
            "is_delivery": "is_delivery",
        },
        order="id",
        optional=frozenset({"is_delivery"}),
        optional_model=True,
        effect="no statistics of purchases (install sale, and give the user the rights of Sales: All Documents)",
    ),
    "known_customer": Source(
        "res.partner",
        {
            "name": "name",
            "reference": "ref",
            "email": "email",
            "phone": "phone",
            "vat": "vat",
            "is_company": "is_company",
            "commercial": "commercial_partner_id",
            "company": "company_id",
            "categories": "category_id",
            "pricelist": "property_product_pricelist",
            "kind": "type",
            "is_customer": "customer",
            "users": "user_ids",
        },
        order="name, id",
        optional=frozenset({"pricelist"}),
        effect="staff cannot look up customers",
    ),
}
