"""Rows of what surrounds the goods: languages, currencies, countries, taxes, units, the company and its website."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from demo.dataset import Row
from demo.wholesale.layouts.rows import row, text
from demo.wholesale.shop import Shop
from demo.wholesale.world import Uom

MAIN_LANGUAGE = "en_US"

UNITS: Final = "Product Unit of Measure"


class WorldRows:
    """Names and rows as in 14.0; other versions say what differs."""

    shop: Shop
    public_user_id: ClassVar[int]
    #: what quantities are rounded by, and its name
    unit_precision: ClassVar[tuple[str, int]] = (UNITS, 2)

    language_extras: ClassVar[Row] = {"week_start": "1"}
    language_has_url: ClassVar[bool] = True
    currency_extras: ClassVar[Row] = {"decimal_places": 2}
    company_extras: ClassVar[Row] = {"fiscalyear_last_month": "12", "account_opening_date": "2019-01-01"}
    website_extras: ClassVar[Row] = {
        "auto_redirect_lang": True,
        "auth_signup_uninvited": "b2b",
        "shop_ppg": 20,
        "shop_ppr": 4,
    }

    def languages(self) -> Iterator[Row]:
        for language in self.shop.languages:
            yield row(
                1,
                language.id,
                self.language_extras,
                {"url_code": language.iso_code if self.language_has_url else ""},
                code=language.code,
                iso_code=language.iso_code,
                name=language.name,
                active=True,
                direction="ltr",
                date_format=language.date_format,
                time_format="%H:%M:%S",
                grouping="[3,0]",
                decimal_point=language.decimal_point,
                thousands_sep=language.thousands_sep,
            )

    def currencies(self) -> Iterator[Row]:
        for currency in self.shop.currencies:
            yield row(
                2,
                currency.id,
                self.currency_extras,
                self.currency_names(currency.full_name),
                name=currency.name,
                symbol=currency.symbol,
                position=currency.position,
                rounding=0.01,
                active=currency.active,
            )

    def currency_names(self, _full_name: str) -> Row:
        return {}

    def rates(self) -> Iterator[Row]:
        for rate in self.shop.rates:
            yield row(
                3,
                rate.id,
                name=self.rate_day(rate.day.isoformat()),
                rate=rate.rate,
                currency_id=rate.currency_id,
                company_id=self.shop.company.id,
            )

    def rate_day(self, day: str) -> str:
        return day

    def countries(self) -> Iterator[Row]:
        for country in self.shop.countries:
            yield row(
                4,
                country.id,
                text("name", country.name),
                self.country_address(country),
                code=country.code,
                phone_code=country.phone_code,
                currency_id=country.currency_id,
            )

    def country_address(self, country: Any) -> Row:
        return {
            **text("vat_label", country.vat_label),
            "name_position": country.name_position,
            "state_required": country.state_required,
            "zip_required": country.zip_required,
        }

    def states(self) -> Iterator[Row]:
        for state in self.shop.states:
            yield row(5, state.id, country_id=state.country_id, code=state.code, name=state.name)

    def country_groups(self) -> Iterator[Row]:
        for group in self.shop.country_groups:
            yield row(6, group.id, name=group.name, country_ids=list(group.country_ids))

    def precisions(self) -> Iterator[Row]:
        for precision in self.shop.precisions:
            name, digits = precision.name, precision.digits
            if name == UNITS:
                name, digits = self.unit_precision
            yield row(7, precision.id, name=name, digits=digits)

    def taxes(self) -> Iterator[Row]:
        for tax in self.shop.taxes:
            yield row(
                8,
                tax.id,
                self.tax_extras(tax.label),
                self.tax_positions(tax.id),
                name=tax.name,
                amount=tax.percent,
                amount_type="percent",
                type_tax_use="sale",
                sequence=tax.id,
                company_id=self.shop.company.id,
                active=True,
            )

    def tax_extras(self, label: str) -> Row:
        return {"description": label, "tax_exigibility": "on_invoice"}

    def tax_positions(self, tax_id: int) -> Row:  # noqa: ARG002 - here the positions know their taxes
        return {}

    def payment_terms(self) -> Iterator[Row]:
        for term in self.shop.payment_terms:
            yield row(9, term.id, text("name", term.name), self.term_place(term.id), active=True)

    def term_place(self, number: int) -> Row:
        return {"sequence": 10 * number}

    def carriers(self) -> Iterator[Row]:
        codes = {country.code: country.id for country in self.shop.countries}
        for carrier in self.shop.carriers:
            yield row(
                10,
                carrier.id,
                self.carrier_extras(carrier),
                product_id=carrier.variant_id,
                delivery_type="base_on_rule" if carrier.by_rule else "fixed",
                fixed_price=carrier.price / 100,
                integration_level="rate_and_ship",
                sequence=10 * carrier.id,
                amount=(carrier.free_over or 0) / 100,
                country_ids=[codes[code] for code in carrier.country_codes],
            )

    def carrier_extras(self, carrier: Any) -> Row:
        return {
            **text("name", carrier.name),
            "active": True,
            "is_published": True,
            "invoice_policy": "estimated",
            "free_over": carrier.free_over is not None,
        }

    def uoms(self) -> Iterator[Row]:
        for uom in self.shop.uoms:
            yield row(11, uom.id, text("name", uom.name), self.uom_size(uom), active=True)

    def uom_size(self, uom: Uom) -> Row:
        return {
            "category_id": uom.category_id,
            "factor": 1 / uom.ratio,
            "rounding": uom.rounding,
            "uom_type": "reference" if uom.id == uom.reference_id else "bigger",
        }

    def uom_categories(self) -> Iterator[Row]:
        for category in self.shop.uom_categories:
            yield row(12, category.id, text("name", category.name))

    def companies(self) -> Iterator[Row]:
        company = self.shop.company
        yield row(
            13,
            company.id,
            self.company_extras,
            name=company.name,
            partner_id=company.partner_id,
            currency_id=company.currency_id,
            email="info@vetwholesale.example",
            phone="+32 2 555 01 00",
            sequence=10,
            fiscalyear_last_day=31,
            tax_calculation_rounding_method="round_per_line",
        )

    def websites(self) -> Iterator[Row]:
        main = next(language for language in self.shop.languages if language.code == MAIN_LANGUAGE)
        yield row(
            14,
            1,
            self.website_extras,
            name=self.shop.website_name,
            company_id=self.shop.company.id,
            default_lang_id=main.id,
            language_ids=[language.id for language in self.shop.languages],
            user_id=self.public_user_id,
            social_facebook="https://social.example/vetwholesale",
            social_linkedin="https://pro.example/vetwholesale",
        )
