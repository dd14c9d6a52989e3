"""Waiting for what must come, on a machine that may be busy or stand still."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

#: seconds: whoever waits longer hangs. How fast something is, is a matter of `bench`, and of no test.
PATIENCE: Final = 120.0


async def until(holds: Callable[[], Any], every: float = 0.01) -> Any:
    """Wait until ``holds`` tells something true, or what it tells to be awaited is; what that is.

    It is asked ``every`` so many seconds, as anybody outside would. Raises TimeoutError after `PATIENCE`.
    """
    async with asyncio.timeout(PATIENCE):
        while True:
            found = holds()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)


@asynccontextmanager
async def running_time() -> AsyncIterator[Callable[[], float]]:
    """How many seconds this process has been running within: time in which it, or the machine, stood still is none.

    For what is to be done long before something else is, both by the same clock.
    """
    beat, limit, ran = 0.005, 0.05, 0.0
    loop = asyncio.get_running_loop()
    last = loop.time()

    def so_far() -> float:
        return ran + min(loop.time() - last, limit)

    async def count() -> None:
        nonlocal last, ran
        while True:
            await asyncio.sleep(beat)
            ran, last = so_far(), loop.time()

    counting = asyncio.create_task(count())
    try:
        yield so_far
    finally:
        counting.cancel()
