"""Pricelist rules in the form in which they are kept: msgspec decodes no field that is a date or a datetime."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final, get_type_hints

import msgspec

from adapters.records.pricing import PricelistRule

_HINTS: Final = get_type_hints(PricelistRule)
_NAMES: Final = tuple(field.name for field in fields(PricelistRule))
_DATES: Final = tuple(index for index, name in enumerate(_NAMES) if _HINTS[name] == date | datetime | None)
_DAY: Final = len("2026-01-31")

#: a rule as an array of its fields in order, moments as texts
KeptRule: Any = msgspec.defstruct(
    "KeptRule",
    [(name, str | None if index in _DATES else _HINTS[name]) for index, name in enumerate(_NAMES)],
    array_like=True,
    frozen=True,
)
_values = attrgetter(*_NAMES)


def packed(rules: Iterable[PricelistRule]) -> tuple[Any, ...]:
    """The rules as arrays."""
    kept = []
    for rule in rules:
        values = list(_values(rule))
        for index in _DATES:
            if values[index] is not None:
                values[index] = values[index].isoformat()
        kept.append(KeptRule(*values))
    return tuple(kept)


def unpacked(kept: Iterable[Any]) -> tuple[PricelistRule, ...]:
    """The rules as they were."""
    rules = []
    for one in kept:
        values = list(_values(one))
        for index in _DATES:
            if values[index] is not None:
                values[index] = _moment(values[index])
        rules.append(PricelistRule(*values))
    return tuple(rules)


def _moment(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == _DAY else datetime.fromisoformat(text)
