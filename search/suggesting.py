"""What names begin with what is typed, and how many products there are of what they name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from search.fields import sees
from search.narrowing import all_of, scope
from search.request import Asker

#: categories, and values, of which it is known how many products they have: those with most
_MOST: Final = 5_000
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Counts:
    """Products that they see, by category id (with those below it) and by ``attributeId-valueId``."""

    categories: Mapping[int, int]
    values: Mapping[str, int]

    @property
    def size(self) -> int:
        """How many counts there are."""
        return len(self.categories) + len(self.values)


def counts_body(asker: Asker) -> dict[str, Any]:
    """The engine's query for the number of products of each: none of what they may not count by."""
    counted: dict[str, Any] = {}
    for name, field in (("categories", "category_tree_ids"), ("values", "attributes")):
        if sees(asker.viewer, field, asker.pricelist_id):
            counted[name] = {"terms": {"field": field, "size": _MOST, "min_doc_count": 1}}
    return {"query": all_of(scope(asker)), "size": 0, "track_total_hits": False, "aggs": counted}


def counts_of(answer: Mapping[str, Any]) -> Counts:
    """The engine's answer to `counts_body`."""
    counted = answer.get("aggregations", {})
    return Counts(
        {int(bucket["key"]): bucket["doc_count"] for bucket in _buckets(counted, "categories")},
        {str(bucket["key"]): bucket["doc_count"] for bucket in _buckets(counted, "values")},
    )


def _buckets(counted: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    buckets: Iterable[Mapping[str, Any]] = counted.get(name, {}).get("buckets", ())
    return buckets


def has_begun(typed: Sequence[str], name: str) -> bool:
    """Does every one of these words begin a word of the name, or is it one?"""
    words = folded_words(name)
    return bool(typed) and all(any(word.startswith(one) for word in words) for one in typed)


@lru_cache(maxsize=50_000)
def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return tuple(_WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter))))
