"""How many of a list's products are in each category, or below it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.records import ProductMatch, with_those_above
from adapters.together import Together
from resolvers.categories import CategoryNode, category_tree
from resolvers.view import MAX_BATCH, ShopView

_AT_ONCE: Final = 4


async def category_counts(view: ShopView, matches: Sequence[ProductMatch]) -> Mapping[int, int]:
    """By category id how many of the products are in it or below. Reads them, some hundred at a time.

    Of the very same matches it is counted once.
    """
    key, inputs = ("category counts", id(matches)), (matches, view.labels)
    kept: Mapping[int, int] | None = view.outcomes.known(key, inputs)
    if kept is None:
        kept = await _counted(view, matches)
        if view.dependencies.keepable:
            view.outcomes.keep(key, inputs, kept, len(kept))
    return kept


async def _counted(view: ShopView, matches: Sequence[ProductMatch]) -> Mapping[int, int]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(ids: Sequence[int]) -> Counter[int]:
        async with gate:
            products = await view.products(ids)
        counts: Counter[int] = Counter()
        for product in products:
            counts.update(with_those_above(view.labels.categories, product.public_category_ids))
        return counts

    ids = [match.id for match in matches]
    async with Together() as group:
        batches = [group.create_task(read(ids[start : start + MAX_BATCH])) for start in range(0, len(ids), MAX_BATCH)]
    return sum((batch.result() for batch in batches), Counter())


def category_facets(view: ShopView, counts: Mapping[int, int], selected: frozenset[int]) -> list[dict[str, Any]]:
    """`CategoryFacet`s of the categories that the website shows and that have products, each before those below it."""
    tree = category_tree(view)
    tops = [node for node in tree.nodes.values() if node.parent is None]
    return [
        {"category": node, "count": count, "selected": node.category.id in selected}
        for node in _in_order(tops, set())
        if (count := counts.get(node.category.id, 0))
    ]


def _in_order(nodes: Iterable[CategoryNode], seen: set[int]) -> Iterator[CategoryNode]:
    for node in nodes:
        if node.category.id not in seen:
            seen.add(node.category.id)
            yield node
            yield from _in_order(node.children, seen)
