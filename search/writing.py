"""Many documents on their way to the engine: sent while the next ones are made, never more than a few at once."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

from search.engine import BulkOutcome, Engine, Operation

#: documents sent together, and how many such are on their way at once
_TOGETHER: Final = 250
_AT_ONCE: Final = 2
#: documents after which whatever else there is to do gets its turn
_TURN: Final = 10


class Writing:
    """Takes operations and sends them. Leave it without an error, and all are done.

    The order of operations on a document is not kept: give each document once.
    """

    def __init__(self, engine: Engine) -> None:
        self.outcome = BulkOutcome()
        self._engine = engine
        self._waiting: list[Operation] = []
        self._sent: set[asyncio.Task[BulkOutcome]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self.flush()
        finally:
            for task in self._sent:
                task.cancel()
            await asyncio.gather(*self._sent, return_exceptions=True)

    async def add(self, operation: Operation) -> None:
        """Send it soon. Raises EngineError, also for what was added before."""
        self._waiting.append(operation)
        if len(self._waiting) >= _TOGETHER:
            await self._send(_AT_ONCE)
        elif len(self._waiting) % _TURN == 0:
            await asyncio.sleep(0)

    async def flush(self) -> None:
        """All that was added is done. Raises EngineError."""
        if self._waiting:
            await self._send(_AT_ONCE)
        await self._done(0)

    async def _send(self, at_once: int) -> None:
        operations, self._waiting = self._waiting, []
        await self._done(at_once - 1)
        self._sent.add(asyncio.create_task(self._engine.bulk(operations)))

    async def _done(self, left: int) -> None:
        """Wait until no more than so many are on their way."""
        while len(self._sent) > left:
            done, self._sent = await asyncio.wait(self._sent, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                self.outcome.add(task.result())
