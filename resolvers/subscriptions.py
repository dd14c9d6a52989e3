"""What customers follow: categories, promotions, products that are out of stock.

Only customers follow: whom to tell, in which language, at which prices, and what they may see, is known of them when
there is news, by Odoo's word at that moment. An address that a guest types proves nothing: mail would go to whoever
has it, and nobody could say later what that person may see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from ariadne import EnumType, ObjectType

from adapters.errors import OdooUnavailableError
from resolvers.arguments import line
from resolvers.categories import CategoryNode, category_tree
from resolvers.context import RequestContext
from resolvers.errors import (
    ErpNotSupportedError,
    NotFoundError,
    ProductInStockError,
    SubscriptionsAwayError,
    TooManySubscriptionsError,
)
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import signed_in
from resolvers.product_nodes import ProductNode, stock_status, waiting
from resolvers.promotions import PromotionNode, promotion_nodes, shown_promotion, told_moment
from resolvers.query import query
from resolvers.slugs import MAX_ID
from resolvers.view import ShopView
from subscriptions.model import KINDS, Followed, Owner, SubscriptionsUnavailableError, Target
from subscriptions.store import Subscriptions

log = structlog.get_logger(__name__)

subscription_type = ObjectType("CustomerSubscription")
target_enum = EnumType("SubscriptionTarget", {kind: kind for kind in KINDS})

_NO_TARGET = "There is no such thing to follow."


@dataclass(frozen=True, eq=False)
class SubscriptionNode:
    """Something that a customer follows, and which is shown to them: one of the three."""

    followed: Followed
    category: CategoryNode | None = None
    promotion: PromotionNode | None = None
    product: ProductNode | None = None

    @property
    def id(self) -> str:
        return self.followed.target.key

    @property
    def target(self) -> str:
        return self.followed.target.kind


@query.field("subscriptions")
async def resolve_subscriptions(_: None, info: Info, target: str | None = None) -> list[SubscriptionNode]:
    context = info.context
    store = context.services.subscriptions
    if store is None or context.identity.is_guest:
        return []
    with told_as_such():
        followed = await store.of(await owner_of(context))
    return await _nodes(await context.view(), [one for one in followed if target in {None, one.target.kind}])


@mutation.field("subscribe")
async def resolve_subscribe(_: None, info: Info, input: dict[str, Any]) -> SubscriptionNode:  # noqa: A002
    context = info.context
    owner, store = await owner_of(context), _store(context)
    view = await context.view()
    target = Target.of(f"{input['target']}:{line(input['id'], 'id')}")
    if target is None or (target.kind != "PROMOTION" and not 0 < target.number <= MAX_ID):
        raise NotFoundError(_NO_TARGET)
    target = target if target.kind == "PROMOTION" else Target(target.kind, str(target.number))
    shown = await _shown(view, target)
    if shown is None:
        raise NotFoundError(_NO_TARGET)
    pricelist = view.pricer.pricelist
    with told_as_such():
        if isinstance(shown, ProductNode) and not await _is_out_of_stock(shown):
            await _check_followed(store, owner, target)
        followed = await store.follow(
            owner,
            target,
            pricelist_id=None if pricelist is None else pricelist.id,
            look=target.kind == "PRODUCT_BACK_IN_STOCK",
        )
    if followed is None:
        raise TooManySubscriptionsError
    return _node(followed, shown)


@mutation.field("unsubscribe")
async def resolve_unsubscribe(_: None, info: Info, id: str) -> list[SubscriptionNode]:  # noqa: A002
    context = info.context
    owner, store = await owner_of(context), _store(context)
    target = Target.of(line(id, "id"))
    with told_as_such():
        if target is not None:
            await store.leave(owner, [target])
        followed = await store.of(owner)
    return await _nodes(await context.view(), followed)


async def owner_of(context: RequestContext) -> Owner:
    """Whose subscriptions. Raises NotSignedInError for guests, NotFoundError for a customer who is not in Odoo."""
    partner_id = signed_in(context).partner_id
    if partner_id is None:
        raise NotFoundError("User does not exist.")
    return Owner(partner_id, (await context.view()).website.id)


@contextmanager
def told_as_such() -> Iterator[None]:
    """What keeps subscriptions raises within becomes an error that a client may see."""
    try:
        yield
    except SubscriptionsUnavailableError as error:
        log.warning("subscriptions.unavailable", reason=str(error))
        raise SubscriptionsAwayError from error


async def _check_followed(store: Subscriptions, owner: Owner, target: Target) -> None:
    """Who follows what has come in stock is about to be told. Raises ProductInStockError for anybody else."""
    if target not in {one.target for one in await store.of(owner)}:
        raise ProductInStockError


def _store(context: RequestContext) -> Subscriptions:
    store = context.services.subscriptions
    if store is None:
        raise ErpNotSupportedError("Nothing can be followed in this shop.")
    return store


async def _shown(view: ShopView, target: Target) -> CategoryNode | PromotionNode | ProductNode | None:
    """What is to be followed; None where there is none, or none for whoever asks. Raises OdooError."""
    if target.kind == "CATEGORY":
        return category_tree(view).nodes.get(target.number)
    if target.kind == "PROMOTION":
        return await shown_promotion(view, target.ref)
    for product, variant in await view.products_of([target.number]):
        return ProductNode(view, product, variant)
    return None


_status = waiting(stock_status)


async def _is_out_of_stock(node: ProductNode) -> bool:
    """Is none of it free? What cannot be known, as Odoo is away, is taken for so: it is looked at when that is back."""
    try:
        found = _status(node, None)
        status = found if isinstance(found, str) else await found
    except OdooUnavailableError:
        return True
    return status in {"OUT_OF_STOCK", "AVAILABLE_TO_ORDER"}


async def _nodes(view: ShopView, followed: Sequence[Followed]) -> list[SubscriptionNode]:
    """Those that are shown: what is hidden by now is left out, and followed still."""
    categories = category_tree(view).nodes
    wanted = [one.target for one in followed]
    variant_ids = [one.number for one in wanted if one.kind == "PRODUCT_BACK_IN_STOCK"]
    products = {
        variant.id: ProductNode(view, product, variant) for product, variant in await view.products_of(variant_ids)
    }
    promotions: dict[str, PromotionNode] = {}
    if any(one.kind == "PROMOTION" for one in wanted):
        refs = {one.ref for one in wanted if one.kind == "PROMOTION"}
        promotions = {
            node.id: node for node in await promotion_nodes(view) if node.id in refs and await node.is_shown(None)
        }
    found: list[SubscriptionNode] = []
    for one in followed:
        target = one.target
        shown: CategoryNode | PromotionNode | ProductNode | None
        if target.kind == "CATEGORY":
            shown = categories.get(target.number)
        elif target.kind == "PROMOTION":
            shown = promotions.get(target.ref)
        else:
            shown = products.get(target.number)
        if shown is not None:
            found.append(_node(one, shown))
    return found


def _node(followed: Followed, shown: CategoryNode | PromotionNode | ProductNode) -> SubscriptionNode:
    return SubscriptionNode(
        followed,
        category=shown if isinstance(shown, CategoryNode) else None,
        promotion=shown if isinstance(shown, PromotionNode) else None,
        product=shown if isinstance(shown, ProductNode) else None,
    )


subscription_type.set_field(
    "createdAt", lambda node, _: told_moment(datetime.fromtimestamp(node.followed.since, tz=UTC))
)

BINDABLES = [subscription_type, target_enum]
