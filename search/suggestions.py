"""Suggestions while somebody types, and what they may have meant.

The engine has suggesters of its own, but those look into all documents, whoever asks. These are searches like any
other, within what the asker sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from search import codes
from search.analysis import PLAIN
from search.fields import sees
from search.narrowing import scope
from search.request import Asker
from search.role_filter import Query

_WORD: Final = re.compile(r"[^\W_]+")
_LOOKED_AT: Final = 30
_SHORTEST: Final = 3
_CODES: Final = ("sku_forms", "barcode_forms")
_CODE_BEGINS: Final = 50.0
#: typing errors that are forgiven in a word of so many letters, as the engine's ``AUTO:4,7`` does
_FORGIVEN: Final = ((7, 2), (4, 1))


def suggest_body(asker: Asker, begun: str, *, size: int = 8) -> dict[str, Any] | None:
    """Products whose name or code begins with what was typed. None when they see neither, or nothing was typed."""
    should: list[Query] = []
    if sees(asker.viewer, "name", asker.pricelist_id):
        should.append({"match": {"name.prefix": {"query": begun, "operator": "and"}}})
    squeezed = codes.squeezed(begun)
    if len(squeezed) >= _SHORTEST:
        shown_codes = (one for one in _CODES if sees(asker.viewer, one, asker.pricelist_id))
        prefixes: list[Query] = [{"prefix": {field: {"value": squeezed}}} for field in shown_codes]
        should += [{"constant_score": {"filter": prefix, "boost": _CODE_BEGINS}} for prefix in prefixes]
    if not should or not begun.strip():
        return None
    query = {"bool": {"filter": scope(asker), "must": [{"bool": {"should": should, "minimum_should_match": 1}}]}}
    shown = [one for one in ("id", "name", "slug") if sees(asker.viewer, one, asker.pricelist_id)]
    order = [{"_score": {"order": "desc"}}, {"popularity": {"order": "desc"}}, {"id": {"order": "asc"}}]
    return {"query": query, "size": size, "_source": shown, "sort": order, "track_total_hits": False}


def meant_body(asker: Asker, text: str) -> dict[str, Any] | None:
    """Products whose names have words like those typed. None when they do not see names, or nothing was typed."""
    if not _words(text) or not sees(asker.viewer, "name", asker.pricelist_id):
        return None
    like = {"query": text, "analyzer": PLAIN, "fuzziness": "AUTO:4,7", "prefix_length": 1, "max_expansions": 50}
    query = {"bool": {"filter": scope(asker), "must": [{"match": {"name.plain": like}}]}}
    return {"query": query, "size": _LOOKED_AT, "_source": ["name"], "track_total_hits": False}


def meant(text: str, hits: Iterable[Mapping[str, Any]]) -> str | None:
    """What was meant by a text, by the names found for `meant_body`; None when it is what was typed."""
    known = Counter(word for hit in hits for word in _words(hit["name"]))
    words = _words(text)
    corrected = [_nearest(word, known) for word in words]
    return None if corrected == words else " ".join(corrected)


def _nearest(word: str, known: Counter[str]) -> str:
    """The word itself, or the nearest and then commonest one that may have been meant."""
    if word in known:
        return word
    allowed = next((most for length, most in _FORGIVEN if len(word) >= length), 0)
    near = [
        (distance, -count, other)
        for other, count in known.items()
        if abs(len(other) - len(word)) <= allowed and (distance := edits(word, other)) <= allowed
    ]
    return min(near)[2] if near else word


def edits(one: str, other: str) -> int:
    """Letters to add, leave out, replace, or swap with their neighbour, to make the one of the other."""
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for i, letter in enumerate(one, start=1):
        current = [i]
        for j, another in enumerate(other, start=1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (letter != another))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]


def _words(text: str) -> list[str]:
    """In lower case, without accents, as the index's plain words are."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return _WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter)))
