"""Odoo 19.0: storable goods are marked consumables, units without categories, tags, terms with their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from demo.dataset import Row
from demo.wholesale.goods import Attribute, Location, Ribbon, Template, Variant
from demo.wholesale.groups import Groups, known_groups
from demo.wholesale.layouts.base import Layout
from demo.wholesale.layouts.rows import path, row, text
from demo.wholesale.layouts.selling import SellingRows19
from demo.wholesale.selling import EUROPEAN, NATIONAL
from demo.wholesale.trade import OrderLine, Partner, PriceRule
from demo.wholesale.world import Uom

#: What separates the codes of a template's variants.
_CODE_SEPARATOR = "\N{SYMBOL FOR RECORD SEPARATOR}"


class Layout19(SellingRows19, Layout):
    """The tables of Odoo 19.0."""

    version: ClassVar[str] = "19.0"
    unit_precision: ClassVar[tuple[str, int]] = ("Product Unit", 2)
    renamed: ClassVar[dict[str, str | None]] = {
        "uom.category": None,
        "account.fiscal.position.tax": None,
        "coupon.program": "loyalty.program",
        "coupon.rule": None,
        "coupon.reward": None,
        "coupon.coupon": "loyalty.card",
        "payment.acquirer": "payment.provider",
    }
    has_api_keys: ClassVar[bool] = True

    company_extras: ClassVar[Row] = {
        "active": True,
        "account_price_include": "tax_excluded",
        "cost_method": "standard",
        "fiscalyear_last_month": "12",
        "inventory_period": "manual",
        "layout_background": "Blank",
    }
    website_extras: ClassVar[Row] = {
        "auto_redirect_lang": True,
        "auth_signup_uninvited": "b2b",
        "ecommerce_access": "everyone",
        "product_page_image_layout": "carousel",
        "product_page_image_ratio": "1_1",
        "product_page_image_ratio_mobile": "auto",
        "product_page_image_roundness": "none",
        "product_page_image_spacing": "none",
        "product_page_image_width": "50_pc",
        "sequence": 10,
        "shop_default_sort": "website_sequence asc",
        "shop_ppg": 21,
        "shop_ppr": 3,
        "show_line_subtotals_tax_selection": "tax_excluded",
    }

    kinds: ClassVar[dict[str, Row]] = {
        "storable": {"type": "consu", "is_storable": True},
        "consumable": {"type": "consu"},
        "service": {"type": "service"},
    }
    template_extras: ClassVar[Row] = {
        "allow_out_of_stock_order": True,
        "available_threshold": 5.0,
        "base_unit_count": 1.0,
        "service_tracking": "no",
        "service_type": "manual",
    }
    variant_extras: ClassVar[Row] = {"base_unit_count": 1.0}
    values_extras: ClassVar[Row] = {"active": True}

    public_user_id: ClassVar[int] = 3
    groups: ClassVar[Groups] = known_groups(
        (1, 2, 4, 9, 10, 11, 40, 41),
        (
            "Role / User", "Access Rights", "Role / Administrator", "Creation", "Role / Portal", "Role / Public",
            "User: All Documents", "Administrator",
        ),
    )  # fmt: skip
    implied_groups_stored: ClassVar[bool] = False
    user_groups: ClassVar[str] = "group_ids"
    full_name: ClassVar[str] = "complete_name"
    partner_extras: ClassVar[Row] = {"autopost_bills": "ask"}
    pricelist_extras: ClassVar[Row] = {}
    rule_extras: ClassVar[Row] = {"display_applied_on": "1_product"}
    variant_rules_name_template: ClassVar[bool] = True
    line_uom: ClassVar[str] = "product_uom_id"
    line_taxes: ClassVar[str] = "tax_ids"

    def models(self) -> dict[str, Callable[[], Iterable[Row]]]:
        return {
            **super().models(),
            "product.tag": self.tags,
            "loyalty.rule": self.loyalty_rules,
            "loyalty.reward": self.loyalty_rewards,
            "payment.method": self.payment_methods,
        }

    def partner_pricelist(self, partner: Partner) -> Row:
        """What was chosen for the partner is stored apart from what holds for it."""
        return {**super().partner_pricelist(partner), "specific_property_product_pricelist": partner.pricelist_id}

    def currency_names(self, full_name: str) -> Row:
        return {"full_name": full_name}

    def tax_extras(self, label: str) -> Row:
        return {
            "invoice_label": label,
            "price_include_override": "tax_excluded",
            "tax_exigibility": "on_invoice",
            "country_id": self.shop.company.country_id,
        }

    def fiscal_positions(self) -> Iterator[Row]:
        """A position without taxes would take all of them away."""
        for position in super().fiscal_positions():
            known = [
                tax.id for tax in self.shop.taxes if position["id"] in self.tax_positions(tax.id)["fiscal_position_ids"]
            ]
            yield {**position, "tax_ids": known}

    def tax_positions(self, tax_id: int) -> Row:
        """Taxes know the positions they are of, and the taxes they are in place of there."""
        replaced = [source for source, target in EUROPEAN.taxes if target == tax_id]
        if replaced:
            return {"fiscal_position_ids": [EUROPEAN.id], "original_tax_ids": replaced}
        return {"fiscal_position_ids": [NATIONAL.id]}

    def term_lines(self) -> Iterator[Row]:
        for term in self.shop.payment_terms:
            yield row(
                9,
                term.id,
                payment_id=term.id,
                value="percent",
                value_amount=100.0,
                nb_days=term.days,
                delay_type="days_after_end_of_month" if term.end_of_month else "days_after",
            )

    def uom_size(self, uom: Uom) -> Row:
        """``factor`` counts reference units, and there are no categories: a unit names the one it is made of."""
        if uom.id == uom.reference_id:
            return {"factor": 1.0, "relative_factor": 1.0, "parent_path": path((uom.id,)), "sequence": 100}
        return {
            "factor": uom.ratio,
            "relative_factor": uom.ratio,
            "relative_uom_id": uom.reference_id,
            "parent_path": path((uom.reference_id, uom.id)),
            "sequence": int(100 * uom.ratio),
        }

    def attribute_kind(self, attribute: Attribute) -> Row:
        return {
            **super().attribute_kind(attribute),
            "active": True,
            "visibility": "visible",
            "preview_variants": "hidden",
        }

    def line_extras(self, values: int) -> Row:
        return {"active": True, "sequence": 10, "value_count": values}

    def template_marks(self, template: Template) -> Row:
        codes = [variant.code for variant in template.variants if variant.code] if len(template.variants) > 1 else []
        return {
            **super().template_marks(template),
            "product_tag_ids": list(template.tag_ids),
            "variants_default_code": _CODE_SEPARATOR.join(codes),
        }

    def template_units(self, uom_id: int) -> Row:
        return {"uom_id": uom_id}

    def templates(self) -> Iterator[Row]:
        for made in super().templates():
            yield {**made, "publish_date": made["create_date"]}

    def variant_values(self, template: Template, variant: Variant) -> Row:
        several = {value.id for line in template.lines if len(line.values) > 1 for value in line.values}
        ids = [value.id for value in variant.values if value.id in several]
        return {**super().variant_values(template, variant), "product_template_variant_value_ids": ids}

    def ribbon_look(self, ribbon: Ribbon) -> Row:
        return {
            "name": ribbon.name,
            "bg_color": ribbon.background,
            "text_color": "#FFFFFF",
            "position": "left",
            "style": "ribbon",
            "assign": "manual",
            "sequence": ribbon.id,
        }

    def tags(self) -> Iterator[Row]:
        for tag in self.shop.tags:
            yield row(
                34, tag.id, text("name", tag.name), color=tag.color, sequence=10 * tag.id, visible_to_customers=True
            )

    def location_tree(self, location: Location) -> Row:
        return {**super().location_tree(location), "warehouse_id": location.warehouse_id}

    def rule_formula(self, rule: PriceRule) -> Row:
        """Discount and markup mirror each other; a rule on the cost is read by its markup."""
        made = super().rule_formula(rule)
        return {**made, "price_markup": -rule.discount} if rule.discount else made

    def line_prices(self, line: OrderLine) -> Row:
        return {**super().line_prices(line), "technical_price_unit": line.price / 100}
