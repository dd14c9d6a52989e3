"""Rows of the goods: categories, attributes, templates, variants, pictures, stock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from demo.dataset import Row
from demo.wholesale.draws import stamps
from demo.wholesale.goods import Attribute, Category, Location, Quant, Ribbon, Template, Variant
from demo.wholesale.layouts.rows import path, row, text
from demo.wholesale.shop import Shop

_TEMPLATE = 26


def dates_of(template: Template) -> Row:
    """The dates of a template: its lines, values, variants and pictures have them too.

    So a product has changed since a given time in every version or in none, whichever of these tables it has.
    """
    created, written = stamps(_TEMPLATE, template.id)
    return {"create_date": created, "write_date": written}


class GoodsRows:
    """Names and rows as in 14.0; other versions say what differs."""

    shop: Shop

    published: ClassVar[str] = "is_published"
    picture: ClassVar[str] = "image_1920"
    kinds: ClassVar[dict[str, Row]] = {
        "storable": {"type": "product"},
        "consumable": {"type": "consu"},
        "service": {"type": "service"},
    }
    template_extras: ClassVar[Row] = {
        "inventory_availability": "never",
        "service_type": "manual",
        "sale_line_warn": "no-message",
    }
    variant_extras: ClassVar[Row] = {}
    values_extras: ClassVar[Row] = {}

    def categories(self) -> Iterator[Row]:
        for category in self.shop.categories:
            yield row(20, category.id, self.category_tree(category), name=category.name, parent_id=category.parent_id)

    def category_tree(self, category: Category) -> Row:
        return {"complete_name": category.complete_name, "parent_path": path(category.path)}

    def public_categories(self) -> Iterator[Row]:
        for category in self.shop.public_categories:
            yield row(
                21,
                category.id,
                text("name", category.name),
                text("website_meta_title", category.meta_title),
                text("website_meta_description", category.meta_description),
                text("website_meta_keywords", category.meta_keywords),
                self.public_tree(category.path),
                parent_id=category.parent_id,
                sequence=category.sequence,
            )

    def public_tree(self, trail: tuple[int, ...]) -> Row:
        return {"parent_path": path(trail)}

    def attributes(self) -> Iterator[Row]:
        for attribute in self.shop.attributes:
            yield row(
                22,
                attribute.id,
                text("name", attribute.name),
                self.attribute_kind(attribute),
                sequence=10 * attribute.id,
            )

    def attribute_kind(self, attribute: Attribute) -> Row:
        return {
            "display_type": attribute.display,
            "create_variant": "always" if attribute.makes_variants else "no_variant",
        }

    def attribute_values(self) -> Iterator[Row]:
        for value in self.shop.attribute_values:
            yield row(
                23,
                value.id,
                text("name", value.name),
                self.values_extras,
                attribute_id=value.attribute_id,
                sequence=value.sequence,
                html_color=value.html_color,
            )

    def attribute_lines(self) -> Iterator[Row]:
        for template in self.shop.templates:
            for line in template.lines:
                yield row(
                    24,
                    line.id,
                    dates_of(template),
                    self.line_extras(len(line.values)),
                    product_tmpl_id=template.id,
                    attribute_id=line.attribute_id,
                    value_ids=[value.value_id for value in line.values],
                )

    def line_extras(self, _values: int) -> Row:
        return {"active": True}

    def line_values(self) -> Iterator[Row]:
        """``product.template.attribute.value``: 10.0 has ``product.attribute.price`` instead."""
        for template in self.shop.templates:
            for line in template.lines:
                for value in line.values:
                    yield row(
                        25,
                        value.id,
                        dates_of(template),
                        product_tmpl_id=template.id,
                        attribute_line_id=line.id,
                        attribute_id=line.attribute_id,
                        product_attribute_value_id=value.value_id,
                        price_extra=value.extra / 100,
                        ptav_active=True,
                    )

    def templates(self) -> Iterator[Row]:
        for template in self.shop.templates:
            yield row(_TEMPLATE, template.id, *self._template_parts(template))

    def _template_parts(self, template: Template) -> Iterator[Row]:
        yield self.template_extras
        yield text("name", template.name)
        yield text("description_sale", template.description)
        yield text("website_description", template.web_description)
        yield text("website_meta_title", template.meta_title)
        yield text("website_meta_description", template.meta_description)
        yield text("website_meta_keywords", template.meta_keywords)
        yield self.kinds[template.kind]
        yield self.template_marks(template)
        yield self.template_units(template.uom_id)
        yield self.template_codes(template)
        yield {
            self.published: template.published,
            self.picture: template.picture,
            "active": template.active,
            "sale_ok": template.sellable,
            "purchase_ok": True,
            "sequence": 1,
            "website_sequence": template.sequence,
            "website_size_x": 1,
            "website_size_y": 1,
            "categ_id": template.category_id,
            "public_categ_ids": list(template.public_category_ids),
            "taxes_id": list(template.tax_ids),
            "list_price": template.price / 100,
            "alternative_product_ids": list(template.alternative_ids),
            "accessory_product_ids": list(template.accessory_ids),
            "invoice_policy": "order",
            "expense_policy": "no",
            "tracking": "none",
        }

    def template_marks(self, template: Template) -> Row:
        return {
            "website_ribbon_id": template.ribbon_id,
            "has_configurable_attributes": any(len(line.values) > 1 for line in template.lines),
        }

    def template_units(self, uom_id: int) -> Row:
        return {"uom_id": uom_id, "uom_po_id": uom_id}

    def template_codes(self, template: Template) -> Row:
        """What a template takes over from its only variant."""
        only = template.variants[0] if len(template.variants) == 1 else None
        return {"default_code": only.code or None, "weight": only.weight} if only else {}

    def variants(self) -> Iterator[Row]:
        for template in self.shop.templates:
            for variant in template.variants:
                yield row(
                    27,
                    variant.id,
                    dates_of(template),
                    self.variant_extras,
                    self.variant_values(template, variant),
                    product_tmpl_id=template.id,
                    default_code=variant.code or None,
                    barcode=variant.barcode,
                    standard_price=variant.cost / 100,
                    weight=variant.weight,
                    active=variant.active,
                )

    def variant_values(self, _template: Template, variant: Variant) -> Row:
        ids = [value.id for value in variant.values]
        return {"product_template_attribute_value_ids": ids, "combination_indices": ",".join(map(str, sorted(ids)))}

    def images(self) -> Iterator[Row]:
        for template in self.shop.templates:
            for image in template.images:
                yield row(28, image.id, dates_of(template), name=image.name, product_tmpl_id=template.id)

    def ribbons(self) -> Iterator[Row]:
        for ribbon in self.shop.ribbons:
            yield row(29, ribbon.id, self.ribbon_look(ribbon))

    def ribbon_look(self, ribbon: Ribbon) -> Row:
        return {
            "html": ribbon.name,
            "html_class": ribbon.html_class,
            "bg_color": ribbon.background,
            "text_color": "#FFFFFF",
        }

    def locations(self) -> Iterator[Row]:
        for location in self.shop.locations:
            yield row(
                30,
                location.id,
                self.location_tree(location),
                name=location.name,
                usage=location.usage,
                location_id=location.parent_id,
                complete_name=location.complete_name,
                company_id=self.shop.company.id if location.warehouse_id else None,
                active=True,
            )

    def location_tree(self, location: Location) -> Row:
        return {"parent_path": path(location.path)}

    def warehouses(self) -> Iterator[Row]:
        for warehouse in self.shop.warehouses:
            yield row(
                31,
                warehouse.id,
                name=warehouse.name,
                code=warehouse.code,
                company_id=self.shop.company.id,
                partner_id=self.shop.company.partner_id,
                view_location_id=warehouse.view_id,
                lot_stock_id=warehouse.stock_id,
                wh_input_stock_loc_id=warehouse.input_id,
                wh_output_stock_loc_id=warehouse.output_id,
                reception_steps="one_step",
                delivery_steps="ship_only",
                active=True,
            )

    def quants(self) -> Iterator[Row]:
        for quant in self.shop.quants:
            yield self.quant(quant)

    def quant(self, quant: Quant) -> Row:
        made = row(
            32,
            quant.id,
            product_id=quant.variant_id,
            location_id=quant.location_id,
            quantity=quant.quantity,
            reserved_quantity=quant.reserved,
            company_id=self.shop.company.id,
        )
        made["in_date"] = made["create_date"]
        return made
