"""Pages of Odoo's own website that a browser's script or a returning customer asks for: no RPC method does it."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from adapters.errors import (
    OdooNotSupportedError,
    OdooProtocolError,
    OdooTimeoutError,
    OdooUnavailableError,
)
from adapters.rpc.base import Credentials
from adapters.rpc.faults import status_error
from adapters.rpc.http import USER_AGENT, Reply, server_url
from adapters.rpc.jsonrpc import decode_answer
from adapters.rpc.values import to_wire

#: Odoo asks the provider meanwhile, for up to ten seconds, more than once
SECONDS: Final = 30.0
#: bytes of an answer: the values of one payment
MAX_ANSWER: Final = 1024 * 1024
COOKIE: Final = "session_id"
_NO_PAGE: Final = frozenset({404, 405})
_PART: Final = 65_536


@dataclass(frozen=True, slots=True)
class Told:
    """``result`` of the page; ``visit``: the session of Odoo's website in which it was asked for, if it has one."""

    result: Any
    visit: str | None


class Website:
    """Asks pages of one Odoo's website as a visitor without a login. Nothing is ever asked for twice by itself."""

    def __init__(self, credentials: Credentials) -> None:
        self._base = server_url(credentials.url)
        self._numbers = itertools.count(1)

    async def call(
        self,
        path: str,
        params: Mapping[str, Any],
        *,
        visit: str | None = None,
        client: str | None = None,
        public_url: str | None = None,
    ) -> Told:
        """What a page that speaks JSON-RPC answers.

        ``client``, ``public_url``: for whom, and at which address of ours, it is asked; Odoo takes both where it runs
        in proxy mode. Raises OdooNotSupportedError where there is no such page, and what a call of a model raises.
        """
        number = next(self._numbers)
        body = msgspec.json.encode({"jsonrpc": "2.0", "method": "call", "id": number, "params": to_wire(dict(params))})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            **_cookie(visit),
            **self._forwarded(client, public_url),
        }
        async with self._asked("POST", path, headers=headers, data=body) as response:
            reply = Reply(response.status, response.content_type, await _bounded(response, path))
            told = _visit_of(response) or visit
        if reply.status in _NO_PAGE:
            raise OdooNotSupportedError(f"Odoo has no page {path}")
        if reply.status != 200:
            raise status_error(reply.status, path)
        return Told(decode_answer(reply, number), told)

    async def visit(self, path: str, query: Mapping[str, str], *, visit: str | None = None) -> None:
        """Go to a page as a customer does who comes back from somewhere; what it shows does not matter.

        Raises OdooNotSupportedError where there is no such page, OdooError where it fails.
        """
        async with self._asked("GET", path, headers=_cookie(visit), params=dict(query)) as response:
            status = response.status
        if status in _NO_PAGE:
            raise OdooNotSupportedError(f"Odoo has no page {path}")
        if status >= 400:
            raise status_error(status, path)

    def _forwarded(self, client: str | None, public_url: str | None) -> Mapping[str, str]:
        """What a proxy says. Odoo looks at none of it without ``X-Forwarded-Host``."""
        if client is None and public_url is None:
            return {}
        public = urlsplit(str(self._base) if public_url is None else public_url)
        told = {"X-Forwarded-Host": public.netloc, "X-Forwarded-Proto": public.scheme}
        return told if not client else {**told, "X-Forwarded-For": str(ipaddress.ip_address(client))}

    @asynccontextmanager
    async def _asked(self, verb: str, path: str, **request: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """A browser of its own for each question, so that no visit leaks into another."""
        timeout = aiohttp.ClientTimeout(total=SECONDS, connect=5.0)
        url = URL(f"{str(self._base).rstrip('/')}{path}", encoded=True)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": USER_AGENT}
                ) as session,
                session.request(verb, url, allow_redirects=False, **request) as response,
            ):
                yield response
        except TimeoutError as error:
            raise OdooTimeoutError(f"no answer of {path} within {SECONDS:.0f} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise OdooUnavailableError(f"connection lost: {type(error).__name__}") from error


def _cookie(visit: str | None) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={visit}"} if visit else {}


def _visit_of(response: aiohttp.ClientResponse) -> str | None:
    morsel = response.cookies.get(COOKIE)
    return morsel.value or None if morsel is not None else None


async def _bounded(response: aiohttp.ClientResponse, path: str) -> bytes:
    body = bytearray()
    async for part in response.content.iter_chunked(_PART):
        body += part
        if len(body) > MAX_ANSWER:
            raise OdooProtocolError(f"{path} answers more than {MAX_ANSWER} bytes")
    return bytes(body)
