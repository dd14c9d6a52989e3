"""How texts become words, per language: settings of an index.

Of Dutch and German, which write compounds as one word, the parts are found as well. Which words are parts is learnt
from the catalogue: see `search.compounds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

#: analysers and the normaliser that mappings and queries name
TEXT, TEXT_SEARCH, TEXT_HTML = "text", "text_search", "text_html"
PLAIN, PREFIX, SORTED = "plain", "prefix", "sorted"

#: beginnings of words that suggestions are found by
_SHORTEST_PREFIX: Final = 1
_LONGEST_PREFIX: Final = 20
_SHORTEST_PART: Final = 4


@dataclass(frozen=True, slots=True)
class _Language:
    """Filters in their order: before words are folded, instead of it, after it. ``compounds``: written as one word."""

    before: tuple[str, ...] = ()
    folding: tuple[str, ...] = ("folded",)
    stemmers: tuple[str, ...] = ()
    compounds: bool = False


_LANGUAGES: Final[Mapping[str, _Language]] = {
    "en": _Language(before=("possessive", "stopped"), stemmers=("stemmed",)),
    "fr": _Language(before=("elided", "stopped"), stemmers=("stemmed",)),
    "nl": _Language(before=("stopped",), stemmers=("stemmed",), compounds=True),
    "de": _Language(
        before=("stopped",), folding=("german_normalization", "folded"), stemmers=("stemmed",), compounds=True
    ),
}
_GENERIC: Final = _Language()
_STEMMERS: Final = {"en": "english", "fr": "light_french", "nl": "dutch", "de": "light_german"}
_STOP_WORDS: Final = {"en": "_english_", "fr": "_french_", "nl": "_dutch_", "de": "_german_"}
_ARTICLES: Final = ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"]


def language_of(lang: str) -> str:
    """The language (``fr``) of a language code of Odoo (``fr_BE``, ``sr@latin``)."""
    return lang.partition("_")[0].partition("@")[0].lower()


def has_compounds(lang: str) -> bool:
    """Are compounds written as one word in the language of an Odoo language code?"""
    return _LANGUAGES.get(language_of(lang), _GENERIC).compounds


def analysis(lang: str, *, parts: Sequence[str] = (), synonyms: Sequence[str] = ()) -> dict[str, Any]:
    """The ``analysis`` of an index.

    ``parts``: words that compounds are made of. ``synonyms``: rules as `search.synonyms` reads them.
    """
    code = language_of(lang)
    language = _LANGUAGES.get(code, _GENERIC)
    split = ("split",) if language.compounds and parts else ()
    meant = ("synonyms",) if synonyms else ()
    ends = (*language.folding, *language.stemmers)
    return {
        "filter": _filters(code, parts=parts if split else (), synonyms=synonyms),
        "analyzer": {
            TEXT: _analyzer("lowercase", *split, *language.before, *ends),
            TEXT_HTML: _analyzer("lowercase", *split, *language.before, *ends, html=True),
            # What is asked is not split: who asks for dog food does not want everything for dogs. Synonyms come last:
            # so they mean every form of their words.
            TEXT_SEARCH: _analyzer("lowercase", *language.before, *ends, *meant),
            PLAIN: _analyzer("lowercase", "folded"),
            PREFIX: _analyzer("lowercase", "folded", "beginnings"),
        },
        "normalizer": {SORTED: {"type": "custom", "filter": ["lowercase", "folded"]}},
    }


def _analyzer(*filters: str, html: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "custom", "tokenizer": "standard", "filter": list(filters)}
    return {**made, "char_filter": ["html_strip"]} if html else made


def _filters(code: str, *, parts: Sequence[str], synonyms: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "folded": {"type": "asciifolding"},
        "beginnings": {"type": "edge_ngram", "min_gram": _SHORTEST_PREFIX, "max_gram": _LONGEST_PREFIX},
    }
    if code in _STEMMERS:
        found["stemmed"] = {"type": "stemmer", "language": _STEMMERS[code]}
        found["stopped"] = {"type": "stop", "stopwords": _STOP_WORDS[code]}
    if code == "fr":
        found["elided"] = {"type": "elision", "articles": _ARTICLES, "articles_case": True}
    if code == "en":
        found["possessive"] = {"type": "stemmer", "language": "possessive_english"}
    if parts:
        found["split"] = {
            "type": "dictionary_decompounder",
            "word_list": list(parts),
            "min_subword_size": _SHORTEST_PART,
            "max_subword_size": 30,
        }
    if synonyms:
        found["synonyms"] = {"type": "synonym_graph", "synonyms": list(synonyms), "lenient": True}
    return found
