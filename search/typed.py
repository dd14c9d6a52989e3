"""What was typed, taken apart: words, amounts ("50 mg"), and what may be one word ("hand gel") or two ("handgel")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from search.noise import NOISE, OPTIONAL
from search.units import AMOUNT

#: more words than anybody types; the rest is not looked at
MAX_WORDS: Final = 12
#: words of so many letters have parts of so many; shorter ones ("spoton") may have shorter ones
_LONG: Final = 7
_PART: Final = 3
_SHORT_PART: Final = 2
_LONGEST: Final = 30

_TOKEN: Final = re.compile(rf"(?P<amount>{AMOUNT})|(?P<word>[^\W_]+(?:['’][^\W_]+)*)", re.IGNORECASE)
#: "l'étable", "d’huile", "dog's", and what is written without a sign
_ELIDED: Final = re.compile(r"^(?:l|d|s|t|n|j|m|c|qu|jusqu)['’](?=\w)|['’]s$", re.IGNORECASE)
_BOUNDARY: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or an amount as it was typed. ``last``: it may be half-typed. ``optional``: products need not have it."""

    text: str
    amount: bool = False
    last: bool = False
    optional: bool = False

    @property
    def splits(self) -> list[tuple[str, str]]:
        """Two parts each, of which a compound may be made; letters and digits part from one another alone."""
        if self.amount or len(self.text) > _LONGEST:
            return []
        boundary = _BOUNDARY.search(self.text)
        if boundary is not None:
            return [(self.text[: boundary.start()], self.text[boundary.start() :])]
        least = _PART if len(self.text) >= _LONG else _SHORT_PART
        return [(self.text[:at], self.text[at:]) for at in range(least, len(self.text) - least + 1)]


@dataclass(frozen=True, slots=True)
class Typed:
    """A text without its noise."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """What has to be there."""
        return " ".join(word.text for word in self.words if not word.optional)

    @property
    def joined(self) -> Sequence[str]:
        """Of each word and the next one what they are as one; empty where an amount is one of them."""
        return ["" if a.amount or b.amount else a.text + b.text for a, b in pairwise(self.words)]


def typed(text: str) -> Typed:
    """The words that mean something; all of them if none does."""
    found = [_word(match) for match in _TOKEN.finditer(unicodedata.normalize("NFC", text))]
    words = ([word for word in found if folded(word.text) not in NOISE] or found)[:MAX_WORDS]
    if all(word.optional for word in words):
        words = [replace(word, optional=False) for word in words]
    if words and not words[-1].amount and not text[-1:].isspace():
        words[-1] = replace(words[-1], last=True)
    return Typed(tuple(words))


def _word(match: re.Match[str]) -> Word:
    amount: str | None = match["amount"]
    if amount is not None:
        return Word(amount, amount=not amount.isdigit())
    text = _ELIDED.sub("", match["word"]) or match["word"]
    return Word(text, optional=folded(text) in OPTIONAL)


def folded(text: str) -> str:
    """In lower case, without accents."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
