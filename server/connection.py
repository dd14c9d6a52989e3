"""The connection to Odoo: made as soon as there is an Odoo. Its transport outlives the times when Odoo is away."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from adapters.base import Capabilities, OdooAdapter
from adapters.errors import OdooError, OdooUnavailableError

log = structlog.get_logger(__name__)

#: seconds after the start for which requests wait for the first attempt
FIRST_WAIT: Final = 2.0
#: between two attempts; short beside the time in which a change is to be seen once Odoo is back
LONGEST_PAUSE: Final = 5.0

Open = Callable[[], Awaitable[OdooAdapter]]
OnConnected = Callable[[], Awaitable[None]]


class OdooConnection:
    """Keeps one adapter. Until it is there, whoever asks is told at once that Odoo is unavailable."""

    def __init__(self, open_adapter: Open, *, pause: float = 1.0, longest_pause: float = LONGEST_PAUSE) -> None:
        self._open = open_adapter
        self._pause = pause
        self._longest_pause = longest_pause
        self._adapter: OdooAdapter | None = None
        self._task: asyncio.Task[None] | None = None
        self._attempted = asyncio.Event()
        self._wait_until: float | None = None
        self.capabilities: Capabilities | None = None
        self.last_error: Exception | None = None

    async def adapter(self) -> OdooAdapter:
        """The adapter; for a short while after the start the very first attempt is waited for.

        Raises OdooUnavailableError while there is no connection.
        """
        if self._adapter is None and not self._attempted.is_set():
            if self._wait_until is None:
                self._wait_until = asyncio.get_running_loop().time() + FIRST_WAIT
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._wait_until):
                    await self._attempted.wait()
        if self._adapter is None:
            raise OdooUnavailableError("not connected to Odoo yet") from self.last_error
        return self._adapter

    def forget(self) -> None:
        """Have the adapter forget what it keeps of products."""
        if self._adapter is not None:
            self._adapter.forget()

    def start(self, on_connected: OnConnected) -> None:
        """Connect in the background, again and again until it works; then call ``on_connected`` once."""
        self._wait_until = asyncio.get_running_loop().time() + FIRST_WAIT
        self._task = asyncio.create_task(self._run(on_connected), name="connect to Odoo")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._adapter is not None:
            await self._adapter.close()

    async def _connected(self, pause: float) -> bool:
        """One attempt. Whatever fails, the process goes on and tries again."""
        adapter: OdooAdapter | None = None
        try:
            adapter = await self._open()
            self.capabilities = await adapter.inspect()
        except Exception as error:
            self.last_error = error
            known = isinstance(error, OdooError)
            log.warning(
                "odoo.connect_failed",
                error=type(error).__name__,
                retry_in=round(pause, 1),
                exc_info=None if known else error,
            )
            return False
        else:
            self._adapter, self.last_error = adapter, None
            return True
        finally:
            self._attempted.set()
            if adapter is not None and adapter is not self._adapter:  # failed or cancelled
                await adapter.close()

    async def _run(self, on_connected: OnConnected) -> None:
        pause = self._pause
        while True:
            if await self._connected(pause):
                break
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, no secret
            pause = min(pause * 2, self._longest_pause)
        if (found := self.capabilities) is not None:
            log.info("odoo.connected", version=found.version, adapter=found.adapter, transport=found.transport)
        try:
            await on_connected()
        except OdooError as error:
            log.warning("odoo.warm_up_failed", error=type(error).__name__)
        except Exception:
            log.exception("odoo.warm_up_failed")
