"""Deterministic draws: the same seed, kind and number always give the same stream, whatever else is generated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeVar

#: The moment the shop is seen at: orders end before it, and "current" promotions hold on it.
REFERENCE_TIME: Final = datetime(2026, 11, 21, 6, 0, 0, tzinfo=UTC)
_OPENED: Final = datetime(2019, 3, 4, 7, 30, 0, tzinfo=UTC)
_LIFE_SECONDS: Final = int((REFERENCE_TIME - _OPENED).total_seconds())
_MIX: Final = 2654435761  # Knuth's multiplicative hash

Item = TypeVar("Item")


def stream(seed: int, kind: str, number: int = 0) -> Random:
    """A random stream of its own for one record."""
    return Random(f"{seed}/{kind}/{number}")  # noqa: S311 - a demo catalogue, not a secret


def mixed(*numbers: int) -> int:
    """A well-spread number in [0, 2**32) from a few integers; cheaper than a stream."""
    state = 0x9E3779B9
    for number in numbers:
        state = ((state ^ number) * _MIX + 0x7F4A7C15) & 0xFFFFFFFF
        state ^= state >> 15
    return state


def picked(items: Sequence[Item], *numbers: int) -> Item:
    """One of the items, chosen by the numbers."""
    return items[mixed(*numbers) % len(items)]


def stamps(salt: int, record_id: int) -> tuple[str, str]:
    """Creation and last change of a record, in Odoo's form (UTC): spread over the life of the shop."""
    created = mixed(salt, record_id) % _LIFE_SECONDS
    written = created + mixed(salt, record_id, 1) % (_LIFE_SECONDS - created)
    return moment(_OPENED + timedelta(seconds=created)), moment(_OPENED + timedelta(seconds=written))


def moment(when: datetime) -> str:
    """A datetime in Odoo's form."""
    return when.strftime("%Y-%m-%d %H:%M:%S")


def ean13(number: int) -> str:
    """A valid EAN-13 with a Belgian prefix for a number below 10 million."""
    digits = f"54{12:03d}{number % 10_000_000:07d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
