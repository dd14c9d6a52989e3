"""The parts of compound words, learnt from the catalogue: a word that stands alone somewhere and within another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 4
#: letters that join the parts of a compound, as in "Hunde-futter", "paard-en-voer", "Gesundheit-s-futter"
_JOINTS: Final = ("", "s", "n", "e", "en", "es", "er")
_MOST: Final = 5_000


def parts_of(texts: Iterable[str]) -> list[str]:
    """Words (in lower case) that longer words of the texts are made of, without remainder; the commonest 5,000."""
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()) if len(word) >= _SHORTEST)
    parts: Counter[str] = Counter()
    for word, count in counts.items():
        for split in _splits(word, counts):
            parts.update(dict.fromkeys(split, count))
    return sorted(part for part, _ in parts.most_common(_MOST))


def _splits(word: str, known: Counter[str]) -> Iterable[tuple[str, str]]:
    """The word as two parts, of which the last stands alone somewhere, and so does the first but for its joint."""
    for at in range(_SHORTEST, len(word) - _SHORTEST + 1):
        first, last = word[:at], word[at:]
        if last not in known:
            continue
        for joint in _JOINTS:
            stem = first.removesuffix(joint) if joint else first
            if first.endswith(joint) and len(stem) >= _SHORTEST and (stem in known or first in known):
                yield (first if first in known else stem), last
                break
