"""Reading arguments."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from resolvers.arguments import MAX_IDS, MAX_OFFSET, MAX_PAGE_SIZE, given, ids, line, page, page_bounds, words
from resolvers.errors import BadInputError

INTS = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))


@having(current=INTS, size=INTS, entries=st.lists(st.integers(), max_size=50))
def test_a_page_is_a_part_of_the_list(current: int | None, size: int | None, entries: list[int]) -> None:
    try:
        offset, limit = page_bounds(current, size)
    except BadInputError:
        assert (size is not None and not 1 <= size <= MAX_PAGE_SIZE) or (current or 1) * (size or 20) > MAX_OFFSET
        return
    assert 0 <= offset <= MAX_OFFSET
    assert page(entries, (offset, limit)) == entries[offset : offset + limit]


@having(size=st.integers(1, 20), entries=st.lists(st.integers(), max_size=60))
def test_pages_together_are_the_list(size: int, entries: list[int]) -> None:
    pages = [page(entries, page_bounds(number, size)) for number in range(1, len(entries) // size + 2)]
    assert [entry for part in pages for entry in part] == entries


@pytest.mark.parametrize("current", [None, 0, -1, 1])
def test_the_first_page(current: int | None) -> None:
    assert page_bounds(current, None) == (0, 20)


@having(st.text(max_size=256))
def test_a_line_can_be_written_in_xml(text: str) -> None:
    """The oldest way to Odoo is XML 1.0, and its database knows no NUL."""
    found = line(text, "text")
    parsed = ET.fromstring(f"<a>{escape(found)}</a>".encode()).text or ""  # noqa: S314  # our own text
    assert re.sub(r"\r\n?", "\n", found) == parsed
    assert "\x00" not in found


@having(st.text(st.characters(codec="utf-8"), max_size=100))
def test_words_are_what_is_between_spaces(text: str) -> None:
    try:
        found = words(text, "search")
    except BadInputError:
        return
    assert len(found) == len(set(found))
    assert all(word and not re.search(r"\s", word) for word in found)


@pytest.mark.parametrize("text", ["x" * 257, " ".join(map(str, range(11)))])
def test_too_much_text(text: str) -> None:
    with pytest.raises(BadInputError, match="search may have at most"):
        words(text, "search")


def test_words() -> None:
    assert words("  Hond\tvoer\x00 hond Hond ", "search") == ("Hond", "voer", "hond")
    assert words(None, "search") == words("", "search") == words("\x00\x01", "search") == ()


def test_ids() -> None:
    assert ids([3, None, 1, 3], "ids") == (3, 1)
    assert ids([], "ids") is ids(None, "ids") is ids([None], "ids") is None
    with pytest.raises(BadInputError, match="ids may have at most"):
        ids(list(range(MAX_IDS + 1)), "ids")


def test_null_is_absent() -> None:
    assert given({"a": None, "b": 0, "c": False, "d": ""}) == {"b": 0, "c": False, "d": ""}
    assert given(None) == {}
