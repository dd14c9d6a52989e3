"""Python values as Odoo's RPC takes them: JSON's types alone, dates as Odoo writes them."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from adapters.errors import OdooProtocolError

MAX_DEPTH = 64
"""Nesting beyond this is a mistake (or a circle), never an argument of Odoo."""


def to_wire(value: Any, depth: int = MAX_DEPTH) -> Any:
    """``value`` built of None, bool, int, float, str, list and dict with string keys.

    Decimals become floats (Odoo's numbers are floats on every wire), dates ``YYYY-MM-DD``, datetimes
    ``YYYY-MM-DD HH:MM:SS`` in UTC (naive ones are UTC already; Odoo refuses ``T``, ``Z`` and offsets), bytes
    base64 text, lone surrogates U+FFFD. Anything else, NaN and infinity raise OdooProtocolError.
    """
    if depth < 0:
        raise OdooProtocolError("argument nested too deeply, or in a circle")
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is int or kind is bool or value is None:
        return value
    if kind is list or kind is tuple:
        return [to_wire(item, depth - 1) for item in value]
    if kind is dict:
        return {_key(key): to_wire(item, depth - 1) for key, item in value.items()}
    for types, convert in _CONVERTERS:
        if isinstance(value, types):
            return convert(value, depth)
    raise OdooProtocolError(f"a value of type {kind.__name__} cannot be sent to Odoo")


def odoo_datetime(moment: datetime) -> str:
    """``moment`` as Odoo's fields hold it: UTC, to the second."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment.year >= 1000 else _early(moment)


def _early(moment: datetime) -> str:
    """Years below 1000 need their zeros, which strftime leaves out on some platforms."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat(sep=" ")


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise OdooProtocolError(f"a dict key of type {type(key).__name__} cannot be sent to Odoo")
    return _text(str.__str__(key))


def _number(value: Any, _depth: int) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise OdooProtocolError("NaN and infinity cannot be sent to Odoo")
    return number


_CONVERTERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, int], Any]], ...] = (
    ((float, Decimal), _number),
    (datetime, lambda value, _depth: odoo_datetime(value)),
    (date, lambda value, _depth: value.isoformat()),
    (str, lambda value, _depth: _text(str.__str__(value))),
    (int, lambda value, _depth: int(value)),
    ((bytes, bytearray, memoryview), lambda value, _depth: base64.b64encode(value).decode("ascii")),
    (Mapping, lambda value, depth: to_wire(dict(value), depth)),
    ((list, tuple), lambda value, depth: to_wire(list(value), depth)),
)
"""Types beside JSON's exact ones, first match wins (datetime is a date, bool is an int)."""
