"""Entries as bytes: a fixed head, the tags, the body as it is.

The first byte is the flag that says whether the entry was invalidated, so that it can be set in place.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple

from cache.store import Entry, Ticket

VERSION = 1
INVALIDATED = b"\x01"
#: flag, version, epoch, number of the ticket, created, fresh until, stale until, error until, length of the tags
_HEAD = struct.Struct("<?B16sQddddI")
_SEPARATOR = "\n"


class Stored(NamedTuple):
    """An entry, and the ticket it was computed with."""

    entry: Entry
    epoch: str
    number: int


def encode(entry: Entry, ticket: Ticket) -> bytes:
    """Raises ValueError for a tag with a line break, or an empty one: they could not be told apart."""
    check_tags(entry.tags)
    tags = _SEPARATOR.join(entry.tags).encode()
    head = _HEAD.pack(
        entry.invalidated,
        VERSION,
        ticket.epoch.encode(),
        ticket.number,
        entry.created,
        entry.fresh_until,
        entry.stale_until,
        entry.error_until,
        len(tags),
    )
    return b"".join((head, tags, entry.body))


def decode(data: bytes) -> Stored | None:
    """None when the bytes were written by another version of this."""
    if len(data) < _HEAD.size or data[1] != VERSION:
        return None
    flag, _, epoch, number, created, fresh_until, stale_until, error_until, length = _HEAD.unpack_from(data)
    start = _HEAD.size + length
    entry = Entry(data[start:], _tags(data[_HEAD.size : start]), created, fresh_until, stale_until, error_until, flag)
    return Stored(entry, epoch.decode(), number)


@lru_cache(maxsize=1_000)
def _tags(told: bytes) -> frozenset[str]:
    """The same object for the same tags: what is read again and again is taken apart once, and is kept once."""
    return frozenset(told.decode().split(_SEPARATOR)) if told else frozenset()


def check_tags(tags: frozenset[str]) -> None:
    for tag in tags:
        if not tag or _SEPARATOR in tag:
            raise ValueError(f"not a tag: {tag!r}")
