"""Whose lateness a time-out counts."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.patience import Patience
from cache.redis_link import RedisLink
from tests.support.stores import redis_store
from tests.support.valkey import Valkey


async def test_what_takes_too_long_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        async with Patience(0.02):
            await asyncio.Event().wait()


async def test_what_comes_in_time_is_had() -> None:
    async with Patience(5):
        await asyncio.sleep(0)
        answer = 7
    await asyncio.sleep(0)
    assert answer == 7


async def test_a_cancellation_is_no_time_out() -> None:
    async def body() -> None:
        async with Patience(5):
            await asyncio.Event().wait()

    task = asyncio.create_task(body())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_busy_loop_takes_an_answer_that_came_in_time() -> None:
    """The answer lies in the socket before the time is over, and the loop comes to read it long after that."""
    reading, written = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reading.set()
        await written.wait()
        writer.write(b"+PONG\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reading.wait()
        loop = asyncio.get_running_loop()
        async with Patience(0.1):
            written.set()
            for _ in range(3):  # three passes of the loop are late, each by three times what is allowed in all
                loop.call_soon(_busy, 0.3)
                await asyncio.sleep(0)
            assert await reader.readline() == b"+PONG\r\n"
        writer.close()


async def test_a_busy_loop_connects(valkey: Valkey) -> None:
    """Connecting is part of the command, whose time is counted: it has none of its own, for which the loop is late."""
    link = RedisLink([valkey.url], cluster=False, connections=1, connect_seconds=0.1, pause=60, restarted=lambda: None)
    task = asyncio.create_task(link.command(5, "ECHO", "there"))
    while not task.done():
        _busy(0.15)
        await asyncio.sleep(0)
    assert task.result() == b"there"
    assert not link.away
    await link.close()


async def test_a_process_that_was_late_hears_again_before_it_computes(valkey: Valkey) -> None:
    """Else what it computes would count as unsure, and others would have to compute the same."""
    async with redis_store(valkey.url, "late", trust=0.4) as store:
        _busy(0.5)
        assert not store.listening
        assert await store.ticket() is not None
        assert store.listening


def _busy(seconds: float) -> None:
    """As a loop is that has too much to do."""
    time.sleep(seconds)
