"""A value that is kept, refreshed behind the callers' backs, and served stale while it cannot be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from adapters.errors import OdooError

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Refreshing(Generic[T]):
    """The answer of ``load``: fresh for ``seconds``; then still served while one task loads it anew.

    Without any value yet, callers wait for the one load under way and get its error. After a failure the next
    attempt waits ``pause`` seconds: until then a stale value is served, or the last error raised at once.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[T]],
        *,
        seconds: float,
        pause: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._load = load
        self._seconds = seconds
        self._pause = pause
        self._clock = clock
        self._value: T | None = None
        self._fresh_until = float("-inf")
        self._retry_at = float("-inf")
        self._error: Exception | None = None
        self._expiries = 0
        self._loading: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value, fresh or stale; raises the error of ``load`` when there is none."""
        now = self._clock()
        if self._value is not None:
            if now >= self._fresh_until and now >= self._retry_at:
                self._start()
            return self._value
        if self._error is not None and now < self._retry_at:
            raise self._error.with_traceback(None)  # raised often: its traceback must not grow
        # a caller that gives up must not cancel the load that others wait for
        return await asyncio.shield(self._start())

    def expire(self) -> None:
        """Load anew at the next question; until that is done the old value is served.

        A load under way may have read what was before: its value is served, but not as a fresh one.
        """
        self._fresh_until = self._retry_at = float("-inf")
        self._expiries += 1

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
        expiries = self._expiries
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
        self._value, self._error = value, None
        if expiries == self._expiries:
            self._fresh_until = self._clock() + self._seconds
        return value


def _retrieve(task: asyncio.Task[T]) -> None:
    """Look at the outcome, so that a failed refresh nobody waits for is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
