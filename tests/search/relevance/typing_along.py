"""What is offered while somebody types, and what is taken to have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.search.relevance.facts import Predicate, graded
from tests.search.relevance.queries import FOLDER, LANGS
from tests.search.relevance.runner import Searched


@dataclass(slots=True)
class Rate:
    """How many were right, and of the others what came instead."""

    all: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, *, right: bool, told: str) -> None:
        self.all += 1
        self.right += right
        if not right:
            self.wrong.append(told)

    @property
    def share(self) -> float:
        return self.right / self.all


async def meant_rate(shop: Searched) -> Rate:
    """Mistyped texts: is the right one told? Right ones: is nothing told?"""
    rate = Rate()
    for lang, typed, wanted in _rows("meant"):
        told = await shop.meant(lang, typed)
        rate.count(right=(told or "-") == wanted, told=f"{typed}: {told}")
    return rate


async def begun_rate(shop: Searched) -> Rate:
    """Begun words: is a wanted product among the suggestions?"""
    rate = Rate()
    for lang, begun, wanted in _rows("begun"):
        grades = graded([(3, Predicate.parsed(wanted))], shop.catalogue)
        assert grades, begun
        found = await shop.suggested(lang, begun)
        rate.count(right=any(one in grades for one in found), told=f"{lang} {begun}")
    return rate


def _rows(name: str) -> Iterator[tuple[str, str, str]]:
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            lang, typed, wanted = (part.strip() for part in line.split(" | "))
            yield LANGS[lang], typed, wanted
