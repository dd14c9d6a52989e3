"""Odoo 14.0: what changed since 10.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from adapters.grouping import READ_GROUP
from adapters.odoo import RpcAdapter
from adapters.reader import among
from adapters.records import TemplateValue
from adapters.source import Profile, Source, Watch
from adapters.values import decimal, ids, many2one
from adapters.versions.v10 import PROFILE as V10
from adapters.versions.v10 import Odoo10Adapter
from adapters.versions.v14_notices import NOTICE_NAMES
from adapters.versions.v14_orders import ORDER_RULES, ORDER_SOURCES
from adapters.versions.v14_payments import PAYMENT_RULES
from adapters.versions.v14_stats import STATS_SOURCES
from adapters.versions.v14_visitors import VISITOR_SOURCES

_PRODUCT_CHANGES = {
    "published": "is_published",
    "website": "website_id",
    "ribbons": "website_ribbon_id",
    "rating_average": "rating_avg",
    "availability": "inventory_availability",
    "availability_message": "custom_message",
}
_OPTIONAL = V10.sources["product"].optional | {"availability", "availability_message"}

PROFILE = V10.but(
    sources={
        **ORDER_SOURCES,
        **VISITOR_SOURCES,
        **STATS_SOURCES,
        "product": V10.sources["product"].but(_PRODUCT_CHANGES, optional=_OPTIONAL),
        "variant": V10.sources["variant"].but(
            {**_PRODUCT_CHANGES, "values": "product_template_attribute_value_ids"}, optional=_OPTIONAL
        ),
        "attribute": V10.sources["attribute"].but({"display_type": "display_type"}),
        "template_value": Source(
            "product.template.attribute.value",
            {
                "template": "product_tmpl_id",
                "attribute": "attribute_id",
                "value": "product_attribute_value_id",
                "price_extra": "price_extra",
            },
            order="product_tmpl_id, id",
            effect="no facets and no variant selection",
        ),
        "image": V10.sources["image"].but(
            {"variant": "product_variant_id", "sequence": "sequence", "video_url": "video_url"}
        ),
        "public_category": V10.sources["public_category"].but(
            {"website": "website_id", "description": "website_description"}
        ),
        "ribbon": V10.sources["ribbon"].but(
            {"name": "html", "text_color": "text_color", "background_color": "bg_color"}, model="product.ribbon"
        ),
        "quant": V10.sources["quant"].but(
            {"quantity": "quantity", "reserved": "reserved_quantity"}, drop=["reservation"]
        ),
        "uom": V10.sources["uom"].but(model="uom.uom"),
        "account": V10.sources["account"].but({"second_factor": "totp_enabled"}, optional={"second_factor"}),
    },
    without=("attribute_line", "attribute_price"),
    watches=(
        *(watch for watch in V10.watches if watch.source not in {"attribute_line", "attribute_price"}),
        Watch("product", "template_value", via="template"),
    ),
    create_variant={"always": "always", "dynamic": "dynamic", "no_variant": "no_variant"},
    sold_at="order_id.date_order",
    image_sizes=tuple((pixels, f"image_{pixels}") for pixels in (128, 256, 512, 1024, 1920)),
    image_sizes_of={},
)


class Odoo14Adapter(RpcAdapter):
    """Odoo 14.0. Each value a product offers is a record of its own, to which variants refer."""

    serie = "14.0"
    profile: ClassVar[Profile] = PROFILE
    notice_names = NOTICE_NAMES
    order_rules = ORDER_RULES
    payment_rules = PAYMENT_RULES
    grouping = READ_GROUP
    customer_mark: ClassVar[tuple[str, object]] = (">", 0)
    pricing_policy = replace(
        Odoo10Adapter.pricing_policy,
        convert_without_rule=True,
        date_bounds="datetime",
        id_breaks_ties=True,
        tax_computation="checkpoints",
        quantity_digits=2,
        fiscal=replace(Odoo10Adapter.pricing_policy.fiscal, zips_are_numbers=False, without_position="found"),
        delivery=replace(
            Odoo10Adapter.pricing_policy.delivery,
            rules_can_be_free=True,
            free_over_currency="order",
            zip_ignores_case=True,
        ),
    )

    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        if not template_ids:
            return []
        domain: list[object] = [among("product_tmpl_id", template_ids), ["ptav_active", "=", True]]
        return [
            TemplateValue(
                template_id=many2one(row["template"]) or 0,
                attribute_id=many2one(row["attribute"]) or 0,
                value_id=many2one(row["value"]) or 0,
                price_extra=decimal(row["price_extra"]),
                source_id=row["id"],
            )
            for row in await self.reader.read("template_value", domain)
        ]

    def company_context(self, company_id: int) -> dict[str, Any]:
        return {"allowed_company_ids": [company_id]}

    def variant_value_ids(self, row: dict[str, Any], values: dict[int, int]) -> tuple[int, ...]:
        return tuple(sorted(values[source_id] for source_id in ids(row["values"]) if source_id in values))
