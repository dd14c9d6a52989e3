"""Which Odoo is there? Asked without login, so that the adapter and the transport can be chosen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from adapters.errors import OdooError, OdooProtocolError, OdooUnavailableError
from adapters.rpc import json2, jsonrpc, xmlrpc, xmlrpc_compat
from adapters.rpc.base import RpcLimits
from adapters.rpc.http import Channel, Due
from adapters.rpc.positional import serie_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MAX_ANSWER = 1024 * 1024


async def probe_version(url: str, timeout: float) -> str:  # noqa: ASYNC109  (a limit over all ways together)
    """The serie of the server at ``url``, e.g. ``"14.0"``; ``timeout`` in seconds.

    Tries JSON-RPC (8 to 21), then XML-RPC, then the version pages (19 and newer). Raises OdooUnavailableError
    when nobody answers, OdooProtocolError when whoever answers is no Odoo.
    """
    limits = RpcLimits(concurrency=1, connect_timeout=timeout, timeout=timeout, retries=0)
    channel = Channel(url, limits, _MAX_ANSWER)
    due = Due(asyncio.get_running_loop().time() + timeout)
    try:
        return await _first(channel, due)
    finally:
        await channel.close()


async def _first(channel: Channel, due: Due) -> str:
    for way in _WAYS:
        try:
            return await way(channel, due)
        except OdooUnavailableError:
            raise
        except OdooError as error:
            last = error
    raise OdooProtocolError(f"no Odoo answers at {channel.base}") from last


async def _by_jsonrpc(channel: Channel, due: Due) -> str:
    body = jsonrpc.encode_call("common", "version", [], 1)
    reply = await channel.post(jsonrpc.PATH, body, {"Content-Type": "application/json"}, due)
    return serie_of(jsonrpc.decode_answer(reply, 1))


async def _by_xmlrpc(channel: Channel, due: Due) -> str:
    body = xmlrpc_compat.dumps("version", [])
    reply = await channel.post(xmlrpc.path_of("common"), body, {"Content-Type": "text/xml"}, due)
    return serie_of(xmlrpc.decode_answer(reply, "common", ""))


def _by_page(path: str) -> Callable[[Channel, Due], Awaitable[str]]:
    async def ask(channel: Channel, due: Due) -> str:
        reply = await channel.get(path, {"Accept": "application/json"}, due)
        return serie_of(json2.decode_answer(reply, path))

    return ask


_WAYS: tuple[Callable[[Channel, Due], Awaitable[str]], ...] = (
    _by_jsonrpc,
    _by_xmlrpc,
    *(_by_page(path) for path in json2.VERSION_PATHS),
)
