"""Searches as queries of the engine, and its answers as data. Nothing here talks to the engine.

Whatever is asked, the query is within what the asker sees: products by their roles' filter, fields one by one. Facets
are counted within it, each without its own filter, so that its values stay selectable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pricing.rounding import to_decimal
from search.digests import digest_of
from search.fields import checked, source_fields
from search.narrowing import (
    ATTRIBUTES,
    CATEGORIES,
    LIST_PRICE,
    PRICE,
    TAGS,
    all_of,
    attribute_name,
    clauses,
    in_stock,
    list_price_field,
    name_part,
    narrowed,
    price_field,
    scope,
)
from search.request import Asker, Facet, ProductSearch, Sort, SortKey
from search.role_filter import Query, terms
from search.texts import name_query, nearest_query, text_query

Body: TypeAlias = dict[str, Any]

_SORTED_BY: Final[Mapping[SortKey, str]] = {
    "relevance": "_score",
    "id": "id",
    "name": "name.sort",
    "newest": "created_at",
    "popular": "popularity",
}
_HIGHLIGHTED: Final = ("name", "description")
#: values of one facet; more are not shown
_MOST_VALUES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """What is told of all matches. ``attributes``: products by ``attributeId-valueId``; other facets: by id.

    ``min_price``, ``max_price``: of all matches but for the filter of prices; ``min_list_price``, ``max_list_price``:
    but for the filter of list prices. None and empty where not asked for.
    """

    total: int
    attributes: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[int, int] = field(default_factory=dict)
    tags: Mapping[int, int] = field(default_factory=dict)
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    min_list_price: Decimal | None = None
    max_list_price: Decimal | None = None
    in_stock: int | None = None

    @property
    def size(self) -> int:
        """How many counts there are."""
        return len(self.attributes) + len(self.categories) + len(self.tags)


def search_body(
    asker: Asker,
    wanted: ProductSearch,
    size: int,
    *,
    facets: Collection[Facet] = (),
    pricelist_ids: Iterable[int] = (),
    only: Collection[str] | None = None,
    highlight: Collection[str] = (),
) -> Body:
    """The engine's query, for the first ``size`` matches.

    ``pricelist_ids``: whose prices are wanted with the documents. ``only``: of what they may see, these fields.
    Raises HiddenFieldError.
    """
    given = clauses(asker, wanted)
    query, order = _query(asker, wanted), _sort(asker, wanted)
    shown = source_fields(asker.viewer, pricelist_ids, asker.pricelist_id) if only is None or only else []
    body: Body = {
        "query": query,
        "size": size,
        "sort": order,
        "track_total_hits": True,
        "_source": shown if only is None else [one for one in shown if one in only] or False,
    }
    if selected := narrowed(wanted, given):
        body["post_filter"] = all_of(selected)
    if aggregations := _facets(asker, wanted, given, facets):
        body["aggs"] = aggregations
    if highlight:
        body["highlight"] = _highlight(asker, highlight)
    return body


def found(answer: Mapping[str, Any], wanted: ProductSearch) -> Found:
    """From the engine's answer to a body that `search_body` made."""
    facets = answer.get("aggregations", {})
    prices, list_prices = facets.get("price", {}), facets.get("list_price", {})
    return Found(
        total=answer["hits"]["total"]["value"],
        attributes=_attribute_counts(facets, wanted),
        categories={int(key): count for key, count in _counts(facets.get("categories"))},
        tags={int(key): count for key, count in _counts(facets.get("tags"))},
        min_price=_amount(prices.get("min")),
        max_price=_amount(prices.get("max")),
        min_list_price=_amount(list_prices.get("min")),
        max_list_price=_amount(list_prices.get("max")),
        in_stock=facets["stock"]["doc_count"] if "stock" in facets else None,
    )


def digest_of_body(body: Mapping[str, Any]) -> str:
    """Tells searches and their orders apart, whatever page is asked for."""
    return digest_of(body["query"], _selected(body), body["sort"])


def digest_of_counts(body: Mapping[str, Any]) -> str:
    """Tells apart what is told of all matches: of which search, and what; whatever its order and page."""
    return digest_of(body["query"], _selected(body), body.get("aggs", {}), size=16)


# -- which, and in which order --------------------------------------------------------------------------------


def _query(asker: Asker, wanted: ProductSearch) -> Query:
    filters = scope(asker)
    if wanted.ids is not None:
        filters.append(terms("id", wanted.ids))
    if wanted.name.strip():
        filters.append(name_query(asker, wanted.name))
    filters += [name_part(asker, part) for part in wanted.name_parts]
    query: Query = {"bool": {"filter": filters}}
    if wanted.text.strip():
        nearest = nearest_query(asker, wanted.text) if wanted.any_word else None
        query["bool"]["must"] = [nearest or text_query(asker, wanted.text, exact=wanted.exact)]
    return query


def _sort(asker: Asker, wanted: ProductSearch) -> list[dict[str, Any]]:
    asked = wanted.sort or ((Sort("relevance", descending=True),) if wanted.text.strip() else ())
    order: list[dict[str, Any]] = []
    for one in asked:
        name = _sorted_by(asker, one.key)
        if name != "_score":
            checked(asker.viewer, name, asker.pricelist_id)
        direction: dict[str, Any] = {"order": "desc" if one.descending else "asc"}
        order.append({name: direction if name == "_score" else {**direction, "missing": "_last"}})
    # so that the order of equals is the same on every page
    return order if any("id" in one for one in order) else [*order, {"id": {"order": "asc"}}]


def _sorted_by(asker: Asker, key: SortKey) -> str:
    if key == "price":
        return price_field(asker)
    return list_price_field(asker) if key == "list_price" else _SORTED_BY[key]


def _selected(body: Mapping[str, Any]) -> list[Query]:
    selected: list[Query] = body.get("post_filter", {}).get("bool", {}).get("filter", [])
    return selected


def _highlight(asker: Asker, fields: Collection[str]) -> Body:
    for name in fields:
        if name not in _HIGHLIGHTED:
            raise ValueError(f"{name} is not highlighted")
        checked(asker.viewer, name, asker.pricelist_id)
    # what a word was found by in one field is not marked in another; names are marked whole
    options = {"name": {"number_of_fragments": 0}}
    return {"fields": {name: options.get(name, {}) for name in fields}, "require_field_match": True, "encoder": "html"}


# -- facets ---------------------------------------------------------------------------------------------------


def _facets(asker: Asker, wanted: ProductSearch, given: Mapping[str, Query], facets: Collection[Facet]) -> Body:
    found: Body = {}
    if "attributes" in facets:
        values = checked(asker.viewer, "attributes", asker.pricelist_id)
        found["attributes"] = _counted(narrowed(wanted, given), values)
        for attribute_id in wanted.attributes:
            name = attribute_name(attribute_id)
            found[name] = _counted(narrowed(wanted, given, name), values, include=f"{attribute_id}-[0-9]+")
    if "categories" in facets:
        tree = checked(asker.viewer, "category_tree_ids", asker.pricelist_id)
        found["categories"] = _counted(narrowed(wanted, given, CATEGORIES), tree)
    if "tags" in facets:
        found["tags"] = _counted(narrowed(wanted, given, TAGS), checked(asker.viewer, "tag_ids", asker.pricelist_id))
    if "price" in facets:
        found["price"] = _span(narrowed(wanted, given, PRICE), price_field(asker))
    if "list_price" in facets:
        found["list_price"] = _span(narrowed(wanted, given, LIST_PRICE), list_price_field(asker))
    if "stock" in facets:
        found["stock"] = {"filter": all_of([*narrowed(wanted, given), in_stock(asker, wanted)])}
    return found


def _span(within: Sequence[Query], name: str) -> Body:
    return {"filter": all_of(within), "aggs": {"min": {"min": {"field": name}}, "max": {"max": {"field": name}}}}


def _counted(within: Sequence[Query], name: str, **options: Any) -> Body:
    # values of products that they do not see would be told by a count of 0
    counted = {"terms": {"field": name, "size": _MOST_VALUES, "min_doc_count": 1, **options}}
    return {"filter": all_of(within), "aggs": {"counted": counted}}


def _attribute_counts(facets: Mapping[str, Any], wanted: ProductSearch) -> dict[str, int]:
    """Of a filtered attribute the counts without its own filter."""
    filtered = {str(attribute_id) for attribute_id in wanted.attributes}
    counts = {key: count for key, count in _counts(facets.get(ATTRIBUTES)) if key.partition("-")[0] not in filtered}
    for attribute_id in wanted.attributes:
        counts.update(_counts(facets.get(attribute_name(attribute_id))))
    return counts


def _counts(facet: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    buckets = [] if facet is None else facet["counted"]["buckets"]
    return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]


def _amount(answer: Mapping[str, Any] | None) -> Decimal | None:
    value = None if answer is None else answer["value"]
    return None if value is None else to_decimal(value)
