"""Odoo 10.0: where everything stands. Later versions derive from this and state only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from adapters.base import Capabilities
from adapters.grouping import READ_GROUP
from adapters.memo import Memo
from adapters.odoo import RpcAdapter
from adapters.reader import among
from adapters.records import Changes, TemplateValue
from adapters.records.pricing import DeliveryPolicy, FiscalPolicy, PricingPolicy
from adapters.rpc.base import Credentials, Transport
from adapters.source import Profile, Source, Watch
from adapters.values import decimal, ids, many2one
from adapters.versions.v10_customers import CUSTOMER_SOURCES, CUSTOMER_WATCHES
from adapters.versions.v10_notices import NOTICE_NAMES, NOTICE_SOURCES
from adapters.versions.v10_orders import ORDER_RULES, ORDER_SOURCES
from adapters.versions.v10_payments import PAYMENT_RULES
from adapters.versions.v10_stats import STATS_SOURCES
from adapters.versions.v10_visitors import VISITOR_SOURCES

_SEO = {
    "meta_title": "website_meta_title",
    "meta_description": "website_meta_description",
    "meta_keywords": "website_meta_keywords",
}
#: what a product's record needs; read through the variants, which inherit it, and from the product itself
_PRODUCT = {
    "name": "name",
    "description": "description_sale",
    "website_description": "website_description",
    "type": "type",
    "published": "website_published",
    "sale_ok": "sale_ok",
    "company": "company_id",
    "list_price": "list_price",
    "category": "categ_id",
    "uom": "uom_id",
    "taxes": "taxes_id",
    "public_categories": "public_categ_ids",
    "alternatives": "alternative_product_ids",
    "accessories": "accessory_product_ids",
    "ribbons": "website_style_ids",
    "rating_count": "rating_count",
    "created": "create_date",
    "updated": "write_date",
    **_SEO,
}
_PRODUCT_OPTIONAL = frozenset({"rating_count", "rating_average", "alternatives", "accessories", "ribbons"})
#: Extra prices of values are one small table of the whole shop here; it is read whole and kept this long.
EXTRAS_SECONDS = 60.0
_CATALOGUE = "no product can be shown"

SOURCES: dict[str, Source] = {
    **CUSTOMER_SOURCES,
    **ORDER_SOURCES,
    **VISITOR_SOURCES,
    **STATS_SOURCES,
    **NOTICE_SOURCES,
    "product": Source(
        "product.template",
        {**_PRODUCT, "variants": "product_variant_ids"},
        optional=_PRODUCT_OPTIONAL,
        effect=_CATALOGUE,
    ),
    "variant": Source(
        "product.product",
        {
            **_PRODUCT,
            "template": "product_tmpl_id",
            "sku": "default_code",
            "barcode": "barcode",
            "values": "attribute_value_ids",
            "price_extra": "price_extra",
            "cost": "standard_price",
            "weight": "weight",
        },
        optional=_PRODUCT_OPTIONAL,
        effect=_CATALOGUE,
    ),
    "attribute": Source(
        "product.attribute",
        {
            "name": "name",
            "display_type": "type",
            "create_variant": "create_variant",
            "sequence": "sequence",
        },
        order="sequence, id",
        effect="no facets and no variant selection",
    ),
    "attribute_value": Source(
        "product.attribute.value",
        {"name": "name", "attribute": "attribute_id", "html_color": "html_color", "sequence": "sequence"},
        order="sequence, id",
        optional=frozenset({"html_color"}),
        effect="no facets and no variant selection",
    ),
    "attribute_line": Source(
        "product.attribute.line",
        {"template": "product_tmpl_id", "attribute": "attribute_id", "values": "value_ids"},
        effect="no facets and no variant selection",
    ),
    "attribute_price": Source(
        "product.attribute.price",
        {"template": "product_tmpl_id", "value": "value_id", "price_extra": "price_extra"},
        effect="no extra prices of attribute values",
    ),
    "image": Source(
        "product.image",
        {"name": "name", "template": "product_tmpl_id", "updated": "write_date"},
        optional_model=True,
        effect="no extra pictures (install website_sale)",
    ),
    "public_category": Source(
        "product.public.category",
        {
            "name": "name",
            "parent": "parent_id",
            "sequence": "sequence",
            "slug": "website_slug",
            "updated": "write_date",
            **_SEO,
        },
        order="sequence, id",
        optional=frozenset(_SEO),
        addon=frozenset({"slug"}),
        effect="no shop categories (install website_sale)",
    ),
    "ribbon": Source(
        "product.style",
        {"name": "name", "html_class": "html_class"},
        optional_model=True,
        effect="no ribbons",
    ),
    "quant": Source(
        "stock.quant",
        {
            "variant": "product_id",
            "location": "location_id",
            "quantity": "qty",
            "reservation": "reservation_id",
        },
        optional_model=True,
        effect="no stock levels (install stock, or give the user the right to read them)",
    ),
    "warehouse": Source(
        "stock.warehouse",
        {"name": "name", "code": "code", "company": "company_id", "root": "view_location_id"},
        optional_model=True,
        effect="no stock levels by warehouse",
    ),
    "location": Source(
        "stock.location",
        {"parent": "location_id", "usage": "usage"},
        optional_model=True,
        effect="no stock levels by warehouse",
    ),
    "pricelist": Source(
        "product.pricelist",
        {
            "name": "name",
            "currency": "currency_id",
            "company": "company_id",
            "website": "website_id",
            "discounts": "discount_policy",
        },
        order="sequence, id",
        optional=frozenset({"website", "discounts"}),
        effect="no prices",
    ),
    "rule": Source(
        "product.pricelist.item",
        {
            "pricelist": "pricelist_id",
            "applied_on": "applied_on",
            "template": "product_tmpl_id",
            "variant": "product_id",
            "category": "categ_id",
            "compute_price": "compute_price",
            "base": "base",
            "base_pricelist": "base_pricelist_id",
            "min_quantity": "min_quantity",
            "date_start": "date_start",
            "date_end": "date_end",
            "fixed_price": "fixed_price",
            "percent_price": "percent_price",
            "discount": "price_discount",
            "round_to": "price_round",
            "surcharge": "price_surcharge",
            "min_margin": "price_min_margin",
            "max_margin": "price_max_margin",
        },
        effect="no prices but list prices",
    ),
    "price_category": Source(
        "product.category",
        {"name": "name", "parent": "parent_id"},
        effect="no pricelist rules by category",
    ),
    "uom": Source(
        "product.uom",
        {
            "name": "name",
            "factor": "factor",
            "size": "factor_inv",
            "category": "category_id",
            "rounding": "rounding",
        },
        effect="no prices in other units",
    ),
    "currency": Source(
        "res.currency",
        {"code": "name", "symbol": "symbol", "position": "position", "rounding": "rounding"},
        effect="no prices",
    ),
    "currency_rate": Source(
        "res.currency.rate",
        {"currency": "currency_id", "company": "company_id", "date": "name", "rate": "rate"},
        order="name, id",
        effect="no prices in other currencies",
    ),
    "tax": Source(
        "account.tax",
        {
            "name": "name",
            "amount_type": "amount_type",
            "amount": "amount",
            "price_include": "price_include",
            "include_base_amount": "include_base_amount",
            "sequence": "sequence",
            "children": "children_tax_ids",
            "company": "company_id",
        },
        order="sequence, id",
        optional_model=True,
        effect="no prices with tax",
    ),
    "company": Source(
        "res.company",
        {
            "name": "name",
            "currency": "currency_id",
            "street": "street",
            "street2": "street2",
            "zip": "zip",
            "city": "city",
            "country": "country_id",
            "phone": "phone",
            "email": "email",
            "website_url": "website",
            "tax_rounding": "tax_calculation_rounding_method",
            "vat": "vat",
        },
        optional=frozenset({"tax_rounding", "vat"}),
        effect="no shop",
    ),
    "website": Source(
        "website",
        {
            "name": "name",
            "domain": "domain",
            "company": "company_id",
            "default_language": "default_lang_id",
            "languages": "language_ids",
            "public_user": "user_id",
            "updated": "write_date",
            "facebook": "social_facebook",
            "twitter": "social_twitter",
            "linkedin": "social_linkedin",
            "youtube": "social_youtube",
            "instagram": "social_instagram",
            **_SEO,
        },
        optional=frozenset({"facebook", "twitter", "linkedin", "youtube"}),
        addon=frozenset({"instagram", *_SEO}),
        effect="no website: the company and its first pricelist are used (install website_sale)",
    ),
    "user": Source("res.users", {"partner": "partner_id"}, effect="the public pricelist cannot be found"),
    "partner": Source(
        "res.partner",
        {"pricelist": "property_product_pricelist"},
        optional=frozenset({"pricelist"}),
        effect="the public pricelist cannot be found",
    ),
    "language": Source("res.lang", {"code": "code", "iso_code": "iso_code", "name": "name"}, effect="no shop"),
    "country": Source("res.country", {"code": "code", "name": "name"}, effect="no countries"),
    "country_state": Source(
        "res.country.state",
        {"code": "code", "name": "name", "country": "country_id"},
        effect="no states of countries",
    ),
    "sale_line": Source(
        "sale.order.line",
        {
            "variant": "product_id",
            "quantity": "product_uom_qty",
            "order": "order_id",
            "buyer": "order_partner_id",
            "state": "state",
        },
        optional_model=True,
        effect="no sorting by popularity, and nothing is bought together (install sale)",
    ),
}

WATCHES = (
    Watch("product", "product", via="id"),
    Watch("product", "variant", via="template"),
    Watch("product", "attribute_line", via="template"),
    Watch("product", "attribute_price", via="template"),
    Watch("product", "image", via="template"),
    Watch("price", "rule", via="template", via_variant="variant"),
    Watch("stock", "quant", via_variant="variant"),
    Watch("category", "public_category"),
    Watch("attribute", "attribute"),
    Watch("attribute", "attribute_value"),
    Watch("pricelist", "pricelist"),
    Watch("pricelist", "price_category"),
    Watch("currency", "currency"),
    Watch("currency", "currency_rate"),
    Watch("website", "website"),
    Watch("website", "company"),
    Watch("country", "country"),
    Watch("tag", "ribbon"),
    *CUSTOMER_WATCHES,
)

PROFILE = Profile(
    sources=SOURCES,
    watches=WATCHES,
    announced=(Watch("order", "order", via_contact="partner"),),
    create_variant={True: "always", False: "no_variant"},
    product_types={
        "consu": ("goods", False),
        "product": ("goods", True),
        "service": ("service", False),
        "digital": ("service", False),
    },
    user_groups="groups_id",
    image_sizes=((64, "image_small"), (128, "image_medium"), (1024, "image")),
    image_sizes_of={"image": ((1024, "image"),)},
)


class Odoo10Adapter(RpcAdapter):
    """Odoo 10.0. Attribute values stand on lines, their extra prices in a table of their own."""

    serie = "10.0"
    profile: ClassVar[Profile] = PROFILE
    notice_names = NOTICE_NAMES
    order_rules = ORDER_RULES
    payment_rules = PAYMENT_RULES
    grouping = READ_GROUP
    customer_mark: ClassVar[tuple[str, object]] = ("=", True)
    pricing_policy = PricingPolicy(
        convert_before_formula=False,
        convert_without_rule=False,
        date_bounds="date",
        id_breaks_ties=False,
        price_digits=2,
        tax_computation="sequential",
        quantity_digits=3,
        shown_discounts="difference",
        fiscal=FiscalPolicy(
            order="region",
            zips_are_numbers=True,
            home_vat_decides=False,
            without_position="set",
            price_adaption="strip",
        ),
        delivery=DeliveryPolicy(
            by_pricelist=False,
            margin_on_fixed=True,
            weight_volume_by_product=False,
            services_count=True,
            price_is_adapted=False,
            zip_ignores_case=False,
        ),
    )

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._extras = Memo(self._read_extras, seconds=EXTRAS_SECONDS)

    async def inspect(self) -> Capabilities:
        found = await super().inspect()
        await self._extras.get()
        return found

    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        if not template_ids:
            return []
        lines, extras = await self.gather(
            self.reader.read("attribute_line", [among("product_tmpl_id", template_ids)], order="product_tmpl_id, id"),
            self._extras.get(),
        )
        return [
            TemplateValue(
                template_id=template_id,
                attribute_id=many2one(line["attribute"]) or 0,
                value_id=value_id,
                price_extra=extras.get((template_id, value_id), Decimal(0)),
            )
            for line in lines
            if (template_id := many2one(line["template"])) is not None
            for value_id in ids(line["values"])
        ]

    async def _read_extras(self) -> dict[tuple[int, int], Decimal]:
        rows = await self.reader.read("attribute_price", [])
        return {
            (many2one(row["template"]) or 0, many2one(row["value"]) or 0): decimal(row["price_extra"]) for row in rows
        }

    async def changes_since(self, cursor: str | None) -> Changes:
        changes = await super().changes_since(cursor)
        if any(change.subject == "product" for change in changes.changes):
            self.forget()
        return changes

    def forget(self) -> None:
        super().forget()
        self._extras.forget()

    def variant_value_ids(self, row: dict[str, Any], values: dict[int, int]) -> tuple[int, ...]:
        del values
        return tuple(sorted(ids(row["values"])))
