"""Wishlists: what whoever asks wishes for, and marks at products.

What a caller wishes for is theirs alone, and a catalogue's answers are kept for all. So `Product.isInWishlist` is told
where the answer is never kept: beside `wishlistItems`, carts, orders, in mutations. In an answer that may be kept it is
null, not false: nothing is said, and the answer stays one for everybody. A shop marks the products of its kept pages by
the ids of `wishlistItems`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

from ariadne import InterfaceType, ObjectType

from resolvers.cart_products import offers_of
from resolvers.context import RequestContext
from resolvers.errors import CartRefusalError, NotFoundError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import Partner, own_partner
from resolvers.product_nodes import ProductNode
from resolvers.products import product_type
from resolvers.query import query

wishlist_interface = InterfaceType("WishlistItems", lambda *_: "WishlistData")
wishlist_type = ObjectType("WishlistData")
item_type = ObjectType("WishlistItem")
login_type = ObjectType("LoginOutput")


@dataclass(frozen=True, slots=True)
class WishedItem:
    """A variant that somebody wishes for. Its id is the variant's."""

    product: ProductNode

    @property
    def id(self) -> int:
        return self.product.id


async def wished_items(context: RequestContext) -> list[WishedItem]:
    """Those on the list of whoever asks that are for sale to them: what is hidden from them is not there."""
    variants = await context.wishes.variants()
    if not variants:
        return []
    view, offers = await context.view(), await offers_of(context, variants, stock=True)
    return [WishedItem(offers.by_variant[one].node(view)) for one in variants if one in offers.by_variant]


@query.field("wishlistItems")
async def resolve_wishlist(_: None, info: Info) -> list[WishedItem]:
    return await wished_items(info.context)


@login_type.field("wishlistItems")
async def resolve_wishlist_of_login(_: object, info: Info) -> list[WishedItem]:
    return await wished_items(info.context)


@mutation.field("wishlistAddItem")
async def resolve_add(_: None, info: Info, productId: int) -> list[WishedItem]:  # noqa: N803
    context = info.context
    offers = await offers_of(context, [productId], stock=True)
    if productId in offers.unknown:
        raise CartRefusalError("ERP_UNAVAILABLE")
    if productId not in offers.by_variant:
        raise NotFoundError("There is no such product.")
    await context.wishes.add(productId)
    return await wished_items(context)


@mutation.field("wishlistRemoveItem")
async def resolve_remove(_: None, info: Info, wishId: int) -> list[WishedItem]:  # noqa: N803
    await info.context.wishes.remove(wishId)
    return await wished_items(info.context)


wishlist_type.set_field("wishlistItems", lambda items, _: items)
wishlist_type.set_field("totalCount", lambda items, _: len(items))


@item_type.field("partner")
async def resolve_partner(_: WishedItem, info: Info) -> Partner:
    return await own_partner(info.context)


# -- marks ----------------------------------------------------------------------------------------------------------


@product_type.field("isInWishlist")
def resolve_mark(node: ProductNode | Mapping[str, Any], info: Info) -> Awaitable[bool] | None:
    """Of a product: is one of its variants on the list?"""
    if info.context.kept or not isinstance(node, ProductNode):
        return None
    return _is_marked(node, info.context)


async def _is_marked(node: ProductNode, context: RequestContext) -> bool:
    ids = [node.id] if node.variant else [variant.id for variant in node.product.variants]
    return not (await context.wishes.marked()).isdisjoint(ids)


BINDABLES = [wishlist_interface, wishlist_type, item_type, login_type]
