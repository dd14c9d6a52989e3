"""Taxes and currencies of the dataset, as the project's own tax computation takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from adapters.records.pricing import RoundingMethod, Tax
from demo.double.compute.money import company_currency
from demo.double.price_inputs import POLICIES
from pricing.rounding import to_decimal
from pricing.taxes import OrderLine, OrderTotals, display_price, order_totals

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


def taxes(env: Env) -> Mapping[int, Tax]:
    """All taxes of the database, kept until one changes."""
    revision = env.db.revisions["account.tax"]
    kept: tuple[int, Mapping[int, Tax]] | None = env.db.cache.get("taxes")
    if kept is None or kept[0] != revision:
        table = env.db.table("account.tax")
        rows = (table.get(tax_id) for tax_id in table.ids())
        kept = env.db.cache["taxes"] = (revision, {row["id"]: _tax(env, row) for row in rows if row is not None})
    return kept[1]


def _tax(env: Env, row: Row) -> Tax:
    return Tax(
        id=row["id"],
        amount=to_decimal(row.get("amount", 0.0)),
        amount_type=row.get("amount_type") or "percent",
        name=str(row.get("name") or ""),
        price_include=_included(env, row),
        include_base_amount=bool(row.get("include_base_amount")),
        is_base_affected=bool(row.get("is_base_affected", env.db.dataset.version != "19.0")),
        sequence=int(row.get("sequence") or 1),
        children=tuple(row.get("children_tax_ids") or ()),
    )


def _included(env: Env, row: Row) -> bool:
    """In 19 a tax follows its company's setting unless it says otherwise."""
    if env.db.dataset.version != "19.0" or "price_include" in row:
        return bool(row.get("price_include"))
    company = env.row("res.company", row.get("company_id")) or {}
    return (row.get("price_include_override") or company.get("account_price_include")) == "tax_included"


def currency_step(env: Env, currency: Any) -> Decimal:
    """The smallest amount of a currency."""
    return to_decimal((env.row("res.currency", currency) or {}).get("rounding") or 0.01)


def rounding_method(env: Env, company: Any) -> RoundingMethod:
    row = env.row("res.company", company) or {}
    globally = row.get("tax_calculation_rounding_method") == "round_globally"
    return "round_globally" if globally else "round_per_line"


def totals(env: Env, lines: Sequence[OrderLine], currency: Any, company: Any) -> OrderTotals:
    """Amounts of a document's lines and of the whole."""
    return order_totals(
        lines,
        taxes(env),
        rounding_method(env, company),
        currency_step(env, currency),
        computation=POLICIES[env.db.dataset.version].tax_computation,
    )


def without_included(env: Env, price: float, own: Sequence[int], charged: Sequence[int]) -> float:
    """A price that has taxes in it which the line does not charge, without them (fiscal positions)."""
    known = taxes(env)
    gone = [tax for tax in own if tax in known and known[tax].price_include and tax not in charged]
    if not gone:
        return price
    shown = display_price(
        to_decimal(price),
        gone,
        known,
        currency_step(env, company_currency(env)),
        computation=POLICIES[env.db.dataset.version].tax_computation,
    )
    return float(shown.tax_excluded)
