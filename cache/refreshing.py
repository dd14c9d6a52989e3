"""A value that is kept, refreshed behind the callers' backs, and served stale while it cannot be."""

from __future__ import annotations

import asyncio
import operator
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

import structlog

from adapters.errors import OdooError, OdooUnavailableError

T = TypeVar("T")

#: Loads to wait for while one change after the other is announced.
_ATTEMPTS: Final = 3
#: Seconds to wait for a load when something older could stand in.
PATIENCE: Final = 3.0

log = structlog.get_logger(__name__)


class Reading(NamedTuple, Generic[T]):
    """A value, and for how many seconds it counts as fresh. ``invalidated``: that it is wrong has been announced."""

    value: T
    seconds: float
    invalidated: bool = False


async def _nothing() -> None:
    return None


class Refreshing(Generic[T]):
    """The answer of ``load``: fresh for as long as it says; then still served while one task loads it anew.

    Without any value yet, what ``find`` knows is taken; only when that is nothing callers wait for the one load under
    way and get its error. What was found and is not fresh stands in when the load takes longer than ``patience``
    seconds. After a failure the next attempt waits ``pause`` seconds: until then a stale value is served, or the last
    error raised at once.
    A value that is `same` as the one before leaves that one in place; ``on_difference`` is told of another one that
    came without being announced. ``away``: what ``load`` raises when a value known to be wrong may stand in.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[Reading[T]]],
        *,
        find: Callable[[], Awaitable[Reading[T] | None]] = _nothing,
        pause: float = 1.0,
        patience: float = PATIENCE,
        same: Callable[[T, T], bool] = operator.is_,
        on_difference: Callable[[], Awaitable[object]] | None = None,
        away: type[Exception] = OdooUnavailableError,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._load = load
        self._find = find
        self._pause = pause
        self._patience = patience
        self._same = same
        self._on_difference = on_difference
        self._away = away
        self._clock = clock
        self._value: T | None = None
        self._wrong = False  # not to be given without an attempt to load it anew
        self._announced = False  # everybody knows that it is wrong
        self._fresh_until = float("-inf")
        self._retry_at = float("-inf")
        self._error: Exception | None = None
        self._invalidations = 0
        self._finding: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[T] | None = None
        self._loading_since = 0.0

    async def get(self, on_stale: Callable[[], None] = lambda: None) -> T:
        """The value, fresh or stale; raises the error of ``load`` when there is none.

        A value known to be wrong is only given while Odoo is away: then ``on_stale`` is called, as it is for one
        that should have been loaded anew by now and could not.
        """
        if self._value is None:
            if self._error is not None and self._clock() < self._retry_at:
                raise self._error.with_traceback(None)  # raised often: its traceback must not grow
            if self._loading is None or self._loading.done():
                await self._found()
        if self._value is None:
            # a caller that gives up must not cancel the load that others wait for
            value = await asyncio.shield(self._start())
            return await self._get_right(on_stale) if self._wrong else value
        if self._wrong:
            return await self._get_right(on_stale)
        now = self._clock()
        if now >= self._fresh_until:
            if self._error is not None:
                on_stale()
            if now >= self._retry_at:
                self._start()
        return self._value

    def at_hand(self) -> T | None:
        """The value, fresh or not, or None, without waiting: where another is needed its load is begun."""
        now = self._clock()
        if (self._value is None or now >= self._fresh_until) and now >= self._retry_at:
            self._start()
        return self._value

    async def _get_right(self, on_stale: Callable[[], None]) -> T:
        """Wait until it is loaded anew, by a load that began after it was found wrong; though not for long."""
        for _ in range(_ATTEMPTS):
            if self._error is not None and self._clock() < self._retry_at:
                break
            try:
                load = self._start()
                async with asyncio.timeout_at(self._loading_since + self._patience):
                    value = await asyncio.shield(load)
            except (self._away, TimeoutError):
                break
            if not self._wrong:
                return value
        on_stale()
        assert self._value is not None  # noqa: S101  # nothing takes a value away
        return self._value

    def invalidate(self) -> None:
        """The value is wrong: whoever asks next waits for another one. So is that of a load under way."""
        self._fresh_until = self._retry_at = float("-inf")
        self._invalidations += 1
        self._wrong = self._announced = self._value is not None

    @property
    def loaded(self) -> bool:
        return self._value is not None

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = [task for task in (self._finding, self._loading) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _found(self) -> None:
        """Have looked, all callers together, for what is known already."""
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._recall(), name=f"find {self.name}")
            self._finding.add_done_callback(_retrieve)
        await asyncio.shield(self._finding)

    async def _recall(self) -> None:
        invalidations = self._invalidations
        found = await self._find()
        if found is None or self._value is not None:
            return
        self._announced = found.invalidated or invalidations != self._invalidations
        self._value, self._wrong = found.value, self._announced or found.seconds <= 0
        if not self._wrong:
            self._fresh_until = self._clock() + found.seconds

    def _start(self) -> asyncio.Task[T]:
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._refresh(), name=f"refresh {self.name}")
            self._loading.add_done_callback(_retrieve)
            self._loading_since = asyncio.get_running_loop().time()
        return self._loading

    async def _refresh(self) -> T:
        invalidations = self._invalidations
        try:
            loaded = await self._load()
        except Exception as error:
            self._note(error)
            raise
        if self._error is not None:
            log.info("refresh.works_again", what=self.name)
        self._error = None
        before, announced = self._value, self._announced
        if before is None or not self._same(before, loaded.value):
            self._value = loaded.value
        self._wrong = self._announced = invalidations != self._invalidations
        if not self._wrong:
            self._fresh_until = self._clock() + loaded.seconds
        if self._on_difference is not None and before is not None and self._value is not before and not announced:
            await self._on_difference()
        return self._value if self._value is not None else loaded.value

    def _note(self, error: Exception) -> None:
        """It failed. While it fails in the same way it is logged once, not at every attempt."""
        known, self._error = self._error, error
        self._retry_at = self._clock() + self._pause
        if type(error) is type(known):
            return
        if isinstance(error, OdooError | self._away):
            log.warning("refresh.failed", what=self.name, error=type(error).__name__, stale=self.loaded)
        else:
            log.exception("refresh.failed", what=self.name, stale=self.loaded)


def _retrieve(task: asyncio.Task[T]) -> None:
    """Look at the outcome, so that a failed refresh nobody waits for is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
