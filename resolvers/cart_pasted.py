"""Lists of products as people paste them, or export them: a SKU and a quantity on each line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

#: characters of a text, and lines with something on them
MOST_TEXT: Final = 200_000
MOST_LINES: Final = 1_000

_SEPARATORS: Final = ("\t", ";", ",")
#: a thousand, or one with three decimals: whoever wrote it knows
_UNCLEAR: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
#: what stands between thousands
_SPACES: Final = re.compile(r"[\s\u00a0\u202f']")


class Pasted(NamedTuple):
    """A line. ``quantity``: None where it has none that is clear; 1 where nothing is said."""

    sku: str
    quantity: Decimal | None


class TooMuchError(ValueError):
    """More text or lines than are read."""


def pasted(text: str) -> list[Pasted]:
    """The lines of a text, without a heading. Raises TooMuchError.

    Columns are apart by tabs, else semicolons, else commas, whichever the text has; without any of these, by blanks.
    What follows the first two columns does not matter. Decimals are behind a point or a comma.
    """
    if len(text) > MOST_TEXT:
        raise TooMuchError(f"text may have at most {MOST_TEXT} characters.")
    lines = [line.strip("\r\n ") for line in text.lstrip("\ufeff").splitlines()]
    lines = [line for line in lines if line.strip() and not line.lower().startswith("sep=")]
    if len(lines) > MOST_LINES:
        raise TooMuchError(f"text may have at most {MOST_LINES} lines.")
    separator = next((one for one in _SEPARATORS if any(one in line for line in lines)), None)
    return list(_read(lines, separator))


def quantity_in(text: str) -> Decimal | None:
    """The quantity that a text tells; None when it tells none, or nobody can say which."""
    bare = _SPACES.sub("", text)
    if _UNCLEAR.fullmatch(bare):
        return None
    if "," in bare and "." in bare:  # the last of them is before the decimals
        thousands = "," if bare.rindex(".") > bare.rindex(",") else "."
        bare = bare.replace(thousands, "")
    bare = bare.replace(",", ".")
    if not _NUMBER.fullmatch(bare):
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def _read(lines: list[str], separator: str | None) -> Iterator[Pasted]:
    for place, line in enumerate(lines):
        cells = _cells(line, separator)
        if place == 0 and len(cells) > 1 and cells[1] and not any(one.isdigit() for one in cells[1]):
            continue  # a heading
        yield Pasted(cells[0], _quantity(cells, separator))


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        first, _, last = line.strip().rpartition(" ")
        return [first.strip(), last] if first and quantity_in(last) is not None else [line.strip()]
    (cells,) = csv.reader([line], delimiter=separator)
    return [cell.strip() for cell in cells] or [""]


def _quantity(cells: list[str], separator: str | None) -> Decimal | None:
    if len(cells) == 1 or (not cells[1] and len(cells) == 2):
        return Decimal(1)
    if separator == "," and len(cells) == 3 and cells[1].isdigit() and cells[2].isdigit():
        return None  # two columns, or a quantity with decimals
    return quantity_in(cells[1])
