"""Prices by pricelist: the project's own pricing engine on the dataset's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from adapters.records.pricing import (
    PricedProduct,
    PricelistRule,
    PricingPolicy,
    RuleScope,
)
from demo.double.compute.money import company_currency, in_unit
from demo.double.compute.registry import COMPUTED, UP_TO_14
from demo.double.price_inputs import POLICIES, currency_code, price_engine, zone
from pricing.rounding import to_decimal

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env
    from pricing.engine import PriceEngine
    from pricing.rulebook import RuleBook

_SCOPES = {
    "0_product_variant": (RuleScope.VARIANT, "product_id"),
    "1_product": (RuleScope.TEMPLATE, "product_tmpl_id"),
    "2_product_category": (RuleScope.CATEGORY, "categ_id"),
    "3_global": (RuleScope.GLOBAL, ""),
}
_ITEMS = "product.pricelist.item"


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


def rule_price(env: Env, pricelist: Any, product: PricedProduct, quantity: float) -> tuple[float, int | bool]:
    """Unrounded price of a unit of the context's ``uom`` at its ``date``, and its rule; without a pricelist the
    list price, per that unit."""
    if env.row("product.pricelist", pricelist) is None:
        price = float(product.list_price + product.price_extra)
        return in_unit(env, price, product.uom_id, env.context.get("uom")), False
    return _price(env, pricelist, product, quantity)


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
    engine = price_engine(env)
    unit = env.context.get("uom")
    found = engine.price(
        product,
        pricelist,
        to_decimal(quantity),
        _moment(env),
        rules=_general(env, engine).extended(_own_rules(env, pricelist, product)),
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
    currency = currency_code(env, company_currency(env, template.get("company_id")))
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


# -------------------------------------------------------------------------------------------------- rules


def _general(env: Env, engine: PriceEngine) -> RuleBook:
    """The rules for categories and for everything, indexed once for all products."""
    state = (env.db.revisions[_ITEMS], id(engine))
    kept: tuple[Any, RuleBook] | None = env.db.cache.get("general rules")
    if kept is None or kept[0] != state:
        ids = env.db.table(_ITEMS).find("applied_on", ["2_product_category", "3_global"])
        policy = POLICIES[env.db.dataset.version]
        rows = list(_active(env, ids))
        chained: dict[int, set[int]] = defaultdict(set)
        kept = env.db.cache["general rules"] = (state, engine.book(_rule(row, policy) for row in rows))
        for row in rows:
            if row.get("base") == "pricelist" and row.get("base_pricelist_id"):
                chained[row["pricelist_id"]].add(row["base_pricelist_id"])
        env.db.cache["general chains"] = chained
    return kept[1]


def _active(env: Env, ids: Iterable[int]) -> Iterable[Row]:
    rows = (env.row(_ITEMS, item_id) for item_id in ids)
    can_archive = env.db.can_archive(_ITEMS)
    return (row for row in rows if row is not None and (not can_archive or row.get("active")))


def _own_rules(env: Env, pricelist: int, product: PricedProduct) -> list[PricelistRule]:
    """The rules that name the product, of the pricelist and of those that its rules build on."""
    table = env.db.table(_ITEMS)
    ids = set(table.find("product_tmpl_id", [product.template_id]))
    if product.variant_id is not None:
        ids.update(table.find("product_id", [product.variant_id]))
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in _active(env, ids):
        rows[row["pricelist_id"]].append(row)
    chained: Mapping[int, set[int]] = env.db.cache["general chains"]
    wanted, todo = {pricelist}, [pricelist]
    while todo:
        current = todo.pop()
        bases = {row["base_pricelist_id"] for row in rows.get(current, ()) if row.get("base_pricelist_id")}
        fresh = (bases | chained.get(current, set())) - wanted
        wanted |= fresh
        todo.extend(fresh)
    policy = POLICIES[env.db.dataset.version]
    return [_rule(row, policy) for key in wanted for row in rows.get(key, ())]


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


def _moment(env: Env) -> datetime:
    text = env.context.get("date")
    if not text:
        return env.now.replace(tzinfo=UTC)
    if len(str(text)) == 10:
        return datetime.combine(date.fromisoformat(str(text)), time(12), zone(env))
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
