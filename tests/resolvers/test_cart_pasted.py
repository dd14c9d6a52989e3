"""Lists of products as people paste them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.cart_pasted import MOST_LINES, MOST_TEXT, TooMuchError, pasted, quantity_in

TEXTS = {
    "semicolons": ("SKU;qty\nA-1;2\nB 2;3,5\n", [("A-1", "2"), ("B 2", "3.5")]),
    "tabs, as from a spreadsheet": ("A-1\t2\r\nB\t10\r\n", [("A-1", "2"), ("B", "10")]),
    "commas": ("A-1,2\nB,3.5", [("A-1", "2"), ("B", "3.5")]),
    "commas and decimal commas": ("A-1,2,5\nB,3", [("A-1", None), ("B", "3")]),
    "quoted": ('"A;1";"2,5"\n"B""x";1', [("A;1", "2.5"), ('B"x', "1")]),
    "blanks": ("A-1 2\nB-2\nC D 4", [("A-1", "2"), ("B-2", "1"), ("C D", "4")]),
    "more columns": ("sku;qty;name\nA;2;Diet\n", [("A", "2")]),
    "no quantity": ("A;\nB;x", [("A", "1"), ("B", None)]),
    "a heading alone": ("Article;Quantity", []),
    "no heading": ("A;2\nB;many", [("A", "2"), ("B", None)]),
    "a mark of Excel's": ("\ufeffsep=;\nA;2", [("A", "2")]),
    "empty lines": ("\n\n  \nA;2\n\n", [("A", "2")]),
    "no code": (";2", [("", "2")]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_what_is_read(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(one.sku, None if one.quantity is None else str(one.quantity)) for one in pasted(text)] == expected


QUANTITIES = {
    "2": "2",
    " 2 ": "2",
    "2,5": "2.5",
    "2.5": "2.5",
    "0,125": "0.125",
    "1.234,5": "1234.5",
    "1,234.5": "1234.5",
    "1 234,5": "1234.5",
    "1\u202f234": "1234",
    "12'000": "12000",
    "1.000": None,
    "1,000": None,
    "1.000.000": None,
    "-2": None,
    "2 boxes": None,
    "1e3": None,
    "": None,
    ",": None,
}


@pytest.mark.parametrize(("text", "expected"), QUANTITIES.items())
def test_quantities(text: str, expected: str | None) -> None:
    """What may mean two things means none: nobody wants a thousand for one."""
    assert quantity_in(text) == (None if expected is None else Decimal(expected))


@given(st.text(max_size=300))
def test_anything_can_be_pasted(text: str) -> None:
    for one in pasted(text):
        assert one.quantity is None or one.quantity >= 0


def test_too_much_is_refused() -> None:
    with pytest.raises(TooMuchError):
        pasted("A;1\n" * (MOST_LINES + 1))
    with pytest.raises(TooMuchError):
        pasted("x" * (MOST_TEXT + 1))
    assert len(pasted("A;1\n" * MOST_LINES)) == MOST_LINES
