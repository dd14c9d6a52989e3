"""The parts of compound words, learnt from the catalogue: of names, and of what categories and values are called.

A part is a word that stands alone somewhere and within another, an ending that several known words are before ("dieet"
of "hondendieet" and "kattendieet"), or what is beside a long known part.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from search.inputs import Labels

_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 4
#: first parts are shorter where they stand alone somewhere ("kat", "hand")
_SHORTEST_FIRST: Final = 3
#: letters that join the parts of a compound, as in "Hunde-futter", "paard-en-voer", "Gesundheit-s-futter"
_JOINTS: Final = ("", "s", "n", "e", "en", "es", "er")
#: different first parts that make an ending a part
_ENOUGH_FIRSTS: Final = 2
#: a known part of so many letters makes the rest a part too, if that is as long
_LONG: Final = 5
_MOST: Final = 5_000


def texts_of(labels: Labels) -> list[str]:
    """What categories, values of attributes and tags are called."""
    return [one.name for named in (labels.categories, labels.values, labels.tags) for one in named.values()]


def parts_of(texts: Iterable[str]) -> list[str]:
    """Words (in lower case) that longer words of the texts are made of; the commonest 5,000."""
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()) if len(word) >= _SHORTEST_FIRST)
    endings = _endings(counts)
    known = {word for word in counts if len(word) >= _SHORTEST} | endings
    parts: Counter[str] = Counter()
    for word, count in counts.items():
        for split in _splits(word, counts, known):
            parts.update(dict.fromkeys(split, count))
    return sorted(part for part, _ in parts.most_common(_MOST))


def _splits(word: str, counts: Mapping[str, int], known: Collection[str]) -> Iterable[tuple[str, ...]]:
    """The parts of the word: both where both are known; else where one is, and both are long."""
    sure: list[tuple[str, ...]] = []
    likely: list[tuple[str, ...]] = []
    for at in range(_SHORTEST, len(word) - _SHORTEST + 1):
        first, last = word[:at], word[at:]
        stem = _stem(first, counts)
        if stem and last in known:
            sure.append((first if first in counts else stem, last))
        elif min(len(stem or first), len(last)) >= _LONG and (stem or last in known):
            # the joint belongs to the first part, so the longest first part is right
            likely.append((first, last) if stem else (last,))
    return sure or likely[-1:]


def _endings(counts: Mapping[str, int]) -> set[str]:
    """Endings with several words before them."""
    firsts: dict[str, set[str]] = defaultdict(set)
    for word in counts:
        for at in range(_SHORTEST_FIRST, len(word) - _SHORTEST + 1):
            if stem := _stem(word[:at], counts):
                firsts[word[at:]].add(stem)
    return {ending for ending, stems in firsts.items() if len(stems) >= _ENOUGH_FIRSTS}


def _stem(first: str, counts: Mapping[str, int]) -> str | None:
    """The word that the first part of a compound is, without its joint, if it stands alone somewhere."""
    stems = (first.removesuffix(joint) if joint else first for joint in _JOINTS if first.endswith(joint))
    return next((stem for stem in stems if len(stem) >= _SHORTEST_FIRST and stem in counts), None)
