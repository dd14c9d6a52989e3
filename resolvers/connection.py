"""Products as a connection: typed facets, and cursors that stay valid while products come and go."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from ariadne import EnumType, ObjectType

from resolvers.attributes import AttributeNode
from resolvers.info import Info
from resolvers.lookahead import selected_names
from resolvers.money import money
from resolvers.query import query
from resolvers.search_categories import category_facets
from resolvers.search_cursors import DEFAULT_PAGE, MAX_PAGE, Cursor, asked_window, placed
from resolvers.search_filter import ProductFilter, sortings
from resolvers.search_listing import SIMILAR, Asked, ListedPage, Listing, Wants, listed_page
from resolvers.search_products import list_products

__all__ = ["BINDABLES", "DEFAULT_PAGE", "MAX_PAGE", "Cursor", "asked_window", "facets_of", "placed"]

connection_type = ObjectType("ProductConnection")
fallback_type = EnumType("SearchFallback", {SIMILAR: SIMILAR})


@query.field("productConnection")
async def resolve_connection(
    _: None,
    info: Info,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    search: str | None = None,
    orSimilar: bool | None = None,  # noqa: N803
    sort: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> ListedPage:
    asked = Asked(
        wanted=ProductFilter.read(filter, search),
        order=sortings(sort),
        window=asked_window(first, after, last, before),
        wants=Wants.of(info),
        or_similar=bool(orSimilar),
    )
    view = await info.context.view(language)
    listing = await list_products(info, view, asked)
    if {"nodes", "edges"} & selected_names(info):
        return await listed_page(listing, info)
    return ListedPage(listing, [(at, {}) for at, _match in enumerate(listing.matches)])


@connection_type.field("edges")
def resolve_edges(page: ListedPage, _: Info) -> list[dict[str, Any]]:
    found = page.listing
    return [
        {"cursor": _cursor(found, at), "node": node, "highlight": found.marked.get(found.matches[at].id)}
        for at, node in page.products
    ]


@connection_type.field("pageInfo")
def resolve_page_info(page: ListedPage, _: Info) -> dict[str, Any]:
    found = page.listing
    size = len(found.matches)
    return {
        "hasNextPage": found.has_next,
        "hasPreviousPage": found.has_previous,
        "startCursor": _cursor(found, 0) if size else None,
        "endCursor": _cursor(found, size - 1) if size else None,
    }


def _cursor(found: Listing, at: int) -> str:
    if found.anchors:
        return Cursor.of(found.anchors[at]).encode()
    return Cursor(found.start + at, found.matches[at].id).encode()


def _range(span: tuple[Decimal, Decimal] | None, currency: str) -> dict[str, Any] | None:
    return None if span is None else {"min": money(span[0], currency), "max": money(span[1], currency)}


@connection_type.field("priceRange")
def resolve_price_range(page: ListedPage, _: Info) -> dict[str, Any] | None:
    found = page.listing
    return _range(found.prices, found.view.company_currency.code)


@connection_type.field("unitPriceRange")
def resolve_unit_price_range(page: ListedPage, _: Info) -> dict[str, Any] | None:
    found = page.listing
    return _range(found.unit_prices, found.view.pricer.currency)


def facets_of(found: Listing) -> list[dict[str, Any]]:
    """The facets of a list, each attribute with its values."""
    labels = found.view.labels
    groups = groupby(zip(found.values, found.value_nodes, strict=True), key=lambda one: one[1].value.attribute_id)
    return [
        {
            "attribute": AttributeNode(labels.attributes[attribute_id], labels),
            "values": [{"value": node, "count": value.count, "selected": value.selected} for value, node in values],
        }
        for attribute_id, values in groups
    ]


@connection_type.field("categoryFacets")
def resolve_category_facets(page: ListedPage, _: Info) -> list[dict[str, Any]]:
    found = page.listing
    return category_facets(found.view, found.categories, found.selected_categories)


connection_type.set_field("nodes", lambda page, _: [node for _at, node in page.products])
connection_type.set_field("totalCount", lambda page, _: page.total)
connection_type.set_field("facets", lambda page, _: facets_of(page.listing))
connection_type.set_field("inStockCount", lambda page, _: page.listing.in_stock)
connection_type.set_field("fallback", lambda page, _: page.listing.fallback)
connection_type.set_field("didYouMean", lambda page, _: page.listing.meant)

BINDABLES = [connection_type, fallback_type]
