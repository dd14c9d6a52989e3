"""Words of languages, codes, compounds, synonyms: pure parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from search import codes
from search.compounds import parts_of
from search.synonyms import SynonymsError, synonyms_of


def test_a_code_is_found_with_and_without_separators_and_in_any_capitals() -> None:
    indexed = set(codes.forms(["AB-12.3", None, ""]))
    for typed in ("ab-12.3", "AB123", "ab 12 3", "ab/12-3", " AB-12.3 "):
        assert indexed & set(codes.asked(typed)), typed
    assert not indexed & set(codes.asked("AB124"))


def test_a_code_within_other_words_is_found() -> None:
    assert "ab-12" in codes.asked("seringues AB-12")
    assert codes.asked("x" * 1000) == []


def test_parts_are_words_that_stand_alone_somewhere() -> None:
    names = ["Hondenvoer droog", "Voer voor honden", "Kattenvoer", "Kat", "Gezondheidsvoer", "Gezondheid", "Renault"]
    assert parts_of(names) == ["gezondheid", "honden", "voer"]


def test_a_synonym_file_by_language_or_country(tmp_path: Path) -> None:
    (tmp_path / "fr.txt").write_text("# animaux\nchien, toutou # le chien\n\nvermifuge => antiparasitaire\n", "utf-8")
    assert synonyms_of(tmp_path, "fr_BE") == ("chien, toutou", "vermifuge => antiparasitaire")
    (tmp_path / "fr_BE.txt").write_text("chien, tchin", "utf-8")
    assert synonyms_of(tmp_path, "fr_BE") == ("chien, tchin",)
    assert synonyms_of(tmp_path, "nl_NL") == synonyms_of(None, "fr_FR") == ()


@pytest.mark.parametrize("line", ["alone", "a, , b", "a => b => c", "=> b", "a =>"])
def test_a_line_that_is_no_rule_is_told_with_its_place(tmp_path: Path, line: str) -> None:
    (tmp_path / "fr.txt").write_text(f"a, b\n{line}\n", "utf-8")
    with pytest.raises(SynonymsError, match=r"fr\.txt:2"):
        synonyms_of(tmp_path, "fr_FR")
