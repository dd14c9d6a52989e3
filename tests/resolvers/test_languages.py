"""Which language an answer is in."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records import Language
from resolvers.errors import BadInputError
from resolvers.languages import choose_language

LANGUAGES = [
    Language(code="nl_BE", iso_code="nl_BE", name="Nederlands (België)"),
    Language(code="en_US", iso_code="en", name="English"),
    Language(code="nl_NL", iso_code="nl", name="Nederlands"),
    Language(code="fr_FR", iso_code="fr", name="Français"),
    Language(code="sr@latin", iso_code="sr@latin", name="srpski"),
]
CODES = {language.code for language in LANGUAGES}


def chosen(asked: str | None = None, header: str | None = None) -> str:
    return choose_language(asked, header, LANGUAGES, "en_US")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("fr_FR", "fr_FR"),
        ("fr-fr", "fr_FR"),
        ("FR", "fr_FR"),
        ("fr_CH", "fr_FR"),
        ("nl", "nl_BE"),
        ("nl_NL", "nl_NL"),
        ("nl-BE", "nl_BE"),
        ("en_GB", "en_US"),
        ("sr@latin", "sr@latin"),
        ("", "en_US"),
        (None, "en_US"),
    ],
)
def test_asked_for(asked: str | None, code: str) -> None:
    assert chosen(asked, "nl-NL") == ("nl_NL" if not asked else code)
    assert chosen(asked) == code


@pytest.mark.parametrize("asked", ["de", "f", "fra", "_FR", "*", "xx_FR"])
def test_asked_for_what_there_is_not(asked: str) -> None:
    with pytest.raises(BadInputError, match="no language"):
        chosen(asked, "fr")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("fr", "fr_FR"),
        ("de, fr;q=0.5, nl-NL;q=0.9", "nl_NL"),
        ("fr;q=0.5,nl-NL;q=0.5", "fr_FR"),
        ("fr ; q=0.2 , nl-NL ; q=0.3", "nl_NL"),
        ("fr;Q=0.2, nl-NL;q=0.3", "nl_NL"),
        ("fr;q=0, nl-NL;q=0.1", "nl_NL"),
        ("*", "en_US"),
        ("*, fr;q=0.5", "fr_FR"),
        ("de-DE,de;q=0.9", "en_US"),
        ("fr;q=high, nl-NL;q=0.1", "nl_NL"),
        ("fr;level=1", "fr_FR"),
        (",,;,=", "en_US"),
        ("", "en_US"),
        ("x" * 600 + ", fr", "en_US"),
    ],
)
def test_accept_language(header: str, code: str) -> None:
    assert chosen(None, header) == code


@given(st.text(max_size=600))
def test_any_header_gives_a_language(header: str) -> None:
    assert chosen(None, header) in CODES


@given(st.text(min_size=1, max_size=40))
def test_any_argument_gives_a_language_or_is_refused(asked: str) -> None:
    with suppress(BadInputError):
        assert chosen(asked) in CODES
