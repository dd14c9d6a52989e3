"""The way to an OpenID provider: little time, small answers, no redirects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import msgspec

_FORM: Final = "application/x-www-form-urlencoded"


class HttpError(Exception):
    """No usable answer. ``str(error)`` is for the log."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer."""

    status: int
    body: Any


class Http:
    """A client of its own, opened at first use. ``seconds``: for a whole exchange. ``max_bytes``: of an answer."""

    def __init__(self, *, seconds: float = 5.0, max_bytes: int = 262_144) -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(seconds, 2.0))
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def get_json(self, url: str) -> Any:
        """The body of a 200. Raises `HttpError`."""
        reply = await self._exchange("GET", url, {"Accept": "application/json"}, None)
        if reply.status != 200:
            raise HttpError(f"status {reply.status}")
        return reply.body

    async def post_form(self, url: str, body: str, headers: Mapping[str, str]) -> Reply:
        """Post an encoded form; the answer, whatever its status. Raises `HttpError`."""
        return await self._exchange(
            "POST", url, {"Accept": "application/json", "Content-Type": _FORM, **headers}, body.encode("ascii")
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                raw = await self._bounded(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise HttpError(f"{type(error).__name__}: {error}"[:200]) from error
        try:
            return Reply(response.status, msgspec.json.decode(raw))
        except (msgspec.DecodeError, RecursionError) as error:
            raise HttpError(f"status {response.status}, and no JSON") from error

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        found = bytearray()
        async for chunk in response.content.iter_chunked(16_384):
            found += chunk
            if len(found) > self._max_bytes:
                raise HttpError("the answer is too long")
        return bytes(found)
