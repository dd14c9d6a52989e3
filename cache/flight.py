"""One computation for all who ask at the same time: within the process, and among processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cache.store import Store

T = TypeVar("T")

#: Seconds between two looks at whether another process has finished.
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1


class SingleFlight(Generic[T]):
    """Shares one computation per key among the coroutines of the process that want it."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def do(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        """What ``compute`` returns, or raises: the same for all who asked while it ran.

        A caller that is cancelled leaves the computation to the others; with no one left it still goes on,
        as its answer will be stored.
        """
        return await asyncio.shield(self._flights.get(key) or self._start(key, compute))

    def start(
        self, key: str, compute: Callable[[], Awaitable[T]], *, on_error: Callable[[BaseException], None]
    ) -> None:
        """Have it computed, without waiting, unless it is already; ``on_error`` is told what it raised."""
        if key in self._flights:
            return

        def landed(task: asyncio.Task[T]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                on_error(error)

        self._start(key, compute).add_done_callback(landed)

    async def close(self) -> None:
        """Cancel what runs, and wait until it ended."""
        running = list(self._flights.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _start(self, key: str, compute: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        task = asyncio.create_task(_run(compute), name=f"compute {key}")
        self._flights[key] = task
        task.add_done_callback(lambda done: self._landed(key, done))
        return task

    def _landed(self, key: str, task: asyncio.Task[T]) -> None:
        if self._flights.get(key) is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # seen: not to be reported as forgotten when every caller has left


async def _run(compute: Callable[[], Awaitable[T]]) -> T:
    return await compute()


async def computed_once(
    store: Store,
    key: str,
    *,
    find: Callable[[], Awaitable[T | None]],
    compute: Callable[[], Awaitable[T]],
    seconds: float,
) -> T:
    """What ``find`` gives, or else what ``compute`` returns, in one process at a time.

    ``find`` looks in the store for an answer good enough; ``compute`` makes one and stores it. While another process
    computes, this one waits for its answer, and takes over when that process gave up or died. After ``seconds``
    without an answer it computes by itself. Raises what ``compute`` raises.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    pause = FIRST_PAUSE
    first = True
    while True:
        left = end - loop.time()
        # what is fresh to Redis may be known here to be wrong: only the first look takes its word for it
        async with store.lease(key, seconds, unless_fresh=first) as mine:
            first = False
            # whoever had the lease before may have stored an answer between our last look and now
            if (found := await find()) is not None:
                return found
            if mine or left <= 0:
                return await compute()
        await asyncio.sleep(max(0.0, min(pause, left)))
        pause = min(pause * 1.5, LONGEST_PAUSE)
