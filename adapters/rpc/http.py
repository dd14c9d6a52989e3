"""One pooled HTTP client for one Odoo: places, time limits, size limits, and what failures mean."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from adapters.errors import OdooProtocolError, OdooTimeoutError, OdooUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from adapters.rpc.base import RpcLimits

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of the largest answer taken (after decompression): well above a batch of full-size images."""

KEEPALIVE = 5.0
"""Seconds an idle connection is kept: shorter than servers do, so that few close under a request."""

USER_AGENT = "headless-odoo"

request_id: ContextVar[str] = ContextVar("odoo_request_id", default="")
"""The id of the request being served; sent along as ``X-Request-Id`` when it is set."""

_REQUEST_ID = re.compile(r"^[\w.:/+=-]{1,128}$", re.ASCII)


class NotSentError(OdooUnavailableError):
    """No connection could be made: Odoo has not seen the call, so even a write may be repeated."""


class ConnectTimeoutError(OdooTimeoutError):
    """No connection within the connect timeout: Odoo has not seen the call."""


class QueueFullError(OdooUnavailableError):
    """Too many calls are waiting, or this one waited too long for its place. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Due:
    """How one attempt of a call is sent. ``deadline`` is in the loop's time.

    ``fresh``: over a new connection. A kept connection may be closed by the server at the very moment a call
    goes out on it; then nobody knows whether the call was done, which only a safe call can bear.
    """

    deadline: float
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: status, media type without parameters, body after decompression."""

    status: int
    media_type: str
    body: bytes


class Places:
    """At most ``concurrency`` holders at once, at most ``queue`` waiting, the longest waiting first."""

    def __init__(self, concurrency: int, queue: int) -> None:
        self._free = asyncio.Semaphore(concurrency)
        self._queue = queue
        self.waiting = 0
        self.held = 0

    @asynccontextmanager
    async def place(self, deadline: float) -> AsyncIterator[None]:
        """Hold a place. Raises QueueFullError: at once when the queue is full, or at ``deadline``."""
        await self._take(deadline)
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1
            self._free.release()

    async def _take(self, deadline: float) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self.waiting >= self._queue:
            raise QueueFullError(f"{self.waiting} calls are waiting for Odoo already")
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._free.acquire()
        except TimeoutError:
            raise QueueFullError("no free place to call Odoo within the time limit") from None
        finally:
            self.waiting -= 1


class Channel:
    """HTTP to one server. Cookies are not kept, redirects are not followed, proxies are not looked up."""

    def __init__(self, url: str, limits: RpcLimits, max_answer: int = MAX_ANSWER) -> None:
        self.base = server_url(url)
        self._limits = limits
        self._max_answer = max_answer
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._closed = False
        self.places = Places(limits.concurrency, limits.queue)

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], due: Due) -> Reply:
        """POST ``body`` to ``path`` under the base URL."""
        return await self._exchange("POST", path, body, headers, due)

    async def get(self, path: str, headers: Mapping[str, str], due: Due) -> Reply:
        return await self._exchange("GET", path, None, headers, due)

    async def close(self) -> None:
        """Close all connections. Calls made later raise OdooUnavailableError."""
        self._closed = True
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _exchange(self, verb: str, path: str, body: bytes | None, headers: Mapping[str, str], due: Due) -> Reply:
        async with self.places.place(due.deadline):
            seconds = due.deadline - asyncio.get_running_loop().time()
            if seconds <= 0:
                raise QueueFullError("no time left to call Odoo")
            connect = min(self._limits.connect_timeout, seconds)
            timeout = aiohttp.ClientTimeout(total=seconds, connect=connect, sock_connect=connect)
            request = self._session(due.fresh).request(
                verb,
                self.base.joinpath(path.lstrip("/"), encoded=True),
                data=body,
                headers={**headers, **_tracing()},
                allow_redirects=False,
                timeout=timeout,
            )
            try:
                async with request as response:
                    return Reply(response.status, response.content_type, await self._read(response))
            except aiohttp.ConnectionTimeoutError as error:
                raise ConnectTimeoutError(f"no connection to {self.base} in time") from error
            except aiohttp.ClientConnectorError as error:
                raise NotSentError(f"no connection to {self.base}: {error.os_error}") from error
            except TimeoutError as error:
                raise OdooTimeoutError(f"no answer from {self.base} within {seconds:.1f} s") from error
            except aiohttp.ClientResponseError as error:
                raise OdooProtocolError(f"no HTTP from {self.base}") from error
            except (aiohttp.ClientError, OSError) as error:
                raise OdooUnavailableError(f"connection lost: {type(error).__name__}") from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length or 0
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if max(size, length) > self._max_answer:
                response.close()
                raise OdooProtocolError(f"an answer of more than {self._max_answer} bytes was refused")
            parts.append(part)
        return b"".join(parts)

    def _session(self, fresh: bool) -> aiohttp.ClientSession:
        if self._closed:
            raise OdooUnavailableError("this transport is closed")
        if fresh not in self._sessions:
            connector = (
                aiohttp.TCPConnector(limit=0, force_close=True)
                if fresh
                else aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE)
            )
            self._sessions[fresh] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT},
                trust_env=False,
            )
        return self._sessions[fresh]


def server_url(url: str) -> URL:
    """The base URL, checked. Raises ValueError: not http(s), or with a user name or password in it."""
    parsed = URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("Odoo's URL must be http:// or https:// with a host")
    if parsed.user is not None or parsed.password is not None:
        raise ValueError("Odoo's URL must not hold a user name or password")
    return parsed.with_query(None).with_fragment(None)


def _tracing() -> dict[str, str]:
    value = request_id.get()
    return {"X-Request-Id": value} if _REQUEST_ID.match(value) else {}
