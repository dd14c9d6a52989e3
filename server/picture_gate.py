"""So many at once, so many behind them, and nobody beyond."""

from __future__ import annotations

import asyncio
from types import TracebackType


class PicturesBusyError(Exception):
    """More is asked for than can be made soon: to be asked for again a little later."""


class Gate:
    """Lets ``most`` in at once and ``waiting`` wait for it, in order. Entering raises PicturesBusyError beyond that."""

    def __init__(self, most: int, *, waiting: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._most_waiting = waiting
        self._waiting = 0

    async def __aenter__(self) -> None:
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise PicturesBusyError(f"{self._waiting} wait already")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.release()
