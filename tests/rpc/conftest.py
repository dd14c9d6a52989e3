"""Open transports that are closed at the end of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from adapters.rpc import Credentials, RpcLimits, open_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from adapters.rpc import Transport


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Callable[..., Transport]]:
    """``opened(url, name="json2", limits=None, **more)``: JSON-2 by default, it needs no login."""
    transports: list[Transport] = []

    def open_one(url: str, name: str = "json2", limits: RpcLimits | None = None, **more: Any) -> Transport:
        credentials = Credentials(url, "shop", "bff", "a-very-secret-key")
        transports.append(open_transport(name, credentials, limits or RpcLimits(backoff=0.01), **more))
        return transports[-1]

    yield open_one
    for transport in transports:
        await transport.close()
