"""Pages that the shop's people wrote.

The storefront's own addon for Odoo has a model for them. Odoo has none of that kind: its website's pages are templates
of that website, and nothing that a shop in front of it can show. So there are none.
"""

from __future__ import annotations

from typing import Any

from ariadne import InterfaceType, ObjectType

from resolvers.arguments import line, page_bounds
from resolvers.info import Info
from resolvers.query import query

pages_interface = InterfaceType("WebsitePages", lambda *_: "WebsitePageList")
pages_type = ObjectType("WebsitePageList")


@query.field("websitePages")
def resolve_pages(
    _: None,
    info: Info,  # noqa: ARG001
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    search: str | None = None,
    **restrictions: Any,  # noqa: ARG001  # filter and sort of none leave none
) -> list[Any]:
    page_bounds(currentPage, pageSize)
    line(search, "search")
    return []


@query.field("websitePage")
def resolve_page(_: None, info: Info, **which: Any) -> None:  # noqa: ARG001
    return None


pages_type.set_field("websitePages", lambda pages, _: pages)
pages_type.set_field("totalCount", lambda pages, _: len(pages))

BINDABLES = [pages_interface, pages_type]
