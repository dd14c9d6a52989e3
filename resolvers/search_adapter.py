"""Lists of products as Odoo finds them, from records that are kept: where there is no index, or while it is away."""

from __future__ import annotations

import asyncio
import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from adapters.records import ProductMatch, ProductQuery
from adapters.together import Together
from resolvers.matching import Matches, find, query_of, wanted_categories
from resolvers.search_categories import category_counts
from resolvers.search_cursors import placed
from resolvers.search_filter import ProductFilter
from resolvers.search_listing import SIMILAR, Asked, Listing
from resolvers.shown import shown_of
from resolvers.view import ShopView
from search.suggestions import meant

#: other products are so many at most
_MOST_SIMILAR: Final = 200


async def by_adapter(view: ShopView, asked: Asked) -> Listing:
    """The list. Raises OdooError where what it needs is not kept, and Odoo is away."""
    wanted, fallback = asked.wanted, None
    matches = await _found(view, asked, wanted)
    if not matches.found and wanted.words and asked.or_similar:
        similar = await _similar(view, wanted)
        if similar is not None:
            other = await _found(view, asked, similar)
            if other.found:
                wanted, matches, fallback = similar, other, SIMILAR
    on_page = placed(matches.found, asked.window)
    shown = matches.found[on_page.start : on_page.stop]
    return Listing(
        view=view,
        matches=shown,
        total=len(matches.found),
        start=on_page.start,
        has_previous=on_page.start > 0,
        has_next=on_page.stop < len(matches.found),
        prices=_span(matches.min_price, matches.max_price),
        unit_prices=_span(matches.min_unit_price, matches.max_unit_price),
        values=matches.values,
        in_stock=matches.in_stock or 0,
        categories=await _categories(view, asked, wanted, matches) if asked.wants.categories else {},
        selected_categories=frozenset(wanted_categories(view, wanted) or ()),
        fallback=fallback,
        meant=await _meant(view, asked.wanted) if asked.wants.meant else None,
        marked=_marked(shown, asked.wanted.words) if asked.wants.highlights else {},
    )


async def _found(view: ShopView, asked: Asked, wanted: ProductFilter) -> Matches:
    return await find(
        view,
        wanted,
        asked.order,
        with_values=asked.wants.values,
        with_stock=asked.wants.stock,
        with_unit_prices=asked.wants.unit_prices,
    )


async def _categories(view: ShopView, asked: Asked, wanted: ProductFilter, matches: Matches) -> dict[int, int]:
    """Counted without the filter of categories: so that others stay selectable."""
    if wanted.category_ids or wanted.category_slug:
        whole = replace(wanted, category_ids=(), category_slug=None)
        matches = await find(view, whole, asked.order, with_values=False, with_stock=False)
    return dict(await category_counts(view, matches.found))


async def _similar(view: ShopView, wanted: ProductFilter) -> ProductFilter | None:
    """Instead of products that have every word, those that have any of them: with the most words first."""
    if len(wanted.words) < 2:
        return None
    async with Together() as group:
        of_words = [group.create_task(found_by(view, replace(wanted, words=(word,)))) for word in wanted.words]
    counts = Counter(match.id for task in of_words for match in task.result())
    ids = [id_ for id_, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_SIMILAR]]
    return replace(wanted, words=(), ids=tuple(ids)) if ids else None


async def found_by(view: ShopView, wanted: ProductFilter) -> Sequence[ProductMatch]:
    query = query_of(view, wanted, ())
    return () if query is None else await shown_of(view, query, await view.records.find_products(query, view.lang))


async def every_match(view: ShopView) -> Sequence[ProductMatch]:
    """All products that whoever asks sees."""
    query = ProductQuery(website_id=view.website.id, company_id=view.website.company_id)
    return await shown_of(view, query, await view.records.find_products(query, view.lang))


async def _meant(view: ShopView, wanted: ProductFilter) -> str | None:
    """What was meant, by the names of all products; worked out beside what else is done."""
    if not wanted.words:
        return None
    names = [{"name": match.name} for match in await every_match(view)]
    return await asyncio.to_thread(meant, " ".join(wanted.words), names)


def _marked(matches: Sequence[ProductMatch], words: Sequence[str]) -> dict[int, str]:
    """The names as HTML, with what was looked for in ``<em>``; of those alone that have any of it."""
    if not words:
        return {}
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    found = {}
    for match in matches:
        parts = pattern.split(match.name)
        if len(parts) > 1:
            between = [f"<em>{html.escape(one)}</em>" for one in pattern.findall(match.name)]
            found[match.id] = html.escape(parts[0]) + "".join(
                mark + html.escape(part) for mark, part in zip(between, parts[1:], strict=True)
            )
    return found


def _span(least: Decimal | None, most: Decimal | None) -> tuple[Decimal, Decimal] | None:
    return None if least is None or most is None else (least, most)
