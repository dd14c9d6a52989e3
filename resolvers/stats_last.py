"""What a customer ordered last, at products and for lists of variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from aiodataloader import DataLoader
from ariadne import ObjectType

from adapters.records.stats import PurchasedLine, PurchaseQuery
from pricing.rounding import round_half_up
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.money import money
from resolvers.order_types import MOMENT, with_tax
from resolvers.orders import buyer_of
from resolvers.product_nodes import ProductNode
from resolvers.products import product_type
from resolvers.query import query
from resolvers.stats_sums import in_unit, rounding_of
from resolvers.view import MAX_BATCH

#: Prices of long ago say little, and a customer may have ordered a product every week.
YEARS: Final = 3
_DAY: Final = timedelta(days=1)

last_type = ObjectType("LastPurchase")


@dataclass(frozen=True, slots=True)
class LastPurchase:
    """A line. ``quantity`` and ``unit_price`` are for the product's unit."""

    line: PurchasedLine
    quantity: Decimal
    unit_price: Decimal
    tax_included: bool


class LastPurchases:
    """Of one request: all variants that are asked for at the same time are read at once."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        # by buyer too: a mutation may make somebody else of whoever asks
        self._lines: DataLoader[tuple[int, int], PurchasedLine | None] = DataLoader(
            self._load, max_batch_size=MAX_BATCH
        )

    async def of(self, nodes: Sequence[ProductNode]) -> list[LastPurchase]:
        """Of variants, those that were ordered, in their order."""
        buyer_id = await buyer_of(self._context)
        lines = await self._lines.load_many([(buyer_id, node.id) for node in nodes])
        return [await self._shown(node, line) for node, line in zip(nodes, lines, strict=True) if line is not None]

    async def _load(self, keys: list[tuple[int, int]]) -> list[PurchasedLine | None]:
        context, lines = self._context, dict[tuple[int, int], PurchasedLine]()
        for buyer_id in {buyer_id for buyer_id, _ in keys}:
            own = [variant_id for buyer, variant_id in keys if buyer == buyer_id]
            found = await context.purchases.bought(_lately(context, buyer_id), own)
            lines.update({(buyer_id, variant_id): one.last for variant_id, one in found.items()})
        return [lines.get(key) for key in keys]

    async def _shown(self, node: ProductNode, line: PurchasedLine) -> LastPurchase:
        view = await self._context.view()
        taxed = with_tax(self._context, view)
        quantity = in_unit(line.quantity, line.uom_id, node.product.uom_id, view.tables.uoms)
        rounding = rounding_of(view.tables.currencies)
        price = (line.total if taxed else line.untaxed) / (quantity or line.quantity)
        return LastPurchase(line, quantity, round_half_up(price, rounding(line.currency)), taxed)


def _lately(context: RequestContext, buyer_id: int) -> PurchaseQuery:
    """Whole days: what was read stays of use until the next one."""
    today = datetime.combine(context.services.clock().astimezone(UTC), time.min, UTC)
    since = today - timedelta(days=365 * YEARS)
    return PurchaseQuery(commercial_partner_id=buyer_id, since=since, until=today + 2 * _DAY)


def last_purchases(context: RequestContext) -> LastPurchases:
    """Those of a request, whose answers are never kept."""
    known = context.__dict__.get("_last_purchases")
    if known is None:
        known = context.__dict__["_last_purchases"] = LastPurchases(context)
    found: LastPurchases = known
    return found


@query.field("lastPurchases")
async def resolve_last_purchases(_: None, info: Info, variantIds: Sequence[int]) -> list[LastPurchase]:  # noqa: N803
    context = info.context
    await buyer_of(context)
    wanted = list(dict.fromkeys(variantIds))
    if len(wanted) > MAX_BATCH:
        raise BadInputError(f"variantIds may have at most {MAX_BATCH} entries.")
    if not wanted:
        return []
    view = await context.view()
    found = await view.products_of(wanted)
    return await last_purchases(context).of([ProductNode(view, product, variant) for product, variant in found])


@product_type.field("lastPurchase")
async def resolve_last_purchase(node: ProductNode | Mapping[str, Any], info: Info) -> LastPurchase | None:
    """Of a product the newest of its variants. Null where nobody has ordered anything: for guests, too."""
    context = info.context
    identity = context.identity
    if not isinstance(node, ProductNode) or identity.is_guest:
        return None
    if identity.commercial_partner_id is None and identity.partner_id is None:
        return None  # they are not in Odoo
    variants = [node] if node.variant else [node.of(variant) for variant in node.product.variants]
    return _newest(await last_purchases(context).of(variants))


def _newest(found: Iterable[LastPurchase]) -> LastPurchase | None:
    return max(found, key=lambda one: (one.line.at, one.line.order_id, one.line.id), default=None)


last_type.set_field("variantId", lambda last, _: last.line.variant_id)
last_type.set_field("date", lambda last, _: last.line.at.strftime(MOMENT))
last_type.set_field("quantity", lambda last, _: last.quantity)
last_type.set_field("unitPrice", lambda last, _: money(last.unit_price, last.line.currency))
last_type.set_field("taxIncluded", lambda last, _: last.tax_included)
last_type.set_field("orderId", lambda last, _: last.line.order_id)
last_type.set_field("orderName", lambda last, _: last.line.order_name)

BINDABLES = [last_type]
