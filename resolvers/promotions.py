"""Promotions of the pricelist of whoever asks, with those of their products that are shown to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ariadne import EnumType, ObjectType

from adapters.records import Product
from resolvers.arguments import line
from resolvers.categories import category_tree
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.product_nodes import ProductNode
from resolvers.query import query
from resolvers.view import ShopView
from subscriptions.promotion_rules import PromotionRules
from subscriptions.promotions import Promotion, promotions_of
from subscriptions.texts import discount_text, words_of

promotion_type = ObjectType("Promotion")
state_enum = EnumType("PromotionState", {"RUNNING": "RUNNING", "COMING": "COMING"})
discount_enum = EnumType("PromotionDiscount", {"PERCENTAGE": "PERCENTAGE", "SPECIAL_PRICE": "SPECIAL_PRICE"})

#: promotions, and products of one, in an answer
MOST: Final = 100
#: products looked at together to find some that are shown: few at first, as nearly all are
_CHUNKS: Final = (5, 50)


@dataclass(frozen=True, eq=False)
class PromotionNode:
    """A promotion, as it is shown in a view of the shop. ``product_ids``: by template, whoever may see them.

    ``variant_ids``: those of which only some variants are promoted.
    """

    promotion: Promotion
    view: ShopView
    product_ids: tuple[int, ...]
    variant_ids: frozenset[int]

    @property
    def id(self) -> str:
        return self.promotion.id

    @property
    def state(self) -> str:
        return "COMING" if self.promotion.is_coming(self.view.pricer.at) else "RUNNING"

    @property
    def discount(self) -> str:
        return self.promotion.discount

    @property
    def percentage(self) -> Decimal | None:
        return self.promotion.percentage

    @property
    def text(self) -> str:
        return discount_text(words_of(self.view.lang), self.promotion.percentage)

    async def shown(self, most: int) -> list[ProductNode]:
        """So many of its products that are shown to whoever asks; of prices of single variants these."""
        found: list[ProductNode] = []
        for chunk in _chunks(self.product_ids, first=most):
            if len(found) >= most:
                break
            for product in await self.view.products(chunk):
                found += self._nodes(product)
        return found[:most]

    async def is_shown(self, within: frozenset[int] | None) -> bool:
        """Is there anything in it for whoever asks? ``within``: in these categories."""
        if self.promotion.everything:
            return True
        for chunk in _chunks(self.product_ids, first=_CHUNKS[0]):
            products = await self.view.products(chunk)
            if any(within is None or not within.isdisjoint(one.public_category_ids) for one in products):
                return True
        return False

    def _nodes(self, product: Product) -> Iterable[ProductNode]:
        if product.id in self.promotion.template_ids or (self.promotion.category_ids and not self._single(product)):
            return [ProductNode(self.view, product)]
        return [ProductNode(self.view, product, one) for one in product.variants if one.id in self.variant_ids]

    def _single(self, product: Product) -> bool:
        return any(one.id in self.variant_ids for one in product.variants)


async def promotion_nodes(view: ShopView, *, wanted: str | None = None) -> list[PromotionNode]:
    """The promotions of the own pricelist, whether or not anything in them is shown. ``wanted``: that one alone.

    None for whoever may not see its prices. Raises OdooError.
    """
    pricelist = view.pricer.pricelist
    if pricelist is None or not view.policy.shows_prices(pricelist.id, pricelist.id):
        return []
    at = view.pricer.at
    reader = PromotionRules(view.records.cache, view.dependencies)
    promotions = promotions_of(await reader.dated([pricelist.id], at), at)
    for promotion in promotions:
        view.dependencies.until(promotion.changes_at(at))
    return [await _node(view, reader, one) for one in promotions if wanted in {None, one.id}]


async def shown_promotion(view: ShopView, promotion_id: str) -> PromotionNode | None:
    """The promotion, if whoever asks is shown anything in it. Raises OdooError."""
    for node in await promotion_nodes(view, wanted=promotion_id):
        if await node.is_shown(None):
            return node
    return None


async def _node(view: ShopView, reader: PromotionRules, promotion: Promotion) -> PromotionNode:
    owners = await view.records.templates_of(promotion.variant_ids) if promotion.variant_ids else {}
    within = await reader.products_within(promotion.category_ids)
    product_ids = tuple(dict.fromkeys((*promotion.template_ids, *sorted(set(owners.values())), *within)))
    return PromotionNode(promotion, view, product_ids, frozenset(promotion.variant_ids))


def _chunks(ids: Sequence[int], *, first: int) -> Iterator[Sequence[int]]:
    if ids:
        yield ids[:first]
    for start in range(first, len(ids), _CHUNKS[1]):
        yield ids[start : start + _CHUNKS[1]]


def _within(view: ShopView, category_id: int | None) -> frozenset[int] | None:
    """The category and all below it; none where there is no such category, None where none is asked for."""
    if not category_id:
        return None
    node = category_tree(view).nodes.get(category_id)
    found: set[int] = set()
    waiting = [] if node is None else [node]
    while waiting:
        one = waiting.pop()
        if one.category.id not in found:
            found.add(one.category.id)
            waiting += one.children
    return frozenset(found)


@query.field("promotions")
async def resolve_promotions(
    _: None,
    info: Info,
    *,
    first: int | None = None,
    state: str | None = None,
    categoryId: int | None = None,  # noqa: N803
    language: str | None = None,
) -> list[PromotionNode]:
    most = _bounded(first)
    view = await info.context.view(language)
    within = _within(view, categoryId)
    nodes = [node for node in await promotion_nodes(view) if state in {None, node.state}]
    # at the same time: then their products are read together
    shown = await asyncio.gather(*(node.is_shown(within) for node in nodes))
    return [node for node, is_shown in zip(nodes, shown, strict=True) if is_shown][:most]


@query.field("promotion")
async def resolve_promotion(
    _: None,
    info: Info,
    *,
    id: str,  # noqa: A002
    language: str | None = None,
) -> PromotionNode | None:
    return await shown_promotion(await info.context.view(language), line(id, "id"))


@promotion_type.field("products")
async def resolve_products(node: PromotionNode, _: Info, first: int | None = None) -> Sequence[ProductNode]:
    return await node.shown(_bounded(first))


def _bounded(first: int | None) -> int:
    most = 20 if first is None else first
    if not 1 <= most <= MOST:
        raise BadInputError(f"first must be between 1 and {MOST}.")
    return most


def told_moment(moment: datetime | None) -> str | None:
    """UTC, ISO 8601, in whole seconds."""
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")


promotion_type.set_field("minQuantity", lambda node, _: node.promotion.min_quantity)
promotion_type.set_field("startsAt", lambda node, _: told_moment(node.promotion.begins))
promotion_type.set_field("endsAt", lambda node, _: told_moment(node.promotion.ends))
promotion_type.set_field("appliesToEverything", lambda node, _: node.promotion.everything)


BINDABLES = [promotion_type, state_enum, discount_enum]
