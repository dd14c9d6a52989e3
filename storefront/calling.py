"""Calls of the storefront: which of its pages are old."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from storefront.places import Kind
from storefront.signing import body_of, headers_for, request_for

log = structlog.get_logger(__name__)

#: it has done so already, or what was sent makes no sense to it: neither is sent again
_DONE: Final = frozenset({200, 202, 204, 409})
_SENSELESS: Final = frozenset({400, 404, 405, 413, 422})


class NotToldError(Exception):
    """The storefront could not be told, or does not take our word for it. The text says why."""


class StorefrontCalls:
    """``url``: of the storefront. ``key``, ``secret``: as it has them; without a secret the key signs.

    ``timeout``: seconds for one call.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        secret: str | None,
        timeout: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url.rstrip("/")
        self._base = urlsplit(self._url).path
        self._key = key
        self._secret = secret or key
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._last = 0

    async def forget(self, path: str, kind: Kind) -> None:
        """Have the page at a path forgotten. Raises NotToldError when it has to be tried again."""
        where, values = request_for(path, kind)
        body = body_of(values)
        headers = headers_for(
            self._base + where, body, key=self._key, secret=self._secret, milliseconds=self._milliseconds()
        )
        try:
            async with self._open().post(
                self._url + where, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotToldError(f"{type(error).__name__} at {where}") from error
        if status in _SENSELESS:
            log.warning("storefront.did_not_understand", path=path, status=status)
        elif status not in _DONE:
            raise NotToldError(f"status {status} at {where}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _milliseconds(self) -> int:
        """Never the same twice: the storefront refuses a signature that it has seen."""
        self._last = max(int(self._clock() * 1000), self._last + 1)
        return self._last

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
