"""Pricing's raw material: pricelists, rules, rates, units, taxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import structlog

from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.records.pricing import (
    ComputePrice,
    CurrencyRates,
    PriceBase,
    Pricelist,
    PricelistRule,
    RuleScope,
    Tax,
    TaxAmountType,
    Uom,
)
from adapters.source import Domain
from adapters.values import decimal, ids, many2one

log = structlog.get_logger(__name__)

_SCOPES = {
    "0_product_variant": (RuleScope.VARIANT, "variant"),
    "1_product": (RuleScope.TEMPLATE, "template"),
    "2_product_category": (RuleScope.CATEGORY, "category"),
    "3_global": (RuleScope.GLOBAL, None),
}
_SHOP_WIDE = ["2_product_category", "3_global"]
_AMOUNT_TYPES = frozenset({"percent", "fixed", "division", "group"})


class PriceReads(Reads):
    """What the pricing engine works with: pricelists, rules, currency rates, units, taxes."""

    async def pricelists(self) -> list[Pricelist]:
        rows, currencies = await self.gather(self.reader.read("pricelist", []), self.currencies())
        codes = {currency.id: currency.code for currency in currencies}
        return [
            Pricelist(
                id=row["id"],
                name=row["name"],
                currency=codes.get(many2one(row["currency"]) or 0, ""),
                website_id=many2one(row.get("website")),
                company_id=many2one(row["company"]),
                shows_discount=row.get("discounts") == "without_discount",
            )
            for row in rows
        ]

    async def shop_rules(self) -> list[PricelistRule]:
        return self._rules(await self.reader.read("rule", [["applied_on", "in", _SHOP_WIDE]], order="id"))

    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        if not template_ids and not variant_ids:
            return []
        domain: Domain = [
            among("pricelist_id", pricelist_ids),
            "|",
            among("product_tmpl_id", template_ids),
            among("product_id", variant_ids),
        ]
        return self._rules(await self.reader.read("rule", domain, order="id"))

    def _rules(self, rows: Sequence[Row]) -> list[PricelistRule]:
        return [rule for row in rows if (rule := self._rule(row)) is not None]

    def _rule(self, row: Row) -> PricelistRule | None:
        scope, target = _SCOPES.get(row["applied_on"], (None, None))
        target_id = many2one(row[target]) if target else None
        pricelist_id = many2one(row["pricelist"])
        if scope is None or pricelist_id is None or (target and target_id is None):
            log.warning("odoo.rule_ignored", rule_id=row["id"], applied_on=row["applied_on"])
            return None
        base = row["base"] if row["base"] in {"standard_price", "pricelist"} else "list_price"
        base_pricelist_id = many2one(row["base_pricelist"])
        if base == "pricelist" and base_pricelist_id is None:
            base = "list_price"
        on_cost = base == "standard_price" and "markup" in row
        return PricelistRule(
            id=row["id"],
            pricelist_id=pricelist_id,
            scope=scope,
            target_id=target_id,
            compute_price=cast("ComputePrice", row["compute_price"]),
            base=cast("PriceBase", base),
            base_pricelist_id=base_pricelist_id,
            min_quantity=decimal(row["min_quantity"]),
            date_start=_bound(row["date_start"]),
            date_end=_bound(row["date_end"]),
            fixed_price=decimal(row["fixed_price"]),
            percent_price=decimal(row["percent_price"]),
            discount=-decimal(row["markup"]) if on_cost else decimal(row["discount"]),
            round_to=decimal(row["round_to"]),
            surcharge=decimal(row["surcharge"]),
            min_margin=decimal(row["min_margin"]),
            max_margin=decimal(row["max_margin"]),
        )

    async def category_parents(self) -> dict[int, int | None]:
        rows = await self.reader.read("price_category", [], only=("parent",))
        return {row["id"]: many2one(row["parent"]) for row in rows}

    async def currency_rates(self, company_id: int) -> CurrencyRates:
        domain: Domain = [["company_id", "in", [False, company_id]]]
        rows, currencies, companies = await self.gather(
            self.reader.read("currency_rate", domain), self.currencies(), self.companies()
        )
        codes = {currency.id: currency.code for currency in currencies}
        found: dict[str, dict[date, tuple[bool, Decimal]]] = defaultdict(dict)
        for row in rows:
            code = codes.get(many2one(row["currency"]) or 0)
            if code is None or not row["rate"]:
                continue
            day, own = date.fromisoformat(row["date"][:10]), many2one(row["company"]) is not None
            if own or not found[code].get(day, (False, Decimal(0)))[0]:
                found[code][day] = (own, decimal(row["rate"]))
        company_currency = next((c.currency_code for c in companies if c.id == company_id), "")
        return CurrencyRates(
            company_currency=company_currency,
            rates={code: tuple((day, rate) for day, (_, rate) in sorted(days.items())) for code, days in found.items()},
            rounding={currency.code: Decimal(currency.rounding) for currency in currencies},
        )

    async def uoms(self) -> list[Uom]:
        rows = await self.reader.read("uom", [], context={"active_test": False})
        return [self.uom(row) for row in rows]

    def uom(self, row: Row) -> Uom:
        """A unit from its row, in this version's sense of ``factor``."""
        return Uom(
            id=row["id"],
            factor=decimal(row["factor"]),
            factor_inv=decimal(row["size"]),
            category_id=many2one(row["category"]),
            rounding=decimal(row["rounding"]),
        )

    async def taxes(self) -> list[Tax]:
        rows = await self.reader.read("tax", [], context={"active_test": False})
        return [
            Tax(
                id=row["id"],
                name=row["name"],
                amount_type=cast("TaxAmountType", row["amount_type"]),
                amount=decimal(row["amount"]),
                price_include=bool(row["price_include"]),
                include_base_amount=bool(row["include_base_amount"]),
                sequence=row["sequence"] or 0,
                children=ids(row["children"]),
                is_base_affected=bool(row.get("is_base_affected", True)),
            )
            for row in rows
            if row["amount_type"] in _AMOUNT_TYPES
        ]


def _bound(value: Any) -> date | datetime | None:
    """A rule's first or last moment: a date, or a naive UTC datetime, as Odoo has it."""
    if not value:
        return None
    return date.fromisoformat(value) if len(value) == len("2026-01-31") else datetime.fromisoformat(value)
