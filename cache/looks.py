"""Looking for the same entry together."""

from __future__ import annotations

import asyncio

from cache.store import Entry, Store


class Looks:
    """Gives what the store has; who asks for a key that is being looked for takes part.

    The store judges what it read when the answer is there: so nobody is given what was known to be wrong when they
    asked, even if the look began before.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, list[asyncio.Future[Entry | None]]] = {}

    async def get(self, key: str) -> Entry | None:
        """As `Store.get`."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            future: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()
            waiting.append(future)
            return await future
        self._waiting[key] = waiting = []
        found: Entry | None = None
        try:
            found = await self._store.get(key)
        finally:  # who looked may have been cancelled: the others find nothing, and go on
            del self._waiting[key]
            for future in waiting:
                if not future.done():
                    future.set_result(found)
        return found
