"""Pages of the shop as the storefront asks for them: those that were written beside Odoo.

Odoo has none that a shop in front of it could show: its website's pages are templates of that website.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ariadne import InterfaceType, ObjectType

from content.records import Page
from resolvers.arguments import given, ids, line, page, page_bounds
from resolvers.content import shown_pages
from resolvers.info import Info
from resolvers.query import query
from resolvers.view import ShopView

pages_interface = InterfaceType("WebsitePages", lambda *_: "WebsitePageList")
pages_type = ObjectType("WebsitePageList")

_KIND = "STATIC"


@query.field("websitePages")
async def resolve_pages(
    _: None,
    info: Info,
    *,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    search: str | None = None,
    sort: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    bounds, text, wanted = page_bounds(currentPage, pageSize), line(search, "search").lower(), given(filter)
    wanted_ids, kinds = ids(wanted.get("id"), "filter.id"), wanted.get("pageType")
    slug = f"/{line(wanted.get('pageSlug'), 'filter.pageSlug').strip('/')}" if wanted.get("pageSlug") else None
    view = await info.context.view()
    found = [
        one
        for one in await shown_pages(info.context, view)
        if (wanted_ids is None or one.id in wanted_ids)
        and (slug is None or one.slug == slug)
        and (not kinds or _KIND in kinds)
        and text in one.title.lower()
    ]
    direction = given(sort).get("id")
    if direction is not None:
        found.sort(key=lambda one: one.id, reverse=direction == "DESC")
    return {"websitePages": [_answer(one, view) for one in page(found, bounds)], "totalCount": len(found)}


@query.field("websitePage")
async def resolve_page(
    _: None,
    info: Info,
    *,
    id: int | None = None,  # noqa: A002
    pageSlug: str | None = None,  # noqa: N803
) -> dict[str, Any] | None:
    view = await info.context.view()
    slug = f"/{line(pageSlug, 'pageSlug').strip('/')}" if pageSlug else None
    found = (
        one
        for one in await shown_pages(info.context, view)
        if (one.id == id if id is not None else slug is not None and one.slug == slug)
    )
    return next((_answer(one, view) for one in found), None)


def _answer(shown: Page, view: ShopView) -> dict[str, Any]:
    return {
        "id": shown.id,
        "name": shown.title,
        "websiteUrl": shown.slug,
        "content": "\n".join(block.html for block in shown.blocks if block.html),
        "pageType": _KIND,
        "website": view,
        "isPublished": True,
        "publishingDate": shown.published_at.date().isoformat() if shown.published_at else None,
    }


BINDABLES = [pages_interface, pages_type]
