"""Currencies, rates and prices that do not need a pricelist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.names import display_name
from demo.double.compute.registry import COMPUTED, ONLY_10, ONLY_19, SINCE_14, UP_TO_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env


def company_id(env: Env) -> int:
    """The user's company, or the first there is."""
    own = env.user_row().get("company_id")
    return int(own) if own else next(iter(env.db.table("res.company").ids()), 1)


def company_currency(env: Env, company: Any = None) -> int | bool:
    row = env.row("res.company", company or company_id(env))
    return row.get("currency_id", False) if row is not None else False


@COMPUTED.field("product.template", "currency_id cost_currency_id")
def _currency(env: Env, row: Row) -> int | bool:
    return company_currency(env, row.get("company_id"))


@COMPUTED.field("website", "currency_id", SINCE_14)
def _website_currency(env: Env, row: Row) -> int | bool:
    return company_currency(env, row.get("company_id"))


@COMPUTED.field("res.partner", "currency_id")
def _partner_currency(env: Env, row: Row) -> int | bool:
    return company_currency(env, row.get("company_id"))


@COMPUTED.field("res.company", "country_id")
def _company_country(env: Env, row: Row) -> Any:
    partner = env.row("res.partner", row.get("partner_id"))
    return partner.get("country_id", False) if partner is not None else row.get("country_id", False)


@COMPUTED.field("product.template", "lst_price")
def _template_lst_price(_env: Env, row: Row) -> Any:
    return row.get("list_price", 0.0)


@COMPUTED.field("product.product", "lst_price")
def _lst_price(env: Env, row: Row) -> float:
    """The list price with the attributes' extra, per unit of the context's ``uom`` where one is named."""
    template = env.row("product.template", row.get("product_tmpl_id")) or {}
    price = float(template.get("list_price", 0.0)) + float(env.value("product.product", row, "price_extra"))
    wanted = env.context.get("uom")
    if wanted and env.db.dataset.version != "19.0":
        return in_unit(env, price, template.get("uom_id"), wanted)
    return price


def in_unit(env: Env, price: float, own: Any, wanted: Any) -> float:
    """A price per unit ``own`` as a price per unit ``wanted``."""
    model = "product.uom" if env.db.dataset.version == "10.0" else "uom.uom"
    source, target = env.row(model, own), env.row(model, wanted)
    if source is None or target is None or own == wanted:
        return price
    return price * float(source.get("factor", 1.0)) / float(target.get("factor", 1.0))


@COMPUTED.field("res.currency", "rate")
def _rate(env: Env, row: Row) -> float:
    """Units of this currency for one of the rate base, as of the context's date or today."""
    day = str(env.context.get("date") or env.now)[:10]
    company = company_id(env)
    best: tuple[str, float] | None = None
    for rate_id in env.db.table("res.currency.rate").find("currency_id", [row["id"]]):
        rate = env.row("res.currency.rate", rate_id) or {}
        if rate.get("company_id") not in (False, None, company):
            continue
        since = str(rate.get("name") or "")
        if since[:10] <= day and (best is None or since > best[0]):
            best = (since, float(rate.get("rate", 1.0)))
    return 1.0 if best is None else best[1]


@COMPUTED.field("res.currency", "inverse_rate", ONLY_19)
def _inverse_rate(env: Env, row: Row) -> float:
    return 1.0 / float(env.value("res.currency", row, "rate"))


@COMPUTED.field("res.currency", "date")
def _rate_date(env: Env, row: Row) -> Any:
    dates = [
        str((env.row("res.currency.rate", rate_id) or {}).get("name") or "")[:10]
        for rate_id in env.db.table("res.currency.rate").find("currency_id", [row["id"]])
    ]
    return max(dates) if dates else False


@COMPUTED.field("res.currency", "decimal_places")
def _decimal_places(_env: Env, row: Row) -> int:
    rounding = float(row.get("rounding") or 0.01)
    return 0 if not 0 < rounding < 1 else len(f"{rounding:.10f}".rstrip("0").partition(".")[2])


@COMPUTED.field("product.pricelist.item", "price", UP_TO_14)
def _item_price(env: Env, row: Row) -> str:
    """The rule in words, as the pricelist form shows it."""
    currency = display_name(env, "res.currency", row.get("currency_id")) or ""
    if row.get("compute_price") == "fixed":
        return _amount(env, row, float(row.get("fixed_price", 0.0)), str(currency))
    if row.get("compute_price") == "percentage":
        discount = row.get("percent_price", 0.0)
        return f"{discount} % discount"
    return f"{row.get('price_discount', 0.0)} % discount and {row.get('price_surcharge', 0.0)} surcharge"


@COMPUTED.field("product.pricelist.item", "price", ONLY_19)
def _item_price_19(env: Env, row: Row) -> str:
    """The rule in words; its base is named, and a surcharge is a fee or a rebate."""
    kind = row.get("compute_price")
    if kind == "fixed":
        return _amount(env, row, float(row.get("fixed_price", 0.0)), "")
    chained = display_name(env, "product.pricelist", row.get("base_pricelist_id"))
    if kind == "percentage":
        return f"{_short(row.get('percent_price', 0.0))} % discount on {chained or 'sales price'}"
    base = chained if row.get("base") == "pricelist" and chained else "sales price"
    percent, word = row.get("price_discount", 0.0), "discount"
    if row.get("base") == "standard_price":
        base, percent, word = "product cost", row.get("price_markup", 0.0), "markup"
    fee = float(row.get("price_surcharge") or 0.0)
    extra = f"{'+' if fee > 0 else '-'} {_amount(env, row, abs(fee), '')} {'extra fee' if fee > 0 else 'rebate'}"
    return f"{_short(percent)} % {word} on {base} {extra if fee else ''}"


def _short(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _amount(env: Env, row: Row, amount: float, currency: str) -> str:
    if env.db.dataset.version == "10.0":
        return f"{amount} {currency}"
    symbol_row = env.row("res.currency", row.get("currency_id")) or {}
    symbol = symbol_row.get("symbol", "")
    number = f"{amount:,.2f}"
    space = "\u00a0" if env.db.dataset.version == "19.0" else " "
    before = symbol_row.get("position") == "before"
    return f"{symbol}{space}{number}" if before else f"{number}{space}{symbol}"


@COMPUTED.field("product.product", "pricelist_item_ids", ONLY_10)
def _pricelist_items(env: Env, row: Row) -> list[int]:
    table = env.db.table("product.pricelist.item")
    own = list(table.find("product_id", [row["id"]]))
    return sorted({*own, *table.find("product_tmpl_id", [row.get("product_tmpl_id")])})


@COMPUTED.field("product.template.attribute.value", "currency_id", SINCE_14)
def _extra_currency(env: Env, row: Row) -> int | bool:
    template = env.row("product.template", env.value("product.template.attribute.value", row, "product_tmpl_id"))
    return company_currency(env, template.get("company_id") if template else None)
