"""Where sessions and tries are kept in tests: in the process, or in a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from cache.names import Names
from cache.redis_link import RedisLink
from identity.redis_sessions import RedisSessions
from identity.sessions import Sessions
from tests.support.stores import redis_store


@asynccontextmanager
async def redis_link(urls: str | list[str], *, pause: float = 0.1) -> AsyncIterator[RedisLink]:
    """A way to one server, or to the nodes of a cluster."""
    nodes = [urls] if isinstance(urls, str) else urls
    link = RedisLink(
        nodes,
        cluster=len(nodes) > 1,
        connections=8,
        connect_seconds=30.0,
        pause=pause,
        restarted=lambda: None,
    )
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def redis_sessions(url: str | list[str], namespace: str | None = None, **options: Any) -> AsyncIterator[Sessions]:
    """Sessions as a process has them, with a store that listens."""
    namespace = namespace or f"sessions-{uuid4().hex[:8]}"
    async with redis_store(url, namespace) as store, redis_link(url) as link:
        yield Sessions(RedisSessions(link, Names(namespace), seconds=30.0), store, **options)
