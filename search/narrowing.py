"""Filters of a search as clauses, each with a name: so that a facet can be counted without its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from search.fields import checked
from search.prices import price_key
from search.request import Asker, ProductSearch
from search.role_filter import NOTHING, Query, compiled, terms

#: name -> clause
Clauses: TypeAlias = Mapping[str, Query]

CATEGORIES, TAGS, PRICE, LIST_PRICE = "categories", "tags", "price", "list_price"
STOCK, ATTRIBUTES = "stock", "attributes"
_VARIANT_VALUES: Final = "variants.attributes"
_LIST_PRICE_FIELD: Final = "list_price"


def scope(asker: Asker) -> list[Query]:
    """What holds for whatever is asked: what they see, and what is for sale where they are."""
    return [
        compiled(asker.viewer.documents, asker.trees),
        {"term": {"published": True}},
        {"term": {"saleable": True}},
        *_own_or_common("website_id", asker.website_id),
        *_own_or_common("company_id", asker.company_id),
    ]


def price_field(asker: Asker) -> str:
    """The price that they see. Raises HiddenFieldError if they see none."""
    own = asker.pricelist_id
    name = _LIST_PRICE_FIELD if own is None else f"prices.{price_key(own)}"
    return checked(asker.viewer, name, own)


def list_price_field(asker: Asker) -> str:
    """The list price. Raises HiddenFieldError."""
    return checked(asker.viewer, _LIST_PRICE_FIELD, asker.pricelist_id)


def clauses(asker: Asker, wanted: ProductSearch) -> dict[str, Query]:
    """The filters that are set, but for attributes. Raises HiddenFieldError."""
    found: dict[str, Query] = {}
    if wanted.category_ids is not None:
        found[CATEGORIES] = terms(_allowed(asker, "category_tree_ids"), wanted.category_ids)
    if wanted.tag_ids:
        found[TAGS] = terms(_allowed(asker, "tag_ids"), wanted.tag_ids)
    if wanted.min_price or wanted.max_price:
        found[PRICE] = _between(price_field(asker), wanted.min_price, wanted.max_price)
    if wanted.min_list_price or wanted.max_list_price:
        found[LIST_PRICE] = _between(list_price_field(asker), wanted.min_list_price, wanted.max_list_price)
    if wanted.in_stock:
        found[STOCK] = in_stock(asker, wanted)
    if wanted.attributes:
        _allowed(asker, _VARIANT_VALUES if wanted.same_variant else "attributes")
    return found


def name_part(asker: Asker, part: str) -> Query:
    """Does the text occur anywhere in the name, whatever its capitals and accents are? Raises HiddenFieldError."""
    literally = "".join(f"\\{one}" if one in "*?\\" else one for one in part)
    return {"wildcard": {_allowed(asker, "name.sort"): {"value": f"*{literally}*"}}}


def in_stock(asker: Asker, wanted: ProductSearch) -> Query:
    """Is anything of it free where stock counts? Raises HiddenFieldError."""
    field = _allowed(asker, "in_stock")
    return NOTHING if wanted.place is None else {"term": {field: wanted.place}}


def narrowed(wanted: ProductSearch, given: Clauses, without: str | None = None) -> list[Query]:
    """All clauses but the one of that name: of an attribute ``attribute:3``, of all of them `ATTRIBUTES`."""
    kept = [clause for name, clause in given.items() if name != without]
    by_attribute = {
        attribute_id: [f"{attribute_id}-{value_id}" for value_id in sorted(value_ids)]
        for attribute_id, value_ids in wanted.attributes.items()
        if without not in {attribute_name(attribute_id), ATTRIBUTES}
    }
    if not by_attribute:
        return kept
    if not wanted.same_variant:
        return [*kept, *(terms("attributes", tuple(tokens)) for tokens in by_attribute.values())]
    each: Sequence[Query] = [terms(_VARIANT_VALUES, tuple(tokens)) for tokens in by_attribute.values()]
    return [*kept, {"nested": {"path": "variants", "query": {"bool": {"filter": list(each)}}}}]


def attribute_name(attribute_id: int) -> str:
    return f"attribute:{attribute_id}"


def all_of(queries: Sequence[Query]) -> Query:
    """All of them, without a say in relevance."""
    return {"bool": {"filter": list(queries)}} if queries else {"match_all": {}}


def _between(field: str, least: Decimal, most: Decimal) -> Query:
    bounds = ({"gte": float(least)} if least else {}) | ({"lte": float(most)} if most else {})
    return {"range": {field: bounds}}


def _allowed(asker: Asker, field: str) -> str:
    return checked(asker.viewer, field, asker.pricelist_id)


def _own_or_common(field: str, id_: int | None) -> list[dict[str, Any]]:
    if id_ is None:
        return []
    common = {"bool": {"must_not": [{"exists": {"field": field}}]}}
    return [{"bool": {"should": [{"term": {field: id_}}, common], "minimum_should_match": 1}}]
