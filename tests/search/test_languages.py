"""What words become in each language, by a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from search.analysis import PLAIN, PREFIX, TEXT, TEXT_SEARCH
from search.compounds import parts_of
from search.engine import Engine
from search.mapping import index_body
from search.synonyms import synonyms_of
from tests.support.opensearch import Space

NAMES = ["Hondenvoer met kip", "Voer voor honden", "Hundefutter", "Futter für Hunde", "Hunde"]


async def words(engine: Engine, index: str, analyzer: str, text: str) -> list[str]:
    answer = await engine.client.indices.analyze(index=index, body={"analyzer": analyzer, "text": text})
    return [token["token"] for token in answer["tokens"]]


class Analysed:
    def __init__(self, engine: Engine, space: Space) -> None:
        self.engine = engine
        self.space = space

    async def index(self, lang: str, synonyms: Path | None = None) -> str:
        name = self.space.name(lang.lower())
        body = index_body(lang, [1], parts=parts_of(NAMES), synonyms=synonyms_of(synonyms, lang), replicas=0)
        await self.engine.create(name, body)
        return name

    async def same(self, index: str, one: str, other: str) -> bool:
        """Does what is asked find what is written?"""
        asked = await words(self.engine, index, TEXT_SEARCH, one)
        return bool(asked) and set(asked) <= set(await words(self.engine, index, TEXT, other))


@pytest_asyncio.fixture
async def analysed(engine: Engine, space: Space) -> Analysed:
    return Analysed(engine, space)


@pytest.mark.parametrize(
    ("lang", "asked", "written"),
    [
        ("fr_FR", "chiens", "pour le chien"),
        ("fr_FR", "aliment", "l'aliment"),
        ("fr_FR", "chien age", "chiens âgés"),
        ("fr_FR", "OEDEME", "œdème"),
        ("en_US", "dog's toy", "Toys for dogs"),
        ("nl_NL", "honden", "Hondenvoer met kip"),
        ("nl_NL", "voer", "hondenvoer"),
        ("nl_NL", "hond", "honden"),
        ("de_DE", "Futter", "Hundefutter"),
        ("de_DE", "huende", "Hünde"),
        ("sr@latin", "caj", "čaj"),
        # amounts, however they are written
        ("en_US", "50mg", "tablets 50 mg"),
        ("en_US", "50 milligrams", "50MG tablets"),
        ("en_US", "50", "50 mg"),
        ("fr_FR", "1,5kg", "sac de 1.5 kg"),
        ("nl_NL", "10x", "10 stuks"),
        ("nl_NL", "x10", "10 stuks"),
        ("nl_NL", "5 procent", "5 %"),
        ("fr_FR", "5 pour cent", "5%"),
        ("fr_FR", "25Gx16mm", "25G × 16 mm"),
        ("en_US", "250 mcg", "250 µg"),
        # Greek letters
        ("en_US", "omega 3", "Ω-3 puppy"),
        ("nl_NL", "alpha", "Hepaxil® α"),
        ("fr_FR", "elpida", "Ελπίδα Vet"),
        ("fr_FR", "Betasan", "Βetasan® Forte"),
    ],
)
async def test_what_is_asked_finds_what_is_written(analysed: Analysed, lang: str, asked: str, written: str) -> None:
    assert await analysed.same(await analysed.index(lang), asked, written)


@pytest.mark.parametrize(
    ("lang", "asked", "written"),
    [
        ("en_US", "50 mg", "500 mg, 50 ml"),
        ("en_US", "50 mg", "1 mg, 50 pieces"),
        ("fr_FR", "10 st", "10 stéthoscopes"),
        ("fr_FR", "chat", "chien"),
        ("nl_NL", "katten", "hondenvoer"),
        ("nl_NL", "hondenvoer", "voer voor katten"),
    ],
)
async def test_and_nothing_else(analysed: Analysed, lang: str, asked: str, written: str) -> None:
    assert not await analysed.same(await analysed.index(lang), asked, written)


async def test_synonyms_of_a_file(analysed: Analysed, tmp_path: Path) -> None:
    (tmp_path / "fr.txt").write_text("toutou => chien\nanti-puce, antiparasitaire\n", "utf-8")
    index = await analysed.index("fr_FR", tmp_path)
    assert await analysed.same(index, "toutous", "chien")
    asked = await words(analysed.engine, index, TEXT_SEARCH, "antiparasitaire")
    assert {"anti", "puce"} <= set(asked)


async def test_beginnings_of_words(analysed: Analysed) -> None:
    index = await analysed.index("fr_FR")
    assert {"c", "cr", "cro", "croq", "croquette"} <= set(await words(analysed.engine, index, PREFIX, "Croquette"))
    assert await words(analysed.engine, index, PLAIN, "Rénal Diète") == ["renal", "diete"]
