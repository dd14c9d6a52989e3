"""Odoo 10.0: prices of attribute values, stock in pieces, nested sets instead of paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from demo.dataset import Row
from demo.wholesale.draws import moment
from demo.wholesale.goods import Attribute, Category, Location, Quant, Ribbon, Template, Variant
from demo.wholesale.groups import Groups, known_groups
from demo.wholesale.layouts.base import Layout
from demo.wholesale.layouts.goods import dates_of
from demo.wholesale.layouts.rows import nested_set, row
from demo.wholesale.layouts.selling import SellingRows10
from demo.wholesale.layouts.world import MAIN_LANGUAGE, UNITS
from demo.wholesale.reference import KILOGRAM
from demo.wholesale.stock import CUSTOMERS
from demo.wholesale.trade import Order, Partner, PartnerCategory, PriceRule


class Layout10(SellingRows10, Layout):
    """The tables of Odoo 10.0."""

    version: ClassVar[str] = "10.0"
    unit_precision: ClassVar[tuple[str, int]] = (UNITS, 3)
    renamed: ClassVar[dict[str, str | None]] = {
        "uom.uom": "product.uom",
        "uom.category": "product.uom.categ",
        "product.template.attribute.line": "product.attribute.line",
        "product.template.attribute.value": "product.attribute.price",
        "product.ribbon": "product.style",
        "mailing.list": "mail.mass_mailing.list",
        "account.move": "account.invoice",
        "account.move.line": "account.invoice.line",
        "coupon.program": None,
        "coupon.rule": None,
        "coupon.reward": None,
        "coupon.coupon": None,
    }

    lists_are_public: ClassVar[bool] = False
    language_extras: ClassVar[Row] = {"translatable": True}
    language_has_url: ClassVar[bool] = False
    currency_extras: ClassVar[Row] = {}
    company_extras: ClassVar[Row] = {"rml_paper_format": "a4", "fiscalyear_last_month": 12}
    website_extras: ClassVar[Row] = {"default_lang_code": MAIN_LANGUAGE}

    published: ClassVar[str] = "website_published"
    picture: ClassVar[str] = "image"
    template_extras: ClassVar[Row] = {
        "availability": "empty",
        "track_service": "manual",
        "sale_line_warn": "no-message",
    }

    admin_id: ClassVar[int] = 1
    system_user_id: ClassVar[int | None] = None
    groups: ClassVar[Groups] = known_groups(
        (1, 3, 4, 8, 10, 11, 25, 26),
        (
            "Employee", "Access Rights", "Settings", "Contact Creation", "Portal", "Public",
            "User: All Documents", "Manager",
        ),
    )  # fmt: skip
    parameters: ClassVar[dict[str, str]] = {"auth_signup.allow_uninvited": "True"}
    user_extras: ClassVar[Row] = {}
    partner_extras: ClassVar[Row] = {
        "invoice_warn": "no-message",
        "sale_warn": "no-message",
        "picking_warn": "no-message",
        "notify_email": "always",
    }
    rule_extras: ClassVar[Row] = {"sequence": 5}

    def models(self) -> dict[str, Callable[[], Iterable[Row]]]:
        return {**super().models(), "stock.move": self.reserving_moves}

    def rate_day(self, day: str) -> str:
        return f"{day} 00:00:00"

    def country_address(self, country: Any) -> Row:  # noqa: ARG002 - 10.0 knows nothing of it
        return {}

    def tax_extras(self, label: str) -> Row:
        return {"description": label}

    def term_place(self, number: int) -> Row:  # noqa: ARG002 - terms have no order of their own
        return {"company_id": self.shop.company.id}

    def carrier_extras(self, carrier: Any) -> Row:
        """The name is that of the product."""
        return {"website_published": True, "free_if_more_than": carrier.free_over is not None}

    def category_tree(self, category: Category) -> Row:
        left, right = self._category_bounds[category.id]
        return {"type": "normal", "parent_left": left, "parent_right": right}

    @cached_property
    def _category_bounds(self) -> dict[int, tuple[int, int]]:
        return nested_set({entry.id: tuple(entry.complete_name.split(" / ")) for entry in self.shop.categories})

    def public_tree(self, trail: tuple[int, ...]) -> Row:  # noqa: ARG002 - this tree is not stored as one
        return {}

    def attribute_kind(self, attribute: Attribute) -> Row:
        return {"type": attribute.display, "create_variant": attribute.makes_variants}

    def line_extras(self, values: int) -> Row:  # noqa: ARG002
        return {}

    def line_values(self) -> Iterator[Row]:
        """``product.attribute.price``: only for the values that cost something more."""
        for template in self.shop.templates:
            for line in template.lines:
                for value in line.values:
                    if value.extra:
                        yield row(
                            25,
                            value.id,
                            dates_of(template),
                            product_tmpl_id=template.id,
                            value_id=value.value_id,
                            price_extra=value.extra / 100,
                        )

    def variant_values(self, template: Template, variant: Variant) -> Row:  # noqa: ARG002
        return {"attribute_value_ids": [value.value_id for value in variant.values]}

    def template_marks(self, template: Template) -> Row:
        return {"website_style_ids": [template.ribbon_id] if template.ribbon_id else []}

    def template_codes(self, template: Template) -> Row:
        """Several variants leave an empty text, not an empty value."""
        return super().template_codes(template) or {"default_code": ""}

    def ribbon_look(self, ribbon: Ribbon) -> Row:
        return {"name": ribbon.name, "html_class": ribbon.html_class}

    def location_tree(self, location: Location) -> Row:
        left, right = self._location_bounds[location.id]
        return {"parent_left": left, "parent_right": right}

    @cached_property
    def _location_bounds(self) -> dict[int, tuple[int, int]]:
        names = {entry.id: entry.name for entry in self.shop.locations}
        return nested_set({entry.id: tuple(names[number] for number in entry.path) for entry in self.shop.locations})

    def quants(self) -> Iterator[Row]:
        """A reserved part is a row of its own (its id is the next one), held by a stock move."""
        for quant in self.shop.quants:
            if quant.quantity - quant.reserved:
                yield self._piece(quant, quant.id, quant.quantity - quant.reserved)
            if quant.reserved:
                yield self._piece(quant, quant.id + 1, quant.reserved, reservation_id=quant.id)

    def _piece(self, quant: Quant, number: int, quantity: float, **reservation: int) -> Row:
        made = row(
            32,
            quant.id,
            reservation,
            {"id": number},
            product_id=quant.variant_id,
            location_id=quant.location_id,
            qty=quantity,
            company_id=self.shop.company.id,
        )
        made["in_date"] = made["create_date"]
        return made

    def reserving_moves(self) -> Iterator[Row]:
        for quant in self.shop.quants:
            if quant.reserved:
                made = row(
                    33,
                    quant.id,
                    name="Delivery",
                    product_id=quant.variant_id,
                    product_uom=quant.uom_id,
                    product_uom_qty=quant.reserved,
                    product_qty=quant.reserved,
                    weight_uom_id=KILOGRAM,
                    location_id=quant.location_id,
                    location_dest_id=CUSTOMERS,
                    company_id=self.shop.company.id,
                    procure_method="make_to_stock",
                    state="assigned",
                )
                yield {**made, "date": made["create_date"], "date_expected": made["create_date"]}

    def profile_tree(self, category: PartnerCategory) -> Row:
        left, right = self._profile_bounds[category.id]
        return {"parent_left": left, "parent_right": right}

    @cached_property
    def _profile_bounds(self) -> dict[int, tuple[int, int]]:
        names = {entry.id: entry.name.en for entry in self.shop.partner_categories}
        above = {
            entry.id: (names[entry.parent_id],) if entry.parent_id else () for entry in self.shop.partner_categories
        }
        return nested_set({number: (*above[number], name) for number, name in names.items()})

    def partner_customer(self, partner: Partner) -> Row:
        return {"customer": partner.customer}

    def rule_quantity(self, quantity: int) -> int:
        return quantity

    def rule_dates(self, rule: PriceRule) -> Row:
        """Days, the last one included: a rule that ends at midnight has the day before as its last."""
        return {
            "date_start": rule.starts.isoformat() if rule.starts else None,
            "date_end": (rule.ends - timedelta(days=1)).isoformat() if rule.ends else None,
        }

    def order_extras(self, order: Order) -> Row:
        return {"confirmation_date": moment(order.confirmed)}
