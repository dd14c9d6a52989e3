"""Something to read records from, and who reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from adapters.base import OdooAdapter
from cache.dependencies import Dependencies
from cache.kinds import CONTENT, Kind
from cache.loading import Wanted
from cache.record_cache import RecordCache, RecordReader
from cache.store import Ticket

WORDS = Kind[str]("word", str, CONTENT)


class Shelf:
    """What is read from: words by number. Odd numbers do not exist."""

    def __init__(self) -> None:
        self.words: dict[int, str] = {}
        self.loads: list[list[int]] = []
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None

    async def load(self, _: OdooAdapter, items: list[int], __: Ticket | None) -> Mapping[int, str]:
        self.loads.append(items)
        found = {item: self.words.get(item, f"word {item}") for item in items if item % 2 == 0}
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return found

    def wanted(self, items: Sequence[int], kind: Kind[str] = WORDS) -> Wanted[int, str]:
        return Wanted(kind, {item: f"word:{item}" for item in items}, self.load, lambda item, _: (f"word:{item}",))


class Now:
    seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


class _Adapter:
    def forget(self) -> None:
        return


async def adapter() -> OdooAdapter:
    return cast("OdooAdapter", _Adapter())


def reader(cache: RecordCache) -> RecordReader:
    return RecordReader(cache, Dependencies())
