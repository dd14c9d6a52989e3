"""Many documents on their way: a few bulks at once, none lost, and an error ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from search.engine import BulkOutcome, Engine, EngineUnavailableError, Operation
from search.writing import Writing


class Counting(Engine):
    """Takes its time with each bulk; fails with the one that has the number ``bad``."""

    def __init__(self, bad: int | None = None) -> None:
        self.bad = bad
        self.now = self.most = self.bulks = 0
        self.seen: list[int] = []

    async def bulk(self, operations: Iterable[Operation]) -> BulkOutcome:
        listed = list(operations)
        self.bulks += 1
        number, self.now = self.bulks, self.now + 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(60):
                await asyncio.sleep(0)
            if number == self.bad:
                raise EngineUnavailableError("gone")
        finally:
            self.now -= 1
        self.seen += [operation.id for operation in listed]
        return BulkOutcome(written=len(listed))


def operations(count: int) -> list[Operation]:
    return [Operation("index", "one", number, {}) for number in range(count)]


async def write(engine: Engine, count: int, error: Exception | None = None) -> BulkOutcome:
    """So many operations; then an error, if there is one."""
    async with Writing(engine) as writing:
        for operation in operations(count):
            await writing.add(operation)
        if error is not None:
            raise error
    return writing.outcome


async def test_all_are_done_and_two_bulks_at_once_at_most() -> None:
    engine = Counting()
    outcome = await write(engine, 2_345)
    assert sorted(engine.seen) == list(range(2_345))
    assert (outcome.written, engine.most, engine.now) == (2_345, 2, 0)


async def test_what_was_flushed_is_done() -> None:
    engine = Counting()
    async with Writing(engine) as writing:
        for operation in operations(3):
            await writing.add(operation)
        assert engine.seen == []
        await writing.flush()
        assert engine.seen == [0, 1, 2]


@pytest.mark.parametrize("bad", [1, 2, 5])
async def test_an_error_ends_it(bad: int) -> None:
    engine = Counting(bad)
    with pytest.raises(EngineUnavailableError):
        await write(engine, 1_200)
    assert engine.now == 0


async def test_an_error_of_whoever_writes_leaves_nothing_running() -> None:
    engine = Counting()
    with pytest.raises(KeyError):
        await write(engine, 600, KeyError())
    assert engine.now == 0
