"""The orders that real Odoos keep, beside the catalogue they were made from, in the engine's terms."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.records.contacts import Contact, FiscalPosition, TaxMapping
from adapters.records.orders import DeliveryMethod
from adapters.records.pricing import CurrencyRates, PricedProduct, Pricelist, Tax
from pricing.engine import PriceEngine
from pricing.rounding import to_decimal
from tests.pricing.policies import POLICIES
from tests.pricing.recorded import (
    DATA,
    Row,
    _relative_uoms,
    _rule,
    _sized_uoms,
    moment,
    ref,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from adapters.records.pricing import RoundingMethod
    from pricing.rulebook import RuleBook

RECORDS = Path(__file__).parents[2] / "demo" / "data" / "odoo"


@dataclass(frozen=True)
class RecordedLine:
    """A line of goods or delivery as Odoo keeps it."""

    id: int
    product_id: int
    uom_id: int
    quantity: Decimal
    price_unit: Decimal
    discount: Decimal
    tax_ids: tuple[int, ...]
    delivery: bool
    created: datetime
    row: Row


@dataclass(frozen=True)
class RecordedOrder:
    """An order with its lines. ``row``: as Odoo answered it."""

    id: int
    name: str
    pricelist_id: int | None
    position_id: int | None
    lines: tuple[RecordedLine, ...]
    row: Row


@dataclass(frozen=True)
class Shop:
    """One version's catalogue, price engine and orders."""

    version: str
    engine: PriceEngine
    book: RuleBook
    products: dict[int, PricedProduct]
    product_taxes: dict[int, tuple[int, ...]]
    taxes: dict[int, Tax]
    positions: dict[int, FiscalPosition]
    contacts: dict[int, Contact]
    methods: dict[int, DeliveryMethod]
    orders: dict[int, RecordedOrder]
    rounding_method: RoundingMethod


def records(version: str, model: str) -> list[Row]:
    """All rows of a model, as Odoo answered them."""
    found: list[Row] = json.loads((RECORDS / version / "records" / f"{model}.json").read_text())["records"]
    return found


@cache
def shop(version: str) -> Shop:
    templates = {row["id"]: row for row in records(version, "product.template")}
    variants = records(version, "product.product")
    company_taxes = _taxes_of_company(version, 1)
    engine = _engine(version)
    policy = POLICIES[version]
    template_of = {row["id"]: templates[ref(row["product_tmpl_id"]) or 0] for row in variants}
    return Shop(
        version=version,
        engine=engine,
        book=engine.book(_rule(row, policy) for row in records(version, "product.pricelist.item")),
        products={row["id"]: _product(row, template_of[row["id"]]) for row in variants},
        product_taxes={
            one: tuple(tax_id for tax_id in template["taxes_id"] if tax_id in company_taxes)
            for one, template in template_of.items()
        },
        taxes={row["id"]: _tax(row) for row in records(version, "account.tax")},
        positions={one.id: one for one in _positions(version)},
        contacts={row["id"]: _contact(row) for row in records(version, "res.partner")},
        methods={row["id"]: _method(row) for row in records(version, "delivery.carrier")},
        orders={one.id: one for one in _orders(version)},
        rounding_method=records(version, "res.company")[0]["tax_calculation_rounding_method"],
    )


def _engine(version: str) -> PriceEngine:
    codes = {row["id"]: row["name"] for row in records(version, "res.currency")}
    dated: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in records(version, "res.currency.rate"):
        if (code := codes.get(ref(row["currency_id"]) or 0)) and ref(row["company_id"]) in {None, 1}:
            dated[code].append((date.fromisoformat(row["name"][:10]), to_decimal(row["rate"])))
    units = json.loads((DATA / version / "prices.json").read_text())["uoms"]
    uoms = _relative_uoms(units) if version == "19.0" else _sized_uoms(units)
    return PriceEngine(
        POLICIES[version],
        {row["id"]: _pricelist(row, codes) for row in records(version, "product.pricelist")},
        {row["id"]: ref(row["parent_id"]) for row in records(version, "product.category")},
        {uom.id: uom for uom in uoms},
        CurrencyRates("USD", {code: tuple(sorted(days)) for code, days in dated.items()}),
    )


def _pricelist(row: Row, codes: dict[int, str]) -> Pricelist:
    shows = row.get("discount_policy") == "without_discount"
    return Pricelist(row["id"], codes[ref(row["currency_id"]) or 0], row["name"], shows_discount=shows)


def _product(row: Row, template: Row) -> PricedProduct:
    return PricedProduct(
        variant_id=row["id"],
        template_id=template["id"],
        category_id=ref(template["categ_id"]),
        list_price=to_decimal(template["list_price"]),
        price_extra=to_decimal(row["price_extra"]),
        standard_price=to_decimal(row["standard_price"]),
        currency="USD",
        cost_currency="USD",
        uom_id=ref(template["uom_id"]) or 0,
    )


def _tax(row: Row) -> Tax:
    included = row["price_include_override"] == "tax_included" if "is_base_affected" in row else row["price_include"]
    return Tax(
        id=row["id"],
        name=row["name"],
        amount=to_decimal(row["amount"]),
        amount_type=row["amount_type"],
        price_include=included,
        include_base_amount=row["include_base_amount"],
        is_base_affected=row.get("is_base_affected", True),
        sequence=row["sequence"],
        children=tuple(row["children_tax_ids"]),
    )


def _taxes_of_company(version: str, company_id: int) -> set[int]:
    return {row["id"] for row in records(version, "account.tax") if ref(row["company_id"]) == company_id}


def _positions(version: str) -> list[FiscalPosition]:
    """The mappings stand on the taxes in 19; in 10 and 14 in a table of their own, which was not recorded."""
    mapped: dict[int, list[TaxMapping]] = defaultdict(list)
    if version == "19.0":
        for row in records(version, "account.tax"):
            for position in row["fiscal_position_ids"]:
                mapped[position] += [TaxMapping(tax_id=one, to=row["id"]) for one in row["original_tax_ids"]]
    return [
        FiscalPosition(
            id=row["id"],
            name=row["name"],
            sequence=row["sequence"],
            company_id=ref(row["company_id"]),
            auto_apply=row["auto_apply"],
            vat_required=row["vat_required"],
            country_id=ref(row["country_id"]),
            country_ids=(),
            state_ids=tuple(row["state_ids"]),
            zip_from=str(row["zip_from"]) if row["zip_from"] else None,
            zip_to=str(row["zip_to"]) if row["zip_to"] else None,
            taxes=tuple(mapped[row["id"]]),
            removes_all=version == "19.0" and not row["tax_ids"],
        )
        for row in records(version, "account.fiscal.position")
    ]


def _contact(row: Row) -> Contact:
    return Contact(
        id=row["id"],
        kind=row["type"] or "contact",
        name=row["name"] or "",
        commercial_partner_id=ref(row["commercial_partner_id"]) or row["id"],
        zip=row["zip"] or None,
        state_id=ref(row["state_id"]),
        country_id=ref(row["country_id"]),
        vat=row["vat"] or None,
        fiscal_position_id=ref(row.get("property_account_position_id")),
    )


def _method(row: Row) -> DeliveryMethod:
    free = row.get("free_over", row.get("free_if_more_than"))
    return DeliveryMethod(
        id=row["id"],
        name=row["display_name"],
        sequence=row["sequence"],
        variant_id=ref(row["product_id"]) or 0,
        pricing="fixed" if row["delivery_type"] == "fixed" else "rules",
        fixed_price=to_decimal(row["fixed_price"]),
        free_over=to_decimal(row["amount"]) if free else None,
    )


def _orders(version: str) -> list[RecordedOrder]:
    lines: dict[int, list[RecordedLine]] = defaultdict(list)
    for row in records(version, "sale.order.line"):
        if ref(row["product_id"]):
            lines[ref(row["order_id"]) or 0].append(_line(row))
    return [
        RecordedOrder(
            id=row["id"],
            name=row["name"],
            pricelist_id=ref(row["pricelist_id"]),
            position_id=ref(row["fiscal_position_id"]),
            lines=tuple(lines[row["id"]]),
            row=row,
        )
        for row in records(version, "sale.order")
    ]


def _line(row: Row) -> RecordedLine:
    return RecordedLine(
        id=row["id"],
        product_id=ref(row["product_id"]) or 0,
        uom_id=ref(row.get("product_uom", row.get("product_uom_id"))) or 0,
        quantity=to_decimal(row["product_uom_qty"]),
        price_unit=to_decimal(row["price_unit"]),
        discount=to_decimal(row["discount"]),
        tax_ids=tuple(row["tax_id" if "tax_id" in row else "tax_ids"]),
        delivery=bool(row["is_delivery"]),
        created=moment(row["create_date"]),
        row=row,
    )
