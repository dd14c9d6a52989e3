"""Statistics of purchases: what whoever asks and their company ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from ariadne import ObjectType

from adapters.records.stats import PurchasedLine, PurchaseQuery
from cache.purchases import Bought
from resolvers.arguments import page_bounds
from resolvers.categories import CategoryNode
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.lookahead import names_below
from resolvers.money import money
from resolvers.order_types import MOMENT
from resolvers.orders import buyer_of
from resolvers.product_nodes import ProductNode
from resolvers.query import query
from resolvers.stats_periods import Span, Unit, number_of, periods, zone_of
from resolvers.stats_sums import Amount, VariantSum, amounts_of, rounding_of, variant_sums
from resolvers.view import Needs, ShopView

MAX_DAYS: Final = 3_660
MAX_PERIODS: Final = 400
MAX_PAGE: Final = 200
_YEAR: Final = timedelta(days=365)

stats_type = ObjectType("PurchaseStats")
period_type = ObjectType("PurchasePeriod")
amount_type = ObjectType("PurchaseAmount")
product_type = ObjectType("PurchasedProduct")
category_type = ObjectType("PurchasedCategory")


@dataclass(frozen=True, slots=True)
class StatsView:
    """What a buyer ordered in a span of days. ``zone``: the name of the span's time zone.

    ``company_id``: of whom; None: of whoever sells in this Odoo.
    """

    buyer_id: int
    span: Span
    zone: str
    company_id: int | None = None

    @property
    def query(self) -> PurchaseQuery:
        return PurchaseQuery(
            commercial_partner_id=self.buyer_id,
            since=self.span.since,
            until=self.span.until,
            company_id=self.company_id,
        )


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """What was ordered in a part of it."""

    span: Span
    orders: int
    amounts: Sequence[Amount]


@dataclass(frozen=True, slots=True)
class ProductTotal:
    """What was ordered of a variant. ``node``: None: it is not for sale any more, to whoever asks."""

    sum: VariantSum
    bought: Bought | None
    node: ProductNode | None


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """What was ordered of a category; None: of none that is shown."""

    node: CategoryNode | None
    products: int
    amounts: Sequence[Amount]


def stats_view(
    context: RequestContext, buyer_id: int, arguments: Mapping[str, Any], company_id: int | None = None
) -> StatsView:
    """Of the arguments ``from``, ``to`` and ``timezone``. Raises BadInputError."""
    name = arguments.get("timezone") or "UTC"
    zone = zone_of(name)
    if zone is None:
        raise BadInputError("timezone has to be the name of a time zone, such as Europe/Brussels.")
    last = _day(arguments.get("to"), "to") or context.services.clock().astimezone(zone).date()
    first = _day(arguments.get("from"), "from") or last - _YEAR
    span = Span(first, last, zone)
    if not 0 < span.days <= MAX_DAYS:
        raise BadInputError(f"from and to have to be in this order, and at most {MAX_DAYS} days apart.")
    return StatsView(buyer_id, span, name, company_id)


def _day(text: str | None, argument: str) -> date | None:
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        found = None
    # Odoo's database has no earlier ones worth a sale, and the day after has to be one as well
    if found is None or not 1970 <= found.year < 9000:
        raise BadInputError(f"{argument} has to be a day such as 2026-01-31.")
    return found


@query.field("stats")
async def resolve_stats(_: None, info: Info, **arguments: Any) -> StatsView:
    context = info.context
    return stats_view(context, await buyer_of(context), arguments)


# -- whole orders ---------------------------------------------------------------------------------------------------


@stats_type.field("orders")
async def resolve_orders(stats: StatsView, info: Info) -> int:
    return len(await info.context.purchases.orders(stats.query))


@stats_type.field("amounts")
async def resolve_amounts(stats: StatsView, info: Info) -> list[Amount]:
    context = info.context
    found = await context.purchases.orders(stats.query)
    return amounts_of(found, rounding_of((await context.view()).tables.currencies))


@stats_type.field("periods")
async def resolve_periods(stats: StatsView, info: Info, period: Unit = "MONTH") -> list[PeriodTotal]:
    if number_of(stats.span, period) > MAX_PERIODS + 1:
        raise BadInputError(f"There are more than {MAX_PERIODS} periods; ask for longer ones.")
    context = info.context
    orders = await context.purchases.orders(stats.query)
    rounding = rounding_of((await context.view()).tables.currencies)
    found, waiting = [], list(reversed(orders))
    for span in periods(stats.span, period):
        own = []
        while waiting and stats.span.day_of(waiting[-1].at) <= span.last:
            own.append(waiting.pop())
        found.append(PeriodTotal(span, len(own), amounts_of(own, rounding)))
    return found


# -- goods ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Goods:
    """All that was ordered, and of those for sale to whoever asks what they are."""

    sums: Sequence[VariantSum]
    nodes: Mapping[int, ProductNode]


async def _goods(context: RequestContext, stats: StatsView) -> _Goods:
    parts = await context.purchases.variants(stats.query)
    view = await context.view()
    nodes = await _nodes(view, list(dict.fromkeys(part.variant_id for part in parts)))
    units = {variant_id: node.product.uom_id for variant_id, node in nodes.items()}
    return _Goods(variant_sums(parts, units, view.tables.uoms, rounding_of(view.tables.currencies)), nodes)


async def _nodes(view: ShopView, variant_ids: Sequence[int]) -> dict[int, ProductNode]:
    """Of the variants that whoever asks sees."""
    found = await view.products_of(variant_ids) if variant_ids else []
    return {variant.id: ProductNode(view, product, variant) for product, variant in found}


@stats_type.field("products")
async def resolve_products(
    stats: StatsView,
    info: Info,
    sort: str = "QUANTITY",
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
) -> dict[str, Any]:
    offset, limit = page_bounds(currentPage, pageSize)
    context = info.context
    view = await context.view()
    view.expect(Needs.of(names_below(info, "products", "product")))
    goods = await _goods(context, stats)
    ranked = sorted(goods.sums, key=partial(_rank, sort, view.pricer.currency))
    page = ranked[offset : offset + min(limit, MAX_PAGE)]
    bought = await context.purchases.bought(stats.query, [one.variant_id for one in page])
    totals = [ProductTotal(one, bought.get(one.variant_id), goods.nodes.get(one.variant_id)) for one in page]
    return {"products": totals, "totalCount": len(ranked)}


def _rank(sort: str, currency: str, one: VariantSum) -> tuple[Decimal, Decimal, int]:
    """The largest first; the same in every version and at every time."""
    if sort == "QUANTITY":
        return -one.quantity, -one.untaxed(currency), one.variant_id
    return -one.untaxed(currency), -sum((amount.untaxed for amount in one.amounts), Decimal(0)), one.variant_id


@stats_type.field("categories")
async def resolve_categories(stats: StatsView, info: Info, level: int = 1) -> list[CategoryTotal]:
    if not 1 <= level <= 20:
        raise BadInputError("level has to be between 1 and 20.")
    context = info.context
    goods = await _goods(context, stats)
    rounding = rounding_of((await context.view()).tables.currencies)
    members: dict[int | None, list[VariantSum]] = {}
    shown: dict[int, CategoryNode] = {}
    for one in goods.sums:
        node = _category(goods.nodes.get(one.variant_id), level)
        if node is not None:
            shown[node.category.id] = node
        members.setdefault(None if node is None else node.category.id, []).append(one)
    places = {category_id: place for place, category_id in enumerate(_in_order(shown))}
    ordered = sorted(members, key=lambda key: len(places) if key is None else places[key])
    return [
        CategoryTotal(
            shown.get(key) if key is not None else None,
            len(members[key]),
            amounts_of([amount for one in members[key] for amount in one.amounts], rounding),
        )
        for key in ordered
    ]


def _category(node: ProductNode | None, level: int) -> CategoryNode | None:
    """The one that a product counts in."""
    if node is None or not node.facts.categories:
        return None
    return node.facts.categories[0].path[:level][-1]


def _in_order(shown: Mapping[int, CategoryNode]) -> list[int]:
    """As the shop lists its categories."""
    return sorted(shown, key=lambda key: [(step.category.sequence, step.category.id) for step in shown[key].path])


@product_type.field("product")
def resolve_product(total: ProductTotal, _: Info) -> ProductNode | None:
    return total.node


def _last(total: ProductTotal) -> PurchasedLine | None:
    return None if total.bought is None else total.bought.last


def _name(total: ProductTotal) -> str | None:
    last = _last(total)
    return None if last is None else last.name or None


def _last_moment(total: ProductTotal) -> str | None:
    last = _last(total)
    return None if last is None else last.at.strftime(MOMENT)


stats_type.set_field("from", lambda stats, _: stats.span.first.isoformat())
stats_type.set_field("to", lambda stats, _: stats.span.last.isoformat())
stats_type.set_field("timezone", lambda stats, _: stats.zone)
period_type.set_field("from", lambda total, _: total.span.first.isoformat())
period_type.set_field("to", lambda total, _: total.span.last.isoformat())
amount_type.set_field("currencyCode", lambda amount, _: amount.currency)
amount_type.set_field("untaxed", lambda amount, _: money(amount.untaxed, amount.currency))
amount_type.set_field("tax", lambda amount, _: money(amount.tax, amount.currency))
amount_type.set_field("total", lambda amount, _: money(amount.total, amount.currency))
product_type.set_field("variantId", lambda total, _: total.sum.variant_id)
product_type.set_field("name", lambda total, _: _name(total))
product_type.set_field("quantity", lambda total, _: total.sum.quantity)
product_type.set_field("amounts", lambda total, _: total.sum.amounts)
product_type.set_field("orders", lambda total, _: 0 if total.bought is None else total.bought.orders)
product_type.set_field("lastOrderedAt", lambda total, _: _last_moment(total))
category_type.set_field("category", lambda total, _: total.node)

BINDABLES = [stats_type, period_type, amount_type, product_type, category_type]
