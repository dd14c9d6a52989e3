"""Article numbers and barcodes: found however their separators and capitals are typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s\-_./\\,:;#*+]+")
#: longer texts are no code
_LONGEST: Final = 64


def plain(code: str) -> str:
    """As it was typed, but for capitals and outer spaces."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def squeezed(code: str) -> str:
    """Without separators too."""
    return _SEPARATORS.sub("", plain(code))


def forms(codes: Iterable[str | None]) -> list[str]:
    """What the codes are found by, each once."""
    found = [form for code in codes if code for form in (plain(code), squeezed(code)) if form]
    return list(dict.fromkeys(found))


def asked(text: str) -> list[str]:
    """The codes that a typed text may be: the whole of it, and each of its words that has a digit."""
    if len(text) > _LONGEST * 4:
        return []
    whole = forms([text]) if len(text) <= _LONGEST else []
    words = [form for word in text.split() if any(map(str.isdigit, word)) for form in forms([word])]
    return list(dict.fromkeys(form for form in (*whole, *words) if len(form) <= _LONGEST))
