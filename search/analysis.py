"""How texts become words, per language: settings of an index.

Of Dutch and German, which write compounds as one word, the parts are found as well. Which words are parts is learnt
from the catalogue: see `search.compounds`. Amounts are one word however they are written: see `search.units`. Greek
letters are found by their names ("Ω-3" by "omega 3") or, within words, by the Latin letters that stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from search import units

#: analysers and the normaliser that mappings and queries name. `TYPED`: words as they are typed, for plain fields;
#: `OTHER`: words of other languages, without most endings, in texts and queries alike.
TEXT, TEXT_SEARCH, TEXT_HTML = "text", "text_search", "text_html"
PLAIN, PREFIX, TYPED, OTHER, SORTED = "plain", "prefix", "typed", "other", "sorted"

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
#: Greek letters that stand alone
_LETTERS: Final = {"αΑ": "alpha", "βΒ": "beta", "γΓ": "gamma", "δΔ": "delta", "ωΩΩ": "omega"}
#: Greek letters within words, and the Latin ones that they are written with in Belgium
_SOUNDS: Final = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
_GREEK: Final = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", _SOUNDS.split(), strict=True))
#: capitals that are taken for the Latin ones that look so, as in "Βeta"
_LOOKS_LIKE: Final = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
_ACCENTED: Final = dict(zip("άέήίόύώϊϋΐΰ", "αεηιουωιυιυ", strict=True))
#: endings of plurals and cases in the languages of shops, taken off words of which four letters stay
ENDINGS: Final = "^(.{4,}?)(?:es|en|er|s|n|e|x)$"
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
        "char_filter": _CHARACTERS,
        "filter": _filters(code, parts=parts if split else (), synonyms=synonyms),
        "analyzer": {
            TEXT: _analyzer(*_WRITTEN, *split, *language.before, *ends),
            TEXT_HTML: _analyzer(*_WRITTEN, *split, *language.before, *ends, html=True),
            # What is asked is not split: who asks for dog food does not want everything for dogs. Synonyms come last:
            # so they mean every form of their words.
            TEXT_SEARCH: _analyzer("lowercase", *language.before, *ends, *meant),
            PLAIN: _analyzer(*_WRITTEN, "folded"),
            TYPED: _analyzer("lowercase", "folded"),
            OTHER: _analyzer(*_WRITTEN, "folded", "endings"),
            PREFIX: _analyzer(*_WRITTEN, "folded", "beginnings"),
        },
        "normalizer": {SORTED: {"type": "custom", "filter": ["lowercase", "folded"]}},
    }


#: of what is written in the catalogue, "50mg" is found by "50" too
_WRITTEN: Final = ("lowercase", "amount_parts", "flat")


def _analyzer(*filters: str, html: bool = False) -> dict[str, Any]:
    characters = [*(["html_strip"] if html else []), *_CHARACTERS]
    return {"type": "custom", "char_filter": characters, "tokenizer": "standard", "filter": list(filters)}


def _characters() -> dict[str, dict[str, Any]]:
    """Filters of characters, in their order."""
    alone = {
        f"letter_{name}": {
            "type": "pattern_replace",
            "pattern": rf"(?<!\p{{L}})[{letters}](?!\p{{L}})",
            "replacement": name,
        }
        for letters, name in _LETTERS.items()
    }
    latin = {**_GREEK, **{letter.upper(): sound.title() for letter, sound in _GREEK.items()}, **_LOOKS_LIKE}
    latin |= {letter: _GREEK[plain] for letter, plain in _ACCENTED.items()}
    greek = {"type": "mapping", "mappings": [f"{letter} => {sound}" for letter, sound in latin.items()]}
    return {**units.filters(), **alone, "greek": greek}


_CHARACTERS: Final = _characters()


def _filters(code: str, *, parts: Sequence[str], synonyms: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "folded": {"type": "asciifolding"},
        "amount_parts": {
            "type": "word_delimiter_graph",
            "preserve_original": True,
            "split_on_case_change": False,
            "stem_english_possessive": False,
        },
        "flat": {"type": "flatten_graph"},
        "endings": {"type": "pattern_replace", "pattern": ENDINGS, "replacement": "$1"},
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
