"""What was typed, taken apart: words, amounts, noise, compounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.noise import NOISE, OPTIONAL
from search.typed import MAX_WORDS, folded, typed


def words(text: str) -> list[str]:
    return [word.text for word in typed(text).words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50mg tablets", ["50mg", "tablets"]),
        ("tablets 50 MG", ["tablets", "50 MG"]),
        ("oral suspension 25 mg/ml", ["oral", "suspension", "25 mg/ml"]),
        ("kitten 1,5 kg", ["kitten", "1,5 kg"]),
        ("needle 25G x 16 mm", ["needle", "25G x 16 mm"]),
        ("10 stéthoscopes", ["10", "stéthoscopes"]),
        ("10 pièces", ["10 pièces"]),
        ("l'étable d’huile dog's", ["étable", "huile", "dog"]),
        ("Lepto 4", ["Lepto", "4"]),
        ("kaap & kust", ["kaap", "kust"]),
        ("spot-on", ["spot", "on"]),
        (" \t ", []),
        ("&%$", []),
    ],
)
def test_words_and_amounts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("je cherche un stéthoscope", ["stéthoscope"]),
        ("Where can I buy microchips?", ["microchips"]),
        ("hoeveel kost een naald aub", ["naald"]),
        ("ich suche bitte Handschuhe", ["Handschuhe"]),
        # there is nothing else
        ("where is the", ["where", "is", "the"]),
    ],
)
def test_noise_is_left_out(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_what_need_not_be_there() -> None:
    assert [(one.text, one.optional) for one in typed("gants taille M").words] == [
        ("gants", False),
        ("taille", True),
        ("M", False),
    ]
    assert typed("gants taille M").text == "gants M"
    assert not typed("box").words[0].optional
    assert not NOISE & OPTIONAL


def test_the_last_word_may_be_half_typed() -> None:
    assert [one.last for one in typed("surgical sci").words] == [False, True]
    assert [one.last for one in typed("surgical sci ").words] == [False, False]
    assert [one.last for one in typed("collar 50 mg").words] == [False, False]


def test_compounds_joined_and_split() -> None:
    assert list(typed("hand schoenen 50 mg").joined) == ["handschoenen", ""]
    assert ("honden", "voer") in typed("hondenvoer").words[0].splits
    assert typed("omega3").words[0].splits == [("omega", "3")]
    assert typed("kat").words[0].splits == []
    assert typed("50mg").words[0].splits == []


@given(st.text(max_size=300))
def test_any_text_is_taken_apart(text: str) -> None:
    found = typed(text)
    assert len(found.words) <= MAX_WORDS
    assert all(word.text for word in found.words)
    assert bool(found.words) == bool(re.search(r"[^\W_]", text))
    for word in found.words:
        assert len(word.splits) < 30
        assert all("".join(split) == word.text and all(split) for split in word.splits)
    assert folded(folded(text)) == folded(text)
