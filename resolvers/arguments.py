"""Reading arguments: an explicit null is an absent argument, and bounds are said plainly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from resolvers.errors import BadInputError

MAX_PAGE_SIZE = 10_000  # the storefront's route generator asks for that many
MAX_OFFSET = 1_000_000
MAX_TEXT = 256
MAX_WORDS = 10
MAX_IDS = 1_000

T = TypeVar("T")

#: what XML 1.0 has no place for: control characters (NUL among them), lone surrogates, two non-characters
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def page_bounds(current_page: int | None, page_size: int | None, default_size: int = 20) -> tuple[int, int]:
    """(offset, limit) of a page counted from 1; pages of 0 or less are the first.

    Raises BadInputError for a page size below 1 or above `MAX_PAGE_SIZE`.
    """
    size = default_size if page_size is None else page_size
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise BadInputError(f"pageSize must be between 1 and {MAX_PAGE_SIZE}.")
    offset = (max(current_page or 1, 1) - 1) * size
    if offset > MAX_OFFSET:
        raise BadInputError(f"currentPage reaches beyond {MAX_OFFSET} entries.")
    return offset, size


def line(text: str | None, argument: str) -> str:
    """One line of text, without what neither Odoo's database nor XML can hold. Raises BadInputError when too long."""
    if text is not None and len(text) > MAX_TEXT:
        raise BadInputError(f"{argument} may have at most {MAX_TEXT} characters.")
    return _UNWRITABLE.sub(" ", text or "").strip()


def words(text: str | None, argument: str) -> tuple[str, ...]:
    """The words of a search text. Raises BadInputError when it is too long."""
    found = tuple(dict.fromkeys(line(text, argument).split()))
    if len(found) > MAX_WORDS:
        raise BadInputError(f"{argument} may have at most {MAX_WORDS} words.")
    return found


def ids(values: Sequence[int | None] | None, argument: str) -> tuple[int, ...] | None:
    """Ids without nulls and repetitions; None when there are none. Raises BadInputError for too many."""
    found = tuple(dict.fromkeys(value for value in values or () if value is not None))
    if len(found) > MAX_IDS:
        raise BadInputError(f"{argument} may have at most {MAX_IDS} entries.")
    return found or None


def given(arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members of an input that are not null."""
    return {name: value for name, value in (arguments or {}).items() if value is not None}


def page(entries: Sequence[T] | Iterable[T], bounds: tuple[int, int]) -> list[T]:
    """The part of a list that a page shows."""
    offset, limit = bounds
    return list(entries)[offset : offset + limit]
