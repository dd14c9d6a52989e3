"""Blocks of content, with the products that they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ariadne import ObjectType

from content.records import Block
from resolvers.info import Info
from resolvers.lookahead import names_below
from resolvers.product_nodes import ProductNode, product_nodes
from resolvers.view import Needs, ShopView

block_type = ObjectType("ContentBlock")


@dataclass(frozen=True, slots=True)
class BlockNode:
    """A block, and the shop in which it is shown."""

    block: Block
    view: ShopView


def block_nodes(view: ShopView, blocks: Iterable[Block]) -> list[BlockNode]:
    """The blocks, as this shop shows them."""
    return [BlockNode(block, view) for block in blocks]


@block_type.field("products")
async def resolve_products(node: BlockNode, info: Info) -> list[ProductNode]:
    if not node.block.skus:
        return []
    node.view.expect(Needs.of(names_below(info)))
    return product_nodes(node.view, await node.view.products_of_skus(node.block.skus))


for _name in ("kind", "title", "html", "link"):
    block_type.set_field(_name, lambda node, _, _name=_name: getattr(node.block, _name))
block_type.set_field("image", lambda node, _: node.block.picture)
block_type.set_field("data", lambda node, _: dict(node.block.data) or None)

BINDABLES = [block_type]
