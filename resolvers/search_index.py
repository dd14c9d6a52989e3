"""Lists of products as the product index finds them: one call tells the page, facets, counts and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.records import ProductMatch
from cache.tags import PRODUCTS, STOCK
from identity.filter_words import Vocabulary
from pricing.rounding import round_half_up
from resolvers.matching import value_counts, wanted_categories
from resolvers.search_counts import SearchCounts
from resolvers.search_filter import Sorting
from resolvers.search_freshness import BEHIND_FOR, SearchIndex
from resolvers.search_listing import SIMILAR, Asked, Listing
from resolvers.search_prices import UNNAMED_FOR
from resolvers.view import ShopView
from search.documents import in_company
from search.fields import sees
from search.paging import Hit, IndexPage, Question, page_of
from search.queries import Found
from search.request import Asker, Facet, ProductSearch, Sort, SortKey

_SORTED_BY: Final[Mapping[str, SortKey]] = {
    "id": "id",
    "name": "name",
    "newest": "newest",
    "popular": "popular",
    "price": "list_price",
    "unitPrice": "price",
}
#: what a match is made of
_MATCH: Final = ("name", "list_price")


class UnpricedError(Exception):
    """What one unit costs whoever asks is not in the index."""


async def by_index(view: ShopView, index: SearchIndex, asked: Asked) -> Listing:
    """The list. Raises NotAnsweredError, UnpricedError, and HiddenFieldError for what they may not use."""
    categories = wanted_categories(view, asked.wanted)
    if categories is None or view.policy.sees_nothing:
        return Listing(view, (), 0, indexed=True)
    asker = asker_of(view)
    if asked.uses_unit_prices and not await _has_prices(view, index):
        raise UnpricedError
    question = Question(
        asker=asker,
        wanted=_search(view, asked, categories),
        window=asked.window,
        facets=_facets(asker, asked),
        only=_MATCH if asked.wants.links else (),
        highlight=("name",) if asked.wants.highlights and asked.wanted.words else (),
        meant=asked.wants.meant,
        counts=SearchCounts[Found](view, index, "search"),
    )
    asking = index.asking_for(view.policy.roles, asker.pricelist_id)
    found = await page_of(asking, view.lang, question)
    depend(view, index, found.observed_at, stock=asked.uses_stock, unit_prices=asked.uses_unit_prices)
    behind = not index.changes.are_in(found.observed_at, stock=False)
    listing = replace(_listing(view, asked, found, frozenset(categories)), behind=behind)
    if found.found.total or not asked.wanted.words or not asked.or_similar:
        return listing
    other = replace(question, wanted=replace(question.wanted, any_word=True), meant=False)
    similar = await page_of(asking, view.lang, other)
    if not similar.found.total:
        return listing
    listed = _listing(view, asked, similar, frozenset(categories))
    return replace(listed, behind=behind, fallback=SIMILAR, meant=listing.meant)


def asker_of(view: ShopView) -> Asker:
    """Whoever asks, to the index."""
    inputs = (view.labels, view.tables)
    trees = view.outcomes.of(
        ("category trees", view.lang),
        inputs,
        lambda: Vocabulary.of(view.labels, view.tables.category_parents),
        lambda _: 1_000,
    )
    pricelist = view.pricer.pricelist
    return Asker(
        viewer=view.policy,
        trees=trees,
        website_id=view.website.id,
        company_id=view.website.company_id,
        pricelist_id=None if pricelist is None else pricelist.id,
    )


def depend(
    view: ShopView, index: SearchIndex, observed_at: datetime | None, *, stock: bool, unit_prices: bool = False
) -> None:
    """Note what an answer of the index depends on, and that it is soon over if the index is behind the last change."""
    view.dependencies.add((PRODUCTS, STOCK) if stock else (PRODUCTS,))
    if not index.changes.are_in(observed_at, stock=stock):
        view.dependencies.until(view.pricer.at + BEHIND_FOR)
    if unit_prices:  # of whichever product: none of them is named
        view.dependencies.until(view.pricer.changes_at(()))
        view.dependencies.until(view.pricer.at + UNNAMED_FOR)


def _search(view: ShopView, asked: Asked, categories: tuple[int, ...]) -> ProductSearch:
    wanted = asked.wanted
    return ProductSearch(
        text=" ".join(wanted.words),
        name_parts=wanted.name_words,
        ids=wanted.ids,
        category_ids=categories or None,
        attributes=wanted.attributes,
        min_price=wanted.min_unit_price,
        max_price=wanted.max_unit_price,
        min_list_price=wanted.min_price,
        max_list_price=wanted.max_price,
        in_stock=wanted.in_stock,
        place=in_company(view.website.company_id),
        sort=tuple(map(_sorted_by, asked.order)),
    )


def _sorted_by(one: Sorting) -> Sort:
    return Sort(_SORTED_BY[one.key], descending=one.descending)


def _facets(asker: Asker, asked: Asked) -> list[Facet]:
    """What is asked for and may be told: the rest is null, or was refused before."""
    wants, own = asked.wants, asker.pricelist_id
    told_by: tuple[tuple[Facet, bool, str], ...] = (
        ("attributes", wants.values, "attributes"),
        ("categories", wants.categories, "category_tree_ids"),
        ("stock", wants.stock, "in_stock"),
        ("list_price", wants.list_prices, "list_price"),
        ("price", wants.unit_prices, f"prices.p{own}"),
    )
    return [facet for facet, is_wanted, field in told_by if is_wanted and sees(asker.viewer, field, own)]


async def _has_prices(view: ShopView, index: SearchIndex) -> bool:
    """Are the prices in the index those that whoever asks is shown?"""
    pricelist = view.pricer.pricelist
    if pricelist is None:
        return False
    prices = await index.asking.prices(view.lang)
    is_shown_so = prices.include_tax == view.pricer.shows_tax and prices.company_id == view.website.company_id
    return is_shown_so and prices.has(pricelist.id)


# -- what was found -------------------------------------------------------------------------------------------


def _listing(view: ShopView, asked: Asked, page: IndexPage, categories: frozenset[int]) -> Listing:
    found = page.found
    unit = _span(found.min_price, found.max_price)
    step = Decimal(view.tables.currencies[view.pricer.currency].rounding)
    return Listing(
        view=view,
        matches=[_match(view, hit) for hit in page.hits],
        total=found.total,
        start=page.start,
        has_previous=page.has_previous,
        has_next=page.has_next,
        indexed=True,
        anchors=page.anchors,
        prices=_span(found.min_list_price, found.max_list_price),
        unit_prices=(round_half_up(unit[0], step), round_half_up(unit[1], step)) if unit else None,
        values=value_counts(view, asked.wanted, _value_counts(found)),
        in_stock=found.in_stock or 0,
        categories=found.categories,
        selected_categories=categories,
        meant=page.meant,
        marked={hit.id: marks[0] for hit in page.hits if (marks := hit.highlights.get("name"))},
    )


def _match(view: ShopView, hit: Hit) -> ProductMatch:
    """As far as they may see it: what is hidden is answered by nothing that is made of it."""
    source = hit.source
    return ProductMatch(
        id=hit.id,
        name=source.get("name") or "",
        list_price=Decimal(repr(source.get("list_price", 0))),
        updated_at=view.pricer.at,
        variant_ids=(),
    )


def _value_counts(found: Found) -> dict[tuple[int, int], int]:
    counts = {}
    for token, count in found.attributes.items():
        attribute_id, _, value_id = token.partition("-")
        counts[int(attribute_id), int(value_id)] = count
    return counts


def _span(least: Decimal | None, most: Decimal | None) -> tuple[Decimal, Decimal] | None:
    return None if least is None or most is None else (least, most)
