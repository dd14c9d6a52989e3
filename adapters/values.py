"""From Odoo's values to ours. Odoo says False for every empty value that is not a number or a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any


def text(value: Any) -> str | None:
    """A char, text or html value; None when it is empty or blank."""
    return value if isinstance(value, str) and value.strip() else None


def many2one(value: Any) -> int | None:
    """The id of a many2one: ``[id, name]``, a bare id, or False."""
    if isinstance(value, list | tuple):
        return int(value[0]) if value else None
    return value if isinstance(value, int) and value is not False and value is not True else None


def ids(value: Any) -> tuple[int, ...]:
    """The ids of a one2many or many2many."""
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def decimal(value: Any) -> Decimal:
    """A number as Decimal. Computed floats carry binary noise (89.10000000000001): 15 significant digits are kept."""
    if isinstance(value, bool) or value is None:
        return Decimal(0)
    return _of_float(value) if isinstance(value, float) else Decimal(value)


@lru_cache(maxsize=65_536)
def _of_float(value: float) -> Decimal:
    """Of most numbers there are many: zeros, ones, prices."""
    return Decimal(format(value, ".15g"))


def moment(value: Any) -> datetime:
    """A datetime of the wire (naive UTC) as an aware one; the epoch when empty."""
    if not isinstance(value, str) or not value:
        return datetime.fromtimestamp(0, tz=UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
