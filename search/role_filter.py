"""Which products a role sees, as a query of the engine: selects exactly what `identity.filter_predicates` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from identity.filters import And, Compare, Everything, Filter, Flag, Not, Nothing, OneOf, Or, StartsWith
from search.inputs import Trees

Query: TypeAlias = dict[str, Any]

EVERYTHING: Final[Query] = {"match_all": {}}
NOTHING: Final[Query] = {"match_none": {}}

#: the index's name of each field that filters compare; all are keywords or numbers: words of texts would be too many
FIELDS: Final[Mapping[str, str]] = {
    "id": "id",
    "category": "category_ids",
    "internal_category": "internal_category_id",
    "tag": "tag_ids",
    "ribbon": "ribbon_id",
    "value": "value_ids",
    "sku": "sku",
    "barcode": "barcode",
    "type": "type",
    "list_price": "list_price",
}
#: fields of which a value stands for all below it
_TREES: Final = frozenset({"category", "internal_category"})
_RANGES: Final = {"<": "lt", "<=": "lte", ">=": "gte", ">": "gt"}
#: the engine refuses more terms in one query (``index.max_terms_count``)
_MOST_TERMS: Final = 65_536


def compiled(node: Filter, trees: Trees) -> Query:
    """The query for a filter in ids, as `identity.filter_words.resolve` makes it.

    Categories are told with all below them as the trees are now: a category that moved counts where it is, even for
    documents made before.
    """
    match node:
        case Everything():
            return EVERYTHING
        case Nothing():
            return NOTHING
        case Flag(name):
            return {"term": {name: True}}
        case OneOf(field, values):
            wanted = trees.below(field, cast("tuple[int, ...]", values)) if field in _TREES else values
            return terms(FIELDS[field], wanted)
        case StartsWith(field, text):
            return {"prefix": {FIELDS[field]: {"value": text}}}
        case Compare(field, sign, number):
            bound = float(number)
            name = FIELDS[field]
            return {"term": {name: bound}} if sign == "=" else {"range": {name: {_RANGES[sign]: bound}}}
        case Not(operand):
            return {"bool": {"must_not": [compiled(operand, trees)]}}
        case And(operands):
            return {"bool": {"filter": [compiled(operand, trees) for operand in operands]}}
        case Or(operands):
            return {"bool": {"should": [compiled(one, trees) for one in operands], "minimum_should_match": 1}}


def terms(field: str, values: frozenset[int] | tuple[int | str, ...]) -> Query:
    """Has the field one of the values? Of none: nothing."""
    wanted = sorted(values, key=str) if isinstance(values, frozenset) else list(values)
    if not wanted:
        return NOTHING
    if len(wanted) <= _MOST_TERMS:
        return {"terms": {field: wanted}}
    chunks = [wanted[start : start + _MOST_TERMS] for start in range(0, len(wanted), _MOST_TERMS)]
    return {"bool": {"should": [{"terms": {field: chunk}} for chunk in chunks], "minimum_should_match": 1}}


def dls(node: Filter, trees: Trees) -> str:
    """The query as the security plugin takes it for document-level security: a text."""
    return json.dumps(compiled(node, trees), separators=(",", ":"), ensure_ascii=False)
