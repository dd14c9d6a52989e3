"""What several parts of one load need is read once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_shared: ContextVar[dict[Hashable, asyncio.Task[Any]] | None] = ContextVar("shared", default=None)


@asynccontextmanager
async def reading_once() -> AsyncIterator[None]:
    """Whatever is asked inside, in tasks begun inside as well, is asked `once`.

    Nothing outlives the block, so a load never takes part in what was read before it began.
    """
    tasks: dict[Hashable, asyncio.Task[Any]] = {}
    token = _shared.set(tasks)
    try:
        yield
    finally:
        _shared.reset(token)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def once(key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
    """What ``read`` answers; within `reading_once` the same for all who ask for ``key``. Raises what it raises."""
    tasks = _shared.get()
    if tasks is None:
        return await read()
    task: asyncio.Task[T] | None = tasks.get(key)
    if task is None:
        task = tasks[key] = asyncio.create_task(_run(read))
    # one that gives up must not cancel what others wait for
    return await asyncio.shield(task)


async def _run(read: Callable[[], Awaitable[T]]) -> T:
    return await read()
