"""A small table kept for a short while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """The answer of ``load``, asked again when older than ``seconds``. Callers at the same time share one load."""

    def __init__(self, load: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._load = load
        self._seconds = seconds
        self._value: T | None = None
        self._expires = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> T:
        """The table; raises what ``load`` raises."""
        async with self._lock:
            if self._value is None or time.monotonic() >= self._expires:
                self._value = await self._load()
                self._expires = time.monotonic() + self._seconds
            return self._value

    def forget(self) -> None:
        """Load again at the next question."""
        self._expires = 0.0
