"""Is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.errors import OdooError
from cache.reference import Reference
from server.connection import OdooConnection

PING_SECONDS = 5.0
RETRY_SECONDS = 0.5
PING_TIMEOUT = 2.0


class Health:
    """``/healthz``: the process answers. ``/readyz``: what it needs is there, or which part is missing."""

    def __init__(self, connection: OdooConnection, reference: Reference) -> None:
        self._connection = connection
        self._reference = reference
        self._pinged_at = float("-inf")
        self._odoo = "not asked yet"
        self._lock = asyncio.Lock()

    async def alive(self, _: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def ready(self, _: Request) -> JSONResponse:
        missing: dict[str, str] = {}
        odoo = await self._ask_odoo()
        if odoo != "ok":
            missing["odoo"] = odoo
        if not self._reference.loaded:
            missing["shop"] = "not read yet"
        found = self._connection.capabilities
        answer = {
            "status": "not ready" if missing else "ready",
            "missing": missing,
            "odoo": {"version": found.version, "adapter": found.adapter, "transport": found.transport}
            if found
            else None,
        }
        return JSONResponse(answer, status_code=503 if missing else 200)

    async def _ask_odoo(self) -> str:
        """``ok`` or what is wrong; as probes come often, an answer is kept for `PING_SECONDS`, a failure for less."""
        async with self._lock:
            kept = PING_SECONDS if self._odoo == "ok" else RETRY_SECONDS
            if time.monotonic() - self._pinged_at >= kept:
                self._odoo = await self._ping()
                self._pinged_at = time.monotonic()
            return self._odoo

    async def _ping(self) -> str:
        if self._connection.capabilities is None:
            error = self._connection.last_error
            return f"not connected ({type(error).__name__})" if error else "not connected yet"
        try:
            async with asyncio.timeout(PING_TIMEOUT):
                await (await self._connection.adapter()).ping()
        except TimeoutError:
            return "does not answer in time"
        except OdooError as error:
            return type(error).__name__
        return "ok"
