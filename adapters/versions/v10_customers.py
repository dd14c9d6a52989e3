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
    "contact": Source(
        "res.partner",
        {
            "kind": "type",
            "name": "name",
            "commercial": "commercial_partner_id",
            "parent": "parent_id",
            "active": "active",
            "is_company": "is_company",
            "email": "email",
            "phone": "phone",
            "mobile": "mobile",
            "street": "street",
            "street2": "street2",
            "zip": "zip",
            "city": "city",
            "state": "state_id",
            "country": "country_id",
            "vat": "vat",
            "lang": "lang",
            "company_name": "company_name",
            "company_registry": "company_registry",
            "fiscal_position": "property_account_position_id",
            "payment_term": "property_payment_term_id",
            "pricelist": "property_product_pricelist",
        },
        order="id desc",
        optional=frozenset({"fiscal_position", "payment_term", "pricelist"}),
        # a field of many localisations and of partner_company_registry; Odoo's own since 16.0
        addon=frozenset({"company_registry"}),
        effect="no addresses of customers",
    ),
    "fiscal_position": Source(
        "account.fiscal.position",
        {
            "name": "name",
            "sequence": "sequence",
            "company": "company_id",
            "auto_apply": "auto_apply",
            "vat_required": "vat_required",
            "country": "country_id",
            "country_group": "country_group_id",
            "states": "state_ids",
            "zip_from": "zip_from",
            "zip_to": "zip_to",
        },
        order="sequence, id",
        optional_model=True,
        effect="taxes are not mapped for customers abroad",
    ),
    "replaced_tax": Source(
        "account.fiscal.position.tax",
        {"position": "position_id", "tax": "tax_src_id", "to": "tax_dest_id"},
        optional_model=True,
        effect="fiscal positions replace no taxes",
    ),
    "country_group": Source(
        "res.country.group",
        {"countries": "country_ids", "excluded_states": "exclude_state_ids"},
        optional=frozenset({"countries"}),
        optional_model=True,
        # since 18.0
        addon=frozenset({"excluded_states"}),
        effect="no fiscal positions by country group",
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
