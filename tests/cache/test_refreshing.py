"""A value that is refreshed behind the callers' backs."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from adapters.errors import OdooError, OdooUnavailableError
from cache.refreshing import Refreshing

FRESH, PAUSE = 10.0, 1.0


class Source:
    """Counts how often it is loaded; ``error`` fails the next loads; ``open`` lets them end."""

    def __init__(self) -> None:
        self.loads = 0
        self.now = 100.0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.kept = Refreshing("table", self._load, seconds=FRESH, pause=PAUSE, clock=lambda: self.now)

    async def _load(self) -> int:
        self.loads += 1
        number = self.loads
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return number


async def settle() -> None:
    """Let tasks that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_callers_at_the_same_time_share_one_load(source: Source) -> None:
    assert not source.kept.loaded
    assert await asyncio.gather(*(source.kept.get() for _ in range(50))) == [1] * 50
    assert source.kept.loaded
    source.now += FRESH - 0.1
    assert (await source.kept.get(), source.loads) == (1, 1)


async def test_a_stale_value_is_served_while_one_task_loads_anew(source: Source) -> None:
    await source.kept.get()
    source.now += FRESH
    source.open.clear()
    assert [await source.kept.get() for _ in range(10)] == [1] * 10
    await settle()
    assert source.loads == 2
    source.open.set()
    await settle()
    assert (await source.kept.get(), source.loads) == (2, 2)


async def test_a_stale_value_is_served_while_it_cannot_be_loaded(source: Source) -> None:
    await source.kept.get()
    source.error = OdooUnavailableError("away")
    source.now += FRESH
    for _ in range(10):
        assert await source.kept.get() == 1
        await settle()
    assert source.loads == 2, "after a failure it pauses"
    source.now += PAUSE
    assert await source.kept.get() == 1
    await settle()
    assert source.loads == 3
    source.error = None
    source.now += PAUSE
    assert await source.kept.get() == 1
    await settle()
    assert await source.kept.get() == 4


async def test_without_any_value_the_error_is_raised_at_once_until_the_pause_is_over(source: Source) -> None:
    source.error = OdooUnavailableError("away")
    for _ in range(5):
        with pytest.raises(OdooUnavailableError, match="away"):
            await source.kept.get()
    assert source.loads == 1
    source.error, source.now = None, source.now + PAUSE
    assert await source.kept.get() == 2


async def test_an_error_raised_often_does_not_grow(source: Source) -> None:
    source.error = OdooUnavailableError("away")
    for _ in range(200):
        with contextlib.suppress(OdooUnavailableError):
            await source.kept.get()
    depth, traceback = 0, source.error.__traceback__
    while traceback is not None:
        depth, traceback = depth + 1, traceback.tb_next
    assert depth < 20


async def test_callers_get_the_error_of_the_load_they_wait_for(source: Source) -> None:
    source.error = OdooUnavailableError("away")
    source.open.clear()
    callers = [asyncio.create_task(source.kept.get()) for _ in range(5)]
    await settle()
    source.open.set()
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(error) for error in found] == [OdooUnavailableError] * 5
    assert source.loads == 1


async def test_a_caller_that_gives_up_does_not_cancel_the_load(source: Source) -> None:
    source.open.clear()
    impatient, patient = (asyncio.create_task(source.kept.get()) for _ in range(2))
    await settle()
    impatient.cancel()
    await settle()
    source.open.set()
    assert await patient == 1
    assert source.loads == 1


async def test_the_only_caller_gives_up_and_the_load_goes_on(source: Source) -> None:
    source.open.clear()
    caller = asyncio.create_task(source.kept.get())
    await settle()
    caller.cancel()
    source.open.set()
    await settle()
    assert source.kept.loaded


async def test_expired_is_loaded_anew_and_served_meanwhile(source: Source) -> None:
    await source.kept.get()
    source.kept.expire()
    assert await source.kept.get() == 1
    await settle()
    assert await source.kept.get() == 2


async def test_expired_while_it_is_loaded(source: Source) -> None:
    """The load under way may have read what was before the change: its value does not count as fresh."""
    source.open.clear()
    caller = asyncio.create_task(source.kept.get())
    await settle()
    source.kept.expire()
    source.open.set()
    assert await caller == 1
    assert await source.kept.get() == 1
    await settle()
    assert await source.kept.get() == 2


@pytest.mark.parametrize(
    ("error", "level"), [(OdooError("no"), "warning"), (KeyError("a mistake of ours"), "error")], ids=["Odoo", "ours"]
)
async def test_failures_are_logged_and_paused_after(source: Source, error: Exception, level: str) -> None:
    await source.kept.get()
    source.error = error
    source.now += FRESH
    with capture_logs() as logs:
        for _ in range(5):
            assert await source.kept.get() == 1
            await settle()
    assert [(line["event"], line["log_level"]) for line in logs] == [("refresh.failed", level)]
    assert source.loads == 2


async def test_closing_ends_the_load(source: Source) -> None:
    source.open.clear()
    caller = asyncio.create_task(source.kept.get())
    await settle()
    await source.kept.close()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert not source.kept.loaded
    await source.kept.close()
