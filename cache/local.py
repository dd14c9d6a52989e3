"""Entries kept in the process: the least recently used go first, and all together stay within a number of bytes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cache.store import Entry

Clock = Callable[[], float]
"""Tells the time in Unix seconds."""

#: What an entry weighs beside its body and its tags, and what a tag of an entry weighs with its place in the index,
#: in bytes. Both are on the safe side: a tag that no other entry has needs a set of its own.
ENTRY_OVERHEAD = 900
TAG_OVERHEAD = 420


def invalidated(entry: Entry) -> Entry:
    """The same, known to be wrong."""
    if entry.invalidated:
        return entry
    return Entry(
        entry.body, entry.tags, entry.created, entry.fresh_until, entry.stale_until, entry.error_until, invalidated=True
    )


def weight(key: str, entry: Entry) -> int:
    """How many bytes of memory keeping the entry takes, at most."""
    tags = sum(map(len, entry.tags)) + TAG_OVERHEAD * len(entry.tags)
    return len(key) + len(entry.body) + tags + ENTRY_OVERHEAD


@dataclass(slots=True)
class _Kept:
    entry: Entry
    number: int  # known to be right as of this invalidation
    weight: int


class LocalTier:
    """A dictionary of entries with an index by tag. No method waits."""

    def __init__(self, limit: int, *, clock: Clock = time.time) -> None:
        self.limit = limit
        self.bytes = 0
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._keys_by_tag: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def peek(self, key: str) -> Entry | None:
        """The entry, unless its time is over. It counts as used."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        entry = kept.entry
        if self._clock() >= entry.error_until:
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return entry

    def put(self, key: str, entry: Entry, number: int) -> bool:
        """Keep what is right as of invalidation ``number``; not when it is too big, or something better is kept."""
        if not self.limit:
            return False
        size = weight(key, entry)
        if size > self.limit:
            return False
        before = self._kept.get(key)
        if before is not None:
            if not before.entry.invalidated and (entry.invalidated or entry.created < before.entry.created):
                return False
            self.drop(key)
        self._kept[key] = _Kept(entry, number, size)
        self.bytes += size
        for tag in entry.tags:
            self._keys_by_tag.setdefault(tag, set()).add(key)
        while self.bytes > self.limit:
            self.drop(next(iter(self._kept)))
        return True

    def invalidate(self, tags: Iterable[str], number: int) -> None:
        """Mark the entries that have one of the tags and are not known to be right as of ``number``."""
        for tag in tags:
            for key in self._keys_by_tag.get(tag, ()):
                kept = self._kept[key]
                if kept.number < number:
                    kept.entry = invalidated(kept.entry)

    def drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        self.bytes -= kept.weight
        for tag in kept.entry.tags:
            keys = self._keys_by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._keys_by_tag[tag]

    def clear(self) -> None:
        self._kept.clear()
        self._keys_by_tag.clear()
        self.bytes = 0
