"""A small table kept for a short while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """The answer of ``load``, asked again when older than ``seconds``. Callers at the same time share one load.

    A failure goes to all who wait for that load; the next caller tries again.
    """

    def __init__(self, load: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._load = load
        self._seconds = seconds
        self._value: T | None = None
        self._expires = 0.0
        self._loading: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The table; raises what ``load`` raises."""
        if self._value is not None and time.monotonic() < self._expires:
            return self._value
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._refresh())
            self._loading.add_done_callback(_retrieve)
        # a caller that gives up must not cancel the load that others wait for
        return await asyncio.shield(self._loading)

    def forget(self) -> None:
        """Load again at the next question: a load under way may have read what was before."""
        self._expires = 0.0
        self._loading = None

    async def _refresh(self) -> T:
        this = self._loading
        value = await self._load()
        if this is self._loading:  # not forgotten meanwhile
            self._value, self._expires = value, time.monotonic() + self._seconds
        return value


def _retrieve(task: asyncio.Task[T]) -> None:
    """Look at the outcome, so that a failure nobody waits for any more is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
