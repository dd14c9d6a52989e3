"""Odoo 10.0: where customers, their users, and what roles are granted by stand."""

from __future__ import annotations

from adapters.source import Source, Watch

CUSTOMER_SOURCES: dict[str, Source] = {
    "account": Source(
        "res.users",
        {
            "login": "login",
            "name": "name",
            "email": "email",
            "partner": "partner_id",
            "commercial": "commercial_partner_id",
            "company": "company_id",
            "companies": "company_ids",
            "groups": "groups_id",
            "share": "share",
            "active": "active",
        },
        effect="no customer can log in",
    ),
    "customer": Source(
        "res.partner",
        {
            "name": "name",
            "email": "email",
            "phone": "phone",
            "vat": "vat",
            "lang": "lang",
            "categories": "category_id",
            "commercial": "commercial_partner_id",
            "active": "active",
            "pricelist": "property_product_pricelist",
        },
        optional=frozenset({"pricelist"}),
        effect="no customer can log in",
    ),
    "partner_category": Source(
        "res.partner.category",
        {"name": "name", "parent": "parent_id"},
        optional_model=True,
        effect="no roles by tags of contacts",
    ),
    "group": Source("res.groups", {"name": "name"}, optional_model=True, effect="no roles by groups of users"),
    "external_id": Source(
        "ir.model.data",
        {"module": "module", "name": "name", "record": "res_id"},
        optional_model=True,
        effect="groups are known by their names alone, and nobody can register",
    ),
}

CUSTOMER_WATCHES = (
    Watch("customer", "customer", via="id"),
    Watch("customer", "account", via="partner"),
    # members may be added from these sides too, which leaves the members' own rows untouched
    Watch("customer", "group"),
    Watch("customer", "partner_category"),
)
