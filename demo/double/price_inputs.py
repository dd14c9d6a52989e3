"""What the pricing engine is made from: the policies of the versions, and the dataset's currencies, units and trees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.records.pricing import CurrencyRates, Pricelist, PricingPolicy, Uom
from demo.double.compute.money import company_currency
from pricing.engine import PriceEngine
from pricing.rounding import to_decimal

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Database, Env

POLICIES: Mapping[str, PricingPolicy] = {
    "10.0": PricingPolicy(
        convert_before_formula=False,
        convert_without_rule=False,
        date_bounds="date",
        id_breaks_ties=False,
        price_digits=2,
        tax_computation="sequential",
    ),
    "14.0": PricingPolicy(
        convert_before_formula=False,
        convert_without_rule=True,
        date_bounds="datetime",
        id_breaks_ties=True,
        price_digits=2,
        tax_computation="checkpoints",
    ),
    "19.0": PricingPolicy(
        convert_before_formula=True,
        convert_without_rule=True,
        date_bounds="datetime",
        id_breaks_ties=True,
        price_digits=None,
        first_rate_reaches_back=True,
    ),
}
#: What the engine is built from; it is built anew after one of them changed.
_INPUTS = ("product.pricelist", "product.category", "product.uom", "uom.uom", "res.currency", "res.currency.rate")


def currency_code(env: Env, currency: Any) -> str:
    return str((env.row("res.currency", currency) or {}).get("name", ""))


def price_engine(env: Env) -> PriceEngine:
    """The engine of the database, kept until one of its inputs changes."""
    db = env.db
    state = (*(db.revisions[model] for model in _INPUTS), zone(env).tzname(None))
    kept: tuple[Any, PriceEngine] | None = db.cache.get("price engine")
    if kept is None or kept[0] != state:
        kept = db.cache["price engine"] = (state, _build(env))
    return kept[1]


def _build(env: Env) -> PriceEngine:
    db = env.db
    return PriceEngine(
        POLICIES[db.dataset.version],
        {
            row["id"]: Pricelist(row["id"], currency_code(env, row.get("currency_id")), row.get("name") or "")
            for row in _all(db, "product.pricelist")
        },
        {row["id"]: row.get("parent_id") or None for row in _all(db, "product.category")},
        {uom.id: uom for uom in _units(db)},
        _rates(env),
        timezone=zone(env),
    )


def _all(db: Database, model: str) -> list[Row]:
    table = db.table(model)
    return [row for row in (table.get(record_id) for record_id in table.ids()) if row is not None]


def _units(db: Database) -> Iterable[Uom]:
    if db.dataset.version == "19.0":
        parents = {row["id"]: row.get("relative_uom_id") for row in _all(db, "uom.uom")}
        for row in _all(db, "uom.uom"):
            root = row["id"]
            while parents.get(root):
                root = parents[root]
            yield Uom(row["id"], Decimal(1), root, Decimal("0.01"), factor_inv=to_decimal(row.get("factor", 1.0)))
        return
    for row in _all(db, "product.uom" if db.dataset.version == "10.0" else "uom.uom"):
        inverse = row.get("factor_inv")
        yield Uom(
            row["id"],
            to_decimal(row.get("factor", 1.0)),
            row.get("category_id"),
            to_decimal(row.get("rounding", 0.01)),
            factor_inv=to_decimal(inverse) if inverse else None,
        )


def _rates(env: Env) -> CurrencyRates:
    dated: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in _all(env.db, "res.currency.rate"):
        day = date.fromisoformat(str(row.get("name"))[:10])
        dated[currency_code(env, row.get("currency_id"))].append((day, to_decimal(row.get("rate", 1.0))))
    company = currency_code(env, company_currency(env))
    return CurrencyRates(company, {code: tuple(sorted(days)) for code, days in dated.items()})


def zone(env: Env) -> tzinfo:
    """The user's time zone: where the days of date-bound rules begin."""
    name = env.context.get("tz") or env.value("res.users", env.user_row(), "tz")
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
