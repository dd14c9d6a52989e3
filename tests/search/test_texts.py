"""Words of languages, codes, compounds, synonyms: pure parts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from search import codes
from search.compounds import parts_of
from search.other_languages import other_names
from search.synonyms import SynonymsError, synonyms_of

EXAMPLES = Path(__file__).parents[2] / "demo" / "synonyms"


class Named(NamedTuple):
    """A product, as far as its name goes."""

    id: int
    name: str


def test_a_code_is_found_with_and_without_separators_and_in_any_capitals() -> None:
    indexed = set(codes.forms(["AB-12.3", None, ""]))
    for typed in ("ab-12.3", "AB123", "ab 12 3", "ab/12-3", " AB-12.3 "):
        assert indexed & set(codes.asked(typed)), typed
    assert not indexed & set(codes.asked("AB124"))


def test_a_code_within_other_words_is_found() -> None:
    assert "ab-12" in codes.asked("seringues AB-12")
    assert "ab-12" in codes.asked("ref:AB-12")
    assert "ab-12" in codes.asked("AB-12, CD-34")
    assert codes.asked("x" * 1000) == []


def test_a_strength_among_other_words_is_no_code() -> None:
    assert "500" not in codes.asked("doxivet 500 mg")
    assert "500" in codes.asked("500")


def test_a_code_is_found_by_a_part_its_end_and_without_zeros() -> None:
    indexed = set(codes.forms(["1006-000019-01", "5401200000480"]))
    assert {codes.part_asked("000019"), codes.part_asked("1006")} <= indexed
    assert indexed & set(codes.asked("1006-19-1"))
    end = codes.end_asked("00480")
    assert end is not None
    assert [one for one in indexed if one.startswith(end)]
    # too short, no number, more than one word
    assert [codes.part_asked(text) for text in ("01", "tablet", "10 mg", "")] == [None] * 4
    assert [codes.end_asked(text) for text in ("0480", "abcde", "")] == [None] * 3
    # what is so marked is never what somebody typed
    typed = {codes.plain("~000019"), *codes.asked("000019")}
    assert codes.part_asked("~000019") is None
    assert not {form for form in indexed & typed if not form.startswith("~")}


def test_parts_are_words_that_stand_alone_somewhere() -> None:
    names = ["Hondenvoer droog", "Voer voor honden", "Kattenvoer", "Kat", "Gezondheidsvoer", "Gezondheid", "Renault"]
    assert parts_of(names) == ["gezondheid", "honden", "voer"]


def test_an_ending_of_several_known_words_is_a_part() -> None:
    assert parts_of(["hondendieet", "kattendieet", "honden", "katten"]) == ["dieet", "honden", "katten"]
    assert parts_of(["paardenmuesli", "paarden"]) == ["muesli", "paarden"]
    assert parts_of(["oppervlakteontsmetting", "ontsmetting"]) == ["ontsmetting"]
    # neither a plural nor a short beginning is a compound
    assert parts_of(["tabletten", "tablet", "handschoenen", "hand"]) == []


def test_names_elsewhere() -> None:
    products = {
        "fr_FR": [Named(1, "Seringue"), Named(2, "Gel")],
        "nl_NL": [Named(1, "Spuit"), Named(2, "Gel")],
        "en_US": [Named(1, "Syringe")],
    }
    assert other_names(products) == {
        "fr_FR": {1: ["Spuit", "Syringe"], 2: []},
        "nl_NL": {1: ["Seringue", "Syringe"], 2: []},
        "en_US": {1: ["Seringue", "Spuit"]},
    }


def test_synonyms_come_without_noise_as_queries_do(tmp_path: Path) -> None:
    (tmp_path / "fr.txt").write_text("fil de suture => suture\ngel pour les mains, gel hydroalcoolique\n", "utf-8")
    assert synonyms_of(tmp_path, "fr_FR") == ("fil suture => suture", "gel mains, gel hydroalcoolique")


@pytest.mark.parametrize("lang", ["en_US", "fr_FR", "nl_NL", "de_DE"])
def test_the_examples_of_synonyms_are_rules(lang: str) -> None:
    assert len(synonyms_of(EXAMPLES, lang)) > 10


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
