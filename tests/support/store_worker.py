"""A process of its own with a store: python -m tests.support.store_worker URL NAMESPACE (serve | hold).

``serve`` answers as a shop does, in a loop: read what is kept, or else read the source (a counter in Redis) and keep
it. On standard output one line per answer: when it was begun (monotonic, the same clock in all processes), and the
number of the source it was made from. Ends when standard input ends. ``hold`` takes a lease, says so, and sleeps.
"""

from __future__ import annotations

import asyncio
import sys
import time

import structlog
from redis.asyncio import Redis

from cache.redis_store import RedisStore
from tests.support.stores import entry

SOURCE = "source"
KEY = "page"
TAG = "product:1"


async def serve(store: RedisStore, url: str) -> None:
    source = Redis.from_url(url)
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    lines: list[str] = []
    while not ended.done():
        began = time.monotonic()
        found = store.peek(KEY)
        if found is None or not found.is_fresh(time.time()):
            found = await store.get(KEY)
        if found is not None and found.is_fresh(time.time()):
            lines.append(f"{began!r} {found.body.decode()}")
            await asyncio.sleep(0)
            continue
        ticket = await store.ticket()
        number = await source.get(SOURCE)
        assert isinstance(number, bytes)
        await asyncio.sleep(0.002)  # computing takes its time
        await store.put(KEY, entry(number, TAG), ticket)
    await source.aclose()
    sys.stdout.write("\n".join(lines))


async def hold(store: RedisStore) -> None:
    async with store.lease(KEY, 1.0) as mine:
        sys.stdout.write(f"{mine}\n")
        sys.stdout.flush()
        await asyncio.sleep(60)


async def main(url: str, namespace: str, what: str) -> None:
    store = RedisStore(url, namespace, read_seconds=5, write_seconds=5)
    try:
        await (serve(store, url) if what == "serve" else hold(store))
    finally:
        await store.close()


if __name__ == "__main__":
    # what is logged is no answer
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(*sys.argv[1:]))
