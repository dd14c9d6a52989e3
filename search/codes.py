"""Article numbers and barcodes: found however their separators and capitals are typed, whole or by a part of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s\-_./\\,:;#*+]+")
#: what stands between a code and the words before it, as in "ref:1026"
_BETWEEN_WORDS: Final = re.compile(r"[\s,;:#]+")
#: longer texts are no code
_LONGEST: Final = 64
#: a part between separators is a form of its own, so marked; shorter ones tell nothing
_PART: Final = "~"
_SHORTEST_PART: Final = 4
#: so marked, the whole without the zeros that its parts begin with: for whoever leaves them out
_WITHOUT_ZEROS: Final = "="
#: so marked, the code from its end to its beginning: for whoever types its last digits
_BACKWARDS: Final = "<"
_SHORTEST_END: Final = 5
#: a word among others is a code from so many letters and digits on: "50 mg" is none
_SHORTEST_AMONG_OTHERS: Final = 4


def plain(code: str) -> str:
    """As it was typed, but for capitals and outer spaces."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def squeezed(code: str) -> str:
    """Without separators too."""
    return _SEPARATORS.sub("", plain(code))


def forms(codes: Iterable[str | None]) -> list[str]:
    """What the codes are found by, each once: whole, by their parts, and by their ends."""
    found: list[str] = []
    for code in codes:
        if code and (whole := squeezed(code)):
            parts = [f"{_PART}{part}" for part in _parts(code) if part != whole]
            found += [plain(code), whole, *parts, *_without_zeros(code), f"{_BACKWARDS}{whole[::-1]}"]
    return list(dict.fromkeys(found))


def asked(text: str) -> list[str]:
    """The codes that a typed text may be: the whole of it, and each of its words that has a digit."""
    if len(text) > _LONGEST * 4:
        return []
    whole = [plain(text), squeezed(text)] if len(text) <= _LONGEST else []
    words = list(dict.fromkeys([*text.split(), *_BETWEEN_WORDS.split(text)]))
    least = _SHORTEST_AMONG_OTHERS if len(words) > 1 else 1
    among = [
        form
        for word in words
        if len(squeezed(word)) >= least and any(map(str.isdigit, word))
        for form in (plain(word), squeezed(word))
    ]
    found = (*whole, *among, *_without_zeros(text))
    return list(dict.fromkeys(form for form in found if form and len(form) <= _LONGEST))


def part_asked(text: str) -> str | None:
    """The form of a part of a code, if the text may be one: a single word with digits."""
    part = squeezed(text)
    fits = _SHORTEST_PART <= len(part) <= _LONGEST and any(map(str.isdigit, part)) and part.isalnum()
    return f"{_PART}{part}" if fits and plain(text) == part else None


def end_asked(text: str) -> str | None:
    """What the backward form of a code begins with, if the text may be its last digits."""
    end = squeezed(text)
    return f"{_BACKWARDS}{end[::-1]}" if _SHORTEST_END <= len(end) <= _LONGEST and end.isdecimal() else None


def _without_zeros(code: str) -> list[str]:
    """The form of a code of several numbers, without the zeros they begin with."""
    parts = [part.lstrip("0") for part in _SEPARATORS.split(plain(code)) if part]
    return [_WITHOUT_ZEROS + "-".join(parts)] if len(parts) > 1 and "".join(parts).isdecimal() else []


def _parts(code: str) -> list[str]:
    """Between separators; also without the zeros before a number."""
    parts = [part for part in _SEPARATORS.split(plain(code)) if any(map(str.isdigit, part))]
    return [form for part in parts for form in (part, part.lstrip("0")) if len(form) >= _SHORTEST_PART]
