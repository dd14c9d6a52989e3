"""Pages, menus and banners that were written beside Odoo, and what was written for products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ariadne import ObjectType

from content.records import Content, MenuItem, Page
from resolvers.arguments import line, page, page_bounds
from resolvers.content_blocks import BlockNode, block_nodes
from resolvers.context import RequestContext, languages_of
from resolvers.info import Info
from resolvers.product_nodes import ProductNode
from resolvers.products import product_type
from resolvers.query import query
from resolvers.view import ShopView

T = TypeVar("T")

page_type = ObjectType("ContentPage")
seo_type = ObjectType("ContentSeo")


@dataclass(frozen=True, slots=True)
class PageNode:
    """A page, and as whom it is shown."""

    page: Page
    view: ShopView
    context: RequestContext


def shown_to(roles: frozenset[str], context: RequestContext) -> bool:
    """Is what is for these roles for whoever asks? What names none is for everybody."""
    return not roles or not roles.isdisjoint(context.identity.roles)


async def content_of(context: RequestContext, view: ShopView) -> Content:
    """All content in the view's language; none where none is set up, or none can be had."""
    library = context.services.content
    return Content(view.lang) if library is None else await library.content(view.lang, view.dependencies)


async def shown_pages(context: RequestContext, view: ShopView) -> Sequence[Page]:
    """The pages that whoever asks may see."""
    return [one for one in (await content_of(context, view)).pages if shown_to(one.roles, context)]


@query.field("contentPage")
async def resolve_page(_: None, info: Info, *, slug: str, language: str | None = None) -> PageNode | None:
    view = await info.context.view(language)
    path = f"/{line(slug, 'slug').strip('/')}"
    found = (await content_of(info.context, view)).page_by_slug.get(path)
    return PageNode(found, view, info.context) if found and shown_to(found.roles, info.context) else None


@query.field("contentPages")
async def resolve_pages(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    language: str | None = None,
) -> dict[str, Any]:
    bounds = page_bounds(currentPage, pageSize)
    view = await info.context.view(language)
    found = await shown_pages(info.context, view)
    return {
        "pages": [PageNode(one, view, info.context) for one in page(found, bounds)],
        "totalCount": len(found),
    }


@query.field("contentMenu")
async def resolve_menu(_: None, info: Info, *, name: str, language: str | None = None) -> dict[str, Any] | None:
    view = await info.context.view(language)
    menu = (await content_of(info.context, view)).menu_by_name.get(line(name, "name"))
    return None if menu is None else {"name": menu.name, "items": _items(menu.items, info.context)}


@query.field("contentBanners")
async def resolve_banners(
    _: None, info: Info, *, place: str | None = None, language: str | None = None
) -> list[dict[str, Any]]:
    view = await info.context.view(language)
    wanted = line(place, "place")
    listed = [
        one
        for one in (await content_of(info.context, view)).banners
        if (not wanted or one.place == wanted) and shown_to(one.roles, info.context)
    ]
    now = info.context.services.clock()
    view.dependencies.until(_next(now, (at for one in listed for at in (one.begins, one.ends))))
    shown = sorted((one for one in listed if one.shown_at(now)), key=lambda one: (one.position, one.id))
    nodes = block_nodes(view, [one.block for one in shown])
    return [{"id": one.id, "place": one.place, "block": node} for one, node in zip(shown, nodes, strict=True)]


@product_type.field("content")
async def resolve_product_content(node: ProductNode, info: Info) -> list[BlockNode]:
    content = await content_of(info.context, node.view)
    skus = [one.sku for one in ([node.variant] if node.variant else node.product.variants) if one.sku]
    found = [*content.by_slug.get(node.slug, ()), *(one for sku in skus for one in content.by_sku.get(sku, ()))]
    unique = {id(one): one for one in found if shown_to(one.roles, info.context)}
    return block_nodes(node.view, [block for one in unique.values() for block in one.blocks])


@page_type.field("blocks")
def resolve_blocks(node: PageNode, _: Info) -> list[BlockNode]:
    return block_nodes(node.view, node.page.blocks)


async def translated(node: PageNode, language: str) -> Page | None:
    """The same page in another language, if whoever asks may see it there."""
    library = node.context.services.content
    if library is None:
        return None
    found = (await library.content(language, node.view.dependencies)).page_by_key.get(node.page.key)
    return found if found and shown_to(found.roles, node.context) else None


@page_type.field("translations")
async def resolve_translations(node: PageNode, _: Info) -> list[dict[str, Any]]:
    others = [one for one in languages_of(node.view.tables, node.view.website) if one.code != node.view.lang]
    found = [(language, await translated(node, language.code)) for language in others]
    return [{"language": language, "slug": page.slug} for language, page in found if page is not None]


for _name in ("id", "slug", "title", "seo"):
    page_type.set_field(_name, lambda node, _, _name=_name: getattr(node.page, _name))
page_type.set_field("publishedAt", lambda node, _: _told(node.page.published_at))
page_type.set_field("updatedAt", lambda node, _: _told(node.page.updated_at))
seo_type.set_field("image", lambda seo, _: seo.picture)


def _items(items: Iterable[MenuItem], context: RequestContext) -> list[dict[str, Any]]:
    return [
        {"label": one.label, "url": one.url, "items": _items(one.items, context)}
        for one in items
        if shown_to(one.roles, context)
    ]


def _next(now: datetime, moments: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in moments if at is not None and at > now), default=None)


def _told(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


BINDABLES = [page_type, seo_type]
