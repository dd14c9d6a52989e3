"""Prices by pricelist: the project's own pricing engine on the dataset's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.records.pricing import (
    CurrencyRates,
    PricedProduct,
    Pricelist,
    PricelistRule,
    PricingPolicy,
    RuleScope,
    Uom,
)
from demo.double.compute.money import company_currency
from demo.double.compute.registry import COMPUTED, UP_TO_14
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
_SCOPES = {
    "0_product_variant": (RuleScope.VARIANT, "product_id"),
    "1_product": (RuleScope.TEMPLATE, "product_tmpl_id"),
    "2_product_category": (RuleScope.CATEGORY, "categ_id"),
    "3_global": (RuleScope.GLOBAL, ""),
}
_ITEMS = "product.pricelist.item"
#: What the engine is built from; it is built anew after one of them changed.
_INPUTS = ("product.pricelist", "product.category", "product.uom", "uom.uom", "res.currency", "res.currency.rate")


def pricelist_prices(
    env: Env, pricelists: Iterable[int], product_id: int, quantity: float, _partner: Any = None
) -> dict[int, tuple[float, int | bool]]:
    """Unrounded prices of one variant, with the rule's id (False: none): ``price_rule_get``."""
    wanted = list(pricelists) or env.visible("product.pricelist", list(env.db.table("product.pricelist").ids()))
    row = env.row("product.product", product_id)
    if row is None:
        from demo.double.constraints import missing

        raise missing(env, "product.product", [product_id])
    return {key: _price(env, key, priced_variant(env, row), quantity) for key in wanted}


def contextual_price(env: Env, model: str, row: Row) -> float:
    """The price for the context's pricelist, quantity, date and unit; the list price without a pricelist."""
    pricelist = _context_pricelist(env)
    product = priced_variant(env, row) if model == "product.product" else priced_template(env, row)
    if pricelist is None:
        return float(product.list_price + product.price_extra)
    return _price(env, pricelist, product, float(env.context.get("quantity") or 1))[0]


def _price_field(model: str) -> None:
    @COMPUTED.field(model, "price", UP_TO_14)
    def price(env: Env, row: Row) -> float:
        return contextual_price(env, model, row) if env.context.get("pricelist") else 0.0


for _model in ("product.product", "product.template"):
    _price_field(_model)


def _context_pricelist(env: Env) -> int | None:
    """The context's pricelist, by id, by name, or as [id, name]; None when it is unknown."""
    value = env.context.get("pricelist")
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    if isinstance(value, str):
        rows = (env.row("product.pricelist", key) for key in env.db.table("product.pricelist").ids())
        names = {name: row["id"] for row in rows if row for name in (row.get("name"), _named(env, row))}
        value = names.get(value)
    return value if isinstance(value, int) and env.row("product.pricelist", value) is not None else None


def _named(env: Env, row: Row) -> Any:
    return env.value("product.pricelist", row, "display_name")


def _price(env: Env, pricelist: int, product: PricedProduct, quantity: float) -> tuple[float, int | bool]:
    engine = _engine(env)
    unit = env.context.get("uom")
    rules = engine.book(_rules(env, product, _chain(env, pricelist)))
    found = engine.price(
        product,
        pricelist,
        to_decimal(quantity),
        _moment(env),
        rules=rules,
        uom_id=unit if isinstance(unit, int) else None,
    )
    return float(found.amount), found.rule_id or False


# ----------------------------------------------------------------------------------------------- products


def priced_variant(env: Env, row: Row) -> PricedProduct:
    template = env.row("product.template", row.get("product_tmpl_id")) or {"id": 0}
    plain = env.with_context(uom=None) if env.context.get("uom") else env
    return _priced(env, template, row["id"], plain.value("product.product", row, "price_extra"), row)


def priced_template(env: Env, row: Row) -> PricedProduct:
    """A template by itself: no variant rule applies unless it has one variant; no extra price."""
    from demo.double.compute.variants import variant_rows

    variants = variant_rows(env, row["id"])
    cost = variants[0] if len(variants) == 1 or (variants and env.db.dataset.version == "19.0") else {}
    return _priced(env, row, variants[0]["id"] if len(variants) == 1 else None, 0.0, cost)


def _priced(env: Env, template: Row, variant: int | None, extra: float, cost: Row) -> PricedProduct:
    currency = _code(env, company_currency(env, template.get("company_id")))
    return PricedProduct(
        variant_id=variant,
        template_id=template["id"],
        category_id=template.get("categ_id") or None,
        list_price=to_decimal(template.get("list_price", 0.0)),
        price_extra=to_decimal(extra),
        standard_price=to_decimal(cost.get("standard_price", 0.0)),
        currency=currency,
        cost_currency=currency,
        uom_id=template.get("uom_id") or 0,
    )


def _code(env: Env, currency: Any) -> str:
    return str((env.row("res.currency", currency) or {}).get("name", ""))


# -------------------------------------------------------------------------------------------------- rules


def _chain(env: Env, pricelist: int) -> frozenset[int]:
    """The pricelist and those its rules may build on."""
    chained = env.memo.get("pricelist chains")
    if chained is None:
        chained = env.memo["pricelist chains"] = defaultdict(set)
        for item_id in env.db.table(_ITEMS).find("base", ["pricelist"]):
            item = env.row(_ITEMS, item_id)
            if item is not None and item.get("base_pricelist_id"):
                chained[item.get("pricelist_id")].add(item["base_pricelist_id"])
    found, todo = {pricelist}, [pricelist]
    while todo:
        todo = [other for current in todo for other in chained.get(current, ()) if other not in found]
        found.update(todo)
    return frozenset(found)


def _rules(env: Env, product: PricedProduct, pricelists: frozenset[int]) -> list[PricelistRule]:
    table = env.db.table(_ITEMS)
    key = ("general rules", pricelists)
    general = env.memo.get(key)
    if general is None:
        ids = table.find("applied_on", ["2_product_category", "3_global"])
        general = env.memo[key] = _converted(env, ids, pricelists)
    own = set(table.find("product_tmpl_id", [product.template_id]))
    if product.variant_id is not None:
        own.update(table.find("product_id", [product.variant_id]))
    return [*general, *_converted(env, own, pricelists)]


def _converted(env: Env, ids: Iterable[int], pricelists: frozenset[int]) -> list[PricelistRule]:
    rows = (env.row(_ITEMS, item_id) for item_id in ids)
    policy = POLICIES[env.db.dataset.version]
    return [
        _rule(row, policy)
        for row in rows
        if row is not None and row.get("pricelist_id") in pricelists and row.get("active", True)
    ]


def _rule(row: Row, policy: PricingPolicy) -> PricelistRule:
    scope, target = _SCOPES[row["applied_on"]]
    return PricelistRule(
        id=row["id"],
        pricelist_id=row["pricelist_id"],
        scope=scope,
        target_id=(row.get(target) or None) if target else None,
        compute_price=row.get("compute_price") or "fixed",
        base=row.get("base") or "list_price",
        base_pricelist_id=row.get("base_pricelist_id") or None,
        min_quantity=to_decimal(row.get("min_quantity", 0)),
        date_start=_bound(row.get("date_start"), policy),
        date_end=_bound(row.get("date_end"), policy),
        fixed_price=to_decimal(row.get("fixed_price", 0.0)),
        percent_price=to_decimal(row.get("percent_price", 0.0)),
        discount=_discount(row),
        round_to=to_decimal(row.get("price_round", 0.0)),
        surcharge=to_decimal(row.get("price_surcharge", 0.0)),
        min_margin=to_decimal(row.get("price_min_margin", 0.0)),
        max_margin=to_decimal(row.get("price_max_margin", 0.0)),
    )


def _discount(row: Row) -> Decimal:
    """On cost, 19 shows the discount as a markup: the same number with the other sign."""
    if row.get("base") == "standard_price" and row.get("price_markup") and not row.get("price_discount"):
        return -to_decimal(row["price_markup"])
    return to_decimal(row.get("price_discount", 0.0))


def _bound(text: Any, policy: PricingPolicy) -> date | datetime | None:
    if not text:
        return None
    return date.fromisoformat(text[:10]) if policy.date_bounds == "date" else datetime.fromisoformat(text)


# ------------------------------------------------------------------------------------------------- engine


def _engine(env: Env) -> PriceEngine:
    """The engine of the database, kept until one of its inputs changes."""
    db = env.db
    state = (*(db.revisions[model] for model in _INPUTS), _zone(env).tzname(None))
    kept: tuple[Any, PriceEngine] | None = db.cache.get("price engine")
    if kept is None or kept[0] != state:
        kept = db.cache["price engine"] = (state, _build(env))
    return kept[1]


def _build(env: Env) -> PriceEngine:
    db = env.db
    return PriceEngine(
        POLICIES[db.dataset.version],
        {
            row["id"]: Pricelist(row["id"], _code(env, row.get("currency_id")), row.get("name") or "")
            for row in _all(db, "product.pricelist")
        },
        {row["id"]: row.get("parent_id") or None for row in _all(db, "product.category")},
        {uom.id: uom for uom in _units(db)},
        _rates(env),
        timezone=_zone(env),
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
        dated[_code(env, row.get("currency_id"))].append((day, to_decimal(row.get("rate", 1.0))))
    company = _code(env, company_currency(env))
    return CurrencyRates(company, {code: tuple(sorted(days)) for code, days in dated.items()})


def _zone(env: Env) -> tzinfo:
    """The user's time zone: where the days of date-bound rules begin."""
    name = env.context.get("tz") or env.value("res.users", env.user_row(), "tz")
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _moment(env: Env) -> datetime:
    text = env.context.get("date")
    if not text:
        return env.now.replace(tzinfo=UTC)
    if len(str(text)) == 10:
        return datetime.combine(date.fromisoformat(str(text)), time(12), _zone(env))
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
