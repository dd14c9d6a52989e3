"""A typed word as a query: as it is written, inflected, meant by a synonym; else begun, in another language, as a
compound or its parts, mistyped. What is nearer to what was typed counts for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from search.analysis import TYPED
from search.fields import sees
from search.other_languages import OTHER_NAMES
from search.request import Asker
from search.role_filter import NOTHING, Query
from search.typed import Typed, Word

#: what a text is looked for in, with its weight
TEXTS: Final = (
    ("name", 10.0),
    ("value_names", 4.0),
    ("category_names", 3.0),
    ("tag_names", 2.0),
    ("description", 1.0),
    ("website_description", 0.5),
)
#: what products are called: looked into also by what is not quite the word. Their words as they are written are in
#: the sub-field ``plain``
_CALLED: Final = ("name", "value_names", "category_names")
#: how much of its weight a match has
_AS_WRITTEN: Final = 0.9
_AS_ONE_WORD: Final = 0.8
_AS_PARTS: Final = 0.7
_BEGUN: Final = 0.4
_OTHER_LANGUAGE: Final = 0.3
_MISTYPED: Final = 0.2
#: a beginning has so many letters, unless it is the last word: that may be half-typed whatever it is
_SHORTEST_BEGINNING: Final = 3
_MOST_BEGUN: Final = 50
#: what other fields add to the one that fits best
_ELSEWHERE_TOO: Final = 0.1
_SHORT: Final = 3
#: typing errors that are forgiven in a word: one from five letters on ("hand" is not "hond"), two from eight; in
#: short words not in the first letter
_FORGIVING: Final = {"fuzziness": "AUTO:5,8", "max_expansions": 30}
_LONG_ENOUGH: Final = 7
#: of a text so many words at most are taken apart
_MOST_TAKEN_APART: Final = 3


@dataclass(frozen=True, slots=True)
class WordQueries:
    """Makes the queries of words. ``fields``: that may be looked into, with their weights.

    ``exact``: no word is mistyped.
    """

    fields: dict[str, float]
    exact: bool = False

    @classmethod
    def of(cls, asker: Asker, *, exact: bool = False) -> WordQueries:
        """In what they see."""
        named = (*TEXTS, (OTHER_NAMES, 10.0))
        seen = {field: weight for field, weight in named if sees(asker.viewer, field, asker.pricelist_id)}
        return cls(seen, exact)

    def each(self, typed: Typed) -> list[Query]:
        """A query for each word of the text; one that stands for two neighbours is among those of both.

        None where nothing may be looked into.
        """
        if not self.fields:
            return []
        joined = [self.whole(one, boost=_AS_ONE_WORD) if one else NOTHING for one in typed.joined]
        beside = [(a, b) for a, b in zip([NOTHING, *joined], [*joined, NOTHING], strict=True)]
        longest = sorted(range(len(typed.words)), key=lambda at: -len(typed.words[at].text))[:_MOST_TAKEN_APART]
        return [
            self._word(word, [one for one in beside[at] if one is not NOTHING], apart=at in longest)
            for at, word in enumerate(typed.words)
        ]

    def each_begun(self, typed: Typed) -> list[Query]:
        """A query for each word of a text that is being typed: words of what products are called begin so."""
        begun = [self._begun(word.text) for word in typed.words if not word.optional]
        return [{"dis_max": {"queries": ways, "tie_breaker": _ELSEWHERE_TOO}} for ways in begun if ways]

    def _word(self, word: Word, joined: Sequence[Query], *, apart: bool) -> Query:
        ways = [self.whole(word.text), self._called(word.text, _AS_WRITTEN), *joined]
        if word.last or len(word.text) >= _SHORTEST_BEGINNING:
            ways += self._begun(word.text)
        if OTHER_NAMES in self.fields:
            ways.append(_match(OTHER_NAMES, word.text, boost=self.fields[OTHER_NAMES] * _OTHER_LANGUAGE))
        if apart:
            ways += [self._parts(*split) for split in word.splits]
        if word.text.isalpha() and not self.exact:
            right = 0 if len(word.text) >= _LONG_ENOUGH else 1
            ways.append(self._called(word.text, _MISTYPED, **_FORGIVING, prefix_length=right))
        return {"dis_max": {"queries": [way for way in ways if way is not NOTHING]}}

    def together(self, text: str) -> Query:
        """Every word is in one field or another; by synonyms of several words too."""
        query = self.whole(text)
        if query is not NOTHING:
            query["multi_match"]["type"] = "cross_fields"
        return query

    def whole(self, text: str, *, boost: float = 1.0, only: Sequence[str] = ()) -> Query:
        """All of it is in one field: as it is, inflected, or by a synonym. How rare it is counts by field: among
        names, a word that many categories have may be rare.
        """
        fields = [
            f"{field}^{weight}"
            for field, weight in self.fields.items()
            if field != OTHER_NAMES and (not only or field in only)
        ]
        if not fields:
            return NOTHING
        query = {"query": text, "fields": fields, "operator": "and", "boost": boost, "tie_breaker": _ELSEWHERE_TOO}
        return {"multi_match": query}

    def _called(self, text: str, boost: float, **options: Any) -> Query:
        """It is in one of the fields, in the form that was typed."""
        fields = [f"{field}.plain^{self.fields[field]}" for field in _CALLED if field in self.fields]
        if not fields:
            return NOTHING
        query = {"query": text, "fields": fields, "analyzer": TYPED, "operator": "and", "boost": boost, **options}
        return {"multi_match": query}

    def _begun(self, text: str) -> list[Query]:
        found: list[Query] = []
        for field in _CALLED:
            if field == "name" in self.fields:
                weight = self.fields[field] * _BEGUN
                found.append(_match("name.prefix", text, boost=weight, analyzer=TYPED, operator="and"))
            elif field in self.fields:
                begun = {"query": text, "analyzer": TYPED, "operator": "and", "max_expansions": _MOST_BEGUN}
                weight = self.fields[field] * _BEGUN
                found.append({"match_bool_prefix": {f"{field}.plain": {**begun, "boost": weight}}})
        return found

    def _parts(self, first: str, last: str) -> Query:
        both = [self._part(part) for part in (first, last)]
        return {"bool": {"must": both}} if NOTHING not in both else NOTHING

    def _part(self, part: str) -> Query:
        whole = self.whole(part, boost=_AS_PARTS, only=_CALLED)
        if len(part) > _SHORT or whole is NOTHING:
            return whole
        # what is left out of texts as too common ("on" of "spot-on") is there as it is written
        return {"dis_max": {"queries": [whole, self._called(part, _AS_PARTS)]}}


def _match(field: str, text: str, **options: Any) -> Query:
    return {"match": {field: {"query": text, "operator": "and", **options}}}
