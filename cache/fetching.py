"""Reads that come together go to Redis together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Fetch = Callable[[Sequence[str]], Awaitable[Sequence[bytes | None]]]


class Fetching:
    """Runs at most ``flights`` reads at a time; keys asked for meanwhile wait, and leave together in the next.

    So one reader alone pays for nothing but its own read, and a crowd shares the costs of a round trip.
    """

    def __init__(self, fetch: Fetch, *, flights: int = 2, batch: int = 200) -> None:
        self._fetch = fetch
        self._limit = flights
        self._batch = batch
        self._under_way = 0
        self._waiting: list[tuple[str, asyncio.Future[bytes | None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, key: str) -> bytes | None:
        """The bytes under the key. Raises what ``fetch`` raises."""
        if self._under_way < self._limit:
            return (await self._fly([key]))[0]
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        return await future

    async def _fly(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        self._under_way += 1
        try:
            return await self._fetch(keys)
        finally:
            self._under_way -= 1
            self._next()

    def _next(self) -> None:
        if self._waiting and self._under_way < self._limit:
            batch, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
            task = asyncio.create_task(self._serve(batch), name="fetch together")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, batch: Sequence[tuple[str, asyncio.Future[bytes | None]]]) -> None:
        wanted = {key: None for key, future in batch if not future.done()}
        error: BaseException | None = None
        found: dict[str, bytes | None] = {}
        try:
            if wanted:
                found = dict(zip(wanted, await self._fly(list(wanted)), strict=True))
        except BaseException as raised:  # noqa: BLE001 - handed to all who wait, cancellation included
            error = raised
        for key, future in batch:
            if future.done():
                continue
            if error is None:
                future.set_result(found[key])
            elif isinstance(error, Exception):
                future.set_exception(error)
            else:
                future.cancel()
