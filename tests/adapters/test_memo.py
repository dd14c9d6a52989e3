"""A small table kept for a short while, and calls side by side."""

from __future__ import annotations

import asyncio

import pytest

from adapters.errors import OdooConflictError, OdooUnavailableError
from adapters.memo import Memo
from adapters.together import Together


class Table:
    def __init__(self, seconds: float = 60.0) -> None:
        self.loads = 0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.memo = Memo(self._load, seconds)

    async def _load(self) -> int:
        self.loads += 1
        number = self.loads
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return number


async def test_callers_share_a_load() -> None:
    table = Table()
    assert await asyncio.gather(*(table.memo.get() for _ in range(20))) == [1] * 20
    assert (await table.memo.get(), table.loads) == (1, 1)


async def test_it_is_read_anew_when_it_is_old() -> None:
    table = Table(seconds=0.0)
    assert [await table.memo.get() for _ in range(3)] == [1, 2, 3]


async def test_callers_share_a_failure_and_the_next_tries_again() -> None:
    table = Table()
    table.error = OdooUnavailableError()
    found = await asyncio.gather(*(table.memo.get() for _ in range(20)), return_exceptions=True)
    assert {type(error) for error in found} == {OdooUnavailableError}
    assert table.loads == 1
    table.error = None
    assert await table.memo.get() == 2


async def test_a_caller_that_gives_up_does_not_cancel_the_others() -> None:
    table = Table()
    table.open.clear()
    impatient, patient = (asyncio.create_task(table.memo.get()) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    await asyncio.sleep(0)
    table.open.set()
    assert await patient == 1


async def test_what_is_forgotten_while_it_is_read_is_not_kept() -> None:
    table = Table()
    table.open.clear()
    before = asyncio.create_task(table.memo.get())
    await asyncio.sleep(0.01)
    table.memo.forget()
    after = asyncio.create_task(table.memo.get())
    await asyncio.sleep(0.01)
    table.open.set()
    assert (await before, await after) == (1, 2)
    assert await table.memo.get() == 2


async def test_together_raises_the_first_error_itself_and_ends_the_others() -> None:
    ended = asyncio.Event()

    async def fail() -> None:
        raise OdooConflictError

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def both() -> None:
        async with Together() as group:
            group.create_task(wait())
            async with Together() as inner:
                inner.create_task(wait())
                inner.create_task(fail())

    with pytest.raises(OdooConflictError):
        await both()
    assert ended.is_set()
