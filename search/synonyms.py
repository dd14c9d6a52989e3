"""Words that mean the same, from a file per language: ``fr.txt``, in the Solr format.

``puce, pulex`` makes the words mean each other, ``dog food => kibble`` the first mean the second. A ``#`` begins a
remark.
"""

from __future__ import annotations

from pathlib import Path

from search.analysis import language_of
from search.typed import typed


class SynonymsError(ValueError):
    """A line that is no rule, with its place."""


def synonyms_of(directory: Path | None, lang: str) -> tuple[str, ...]:
    """The rules for a language code of Odoo: of its file (``fr_BE.txt``, else ``fr.txt``), none without one.

    Raises SynonymsError, OSError, UnicodeDecodeError.
    """
    for name in (lang, language_of(lang)) if directory is not None else ():
        file = Path(directory or ".") / f"{name}.txt"
        if file.is_file():
            return read(file)
    return ()


def read(file: Path) -> tuple[str, ...]:
    """The rules of a file. Raises SynonymsError, OSError, UnicodeDecodeError."""
    rules: list[str] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        rule = line.partition("#")[0].strip()
        if rule:
            rules.append(_checked(rule, f"{file}:{number}"))
    return tuple(rules)


def _checked(rule: str, place: str) -> str:
    sides = rule.split("=>")
    # the words of a query come without noise, so those of a rule do too
    words = [[typed(word).text for word in side.split(",")] for side in sides]
    if len(sides) > 2 or not all(word for side in words for word in side):
        raise SynonymsError(f"{place}: words with commas between them, and at most one =>")
    if len(sides) == 1 and len(words[0]) < 2:
        raise SynonymsError(f"{place}: one word alone means nothing else")
    return " => ".join(", ".join(side) for side in words)
