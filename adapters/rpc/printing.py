"""What Odoo prints. No RPC method answers a PDF in any version, so it is fetched as a browser does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from yarl import URL

from adapters.errors import (
    OdooAccessError,
    OdooNotSupportedError,
    OdooProtocolError,
    OdooTimeoutError,
    OdooUnavailableError,
)
from adapters.rpc.base import Credentials
from adapters.rpc.faults import status_error
from adapters.rpc.http import MAX_ANSWER, USER_AGENT, server_url
from adapters.rpc.logins import PATH as LOGIN

#: Printing takes Odoo seconds and a worker, and another one for its pictures: one at a time.
AT_ONCE: Final = 1
SECONDS: Final = 60.0
_PDF = "application/pdf"
_AWAY = frozenset({429, 502, 503, 504})


class Printer:
    """Fetches PDFs from one Odoo: by a portal's link, or as the service user from the page of a report."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._base = server_url(credentials.url)
        self._free = asyncio.Semaphore(AT_ONCE)

    async def by_link(self, link: str) -> bytes:
        """The PDF behind a link of the portal that holds an access token.

        Raises OdooNotSupportedError when something else is there: Odoo cannot print, or has no portal.
        """
        async with self._session() as session:
            return await self._fetched(session, link)

    async def by_report(self, report: str, record_id: int) -> bytes:
        """A report on a record, as the service user's session shows it. That takes a password, no API key.

        Raises OdooNotSupportedError when Odoo cannot print, OdooAccessError when it does not let the user in.
        """
        who = self._credentials
        params = {"db": who.database, "login": who.login, "password": who.secret}
        async with self._session() as session:
            asked = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
            async with session.post(self._at(LOGIN), json=asked, allow_redirects=False) as response:
                if response.status != 200:
                    raise status_error(response.status, LOGIN)
                answer = await response.json(content_type=None)
            if not isinstance(answer, dict) or not (answer.get("result") or {}).get("uid"):
                raise OdooAccessError("the service user gets no session for printing")
            return await self._fetched(session, f"/report/pdf/{report}/{record_id}")

    async def _fetched(self, session: aiohttp.ClientSession, path: str) -> bytes:
        where = path.partition("?")[0]
        async with session.get(self._at(path), allow_redirects=False) as response:
            if response.status in _AWAY:
                raise status_error(response.status, where)
            if response.status != 200 or response.content_type != _PDF:
                raise OdooNotSupportedError(f"Odoo does not print {where}: {response.status} {response.content_type}")
            return await _bounded(response, where)

    def _at(self, path: str) -> URL:
        return URL(f"{str(self._base).rstrip('/')}{path}", encoded=True)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser of its own for each document, so that no cookie outlives it."""
        timeout = aiohttp.ClientTimeout(total=SECONDS, connect=5.0)
        jar = aiohttp.CookieJar(unsafe=True)  # of a server named by its address too
        try:
            async with (
                self._free,
                aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, headers={"User-Agent": USER_AGENT}) as session,
            ):
                yield session
        except TimeoutError as error:
            raise OdooTimeoutError(f"nothing printed within {SECONDS:.0f} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise OdooUnavailableError(f"connection lost: {type(error).__name__}") from error


async def _bounded(response: aiohttp.ClientResponse, where: str) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > MAX_ANSWER:
            raise OdooProtocolError(f"{where} has more than {MAX_ANSWER} bytes")
    return bytes(body)
