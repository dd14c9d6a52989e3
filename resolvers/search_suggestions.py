"""Suggestions while somebody types: products, categories, values; by one call to the index, else by what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ariadne import ObjectType

from adapters.records import ProductMatch
from adapters.together import Together
from resolvers.arguments import line
from resolvers.attributes import ValueNode
from resolvers.categories import CategoryNode, category_tree
from resolvers.context import RequestContext
from resolvers.errors import BadInputError
from resolvers.info import Info
from resolvers.lookahead import selects
from resolvers.matching import find
from resolvers.query import query
from resolvers.search_adapter import every_match, found_by
from resolvers.search_counts import SearchCounts
from resolvers.search_filter import ProductFilter
from resolvers.search_freshness import SearchIndex
from resolvers.search_index import asker_of, depend
from resolvers.search_listing import Listing, are_links, listed_page
from resolvers.search_products import fall_back
from resolvers.view import ShopView
from search.asking import NotAnsweredError
from search.digests import digest_of
from search.fields import sees
from search.suggesting import Counts, counts_body, counts_of, folded_words, has_begun
from search.suggestions import suggest_body

suggestions_type = ObjectType("SearchSuggestions")

MOST: Final = 20
#: names looked at of each kind
_CANDIDATES: Final = 100
_SHORTEST_CODE: Final = 3
_NO_COUNTS: Final = Counts({}, {})
_EVERYTHING: Final = ProductFilter.read(None, None)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, and how much is wanted of each kind; ``links``: of products nothing but `LINK_FIELDS`."""

    text: str
    first: int
    products: bool
    categories: bool
    values: bool
    links: bool

    def begins(self, name: str) -> bool:
        return has_begun(folded_words(self.text), name)


@dataclass(frozen=True, eq=False)
class Suggested:
    """``categories`` and ``values``: with the number of their products, none without any."""

    products: Listing
    categories: Sequence[tuple[CategoryNode, int]] = ()
    values: Sequence[tuple[ValueNode, int]] = ()


@query.field("searchSuggestions")
async def resolve_suggestions(
    _: None,
    info: Info,
    *,
    search: str,
    first: int | None = None,
    language: str | None = None,
) -> Suggested:
    size = 8 if first is None else first
    if not 1 <= size <= MOST:
        raise BadInputError(f"first must be between 1 and {MOST}.")
    text = line(search, "search")
    context: RequestContext = info.context
    view = await context.view(language)
    if not folded_words(text) or view.policy.sees_nothing:
        return Suggested(Listing(view, (), 0))
    typed = _Typed(
        text,
        size,
        products=selects(info, "products"),
        categories=selects(info, "categories"),
        values=selects(info, "values"),
        links=are_links(info, "products"),
    )
    index = context.services.search
    if index is not None:
        try:
            return await _by_index(view, index, typed)
        except NotAnsweredError:
            fall_back(context, view)
    return await _by_adapter(view, typed)


def _categories(view: ShopView, typed: _Typed) -> list[CategoryNode]:
    nodes = category_tree(view).nodes.values() if typed.categories else ()
    return [node for node in nodes if typed.begins(node.category.name)][:_CANDIDATES]


def _values(view: ShopView, typed: _Typed) -> list[ValueNode]:
    labels = view.labels
    found = [
        ValueNode(value, labels)
        for value in (labels.values.values() if typed.values else ())
        if value.attribute_id in labels.attributes
        and labels.attributes[value.attribute_id].visible
        and typed.begins(value.name)
    ]
    return sorted(found, key=lambda node: labels.value_order(node.value.id))[:_CANDIDATES]


def _commonest(nodes: Sequence[Any], counts: Sequence[int], first: int) -> list[tuple[Any, int]]:
    """Those that have products, the ones with most first."""
    counted = [(node, count) for node, count in zip(nodes, counts, strict=True) if count]
    return sorted(counted, key=lambda one: -one[1])[:first]


# -- by the index ---------------------------------------------------------------------------------------------


async def _by_index(view: ShopView, index: SearchIndex, typed: _Typed) -> Suggested:
    asker = asker_of(view)
    categories, values = _categories(view, typed), _values(view, typed)
    body = suggest_body(asker, typed.text, size=typed.first) if typed.products else None
    told = ("name", "list_price") if typed.links else ()
    shown = [one for one in told if sees(asker.viewer, one, asker.pricelist_id)] or False
    asking = index.asking_for(view.policy.roles, asker.pricelist_id)
    counting = counts_body(asker) if categories or values else None
    # of whoever sees the same, as long as the index is the same: so that nobody counts at each letter typed
    counted_before, digest = SearchCounts[Counts](view, index, "suggestions"), digest_of(counting or {}, size=16)
    kept = counted_before.known(digest)
    bodies = [] if body is None else [{**body, "_source": shown}]
    if counting is not None and (kept is None or body is None):
        bodies.append(counting)
    if not bodies:
        return Suggested(Listing(view, (), 0))
    reply = await asking.ask(view.lang, bodies)
    depend(view, index, reply.observed_at, stock=False)
    found = reply.answers[0] if body is not None else None
    hits = found["hits"]["hits"] if found is not None else ()
    counts = _NO_COUNTS
    if counting is not None and kept is not None and kept[0] == reply.observed_at:
        counts = kept[1]
    elif counting is not None:
        counted = reply if bodies[-1] is counting else await asking.ask(view.lang, [counting])
        if (answer := counted.answers[-1]) is not None:
            counts = counts_of(answer)
            if counted.steady is not None:
                counted_before.keep(digest, counted.steady, counts)
    return Suggested(
        products=Listing(
            view,
            [_match(view, int(hit["_id"]), hit.get("_source", {})) for hit in hits],
            len(hits),
            indexed=True,
            behind=not index.changes.are_in(reply.observed_at, stock=False),
        ),
        categories=_commonest(
            categories, [counts.categories.get(node.category.id, 0) for node in categories], typed.first
        ),
        values=_commonest(values, [counts.values.get(node.token, 0) for node in values], typed.first),
    )


def _match(view: ShopView, product_id: int, source: Mapping[str, Any]) -> ProductMatch:
    return ProductMatch(
        id=product_id,
        name=source.get("name") or "",
        list_price=Decimal(repr(source.get("list_price", 0))),
        updated_at=view.pricer.at,
        variant_ids=(),
    )


# -- by what is kept ------------------------------------------------------------------------------------------


async def _by_adapter(view: ShopView, typed: _Typed) -> Suggested:
    categories, values = _categories(view, typed)[: typed.first], _values(view, typed)
    async with Together() as group:
        products = group.create_task(_products(view, typed)) if typed.products else None
        offered = group.create_task(find(view, _EVERYTHING, (), with_values=True, with_stock=False)) if values else None
        within = [
            group.create_task(found_by(view, replace(_EVERYTHING, category_ids=(node.category.id,))))
            for node in categories
        ]
    counts = {one.value_id: one.count for one in offered.result().values} if offered else {}
    found = products.result() if products else ()
    return Suggested(
        products=Listing(view, found, len(found)),
        categories=_commonest(categories, [len(task.result()) for task in within], typed.first),
        values=_commonest(values, [counts.get(node.value.id, 0) for node in values], typed.first),
    )


async def _products(view: ShopView, typed: _Typed) -> list[ProductMatch]:
    """Whose code it is first, then those whose names begin so, then others."""
    matches, words = await every_match(view), folded_words(typed.text)

    def begun() -> list[ProductMatch]:
        found = [match for match in matches if has_begun(words, match.name)]
        return sorted(found, key=lambda match: (not folded_words(match.name)[0].startswith(words[0]), match.id))

    coded = await _coded(view, typed)
    named = await asyncio.to_thread(begun)
    first = [match for match in matches if match.id in coded] if coded else []
    return [*first, *(match for match in named if match.id not in coded)][: typed.first]


async def _coded(view: ShopView, typed: _Typed) -> set[int]:
    """The products of which it is a whole code, if it may be one and they see codes."""
    policy = view.policy
    told = all(policy.field_visible("Product", one) for one in ("sku", "barcode", "productVariants"))
    if not told or len(typed.text) < _SHORTEST_CODE or not any(map(str.isdigit, typed.text)):
        return set()
    variant_ids = (await view.records.find_by_codes([typed.text])).get(typed.text, ())
    return set((await view.records.templates_of(variant_ids)).values()) if variant_ids else set()


# -- fields ---------------------------------------------------------------------------------------------------


@suggestions_type.field("products")
async def resolve_products(found: Suggested, info: Info) -> list[Any]:
    return [node for _at, node in (await listed_page(found.products, info, links=True)).products]


suggestions_type.set_field(
    "categories",
    lambda found, _: [{"category": node, "count": count, "selected": False} for node, count in found.categories],
)
suggestions_type.set_field(
    "values", lambda found, _: [{"value": node, "count": count, "selected": False} for node, count in found.values]
)

BINDABLES = [suggestions_type]
