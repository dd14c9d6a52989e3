"""Stores to test, and entries to put in them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from cache.redis_store import RedisStore
from cache.store import Entry
from tests.support.waiting import until


def entry(
    body: bytes = b"body", *tags: str, fresh: float = 60, stale: float = 60, error: float = 600, at: float | None = None
) -> Entry:
    """An entry made now (or ``at``): fresh, then stale, then kept for errors, for so many seconds each."""
    now = time.time() if at is None else at
    return Entry(body, frozenset(tags), now, now + fresh, now + fresh + stale, now + fresh + stale + error)


async def listens(store: RedisStore) -> bool:
    """Is it told what is invalidated? It begins to listen when it is asked for something."""
    await store.ticket()
    return store.listening


@asynccontextmanager
async def redis_store(url: str | list[str], namespace: str | None = None, **options: Any) -> AsyncIterator[RedisStore]:
    """A store that listens already; patient, so that a slow test machine is not taken for a slow Redis."""
    patient = {"read_seconds": 30.0, "write_seconds": 30.0, "pause": 0.1, "trust": 0.5}
    store = RedisStore(url, namespace or f"test-{uuid4().hex[:8]}", **{**patient, **options})
    try:
        await until(lambda: listens(store))
        yield store
    finally:
        await store.close()


async def put(store: RedisStore, key: str, kept: Entry) -> bool:
    """Put it with a ticket of now."""
    return await store.put(key, kept, await store.ticket())
