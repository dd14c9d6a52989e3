"""A time-out that counts what the other side takes, and not what this process is late itself."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final

#: Between what is due and the end of patience, a loop that is late reads so many times what has come.
_PARTS: Final = 4


class Patience:
    """``async with Patience(seconds)`` raises TimeoutError when its body takes longer, as `asyncio.timeout` does.

    A loop that is busy finds a timer due before it reads an answer that came in time: `asyncio.timeout` then takes the
    loop's own lateness for the other side's. Here time is counted in parts; a part that ends late counts as no longer
    than it should have been, and between two the loop reads what has come.
    """

    __slots__ = ("_handle", "_left", "_limit", "_loop", "_part")

    def __init__(self, seconds: float) -> None:
        self._part = seconds / _PARTS
        self._left = _PARTS
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(self._part, self._passed)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _passed(self) -> None:
        self._left -= 1
        if self._left:
            self._handle = self._loop.call_later(self._part, self._passed)
        else:
            self._limit.reschedule(self._loop.time())
