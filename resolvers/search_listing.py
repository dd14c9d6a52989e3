"""Lists of products: what can be asked of them, and what is answered, whoever finds the products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from adapters.errors import OdooUnavailableError
from adapters.records import ProductMatch
from cache.record_cache import NotAtHandError
from resolvers.attributes import ValueNode
from resolvers.info import Info
from resolvers.lookahead import names_below, selected_names, selects
from resolvers.matching import ValueCount
from resolvers.product_nodes import ProductNode, product_nodes
from resolvers.search_filter import ProductFilter, Sorting
from resolvers.slugs import product_slug
from resolvers.view import MAX_BATCH, Needs, ShopView
from search.paging import Anchor, Window

#: what a match alone can answer: a list of links needs no product
LINK_FIELDS: Final = frozenset({"id", "name", "slug", "price", "__typename"})
#: of `SearchFallback`
SIMILAR: Final = "SIMILAR"


@dataclass(frozen=True, slots=True)
class Wants:
    """What is asked for beside the products of the page; ``links``: of these nothing but `LINK_FIELDS`."""

    values: bool = False
    stock: bool = False
    list_prices: bool = False
    unit_prices: bool = False
    categories: bool = False
    meant: bool = False
    highlights: bool = False
    links: bool = False

    @classmethod
    def of(cls, info: Info) -> Wants:
        """By what is selected of a list."""
        counts = selects(info, "filterCounts")
        return cls(
            values=counts or selects(info, "facets") or selects(info, "attributeValues"),
            stock=counts or selects(info, "inStockCount"),
            list_prices=any(selects(info, one) for one in ("minPrice", "maxPrice", "priceRange")),
            unit_prices=selects(info, "unitPriceRange"),
            categories=selects(info, "categoryFacets"),
            meant=selects(info, "didYouMean"),
            highlights=selects(info, "edges", "highlight"),
            links=are_links(info, "products"),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that is asked for. ``or_similar``: other products, where none has all that was typed."""

    wanted: ProductFilter
    order: tuple[Sorting, ...]
    window: Window
    wants: Wants
    or_similar: bool = False

    @property
    def uses_stock(self) -> bool:
        return self.wants.stock or self.wanted.in_stock

    @property
    def uses_unit_prices(self) -> bool:
        wanted = self.wanted.has_unit_prices or any(one.key == "unitPrice" for one in self.order)
        return wanted or self.wants.unit_prices


@dataclass(frozen=True, eq=False)
class Listing:
    """A page of matches, and what is told of all of them. ``start``: where the page begins among ``total``.

    ``prices``, ``unit_prices``: the least and the greatest of all matches but for the filter of them, None without
    matches. ``categories``: products in each category and below. ``marked``: names as HTML, by product id.
    ``indexed``: it is the index that found them; ``behind``: which has not heard of the last change.
    """

    view: ShopView
    matches: Sequence[ProductMatch]
    total: int
    start: int = 0
    has_previous: bool = False
    has_next: bool = False
    indexed: bool = False
    behind: bool = False
    anchors: Sequence[Anchor] = ()
    prices: tuple[Decimal, Decimal] | None = None
    unit_prices: tuple[Decimal, Decimal] | None = None
    values: Sequence[ValueCount] = ()
    in_stock: int = 0
    categories: Mapping[int, int] = field(default_factory=dict)
    selected_categories: frozenset[int] = frozenset()
    fallback: str | None = None
    meant: str | None = None
    marked: Mapping[int, str] = field(default_factory=dict)

    @property
    def value_nodes(self) -> list[ValueNode]:
        labels = self.view.labels
        return [ValueNode(labels.values[one.value_id], labels) for one in self.values]


@dataclass(frozen=True, eq=False)
class ListedPage:
    """A page with its products: those of its matches that are shown, each with its place among the matches."""

    listing: Listing
    products: Sequence[tuple[int, ProductNode | Mapping[str, object]]]

    @property
    def total(self) -> int:
        """Without those of what was found that are no longer shown."""
        return self.listing.total - (len(self.listing.matches) - len(self.products))


def are_links(info: Info, *path: str) -> bool:
    """Are only `LINK_FIELDS` selected of the products below the path?"""
    names = selected_names(info, *path)
    return bool(names) and names <= LINK_FIELDS


async def listed_page(listing: Listing, info: Info, *path: str, links: bool = False) -> ListedPage:
    """The page with its products, of which is needed what is selected below the path (names of fields).

    With ``links`` products of which only `LINK_FIELDS` are selected are made of the matches alone.
    """
    view, matches = listing.view, listing.matches
    if links and are_links(info, *path):
        shown = await _linked(listing)
        return ListedPage(listing, [(at, _link(one)) for at, one in enumerate(matches) if one.id in shown])
    view.expect(Needs.of(names_below(info, *path)))
    nodes = {node.product.id: node for node in await page_of_products(view, matches)}
    return ListedPage(listing, [(at, nodes[one.id]) for at, one in enumerate(matches) if one.id in nodes])


async def page_of_products(view: ShopView, matches: Sequence[ProductMatch]) -> list[ProductNode]:
    """The products of matches, in their order."""
    return product_nodes(view, await view.products(match.id for match in matches))


async def _linked(listing: Listing) -> AbstractSet[int]:
    """The matches that are shown. What the index found is judged again: by the records, as far as it may matter.

    Who does not see everything is shown nothing that its record does not allow; likewise everybody, when the index has
    not heard of the last change. Else it is enough that what is at hand is not against it: so that thousands of links
    need no product.
    """
    view, ids = listing.view, {match.id for match in listing.matches}
    if not listing.indexed:
        return ids
    if not view.policy.sees_everything:
        return {product.id for product in await view.products(ids)}
    if listing.behind and len(ids) <= MAX_BATCH:
        with suppress(OdooUnavailableError):
            return {product.id for product in await view.products(ids)}
    return {one for one in ids if not _is_known_to_be_hidden(view, one)}


def _is_known_to_be_hidden(view: ShopView, template_id: int) -> bool:
    try:
        product = view.records.product_at_hand(template_id, view.lang)
    except NotAtHandError:
        return False
    return product is None or not view.shows(product)


def _link(match: ProductMatch) -> Mapping[str, object]:
    """A product of which only `LINK_FIELDS` are asked."""
    return {
        "id": match.id,
        "name": match.name,
        "slug": product_slug(match.name, match.id),
        "price": float(match.list_price),
    }
