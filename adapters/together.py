"""Calls side by side whose failure is one plain error."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Together(asyncio.TaskGroup):
    """A TaskGroup that raises the first error itself, not a group of it: callers branch on our error family."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            raise _first(group) from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
