"""Products as a connection: typed facets, and cursors that stay valid while products come and go."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ariadne import ObjectType

from adapters.records import ProductMatch
from resolvers.attributes import AttributeNode, ValueNode
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.lookahead import names_below, selected_names, selects
from resolvers.matching import Matches, ProductFilter, find
from resolvers.money import money
from resolvers.product_nodes import ProductNode
from resolvers.product_queries import page_of_products
from resolvers.query import query
from resolvers.view import Needs, ShopView

MAX_PAGE = 500
DEFAULT_PAGE = 20

connection_type = ObjectType("ProductConnection")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the product there, and where it stood. Should the product be gone, its place remains."""

    position: int
    product_id: int

    def encode(self) -> str:
        return base64.urlsafe_b64encode(f"{self.position}:{self.product_id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, argument: str) -> Cursor:
        """Raises BadInputError for what is no cursor."""
        try:
            position, product_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").split(":")
            return cls(int(position), int(product_id))
        except (ValueError, binascii.Error) as error:
            raise BadInputError(f"{argument} is not a cursor of this connection.") from error


@dataclass(frozen=True, slots=True)
class Window:
    """A page: the matches from ``start`` to before ``stop``."""

    start: int
    stop: int
    total: int


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """A page of a connection, with what its facets and counts are made of."""

    view: ShopView
    matches: Matches
    window: Window
    nodes: Sequence[ProductNode]

    def cursor(self, index: int) -> str:
        position = self.window.start + index
        return Cursor(position, self.matches.found[position].id).encode()


def window_of(
    found: Sequence[ProductMatch], first: int | None, after: str | None, last: int | None, before: str | None
) -> Window:
    """The page asked for, by the rules of GraphQL cursor connections.

    Raises BadInputError when both or a negative or too large count is asked for, or a cursor is none.
    """
    if first is not None and last is not None:
        raise BadInputError("Ask for first or last, not both.")
    size = first if first is not None else last if last is not None else DEFAULT_PAGE
    if not 0 <= size <= MAX_PAGE:
        raise BadInputError(f"first and last must be between 0 and {MAX_PAGE}.")
    start, stop = 0, len(found)
    if after is not None:
        cursor = Cursor.decode(after, "after")
        start = min(max(_place(found, cursor, 1), 0), len(found))
    if before is not None:
        stop = min(max(_place(found, Cursor.decode(before, "before"), 0), start), len(found))
    if last is not None:
        start = max(start, stop - size)
    else:
        stop = min(stop, start + size)
    return Window(start, stop, len(found))


def _place(found: Sequence[ProductMatch], cursor: Cursor, beyond: int) -> int:
    """Where the cursor's product stands now (plus ``beyond``), else where it stood."""
    if 0 <= cursor.position < len(found) and found[cursor.position].id == cursor.product_id:
        return cursor.position + beyond
    moved = next((index for index, match in enumerate(found) if match.id == cursor.product_id), None)
    return cursor.position if moved is None else moved + beyond


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
    sort: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> ConnectionPage:
    wanted = ProductFilter.read(filter, search)
    window_of((), first, after, last, before)  # bad arguments are told before Odoo is asked
    view = await info.context.view(language)
    matches = await find(
        view, wanted, sort, with_values=selects(info, "facets"), with_stock=selects(info, "inStockCount")
    )
    window = window_of(matches.found, first, after, last, before)
    shown = matches.found[window.start : window.stop]
    asked = {"nodes", "edges"} & selected_names(info)
    view.expect(Needs.of(names_below(info)))
    return ConnectionPage(view, matches, window, await page_of_products(view, shown) if asked else ())


@connection_type.field("edges")
def resolve_edges(found: ConnectionPage, _: Info) -> list[dict[str, Any]]:
    return [{"cursor": found.cursor(index), "node": node} for index, node in enumerate(found.nodes)]


@connection_type.field("pageInfo")
def resolve_page_info(found: ConnectionPage, _: Info) -> dict[str, Any]:
    window = found.window
    size = window.stop - window.start
    return {
        "hasNextPage": window.stop < window.total,
        "hasPreviousPage": window.start > 0,
        "startCursor": found.cursor(0) if size else None,
        "endCursor": found.cursor(size - 1) if size else None,
    }


@connection_type.field("priceRange")
def resolve_price_range(found: ConnectionPage, _: Info) -> dict[str, Any] | None:
    least, most = found.matches.min_price, found.matches.max_price
    code = found.view.company_currency.code
    return None if least is None or most is None else {"min": money(least, code), "max": money(most, code)}


@connection_type.field("facets")
def resolve_facets(found: ConnectionPage, _: Info) -> list[dict[str, Any]]:
    labels = found.view.labels
    groups = groupby(found.matches.values, key=lambda value: labels.values[value.value_id].attribute_id)
    return [
        {
            "attribute": AttributeNode(labels.attributes[attribute_id], labels),
            "values": [
                {
                    "value": ValueNode(labels.values[value.value_id], labels),
                    "count": value.count,
                    "selected": value.selected,
                }
                for value in values
            ],
        }
        for attribute_id, values in groups
    ]


connection_type.set_field("totalCount", lambda found, _: len(found.matches.found))
connection_type.set_field("inStockCount", lambda found, _: found.matches.in_stock or 0)

BINDABLES = [connection_type]
