"""Is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.errors import OdooError
from adapters.patience import Patience
from cache.reference import Reference
from cache.store import Store
from server.connection import OdooConnection

#: Seconds for which is kept that nothing is missing; and that something is.
KEPT_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 0.5
#: Seconds that Odoo may take.
PATIENCE: Final = 2.0


class Health:
    """``/healthz``: the process answers. ``/readyz``: it can serve, with all it needs or without some of it.

    A shop whose tables are known serves what is kept even without Odoo or Redis: it is degraded, not to be drained.
    ``store``: where the process shares what it keeps, if there is such a place. ``index``: tells what is wrong with the
    product index, if there is to be one.
    """

    def __init__(
        self,
        connection: OdooConnection,
        reference: Reference,
        store: Store | None = None,
        *,
        index: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._connection = connection
        self._reference = reference
        self._store = store
        self._index = index
        self._looked_at = float("-inf")
        self._missing: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def alive(self, _: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def ready(self, _: Request) -> JSONResponse:
        missing = await self._look()
        answer: dict[str, Any] = {"status": "ready", "missing": missing, "odoo": None}
        if missing:
            answer["status"] = "degraded" if self._reference.loaded else "not ready"
        if found := self._connection.capabilities:
            answer["odoo"] = {"version": found.version, "adapter": found.adapter, "transport": found.transport}
        return JSONResponse(answer, status_code=200 if self._reference.loaded else 503)

    async def _look(self) -> dict[str, str]:
        """What is missing, and why. As probes come often, an answer is kept for a while."""
        async with self._lock:
            kept = RETRY_SECONDS if self._missing else KEPT_SECONDS
            if time.monotonic() - self._looked_at >= kept:
                shop = await self._shop()  # first: it waits for the first connection to Odoo
                odoo, redis, index = await asyncio.gather(self._odoo(), self._redis(), self._indexed())
                found = {"odoo": odoo, "redis": redis, "index": index, "shop": shop}
                self._missing = {part: why for part, why in found.items() if why is not None}
                self._looked_at = time.monotonic()
            return self._missing

    async def _odoo(self) -> str | None:
        if self._connection.capabilities is None:
            error = self._connection.last_error
            return f"not connected ({type(error).__name__})" if error else "not connected yet"
        try:
            async with Patience(PATIENCE):
                await (await self._connection.adapter()).ping()
        except TimeoutError:
            return "does not answer in time"
        except OdooError as error:
            return type(error).__name__
        return None

    async def _redis(self) -> str | None:
        return "away" if self._store is not None and await self._store.read("health") is None else None

    async def _indexed(self) -> str | None:
        return None if self._index is None else await self._index()

    async def _shop(self) -> str | None:
        """Its tables are looked for if need be: nobody else may do so while a process gets no requests."""
        if not self._reference.loaded:
            try:
                async with Patience(PATIENCE):
                    await self._reference.shop()
            except (TimeoutError, OdooError):
                return "not read yet"
        return None
