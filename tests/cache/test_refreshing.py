"""A value that is refreshed behind the callers' backs."""

from __future__ import annotations

import asyncio
import contextlib
import operator

import pytest
from structlog.testing import capture_logs

from adapters.errors import OdooError, OdooUnavailableError
from cache.refreshing import Reading, Refreshing

FRESH, PAUSE, PATIENCE = 10.0, 1.0, 0.1


class Source:
    """Counts how often it is loaded; ``error`` fails the next loads; ``open`` lets them end.

    ``known`` is what is found without loading it.
    """

    def __init__(self) -> None:
        self.loads = 0
        self.now = 100.0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.known: Reading[int] | None = None
        self.finds = 0
        self.differences = 0
        self.stale = 0
        self.kept = Refreshing(
            "table",
            self._load,
            find=self._find,
            pause=PAUSE,
            patience=PATIENCE,
            same=operator.eq,
            on_difference=self._differs,
            clock=lambda: self.now,
        )

    async def get(self) -> int:
        return await self.kept.get(self._on_stale)

    async def _find(self) -> Reading[int] | None:
        self.finds += 1
        await asyncio.sleep(0)
        return self.known

    async def _load(self) -> Reading[int]:
        self.loads += 1
        number = self.loads
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return Reading(number, FRESH)

    async def _differs(self) -> None:
        self.differences += 1

    def _on_stale(self) -> None:
        self.stale += 1


async def settle() -> None:
    """Let tasks that can run do so."""
    for _ in range(20):
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


async def test_what_is_wrong_is_not_given_again(source: Source) -> None:
    await source.get()
    source.kept.invalidate()
    assert await asyncio.gather(*(source.get() for _ in range(10))) == [2] * 10
    assert (source.loads, source.stale, source.differences) == (2, 0, 0)


async def test_wrong_while_it_is_loaded(source: Source) -> None:
    """The load under way may have read what was before the change: nobody who asks after it gets that."""
    source.open.clear()
    callers = [asyncio.create_task(source.get())]
    await settle()
    source.kept.invalidate()
    callers.append(asyncio.create_task(source.get()))
    await settle()
    source.open.set()
    assert await asyncio.gather(*callers) == [2, 2]
    assert source.stale == 0


async def test_what_is_wrong_is_given_while_nothing_better_can_be_had(source: Source) -> None:
    await source.get()
    source.error = OdooUnavailableError("away")
    source.kept.invalidate()
    assert [await source.get() for _ in range(5)] == [1] * 5
    assert (source.loads, source.stale) == (2, 5)
    source.error, source.now = None, source.now + PAUSE
    assert (await source.get(), source.stale) == (3, 5)


async def test_nobody_waits_for_long_when_something_wrong_can_be_had(source: Source) -> None:
    await source.get()
    source.open.clear()
    source.kept.invalidate()
    started = asyncio.get_running_loop().time()
    assert await source.get() == 1
    assert asyncio.get_running_loop().time() - started >= PATIENCE * 0.9
    started = asyncio.get_running_loop().time()
    assert [await source.get() for _ in range(50)] == [1] * 50, "whoever comes later does not wait once more"
    assert asyncio.get_running_loop().time() - started < PATIENCE
    source.open.set()
    await settle()
    assert (await source.get(), source.loads, source.stale) == (2, 2, 51)


async def test_what_is_known_is_not_loaded(source: Source) -> None:
    """And is fresh for the time that is left of it."""
    source.known = Reading(7, 4.0)
    assert await asyncio.gather(*(source.get() for _ in range(20))) == [7] * 20
    source.now += 3.9
    assert (await source.get(), source.loads, source.finds) == (7, 0, 1)
    source.now += 0.2
    assert await source.get() == 7
    await settle()
    assert (await source.get(), source.loads, source.stale, source.differences) == (1, 1, 0, 1)


@pytest.mark.parametrize("invalidated", [False, True])
async def test_what_is_known_and_old_stands_in_only_while_nothing_better_can_be_had(
    source: Source, invalidated: bool
) -> None:
    source.known = Reading(7, 0.0, invalidated)
    source.error = OdooUnavailableError("away")
    assert [await source.get() for _ in range(3)] == [7] * 3
    assert (source.loads, source.stale) == (1, 3)
    source.error, source.now = None, source.now + PAUSE
    assert (await source.get(), source.stale) == (2, 3)
    assert source.differences == (0 if invalidated else 1), "what nobody announced has to be announced"


async def test_what_is_known_and_old_is_loaded_while_that_works(source: Source) -> None:
    source.known = Reading(7, -5.0)
    assert (await source.get(), source.stale) == (1, 0)


async def test_what_is_found_while_it_becomes_wrong_is_wrong(source: Source) -> None:
    source.known = Reading(7, 4.0)
    caller = asyncio.create_task(source.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert source.finds == 1
    source.kept.invalidate()
    assert await caller == 1
    assert source.differences == 0


async def test_the_same_contents_stay_the_same_object() -> None:
    made: list[list[int]] = []

    async def load() -> Reading[list[int]]:
        made.append([1, 2])
        return Reading(made[-1], 0.0)

    kept = Refreshing("table", load, same=operator.eq)
    first = await kept.get()
    for _ in range(3):
        kept.invalidate()
        assert await kept.get() is first
    assert len(made) == 4


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
    with capture_logs() as logs:
        for number in range(3):
            source.now += PAUSE
            source.error = error if number < 2 else None
            await source.kept.get()
            await settle()
    assert [line["event"] for line in logs] == ["refresh.works_again"], "it fails as before: that is known"
    assert source.loads == 5


async def test_closing_ends_the_load(source: Source) -> None:
    source.open.clear()
    caller = asyncio.create_task(source.kept.get())
    await settle()
    await source.kept.close()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert not source.kept.loaded
    await source.kept.close()
