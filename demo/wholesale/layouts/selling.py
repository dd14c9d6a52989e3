"""Rows of what the shop sells with: delivery rules, fiscal positions, terms, promotions, ways to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from demo.dataset import Row
from demo.wholesale.catalogue import DELIVERIES
from demo.wholesale.layouts.rows import row, text
from demo.wholesale.pictures import picture
from demo.wholesale.reference import country_ids
from demo.wholesale.selling import (
    CREDIT_LIMIT,
    DELIVERY_RULES,
    EUROPEAN,
    EUROPEAN_COUNTRIES,
    FISCAL_POSITIONS,
    MAILING_LISTS,
    NEWSLETTER,
    PROMOTIONS,
    PROVIDERS,
    FiscalPosition,
    Promotion,
    Provider,
)
from demo.wholesale.shop import Shop
from demo.wholesale.trade import Order, Partner

_FIRST_RULED = len(DELIVERIES)
_CODED = tuple(promotion for promotion in PROMOTIONS if promotion.kind != "gift_card")


class SellingRows:
    """Names and rows as in 14.0; other versions say what differs."""

    shop: Shop

    term_days: ClassVar[str] = "days"

    def delivery_rules(self) -> Iterator[Row]:
        """The last carrier's prices."""
        for number, rule in enumerate(DELIVERY_RULES, start=1):
            yield row(
                50,
                number,
                carrier_id=_FIRST_RULED,
                sequence=10 * number,
                variable=rule.variable,
                operator=rule.operator,
                max_value=rule.limit,
                list_base_price=rule.base,
                list_price=rule.price,
                variable_factor=rule.factor,
            )

    def term_lines(self) -> Iterator[Row]:
        for term in self.shop.payment_terms:
            days = {self.term_days: term.days}
            yield row(9, term.id, days, payment_id=term.id, value="balance")

    # ------------------------------------------------------------------------------------------------ newsletters

    #: does the version say of a list that it is public?
    lists_are_public: ClassVar[bool] = True

    def mailing_lists(self) -> Iterator[Row]:
        """The first one is for those who write newsletters alone, where Odoo knows of that."""
        for number, name in enumerate(MAILING_LISTS, start=1):
            if self.lists_are_public:
                yield row(63, number, name=name, active=True, is_public=name == NEWSLETTER)
            elif name == NEWSLETTER:
                yield row(63, number, name=name, active=True)

    # ----------------------------------------------------------------------------------------- fiscal positions

    def fiscal_positions(self) -> Iterator[Row]:
        countries = country_ids()
        for position in FISCAL_POSITIONS:
            yield row(
                51,
                position.id,
                self.position_name(position),
                sequence=10 * position.id,
                company_id=self.shop.company.id,
                auto_apply=bool(position.country),
                country_id=countries[position.country] if position.country else None,
                active=True,
            )

    def position_name(self, position: FiscalPosition) -> Row:
        return {"name": position.name.en}

    def fiscal_lines(self) -> Iterator[Row]:
        for position in FISCAL_POSITIONS:
            for number, (source, target) in enumerate(position.taxes, start=1):
                yield row(52, 10 * position.id + number, position_id=position.id, tax_src_id=source, tax_dest_id=target)

    def partner_terms(self, partner: Partner) -> Row:
        """The fiscal position of customers abroad, and what companies may owe."""
        codes = {key: code for code, key in country_ids().items()}
        abroad = partner.customer and codes.get(partner.country_id or 0) in EUROPEAN_COUNTRIES
        values: Row = {"property_account_position_id": EUROPEAN.id} if abroad else {}
        if partner.customer and partner.is_company and partner.id % 3 == 0:
            values |= {"credit_limit": CREDIT_LIMIT}
        return values

    # ----------------------------------------------------------------------------------------------- promotions

    def reward_product(self, promotion: Promotion) -> int:
        """The variant whose lines are the promotion's rewards: the services after those of the carriers."""
        rewards = self.shop.templates[-len(PROMOTIONS) :]
        return rewards[promotion.id - 1].variants[0].id

    def programs(self) -> Iterator[Row]:
        """Before 16 there are no gift cards among them; each is a rule and a reward."""
        for promotion in _CODED:
            yield row(
                53,
                promotion.id,
                name=promotion.name,
                active=True,
                program_type="coupon_program" if promotion.kind == "coupons" else "promotion_program",
                promo_code_usage="code_needed",
                promo_code=promotion.code,
                promo_applicability="on_current_order",
                rule_id=promotion.id,
                reward_id=promotion.id,
                company_id=self.shop.company.id,
            )

    def program_rules(self) -> Iterator[Row]:
        for promotion in _CODED:
            yield row(
                61,
                promotion.id,
                rule_min_quantity=1,
                rule_minimum_amount=promotion.minimum,
                rule_minimum_amount_tax_inclusion="tax_included",
            )

    def program_rewards(self) -> Iterator[Row]:
        for promotion in _CODED:
            percent = promotion.unit == "percent"
            yield row(
                62,
                promotion.id,
                {"discount_percentage" if percent else "discount_fixed_amount": promotion.amount},
                reward_type="discount",
                discount_type="percentage" if percent else "fixed_amount",
                discount_apply_on="on_order",
                discount_line_product_id=self.reward_product(promotion),
            )

    def cards(self) -> Iterator[Row]:
        number = 0
        for promotion in PROMOTIONS:
            for code, points in promotion.cards if promotion.kind == "coupons" else ():
                number += 1
                yield row(54, number, code=code, program_id=promotion.id, state="new" if points else "used")

    # ------------------------------------------------------------------------------------------------- payments

    def providers(self) -> Iterator[Row]:
        for provider in PROVIDERS:
            yield row(
                55,
                provider.id,
                self.provider_state(provider),
                name=provider.name,
                sequence=10 * provider.id,
                company_id=self.shop.company.id,
                pending_msg=provider.message,
            )

    def provider_state(self, provider: Provider) -> Row:
        kind = "transfer" if provider.transfer else "manual"
        return {"provider": kind, "state": "test" if provider.test else "enabled", "payment_flow": "form"}

    # ------------------------------------------------------------------------------------------------- invoices

    kind: ClassVar[str] = "move_type"
    invoice_number: ClassVar[str] = "name"
    invoice_dates: ClassVar[tuple[str, str]] = ("invoice_date", "invoice_date_due")
    invoice_origin: ClassVar[str] = "invoice_origin"
    invoice_reference: ClassVar[str] = "ref"
    invoice_residual: ClassVar[str] = "amount_residual"
    invoice_posted: ClassVar[str] = "posted"
    invoice_of_line: ClassVar[str] = "move_id"
    invoice_taxes: ClassVar[str] = "tax_ids"
    invoice_extras: ClassVar[Row] = {}
    invoice_line_extras: ClassVar[Row] = {}

    def invoices(self) -> Iterator[Row]:
        """Of every second order; every other one of them is paid."""
        for order in self.shop.orders:
            if not is_invoiced(order):
                continue
            untaxed = sum(line.subtotal for line in order.lines) / 100
            total = sum(line.total for line in order.lines) / 100
            paid = order.id % 4 == 0
            yield row(
                59,
                order.id,
                self.invoice_payment(paid=paid),
                self.invoice_extras,
                {
                    self.kind: "out_invoice",
                    self.invoice_number: f"INV/{order.confirmed:%Y}/{order.id:05d}",
                    "date": order.confirmed.date().isoformat(),
                    self.invoice_dates[0]: order.confirmed.date().isoformat(),
                    self.invoice_dates[1]: order.confirmed.date().isoformat(),
                    self.invoice_origin: order.name,
                    self.invoice_reference: order.reference,
                    self.invoice_residual: 0.0 if paid else total,
                },
                partner_id=order.invoice_id,
                commercial_partner_id=order.partner_id,
                partner_shipping_id=order.delivery_id,
                currency_id=self.shop.company.currency_id,
                company_id=self.shop.company.id,
                amount_untaxed=untaxed,
                amount_tax=round(total - untaxed, 2),
                amount_total=total,
            )

    def invoice_payment(self, *, paid: bool) -> Row:
        return {"state": self.invoice_posted, "payment_state": "paid" if paid else "not_paid"}

    def invoice_lines(self) -> Iterator[Row]:
        for order in self.shop.orders:
            for line in order.lines if is_invoiced(order) else ():
                yield row(
                    60,
                    line.id,
                    {self.invoice_of_line: order.id, self.invoice_taxes: list(line.tax_ids)},
                    self.invoice_line_extras,
                    name=line.name,
                    product_id=line.variant_id,
                    quantity=line.quantity,
                    price_unit=line.price / 100,
                    price_subtotal=line.subtotal / 100,
                    **self.invoice_line_total(line.total / 100),
                    partner_id=order.partner_id,
                    currency_id=self.shop.company.currency_id,
                    sequence=line.sequence,
                )

    def invoice_line_total(self, total: float) -> Row:
        return {"price_total": total}


class SellingRows10(SellingRows):
    """In 10 providers are published, and there are no promotions by code."""

    def provider_state(self, provider: Provider) -> Row:
        kind = "transfer" if provider.transfer else "manual"
        environment = "test" if provider.test else "prod"
        return {"provider": kind, "environment": environment, "website_published": True, "auto_confirm": "none"}

    kind: ClassVar[str] = "type"
    invoice_number: ClassVar[str] = "number"
    invoice_dates: ClassVar[tuple[str, str]] = ("date_invoice", "date_due")
    invoice_origin: ClassVar[str] = "origin"
    invoice_reference: ClassVar[str] = "name"
    invoice_residual: ClassVar[str] = "residual"
    invoice_of_line: ClassVar[str] = "invoice_id"
    invoice_taxes: ClassVar[str] = "invoice_line_tax_ids"
    invoice_extras: ClassVar[Row] = {"reference_type": "none"}

    def invoice_payment(self, *, paid: bool) -> Row:
        return {"state": "paid" if paid else "open"}

    def invoice_line_total(self, total: float) -> Row:  # noqa: ARG002 - lines have no total
        return {}


class SellingRows19(SellingRows):
    """In 19 promotions are loyalty programs with rules, rewards and cards; providers have methods."""

    term_days: ClassVar[str] = "nb_days"

    def position_name(self, position: FiscalPosition) -> Row:
        return text("name", position.name)

    def programs(self) -> Iterator[Row]:
        for promotion in PROMOTIONS:
            kinds = {"code": "promo_code", "coupons": "coupons", "gift_card": "gift_card"}
            yield row(
                53,
                promotion.id,
                name=promotion.name,
                active=True,
                sale_ok=True,
                ecommerce_ok=True,
                program_type=kinds[promotion.kind],
                trigger="auto" if promotion.kind == "gift_card" else "with_code",
                applies_on="future" if promotion.kind == "gift_card" else "current",
                portal_point_name="€" if promotion.kind == "gift_card" else "Points",
                company_id=self.shop.company.id,
                currency_id=self.shop.company.currency_id,
            )

    def loyalty_rules(self) -> Iterator[Row]:
        for promotion in PROMOTIONS:
            if promotion.kind != "gift_card":
                yield row(
                    56,
                    promotion.id,
                    program_id=promotion.id,
                    active=True,
                    mode="with_code" if promotion.code else "auto",
                    code=promotion.code,
                    minimum_qty=1,
                    minimum_amount=promotion.minimum,
                    minimum_amount_tax_mode="incl",
                    reward_point_amount=1.0,
                    reward_point_mode="order",
                    product_domain="[]",
                    company_id=self.shop.company.id,
                )

    def loyalty_rewards(self) -> Iterator[Row]:
        modes = {"percent": "percent", "amount": "per_order", "point": "per_point"}
        for promotion in PROMOTIONS:
            product = self.shop.templates[promotion.id - len(PROMOTIONS) - 1]
            yield row(
                57,
                promotion.id,
                text("description", product.name),
                program_id=promotion.id,
                active=True,
                reward_type="discount",
                discount=promotion.amount,
                discount_mode=modes[promotion.unit],
                discount_applicability="order",
                discount_product_domain="[]",
                discount_line_product_id=self.reward_product(promotion),
                required_points=1.0,
                reward_product_qty=1,
                company_id=self.shop.company.id,
            )

    def cards(self) -> Iterator[Row]:
        number = 0
        for promotion in PROMOTIONS:
            for code, points in promotion.cards:
                number += 1
                yield row(54, number, code=code, program_id=promotion.id, points=points, active=True)

    def provider_state(self, provider: Provider) -> Row:
        return {
            "code": "custom" if provider.transfer else "none",
            "custom_mode": "wire_transfer" if provider.transfer else "",
            "state": "test" if provider.test else "enabled",
            "is_published": True,
            "payment_method_ids": [1] if provider.transfer else [2],
        }

    invoice_extras: ClassVar[Row] = {"auto_post": "no"}
    invoice_line_extras: ClassVar[Row] = {"display_type": "product"}

    def payment_methods(self) -> Iterator[Row]:
        """A transfer, and cards of two brands."""
        methods = (("Wire Transfer", "wire_transfer"), ("Card", "card"), ("VISA", "visa"), ("Mastercard", "mastercard"))
        for number, (name, code) in enumerate(methods, start=1):
            yield row(
                58,
                number,
                name=name,
                code=code,
                sequence=10 * number,
                active=True,
                primary_payment_method_id=2 if number > 2 else None,
                image=picture(number),
                support_refund="none",
                support_manual_capture="none",
            )


def is_invoiced(order: Order) -> bool:
    return order.id % 2 == 0
