"""A value that is kept, refreshed behind the callers' backs, and served stale while it cannot be."""

from __future__ import annotations

import asyncio
import operator
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from adapters.errors import OdooError, OdooUnavailableError

T = TypeVar("T")

#: Loads to wait for while one change after the other is announced.
_ATTEMPTS = 3

log = structlog.get_logger(__name__)


class Refreshing(Generic[T]):
    """The answer of ``load``: fresh for ``seconds``; then still served while one task loads it anew.

    Without any value yet, callers wait for the one load under way and get its error. After a failure the next
    attempt waits ``pause`` seconds: until then a stale value is served, or the last error raised at once.
    A value that is `same` as the one before leaves that one in place; ``on_difference`` is told of another one that
    came without an `invalidate`.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[T]],
        *,
        seconds: float,
        pause: float = 1.0,
        same: Callable[[T, T], bool] = operator.is_,
        on_difference: Callable[[], Awaitable[object]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._load = load
        self._seconds = seconds
        self._pause = pause
        self._same = same
        self._on_difference = on_difference
        self._clock = clock
        self._value: T | None = None
        self._wrong = False
        self._fresh_until = float("-inf")
        self._retry_at = float("-inf")
        self._error: Exception | None = None
        self._expiries = 0
        self._invalidations = 0
        self._loading: asyncio.Task[T] | None = None

    async def get(self, on_stale: Callable[[], None] = lambda: None) -> T:
        """The value, fresh or stale; raises the error of ``load`` when there is none.

        A value known to be wrong is only given while Odoo is away: then ``on_stale`` is called, as it is for one
        that should have been loaded anew by now and could not.
        """
        now = self._clock()
        if self._value is None:
            if self._error is not None and now < self._retry_at:
                raise self._error.with_traceback(None)  # raised often: its traceback must not grow
            # a caller that gives up must not cancel the load that others wait for
            value = await asyncio.shield(self._start())
            return await self._get_right(on_stale) if self._wrong else value
        if self._wrong:
            return await self._get_right(on_stale)
        if now >= self._fresh_until:
            if self._error is not None:
                on_stale()
            if now >= self._retry_at:
                self._start()
        return self._value

    async def _get_right(self, on_stale: Callable[[], None]) -> T:
        """Wait until it is loaded anew, by a load that began after it was found wrong."""
        for _ in range(_ATTEMPTS):
            if self._error is not None and self._clock() < self._retry_at:
                break
            try:
                value = await asyncio.shield(self._start())
            except OdooUnavailableError:
                break
            if not self._wrong:
                return value
        on_stale()
        assert self._value is not None  # noqa: S101  # nothing takes a value away
        return self._value

    def expire(self) -> None:
        """Load anew at the next question; until that is done the old value is served.

        A load under way may have read what was before: its value is served, but not as a fresh one.
        """
        self._fresh_until = self._retry_at = float("-inf")
        self._expiries += 1

    def invalidate(self) -> None:
        """The value is wrong: whoever asks next waits for another one."""
        self.expire()
        self._invalidations += 1
        self._wrong = self._value is not None

    @property
    def loaded(self) -> bool:
        return self._value is not None

    async def close(self) -> None:
        """Stop a load under way."""
        if self._loading is not None and not self._loading.done():
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)

    def _start(self) -> asyncio.Task[T]:
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._refresh(), name=f"refresh {self.name}")
            self._loading.add_done_callback(_retrieve)
        return self._loading

    async def _refresh(self) -> T:
        expiries, invalidations = self._expiries, self._invalidations
        try:
            value = await self._load()
        except Exception as error:
            self._error = error
            self._retry_at = self._clock() + self._pause
            if isinstance(error, OdooError):
                log.warning("refresh.failed", what=self.name, error=type(error).__name__, stale=self.loaded)
            else:
                log.exception("refresh.failed", what=self.name, stale=self.loaded)
            raise
        self._error = None
        before, announced = self._value, self._wrong
        if before is None or not self._same(before, value):
            self._value = value
        if expiries == self._expiries:
            self._fresh_until = self._clock() + self._seconds
        self._wrong = invalidations != self._invalidations
        if self._on_difference is not None and before is not None and self._value is not before and not announced:
            await self._on_difference()
        return self._value if self._value is not None else value


def _retrieve(task: asyncio.Task[T]) -> None:
    """Look at the outcome, so that a failed refresh nobody waits for is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
