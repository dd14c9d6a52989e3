"""Two processes of the operating system share a store."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from asyncio.subprocess import PIPE, Process

from tests.support.store_worker import KEY, SOURCE, TAG
from tests.support.stores import redis_store
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE


async def worker(url: str, namespace: str, what: str) -> Process:
    arguments = ("-m", "tests.support.store_worker", url, namespace, what)
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE)


async def test_no_process_serves_what_was_invalidated_before(own_valkey: Valkey) -> None:
    """Two processes answer without pause, a third changes the source and invalidates, again and again."""
    namespace = "processes"
    async with redis_store(own_valkey.url, namespace) as store:
        client = own_valkey.client()
        client.set(SOURCE, 0)
        workers = [await worker(own_valkey.url, namespace, "serve") for _ in range(2)]
        done: list[tuple[float, int]] = []
        chance = random.Random(1)  # noqa: S311 - pauses
        while len(done) < 300:
            number = client.incr(SOURCE)
            assert await store.invalidate([TAG])
            assert isinstance(number, int)
            done.append((time.monotonic(), number))
            await asyncio.sleep(chance.random() * 0.03)
        client.close()
        outputs = [await one.communicate(b"") for one in workers]  # ends its input
        assert [one.returncode for one in workers] == [0, 0]

    done.append((float("inf"), done[-1][1]))
    for output, _ in outputs:
        answers = [line.split() for line in output.decode().splitlines()]
        assert len(answers) > 300
        assert len({number for _, number in answers}) > 10
        at = 0
        for began, answered in answers:
            while done[at + 1][0] < float(began):
                at += 1
            if done[at][0] < float(began):
                assert int(answered) >= done[at][1], f"begun at {began}, {done[at]} was over"


async def test_the_lease_of_a_dead_process_ends(own_valkey: Valkey) -> None:
    async with redis_store(own_valkey.url, "dead") as store:
        holder = await worker(own_valkey.url, "dead", "hold")
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"True\n"
        async with store.lease(KEY, 5) as mine:
            assert not mine
        holder.kill()
        await holder.communicate()
        began = time.monotonic()
        mine = False
        while not mine:
            async with store.lease(KEY, 5) as mine:
                await asyncio.sleep(0.01)
            assert time.monotonic() - began < PATIENCE
