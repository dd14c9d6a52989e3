"""Rows of the people and what they buy at: partners, users, pricelists, orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from demo.dataset import Row
from demo.wholesale.draws import moment
from demo.wholesale.groups import Groups, known_groups
from demo.wholesale.layouts.rows import path, row, text
from demo.wholesale.layouts.selling import is_invoiced
from demo.wholesale.parties import PUBLIC_PARTNER, SYSTEM_PARTNER
from demo.wholesale.pricelists import PUBLIC
from demo.wholesale.shop import Shop
from demo.wholesale.trade import Order, OrderLine, Partner, PartnerCategory, PriceRule, User


class PeopleRows:
    """Names and rows as in 14.0; other versions say what differs."""

    shop: Shop

    admin_id: ClassVar[int] = 2
    public_user_id: ClassVar[int] = 4
    #: The user that 14.0 and later keep for the system itself.
    system_user_id: ClassVar[int | None] = 1
    groups: ClassVar[Groups] = known_groups(
        (1, 2, 3, 8, 9, 10, 21, 22),
        (
            "Internal User", "Access Rights", "Settings", "Contact Creation", "Portal", "Public",
            "User: All Documents", "Administrator",
        ),
    )  # fmt: skip
    #: Whether a user's implied groups are among those of their row.
    implied_groups_stored: ClassVar[bool] = True
    #: System parameters beside those of all versions.
    parameters: ClassVar[dict[str, str]] = {
        "auth_signup.invitation_scope": "b2c",
        "base.login_cooldown_after": "10",
        "base.login_cooldown_duration": "60",
    }
    user_groups: ClassVar[str] = "groups_id"
    user_extras: ClassVar[Row] = {"notification_type": "email"}
    full_name: ClassVar[str] = "display_name"
    partner_extras: ClassVar[Row] = {
        "invoice_warn": "no-message",
        "sale_warn": "no-message",
        "picking_warn": "no-message",
    }
    pricelist_extras: ClassVar[Row] = {"discount_policy": "with_discount"}
    rule_extras: ClassVar[Row] = {"active": True}
    #: Whether a variant's rule names its template as well.
    variant_rules_name_template: ClassVar[bool] = False
    line_uom: ClassVar[str] = "product_uom"
    line_taxes: ClassVar[str] = "tax_id"

    def partner_categories(self) -> Iterator[Row]:
        for category in self.shop.partner_categories:
            yield row(
                40,
                category.id,
                text("name", category.name),
                self.profile_tree(category),
                parent_id=category.parent_id,
                active=True,
                color=category.id,
            )

    def profile_tree(self, category: PartnerCategory) -> Row:
        above = (category.parent_id,) if category.parent_id else ()
        return {"parent_path": path((*above, category.id))}

    def partners(self) -> Iterator[Row]:
        for partner in self.shop.partners:
            if partner.id != SYSTEM_PARTNER or self.system_user_id:
                yield self._partner(partner)

    def _partner(self, partner: Partner) -> Row:
        return row(
            41,
            partner.id,
            self.partner_extras,
            self.partner_customer(partner),
            self.partner_pricelist(partner),
            self.partner_terms(partner),
            {self.full_name: f"{partner.parent_name}, {partner.name}" if partner.parent_id else partner.name},
            name=partner.name,
            type=partner.kind,
            parent_id=partner.parent_id,
            commercial_partner_id=partner.commercial_id,
            commercial_company_name=partner.parent_name or (partner.name if partner.is_company else ""),
            is_company=partner.is_company,
            email=partner.email,
            phone=partner.phone,
            street=partner.street,
            zip=partner.zip_code,
            city=partner.city,
            country_id=partner.country_id,
            state_id=partner.state_id,
            vat=partner.vat,
            lang=partner.lang,
            ref=partner.ref,
            category_id=list(partner.category_ids),
            property_payment_term_id=partner.payment_term_id,
            partner_share=partner.shared,
            active=partner.active,
        )

    def partner_pricelist(self, partner: Partner) -> Row:
        """A property: where none was chosen, it answers the first pricelist."""
        return {"property_product_pricelist": partner.pricelist_id or PUBLIC}

    def partner_terms(self, partner: Partner) -> Row:  # noqa: ARG002 - told by the rows about selling
        return {}

    def partner_customer(self, partner: Partner) -> Row:
        return {"customer_rank": int(partner.customer), "email_normalized": partner.email.lower()}

    def users(self) -> Iterator[Row]:
        if self.system_user_id:
            yield self._user(self.system_user_id, User(None, "__system__", "", SYSTEM_PARTNER, "admin"), active=False)
        for user in self.shop.users:
            number = user.id or (self.admin_id if user.role == "admin" else self.public_user_id)
            yield self._user(number, user, active=user.role != "public")

    def _user(self, number: int, user: User, *, active: bool) -> Row:
        given = self.groups.of(user.role, user.groups)
        return row(
            42,
            number,
            self.user_extras,
            {self.user_groups: self.groups.with_implied(given) if self.implied_groups_stored else given},
            login=user.login,
            partner_id=user.partner_id,
            company_id=self.shop.company.id,
            company_ids=[self.shop.company.id],
            share=user.role in {"portal", "public"},
            active=active,
        )

    def group_rows(self) -> Iterator[Row]:
        for group in self.groups.all:
            yield row(43, group.id, name=group.name, share=group.shared, implied_ids=list(group.implied))

    def external_ids(self) -> Iterator[Row]:
        for number, group in enumerate(self.groups.all, start=1):
            module, _, name = group.xml_id.partition(".")
            yield row(47, number, module=module, name=name, model="res.groups", res_id=group.id, noupdate=True)
        number = len(self.groups.all) + 1
        yield row(
            47, number, module="base", name="public_partner", model="res.partner", res_id=PUBLIC_PARTNER, noupdate=True
        )

    def system_parameters(self) -> Iterator[Row]:
        values = {"web.base.url": "https://odoo.vetwholesale.example", **self.parameters}
        for number, (key, value) in enumerate(values.items(), start=1):
            yield row(48, number, key=key, value=value)

    def pricelists(self) -> Iterator[Row]:
        for pricelist in self.shop.pricelists:
            yield row(
                44,
                pricelist.id,
                text("name", pricelist.name),
                self.pricelist_extras,
                currency_id=pricelist.currency_id,
                sequence=pricelist.sequence,
                selectable=pricelist.selectable,
                website_id=1 if pricelist.selectable else None,
                active=True,
            )

    def rule(self, rule: PriceRule) -> Row:
        """A ``product.pricelist.item``. Called for each of millions, on demand: written out for speed."""
        made: Row = {
            **self.rule_extras,
            "id": rule.id,
            "pricelist_id": rule.pricelist_id,
            "currency_id": self.shop.pricelists[rule.pricelist_id - 1].currency_id,
            "applied_on": rule.scope,
            "compute_price": rule.computation,
            "base": rule.base,
            "create_date": rule.written,
            "write_date": rule.written,
        }
        if rule.variant_id:
            made["product_id"] = rule.variant_id
        if rule.template_id and (self.variant_rules_name_template or not rule.variant_id):
            made["product_tmpl_id"] = rule.template_id
        if rule.min_quantity:
            made["min_quantity"] = self.rule_quantity(rule.min_quantity)
        if rule.computation == "fixed":
            made["fixed_price"] = rule.fixed / 100
        elif rule.computation == "percentage":
            made["percent_price"] = rule.percent
        else:
            made.update(self.rule_formula(rule))
        if rule.id <= self.last_rare_rule:
            made.update(self._rare(rule))
        return made

    #: Rules up to this id may have a category, a base pricelist or dates; the many computed ones after it have none.
    last_rare_rule: ClassVar[int] = 100_000

    def rule_quantity(self, quantity: int) -> float:
        return float(quantity)

    def rule_formula(self, rule: PriceRule) -> Row:
        amounts = {
            "price_discount": rule.discount,
            "price_round": rule.round_to,
            "price_surcharge": rule.surcharge,
            "price_min_margin": rule.min_margin,
            "price_max_margin": rule.max_margin,
        }
        return {key: amount for key, amount in amounts.items() if amount}

    def _rare(self, rule: PriceRule) -> Row:
        values = {"categ_id": rule.category_id, "base_pricelist_id": rule.base_pricelist_id, **self.rule_dates(rule)}
        return {key: value for key, value in values.items() if value}

    def rule_dates(self, rule: PriceRule) -> Row:
        return {
            "date_start": f"{rule.starts.isoformat()} 00:00:00" if rule.starts else None,
            "date_end": f"{rule.ends.isoformat()} 00:00:00" if rule.ends else None,
        }

    def orders(self) -> Iterator[Row]:
        for order in self.shop.orders:
            untaxed = sum(line.subtotal for line in order.lines)
            total = sum(line.total for line in order.lines)
            yield row(
                45,
                order.id,
                self.order_extras(order),
                name=order.name,
                partner_id=order.partner_id,
                partner_invoice_id=order.invoice_id,
                partner_shipping_id=order.delivery_id,
                pricelist_id=order.pricelist_id,
                payment_term_id=order.payment_term_id,
                client_order_ref=order.reference,
                date_order=moment(order.confirmed),
                create_date=moment(order.confirmed),
                write_date=moment(order.confirmed),
                state="sale",
                amount_untaxed=untaxed / 100,
                amount_tax=(total - untaxed) / 100,
                amount_total=total / 100,
                company_id=self.shop.company.id,
                warehouse_id=1,
                user_id=self.admin_id,
                picking_policy="direct",
                invoice_status="invoiced" if is_invoiced(order) else "to invoice",
            )

    def order_extras(self, _order: Order) -> Row:
        return {"currency_id": self.shop.company.currency_id, "currency_rate": 1.0, "website_id": 1}

    def order_lines(self) -> Iterator[Row]:
        for order in self.shop.orders:
            for line in order.lines:
                yield row(
                    46,
                    line.id,
                    self.line_prices(line),
                    {self.line_uom: line.uom_id, self.line_taxes: list(line.tax_ids)},
                    order_id=order.id,
                    order_partner_id=order.partner_id,
                    company_id=self.shop.company.id,
                    currency_id=self.shop.company.currency_id,
                    product_id=line.variant_id,
                    name=line.name,
                    product_uom_qty=line.quantity,
                    sequence=line.sequence,
                    state="sale",
                    invoice_status="invoiced" if is_invoiced(order) else "to invoice",
                    qty_invoiced=line.quantity if is_invoiced(order) else 0.0,
                    qty_to_invoice=0.0 if is_invoiced(order) else line.quantity,
                    invoice_lines=[line.id] if is_invoiced(order) else [],
                    create_date=moment(order.confirmed),
                    write_date=moment(order.confirmed),
                )

    def line_prices(self, line: OrderLine) -> Row:
        return {
            "price_unit": line.price / 100,
            "price_subtotal": line.subtotal / 100,
            "price_tax": (line.total - line.subtotal) / 100,
            "price_total": line.total / 100,
        }
