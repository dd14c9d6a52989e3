"""A small reading of the engine's queries, of documents in memory: what a compiled role filter means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def matches(query: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Does the engine find the document by the query? Raises NotImplementedError for what roles have no use for."""
    ((kind, of),) = query.items()
    match kind:
        case "match_all":
            return True
        case "match_none":
            return False
        case "bool":
            return _bool(of, document)
        case "term":
            ((field, wanted),) = of.items()
            return wanted in _values(document, field)
        case "terms":
            ((field, several),) = of.items()
            return not set(several).isdisjoint(_values(document, field))
        case "prefix":
            ((field, begins),) = of.items()
            return any(value.startswith(begins["value"]) for value in _values(document, field))
        case "range":
            ((field, bounds),) = of.items()
            return any(_within(value, bounds) for value in _values(document, field))
    raise NotImplementedError(kind)


def _bool(of: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    unknown = of.keys() - {"filter", "should", "must_not", "minimum_should_match"}
    if unknown:
        raise NotImplementedError(unknown)
    should = [matches(one, document) for one in of.get("should", ())]
    return (
        all(matches(one, document) for one in of.get("filter", ()))
        and not any(matches(one, document) for one in of.get("must_not", ()))
        and sum(should) >= of.get("minimum_should_match", 0)
    )


def _values(document: Mapping[str, Any], field: str) -> list[Any]:
    value = document.get(field)
    return value if isinstance(value, list) else [] if value is None else [value]


def _within(value: float, bounds: Mapping[str, float]) -> bool:
    signs = {"lt": value.__lt__, "lte": value.__le__, "gt": value.__gt__, "gte": value.__ge__}
    return all(signs[sign](bound) for sign, bound in bounds.items())
