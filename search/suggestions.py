"""Suggestions while somebody types, and what they may have meant.

The engine has suggesters of its own, but those look into all documents, whoever asks. These are searches like any
other, within what the asker sees.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from search import codes
from search.analysis import ENDINGS, TYPED
from search.fields import sees
from search.narrowing import scope
from search.noise import NOISE
from search.other_languages import OTHER_NAMES
from search.request import Asker
from search.role_filter import NOTHING, Query
from search.texts import nearest_query
from search.typed import folded, typed
from search.words import WordQueries

_WORD: Final = re.compile(r"[^\W_]+")
_LOOKED_AT: Final = 30
_SHORTEST: Final = 3
_SHOWN: Final = ("id", "name", "slug")
_ORDER: Final = ({"_score": {"order": "desc"}}, {"popularity": {"order": "desc"}}, {"id": {"order": "asc"}})
#: what words are corrected to
_CALLED: Final = ("name", "value_names", "category_names")
_ENDING: Final = re.compile(ENDINGS)
_CODES: Final = ("sku_forms", "barcode_forms")
_CODE_BEGINS: Final = 50.0
#: typing errors that are forgiven in a word of so many letters, as the engine's ``AUTO:4,7`` does
_FORGIVEN: Final = ((7, 2), (4, 1))


def suggest_body(asker: Asker, begun: str, *, size: int = 8) -> dict[str, Any] | None:
    """Products whose name, values and categories have words that begin as was typed, or whose code does.

    None when nothing was typed, or nothing may be looked into.
    """
    should: list[Query] = []
    each = WordQueries.of(asker).each_begun(typed(begun))
    if each:
        should.append({"bool": {"must": each}})
    squeezed = codes.squeezed(begun)
    if len(squeezed) >= _SHORTEST:
        shown_codes = (one for one in _CODES if sees(asker.viewer, one, asker.pricelist_id))
        prefixes: list[Query] = [{"prefix": {field: {"value": squeezed}}} for field in shown_codes]
        should += [{"constant_score": {"filter": prefix, "boost": _CODE_BEGINS}} for prefix in prefixes]
    if not should:
        return None
    query = {"bool": {"filter": scope(asker), "must": [{"bool": {"should": should, "minimum_should_match": 1}}]}}
    shown = [one for one in _SHOWN if sees(asker.viewer, one, asker.pricelist_id)]
    return {"query": query, "size": size, "_source": shown, "sort": _ORDER, "track_total_hits": False}


def meant_body(asker: Asker, text: str) -> dict[str, Any] | None:
    """Products that have words like those typed in what they are called. None when they see nothing of that, or nothing
    was typed.
    """
    shown = [field for field in (*_CALLED, OTHER_NAMES) if sees(asker.viewer, field, asker.pricelist_id)]
    called = [f"{field}.plain" for field in shown if field in _CALLED]
    if not called or not any(map(_may_be_wrong, _words(text))):
        return None
    like = {"query": text, "fields": called, "analyzer": TYPED, "type": "most_fields"}
    should: list[Query] = [
        {"multi_match": {**like, "fuzziness": "AUTO:4,7", "prefix_length": 1, "max_expansions": 50}},
        *({"match": {field: text}} for field in shown if field == OTHER_NAMES),
    ]
    query = {"bool": {"filter": scope(asker), "should": should, "minimum_should_match": 1}}
    return {"query": query, "size": _LOOKED_AT, "_source": shown, "track_total_hits": False}


def meant(text: str, hits: Iterable[Mapping[str, Any]]) -> str | None:
    """What was meant by a text, by what products found for `meant_body` are called; None when it is what was typed.

    A word that is one of theirs but for its ending, or one in another language, is right.
    """
    sources = list(hits)
    known = Counter(word for hit in sources for field in _CALLED for word in _words_of(hit.get(field)))
    right = {_stem(word) for word in known}
    right |= {_stem(word) for hit in sources for word in _words_of(hit.get(OTHER_NAMES))}
    words = _words(text)
    corrected = [word if _stem(word) in right else _nearest(word, known) for word in words]
    return None if corrected == words else " ".join(corrected)


def _words_of(texts: str | Sequence[str] | None) -> list[str]:
    every = [texts] if isinstance(texts, str) else texts or ()
    return [word for text in every for word in _words(text)]


def _stem(word: str) -> str:
    return _ENDING.sub(r"\1", word)


def _may_be_wrong(word: str) -> bool:
    return word.isalpha() and word not in NOISE and len(word) >= _FORGIVEN[-1][0]


def _nearest(word: str, known: Counter[str]) -> str:
    """The word itself, or the nearest and then commonest one that may have been meant."""
    if not _may_be_wrong(word):
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
    return _WORD.findall(folded(text))


def nearest_body(asker: Asker, text: str, *, size: int = 8) -> dict[str, Any] | None:
    """Products of fewer words than were typed, for where there are none of all of them: the nearest first.

    They are no answer to the question: whoever shows them says so. `unmet` tells what a hit lacks. None when nothing
    was typed, or nothing may be looked into.
    """
    nearest = nearest_query(asker, text)
    if nearest == NOTHING:
        return None
    query = {"bool": {"filter": scope(asker), "must": [nearest]}}
    shown = [one for one in _SHOWN if sees(asker.viewer, one, asker.pricelist_id)]
    return {"query": query, "size": size, "_source": shown, "sort": _ORDER, "track_total_hits": False}


def unmet(text: str, hit: Mapping[str, Any]) -> list[str]:
    """The words of a text that a hit of `nearest_body` has nothing of."""
    met = set(hit.get("matched_queries", ()))
    return [word.text for word in typed(text).words if word.text not in met]
