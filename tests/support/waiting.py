"""Waiting for what must come, on a machine that may be busy or stand still."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Final

from adapters.patience import Patience

#: seconds: whoever waits longer hangs. How fast something is, is a matter of `bench`, and of no test.
PATIENCE: Final = 120.0


async def until(holds: Callable[[], Any], every: float = 0.01, seconds: float = 30.0) -> Any:
    """Wait until ``holds`` tells something true, or what it tells to be awaited is; what that is.

    It is asked ``every`` so many seconds, as anybody outside would. Raises TimeoutError after ``seconds``, not counting
    those in which the process stood still: fewer than answers, leases or tokens live, which would come true by ending.
    """
    async with Patience(seconds):
        while True:
            found = holds()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)
