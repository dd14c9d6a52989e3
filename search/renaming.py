"""Which documents name something that is called otherwise now, or is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from search.inputs import Labels
from search.role_filter import Query, terms

#: members of `Labels`, with the field of the index that tells which of them a document names
_NAMED_BY: Final[Mapping[str, str]] = {
    "categories": "category_tree_ids",
    "values": "value_ids",
    "tags": "tag_ids",
    "ribbons": "ribbon_id",
}


def renamed(before: Labels, after: Labels) -> Query | None:
    """The documents that differ by it; None when there are none. Of an attribute, those with its values."""
    changed = {name: _differing(getattr(before, name), getattr(after, name)) for name in _NAMED_BY}
    attributes = _differing(before.attributes, after.attributes, _shown_of_attribute)
    changed["values"] |= {
        value.id for labels in (before, after) for value in labels.values.values() if value.attribute_id in attributes
    }
    queries = [terms(_NAMED_BY[name], frozenset(ids)) for name, ids in changed.items() if ids]
    return {"bool": {"should": queries, "minimum_should_match": 1}} if queries else None


def _differing(before: Mapping[int, Any], after: Mapping[int, Any], shown: Any = lambda record: record) -> set[int]:
    """What is new, gone, or another."""
    return {
        one
        for one in before.keys() | after.keys()
        if one not in before or one not in after or shown(before[one]) != shown(after[one])
    }


def _shown_of_attribute(attribute: Any) -> str:
    """What documents tell of it: a value added to an attribute changes no product."""
    name: str = attribute.name
    return name
