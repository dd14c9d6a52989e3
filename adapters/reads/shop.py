"""Websites, companies, languages, currencies, countries."""

from __future__ import annotations

from typing import Any, Literal

from adapters.once import once
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.records import Company, Country, CountryState, Currency, Language, Seo, Website
from adapters.values import decimal, ids, many2one, moment, text

_SOCIAL = ("facebook", "twitter", "linkedin", "youtube", "instagram")


def seo(row: Row) -> Seo:
    """The search-engine texts of a row that has them."""
    return Seo(
        title=text(row.get("meta_title")),
        description=text(row.get("meta_description")),
        keywords=text(row.get("meta_keywords")),
    )


def _tax_rounding(value: Any) -> Literal["round_per_line", "round_globally"]:
    return "round_globally" if value == "round_globally" else "round_per_line"


class ShopReads(Reads):
    """The shop's small tables: websites, companies, languages, currencies, countries."""

    async def websites(self, lang: str | None = None) -> list[Website]:
        rows, languages = await self.gather(self.reader.read("website", [], lang=lang), self._language_rows())
        codes = {row["id"]: row["code"] for row in languages}
        pricelists = await self._public_pricelists([many2one(row.get("public_user")) for row in rows])
        return [
            Website(
                id=row["id"],
                name=row["name"],
                domain=text(row["domain"]),
                company_id=many2one(row["company"]) or 0,
                default_language=codes.get(many2one(row["default_language"]), "en_US"),
                languages=tuple(codes[lang_id] for lang_id in sorted(ids(row["languages"])) if lang_id in codes),
                public_pricelist_id=pricelists.get(many2one(row.get("public_user"))),
                prices_include_tax=row.get("show_tax") == "tax_included",
                social_urls=tuple(url for name in _SOCIAL if (url := text(row.get(name)))),
                seo=seo(row),
                updated_at=moment(row["updated"]),
            )
            for row in rows
        ]

    async def _public_pricelists(self, user_ids: list[int | None]) -> dict[int | None, int | None]:
        """The pricelist of each public user's partner: what Odoo shows a guest."""
        wanted = [user_id for user_id in user_ids if user_id is not None]
        if not wanted or not self.reader.has("user"):
            return {}
        context = {"active_test": False}  # the public user is archived
        users = await self.reader.read("user", [among("id", wanted)], context=context)
        partner_of = {row["id"]: many2one(row["partner"]) for row in users}
        partner_ids = [partner_id for partner_id in partner_of.values() if partner_id]
        partners = await self.reader.read("partner", [among("id", partner_ids)], context=context)
        pricelist_of = {row["id"]: many2one(row.get("pricelist")) for row in partners}
        return {user_id: pricelist_of.get(partner_id) for user_id, partner_id in partner_of.items() if partner_id}

    async def companies(self) -> list[Company]:
        return list(await once((self, "companies"), self._read_companies))

    async def _read_companies(self) -> list[Company]:
        rows, currencies = await self.gather(self.reader.read("company", []), self.currencies())
        codes = {currency.id: currency.code for currency in currencies}
        return [
            Company(
                id=row["id"],
                name=row["name"],
                currency_code=codes.get(many2one(row["currency"]) or 0, ""),
                street=text(row["street"]),
                street2=text(row["street2"]),
                zip=text(row["zip"]),
                city=text(row["city"]),
                country_id=many2one(row["country"]),
                phone=text(row["phone"]),
                email=text(row["email"]),
                website_url=text(row["website_url"]),
                tax_rounding=_tax_rounding(row.get("tax_rounding")),
                vat=text(row.get("vat")),
            )
            for row in rows
        ]

    async def languages(self) -> list[Language]:
        return [
            Language(code=row["code"], iso_code=text(row["iso_code"]) or row["code"][:2], name=row["name"])
            for row in await self._language_rows()
        ]

    async def _language_rows(self) -> list[Row]:
        return await once((self, "languages"), lambda: self.reader.read("language", []))

    async def currencies(self) -> list[Currency]:
        return list(await once((self, "currencies"), self._read_currencies))

    async def _read_currencies(self) -> list[Currency]:
        return [self._currency(row) for row in await self.reader.read("currency", [], context={"active_test": False})]

    @staticmethod
    def _currency(row: Row) -> Currency:
        rounding = decimal(row["rounding"]).normalize()
        exponent = rounding.as_tuple().exponent
        return Currency(
            id=row["id"],
            code=row["code"],
            symbol=text(row["symbol"]) or row["code"],
            symbol_first=row["position"] == "before",
            rounding=format(rounding, "f"),
            digits=max(0, -exponent) if isinstance(exponent, int) else 0,
        )

    async def countries(self, lang: str) -> list[Country]:
        rows, states = await self.gather(
            self.reader.read("country", [], lang=lang), self.reader.read("country_state", [], lang=lang)
        )
        by_country: dict[int, list[CountryState]] = {}
        for row in states:
            country_id = many2one(row["country"]) or 0
            state = CountryState(id=row["id"], country_id=country_id, code=row["code"] or "", name=row["name"])
            by_country.setdefault(country_id, []).append(state)
        return [
            Country(
                id=row["id"],
                code=row["code"] or "",
                name=row["name"],
                states=tuple(by_country.get(row["id"], ())),
            )
            for row in rows
        ]
