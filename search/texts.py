"""What was typed, as a query: a code that fits whole comes first, then names, brands, categories, descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from search import codes
from search.analysis import TYPED
from search.fields import checked, sees
from search.request import Asker
from search.role_filter import NOTHING, Query
from search.typed import Typed, typed
from search.words import WordQueries

_WHOLE_CODE: Final = 1_000.0
_CODE_BEGINS: Final = 100.0
_PART_OF_CODE: Final = 80.0
_CODE_ENDS: Final = 60.0
_SHORTEST_CODE: Final = 3
_CODES: Final = ("sku_forms", "barcode_forms")
#: words that have to be found: all, of more than four all but one, of more than eight three quarters
_ENOUGH_WORDS: Final = "4<-1 8<75%"
#: for all words together, beside what each one counts
_EVERY_WORD_IN_NAME: Final = 1.0
_IN_THAT_ORDER: Final = 5.0


def text_query(asker: Asker, text: str, *, exact: bool = False) -> Query:
    """Products that a text means, the likeliest first. Only fields that they see are looked into.

    ``exact``: no word is mistyped.
    """
    should = [*_codes(asker, text), *_words(WordQueries.of(asker, exact=exact), typed(text))]
    return {"bool": {"should": should, "minimum_should_match": 1}} if should else NOTHING


def nearest_query(asker: Asker, text: str) -> Query:
    """Products that any word of a text means, those of more words first: where none is of all of them.

    The words of a hit are its ``matched_queries``. Only fields that they see are looked into.
    """
    words = typed(text)
    each = zip(words.words, WordQueries.of(asker).each(words), strict=False)
    named = [{"bool": {"must": [query], "_name": word.text}} for word, query in each]
    return {"bool": {"should": named, "minimum_should_match": 1}} if named else NOTHING


def name_query(asker: Asker, name: str) -> Query:
    """Every word is in the name, or begins a word of it. Raises HiddenFieldError."""
    checked(asker.viewer, "name", asker.pricelist_id)
    return {"match": {"name.prefix": {"query": name, "operator": "and", "analyzer": TYPED}}}


def _codes(asker: Asker, text: str) -> list[Query]:
    found: list[Query] = []
    asked, begun = codes.asked(text), codes.squeezed(text)
    begins = len(begun) >= _SHORTEST_CODE and any(map(str.isdigit, begun))
    for field in _visible(asker, _CODES):
        if asked:
            found.append(_scored({"terms": {field: asked}}, _WHOLE_CODE))
        if begins:
            found.append(_scored({"prefix": {field: {"value": begun}}}, _CODE_BEGINS))
        if part := codes.part_asked(text):
            found.append(_scored({"term": {field: part}}, _PART_OF_CODE))
        if end := codes.end_asked(text):
            found.append(_scored({"prefix": {field: {"value": end}}}, _CODE_ENDS))
    return found


def _words(queries: WordQueries, words: Typed) -> list[Query]:
    each = list(zip(words.words, queries.each(words), strict=False))
    if not each:
        return []
    needed = [query for word, query in each if not word.optional]
    enough = {"bool": {"should": needed, "minimum_should_match": _ENOUGH_WORDS}}
    found: list[Query] = [
        {"bool": {"must": [enough], "should": [query for word, query in each if word.optional]}},
    ]
    if len(needed) > 1:
        found.append(queries.together(words.text))
        if "name" in queries.fields:
            phrase = {"query": words.text, "analyzer": TYPED, "slop": 1, "boost": _IN_THAT_ORDER}
            found.append(_name(words.text, operator="and", boost=_EVERY_WORD_IN_NAME))
            found.append({"match_phrase": {"name.plain": phrase}})
    return found


def _name(text: str, **options: Any) -> Query:
    return {"match": {"name": {"query": text, **options}}}


def _scored(query: Query, boost: float) -> Query:
    return {"constant_score": {"filter": query, "boost": boost}}


def _visible(asker: Asker, fields: Iterable[str]) -> list[str]:
    return [field for field in fields if sees(asker.viewer, field, asker.pricelist_id)]
