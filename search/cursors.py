"""Cursors: after which match a page begins. Opaque to clients, and checked when they come back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

#: what the engine sorts by
SortValue: TypeAlias = str | int | float | bool | None
_LONGEST: Final = 2_048


class BadCursorError(ValueError):
    """A cursor that was not answered to this search."""


class _Cursor(msgspec.Struct, array_like=True):
    search: str
    values: list[SortValue]


def encoded(search: str, values: Sequence[SortValue]) -> str:
    """``search``: `digest_of` the search that it belongs to."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(search, list(values)))).decode().rstrip("=")


def decoded(cursor: str, search: str, length: int) -> list[SortValue]:
    """The values to go on after. Raises BadCursorError."""
    try:
        if len(cursor) > _LONGEST:
            raise BadCursorError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.urlsafe_b64decode(padded.encode("ascii")), type=_Cursor)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError) as error:
        raise BadCursorError("not a cursor") from error
    if found.search != search or len(found.values) != length:
        raise BadCursorError("the cursor of another search")
    return found.values


def digest_of(*parts: Mapping[str, Any] | Sequence[Any], size: int = 8) -> str:
    """Tells searches apart, by so many bytes."""
    return hashlib.blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=size).hexdigest()
