"""Tells everyone in the process who listens which tags were invalidated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

MISSED: frozenset[str] = frozenset()
"""Stands for: some invalidations may have been missed."""

_LIMIT = 1000


class Broadcast:
    """Every listener gets every set of tags said since it began to listen.

    One who does not keep up gets `MISSED` in place of what it did not take.
    """

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[frozenset[str] | None]] = set()
        self._closed = False

    def say(self, tags: frozenset[str]) -> None:
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
