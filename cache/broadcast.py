"""Tells everyone in the process who listens which tags were invalidated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

MISSED: frozenset[str] = frozenset()
"""Stands for: some invalidations may have been missed."""

_LIMIT = 1000


class Broadcast:
    """Every listener gets every set of tags said since it began to listen.

    One who does not keep up gets `MISSED` in place of what it did not take.
    """

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[frozenset[str] | None]] = set()
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._closed = False

    def subscribe(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Have ``listener`` called at once with everything said from now on."""
        self._listeners.append(listener)

    def say(self, tags: frozenset[str]) -> None:
        for listener in self._listeners:
            listener(tags)
        for queue in self._queues:
            if queue.qsize() >= _LIMIT:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(MISSED)
            queue.put_nowait(tags)

    def listen(self) -> AsyncIterator[frozenset[str]]:
        """Ends when this is closed. Listening begins with this call, not with the first step."""
        queue: asyncio.Queue[frozenset[str] | None] = asyncio.Queue()
        if self._closed:
            queue.put_nowait(None)
        self._queues.add(queue)
        return self._take(queue)

    def close(self) -> None:
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(None)

    async def _take(self, queue: asyncio.Queue[frozenset[str] | None]) -> AsyncIterator[frozenset[str]]:
        try:
            while (tags := await queue.get()) is not None:
                yield tags
        finally:
            self._queues.discard(queue)
