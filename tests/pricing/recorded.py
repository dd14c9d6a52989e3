"""The prices that real Odoos computed, and the catalogue they computed them from, in the engine's terms."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.records.pricing import (
    CurrencyRates,
    PricedProduct,
    Pricelist,
    PricelistRule,
    PricingPolicy,
    RuleScope,
    Uom,
)
from pricing.engine import PriceEngine
from pricing.rounding import to_decimal
from tests.pricing.policies import ODOO_10, ODOO_14, ODOO_19

if TYPE_CHECKING:
    import pytest

    from pricing.rulebook import RuleBook

DATA = Path(__file__).parents[1] / "data" / "odoo"
SCOPES = {
    "0_product_variant": (RuleScope.VARIANT, "product_id"),
    "1_product": (RuleScope.TEMPLATE, "product_tmpl_id"),
    "2_product_category": (RuleScope.CATEGORY, "categ_id"),
    "3_global": (RuleScope.GLOBAL, ""),
}
Row = dict[str, Any]


@dataclass(frozen=True)
class RecordedPrice:
    """One price that Odoo answered. ``field_price``: what its rounded price field shows, where recorded."""

    product: PricedProduct
    pricelist_id: int
    quantity: Decimal
    at: datetime
    price: float
    rule_id: int | None
    field_price: float | None = None
    uom_id: int | None = None
    ambiguous: bool = False


@dataclass(frozen=True)
class Recording:
    """One version's engine, rules, products by variant id, and recorded prices by kind."""

    version: str
    engine: PriceEngine
    book: RuleBook
    rules: tuple[PricelistRule, ...]
    products: dict[int, PricedProduct]
    prices: dict[str, list[RecordedPrice]]


@cache
def recording(version: str) -> Recording:
    data = json.loads((DATA / version / "prices.json").read_text())
    return {"10.0": _odoo_10, "14.0": _odoo_14, "19.0": _odoo_19}[version](data)


def announce(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Says what was checked, past pytest's capture."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}")
        sys.stdout.flush()


def ref(value: Any) -> int | None:
    """The id in a many2one value: [id, name], a bare id, or False."""
    if isinstance(value, list):
        value = value[0]
    return value or None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _bound(text: str | bool, policy: PricingPolicy) -> date | datetime | None:
    if not isinstance(text, str):
        return None
    return date.fromisoformat(text) if policy.date_bounds == "date" else datetime.fromisoformat(text)


def _rule(row: Row, policy: PricingPolicy) -> PricelistRule:
    scope, target = SCOPES[row["applied_on"]]
    return PricelistRule(
        id=row["id"],
        pricelist_id=ref(row["pricelist_id"]) or 0,
        scope=scope,
        target_id=ref(row[target]) if target else None,
        compute_price=row["compute_price"],
        base=row["base"],
        base_pricelist_id=ref(row["base_pricelist_id"]),
        min_quantity=to_decimal(row["min_quantity"]),
        date_start=_bound(row["date_start"], policy),
        date_end=_bound(row["date_end"], policy),
        fixed_price=to_decimal(row["fixed_price"]),
        percent_price=to_decimal(row["percent_price"]),
        discount=to_decimal(row["price_discount"]),
        round_to=to_decimal(row["price_round"]),
        surcharge=to_decimal(row["price_surcharge"]),
        min_margin=to_decimal(row["price_min_margin"]),
        max_margin=to_decimal(row["price_max_margin"]),
    )


def _rates(rows: list[Row], codes: dict[int, str], company_currency: str) -> CurrencyRates:
    dated: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in rows:
        code = codes.get(ref(row["currency_id"]) or 0)
        if code:
            dated[code].append((date.fromisoformat(row["name"][:10]), to_decimal(row["rate"])))
    return CurrencyRates(company_currency, {code: tuple(sorted(days)) for code, days in dated.items()})


def _engine(data: Row, policy: PricingPolicy, rates: list[Row], uoms: list[Uom]) -> PriceEngine:
    codes = {row["id"]: row["name"] for row in data["currencies"]}
    return PriceEngine(
        policy,
        {row["id"]: Pricelist(row["id"], codes[ref(row["currency_id"])], row["name"]) for row in data["pricelists"]},
        {row["id"]: ref(row["parent_id"]) for row in data["categories"]},
        {uom.id: uom for uom in uoms},
        _rates(rates, codes, "USD"),
    )


def _variant(row: Row, currency: str) -> PricedProduct:
    return PricedProduct(
        variant_id=row["id"],
        template_id=ref(row["product_tmpl_id"]) or 0,
        category_id=ref(row["categ_id"]),
        list_price=to_decimal(row["list_price"]),
        price_extra=to_decimal(row["price_extra"]),
        standard_price=to_decimal(row["standard_price"]),
        currency=currency,
        cost_currency=currency,
        uom_id=ref(row["uom_id"]) or 0,
    )


def _template(row: Row, currency: str, cost: float | Decimal) -> PricedProduct:
    variants = row["product_variant_ids"]
    return PricedProduct(
        variant_id=variants[0] if len(variants) == 1 else None,
        template_id=row["id"],
        category_id=ref(row["categ_id"]),
        list_price=to_decimal(row["list_price"]),
        price_extra=Decimal(0),
        standard_price=to_decimal(cost),
        currency=currency,
        cost_currency=currency,
        uom_id=ref(row["uom_id"]) or 0,
    )


def _sized_uoms(rows: list[Row]) -> list[Uom]:
    return [
        Uom(
            row["id"],
            to_decimal(row["factor"]),
            ref(row["category_id"]),
            to_decimal(row["rounding"]),
            to_decimal(row["factor_inv"]),
        )
        for row in rows
    ]


def _relative_uoms(rows: list[Row]) -> list[Uom]:
    parents = {row["id"]: ref(row["relative_uom_id"]) for row in rows}

    def root(uom_id: int) -> int:
        parent = parents.get(uom_id)
        return uom_id if parent is None else root(parent)

    return [
        Uom(
            row["id"],
            1 / to_decimal(row["factor"]),
            root(row["id"]),
            to_decimal(row["rounding"]),
            to_decimal(row["factor"]),
        )
        for row in rows
    ]


def _odoo_10(data: Row) -> Recording:
    engine = _engine(data, ODOO_10, data["currency_rates"], _sized_uoms(data["uoms"]))
    rules = tuple(_rule(row, ODOO_10) for row in data["items"])
    products = {row["id"]: _variant(row, "USD") for row in data["products"]}
    templates = {row["id"]: _template(row, "USD", row["standard_price"]) for row in data["templates"]}
    today = moment(f"{data['about']['today']} 12:00:00")
    open_today = {tuple(row) for row in data["ambiguous_today"]}
    open_dates = {tuple(row) for row in data["ambiguous_dates"]}
    prices = {
        "variants": [
            RecordedPrice(products[p], pl, Decimal(q), today, raw, rule, shown, ambiguous=(p, pl, q) in open_today)
            for p, pl, q, raw, shown, rule in data["prices"]
        ],
        "templates": [
            RecordedPrice(templates[t], pl, Decimal(q), today, raw, rule, shown)
            for t, pl, q, raw, shown, rule in data["template_prices"]
        ],
        "dates": [
            RecordedPrice(
                products[p],
                pl,
                Decimal(q),
                moment(f"{day} 12:00:00"),
                raw,
                rule,
                ambiguous=(p, pl, q, day) in open_dates,
            )
            for p, pl, q, day, raw, rule in data["date_prices"]
        ],
        "units": [
            RecordedPrice(products[p], pl, to_decimal(q), today, raw, rule, shown, uom)
            for p, pl, q, uom, raw, shown, rule in data["uom_prices"]
        ],
    }
    return Recording("10.0", engine, engine.book(rules), rules, products, prices)


def _odoo_14(data: Row) -> Recording:
    engine = _engine(data, ODOO_14, data["rates"], _sized_uoms(data["uoms"]))
    rules = tuple(_rule(row, ODOO_14) for row in data["items_in_the_order_odoo_stores_them"])
    products = {row["id"]: _variant(row, "USD") for row in data["variants"]}
    prices: dict[str, list[RecordedPrice]] = {"variants": [], "dates": []}
    for pricelist_id, product_id, quantity, at, price, rule_id in data["prices"]:
        kind = "variants" if at == data["evaluated_at_utc"] else "dates"
        row = RecordedPrice(products[product_id], pricelist_id, Decimal(quantity), moment(at), price, rule_id or None)
        prices[kind].append(row)
    return Recording("14.0", engine, engine.book(rules), rules, products, prices)


def _odoo_19(data: Row) -> Recording:
    engine = _engine(data, ODOO_19, data["currency_rates"], _relative_uoms(data["uoms"]))
    rules = tuple(_rule(row, ODOO_19) for row in data["pricelist_items"])
    products = {row["id"]: _variant(row, "USD") for row in data["products"]}
    # A template without a cost of its own (several variants) is priced with its first variant's.
    templates = {
        row["id"]: _template(
            row, "USD", row["standard_price"] or products[row["product_variant_ids"][0]].standard_price
        )
        for row in data["templates"]
    }
    at = moment(data["date_utc"])

    def rows(kind: str) -> list[RecordedPrice]:
        return [
            RecordedPrice(
                templates[row["product_tmpl_id"]] if "product_tmpl_id" in row else products[row["product_id"]],
                row["pricelist_id"],
                to_decimal(row["qty"]),
                at,
                row["price"],
                row["item_id"],
                uom_id=row.get("uom_id"),
            )
            for row in data[kind]
        ]

    prices = {"variants": rows("prices"), "templates": rows("template_prices"), "units": rows("uom_prices")}
    return Recording("19.0", engine, engine.book(rules), rules, products, prices)
