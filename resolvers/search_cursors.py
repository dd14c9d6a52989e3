"""Cursors, and the pages that they ask for: the same whether the index answers or Odoo."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.records import ProductMatch
from resolvers.errors import BadInputError
from search.paging import Anchor, SortValue, Window

MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 20
_LONGEST: Final = 2_048
_LARGEST: Final = 2**31
_values: Final = msgspec.json.Decoder(tuple[SortValue, ...])


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the product there, and where it stood. Should the product be gone, its place remains.

    ``search`` and ``values``: where the index answered, what the product was sorted by, in which search.
    """

    position: int
    product_id: int
    search: str = ""
    values: tuple[SortValue, ...] = ()

    @classmethod
    def of(cls, anchor: Anchor) -> Cursor:
        return cls(anchor.position, anchor.product_id, anchor.search, anchor.values)

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.position, self.product_id, self.search, self.values)

    def encode(self) -> str:
        text = f"{self.position}:{self.product_id}"
        if self.values:
            text = f"{text}:{self.search}:{msgspec.json.encode(self.values).decode()}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, argument: str) -> Cursor:
        """Raises BadInputError for what is no cursor."""
        if len(text) > _LONGEST:
            raise BadInputError(f"{argument} is not a cursor of this connection.")
        try:
            decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            position, product_id, *sought = decoded.split(":", 3)
            if not sought:
                return cls(_number(position), _number(product_id))
            search, values = sought
            return cls(_number(position), _number(product_id), search, _values.decode(values))
        except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
            raise BadInputError(f"{argument} is not a cursor of this connection.") from error


def asked_window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The page asked for, by the rules of GraphQL cursor connections.

    Raises BadInputError when both or a negative or too large count is asked for, or a cursor is none.
    """
    if first is not None and last is not None:
        raise BadInputError("Ask for first or last, not both.")
    size = first if first is not None else last if last is not None else DEFAULT_PAGE
    if not 0 <= size <= MAX_PAGE:
        raise BadInputError(f"first and last must be between 0 and {MAX_PAGE}.")
    return Window(
        size=size,
        after=None if after is None else Cursor.decode(after, "after").anchor,
        before=None if before is None else Cursor.decode(before, "before").anchor,
        backward=last is not None,
    )


def placed(found: Sequence[ProductMatch], window: Window) -> range:
    """Which of all the matches are on the page."""
    start, stop = min(window.offset, len(found)), len(found)
    if window.after is not None:
        start = min(max(_place(found, window.after, 1), 0), len(found))
    if window.before is not None:
        stop = min(max(_place(found, window.before, 0), start), len(found))
    if window.backward:
        return range(max(start, stop - window.size), stop)
    return range(start, min(stop, start + window.size))


def _place(found: Sequence[ProductMatch], cursor: Anchor, beyond: int) -> int:
    """Where the cursor's product stands now (plus ``beyond``), else where it stood."""
    if 0 <= cursor.position < len(found) and found[cursor.position].id == cursor.product_id:
        return cursor.position + beyond
    moved = next((index for index, match in enumerate(found) if match.id == cursor.product_id), None)
    return cursor.position if moved is None else moved + beyond


def _number(text: str) -> int:
    """Raises ValueError for what is no number, or larger than any place and id."""
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError(text)
    return number
