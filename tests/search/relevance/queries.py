"""The set: what was typed, and what whoever typed it wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.search.relevance.facts import Predicate

FOLDER: Final = Path(__file__).with_name("queries")
#: file -> language code of Odoo
LANGS: Final = {"en": "en_US", "fr": "fr_FR", "nl": "nl_NL"}
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Typed:
    """A row of the set. ``wanted``: grades (3: what they look for, 2: would do, 1: better than nothing) of products."""

    lang: str
    kind: str
    text: str
    wanted: tuple[tuple[int, Predicate], ...]
    place: str


def queries() -> list[Typed]:
    """The whole set. Raises ValueError, with its place, for a line that is no row."""
    return [row for name, lang in LANGS.items() for row in _read(FOLDER / f"{name}.txt", lang)]


def _read(file: Path, lang: str) -> list[Typed]:
    found: list[Typed] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            found.append(_row(line, lang, f"{file.name}:{number}"))
    return found


def _row(line: str, lang: str, place: str) -> Typed:
    parts = [part.strip() for part in line.split(" | ")]
    if len(parts) != 3:
        raise ValueError(f"{place}: kind | text | wanted")
    kind, text, wanted = parts
    if (wanted == "-") != (kind == NOTHING):
        raise ValueError(f"{place}: a dash where nothing is wanted, and only there")
    try:
        return Typed(lang, kind, text, tuple(_grades(wanted)), place)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def _grades(wanted: str) -> Sequence[tuple[int, Predicate]]:
    if wanted == "-":
        return ()
    found: list[tuple[int, Predicate]] = []
    for one in wanted.split(" ; "):
        grade, _, predicate = one.strip().partition(" ")
        if grade not in {"1", "2", "3"}:
            raise ValueError(f"a grade from 1 to 3: {one!r}")
        found.append((int(grade), Predicate.parsed(predicate)))
    return found
