"""Decoded records, kept beside the entries they were decoded from."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from cache.store import Entry

#: What a kept value weighs besides its encoded bytes, in bytes.
OVERHEAD: Final = 200


class DecodedValues:
    """The values of entries by key, the least recently used go first.

    A value belongs to the bytes it was decoded from, not to its key: who asks names the entry it has. An entry that was
    fetched anew has the same value as long as it has the same bytes. ``limit`` bounds the encoded bytes; decoded they
    take some times as much.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._kept: OrderedDict[str, tuple[Entry, Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str, entry: Entry, default: Any) -> Any:
        """The value decoded from the bytes of this entry, else ``default``."""
        kept = self._kept.get(key)
        if kept is None or (kept[0] is not entry and kept[0].body != entry.body):
            return default
        self._kept.move_to_end(key)
        return kept[1]

    def put(self, key: str, entry: Entry, value: Any) -> None:
        self._drop(key)
        size = len(entry.body) + OVERHEAD
        if size > self.limit:
            return
        self._kept[key] = (entry, value)
        self.bytes += size
        while self.bytes > self.limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.bytes -= len(kept[0].body) + OVERHEAD
