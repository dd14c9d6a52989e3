"""Processes that make pictures: what a picture does to one is nobody else's harm."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from server import picture_pool
from server.picture_choice import PNG, WEBP
from server.picture_gate import Gate, PicturesBusyError
from server.picture_jobs import BadPictureError, Facts
from server.picture_pool import PicturePool
from server.picture_worker import MOST_MEMORY
from tests.support.painted import encoded, huge, opened, photo, quarters

CONTENT = encoded(quarters(), "PNG")
BOMB = huge(7000, 7000)
linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")


@pytest_asyncio.fixture(loop_scope="session")
async def pool() -> AsyncIterator[PicturePool]:
    one = PicturePool(workers=1)
    yield one
    await one.close()


async def content() -> bytes:
    return CONTENT


async def made(pool: PicturePool, what: bytes = CONTENT, side: int = 48) -> tuple[int, int]:
    async def load() -> bytes:
        return what

    return opened(await pool.make(load, side, WEBP)).size


def pids(pool: PicturePool) -> list[int]:
    return [worker.process.pid for worker in pool._all]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_process_does_one_job_after_another(pool: PicturePool) -> None:
    assert not pids(pool)
    assert await pool.inspect(CONTENT) == Facts(PNG, 96, 64)
    before = pids(pool)
    assert await asyncio.gather(*(made(pool, side=side) for side in (32, 48, 96))) == [(32, 21), (48, 32), (96, 64)]
    assert pids(pool) == before
    for bad in (b"", b"nothing", CONTENT[:60]):
        with pytest.raises(BadPictureError):
            await made(pool, bad)
    assert await made(pool) == (48, 32)
    assert pids(pool) == before


async def test_large_contents_pass(pool: PicturePool) -> None:
    large = encoded(photo(900), "BMP")
    assert len(large) > 2_000_000
    assert await made(pool, large, side=900) == (900, 900)


async def test_what_takes_too_long_is_ended() -> None:
    pool = PicturePool(workers=1, cpu=0.2)
    try:
        with pytest.raises(BadPictureError, match="too long"):
            await made(pool, BOMB)
        assert await made(pool) == (48, 32)
    finally:
        await pool.close()


async def test_a_process_that_somebody_ended_is_replaced(pool: PicturePool) -> None:
    await made(pool)
    (before,) = pids(pool)
    os.kill(before, signal.SIGKILL)
    assert await made(pool) == (48, 32)
    assert before not in pids(pool)


async def test_what_ends_every_process_is_a_bad_picture(pool: PicturePool) -> None:
    await made(pool)

    async def kill() -> None:
        seen: set[int] = set()
        while len(seen) < 2:
            for worker in [*pool._all]:
                if worker._working and worker.process.pid not in seen:
                    seen.add(worker.process.pid)
                    worker.process.send_signal(signal.SIGSEGV)
            await asyncio.sleep(0)

    killer = asyncio.create_task(kill())
    with pytest.raises(BadPictureError, match="ended with status -11"):
        await made(pool, BOMB)
    await killer
    assert await made(pool) == (48, 32)


async def test_processes_are_renewed(pool: PicturePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_pool, "_JOBS", 2)
    seen = []
    for _ in range(5):
        await made(pool)
        seen += pids(pool)
    # after every second job there is none until the next
    assert len(seen) == 3
    assert len(set(seen)) == 3
    assert not any(alive(pid) for pid in seen[:2])


async def test_so_many_at_once_so_many_wait_and_the_rest_is_refused() -> None:
    pool = PicturePool(workers=2, waiting=3)
    loading = 0
    most = 0
    go_on = asyncio.Event()

    async def load() -> bytes:
        nonlocal loading, most
        loading += 1
        most = max(most, loading)
        await go_on.wait()
        loading -= 1
        return CONTENT

    try:
        asked = [asyncio.create_task(pool.make(load, 48, WEBP)) for _ in range(9)]
        refused, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
        go_on.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(one, PicturesBusyError) for one in found] == [False] * 5 + [True] * 4
        assert most == 2
        assert refused
        assert await made(pool) == (48, 32)
    finally:
        await pool.close()


async def test_places_are_given_back(pool: PicturePool) -> None:
    async def fail() -> bytes:
        raise LookupError("gone")

    async def hang() -> bytes:
        await asyncio.sleep(60)
        return b""

    with pytest.raises(LookupError):
        await pool.make(fail, 48, WEBP)
    for what in (hang, None):
        asked = asyncio.create_task(pool.make(what, 48, WEBP) if what else made(pool, BOMB))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await made(pool) == (48, 32)


async def test_a_gate_lets_nobody_in_who_left() -> None:
    gate = Gate(1, waiting=1)
    async with gate:
        waiting = asyncio.create_task(gate.__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(PicturesBusyError):
            await gate.__aenter__()
        waiting.cancel()
        await asyncio.wait([waiting])
    async with gate:
        pass


async def test_none_is_left_when_it_is_closed() -> None:
    pool = PicturePool(workers=2)
    working = [asyncio.create_task(made(pool, BOMB)) for _ in range(2)]
    while sum(worker._working for worker in pool._all) < 2:  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.01)
    before = pids(pool)
    for one in working:
        one.cancel()
    await asyncio.wait(working)
    await pool.close()
    assert len(before) == 2
    assert not any(map(alive, before))


@linux
async def test_they_know_no_secret_and_have_bounds(pool: PicturePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLESS_ODOO_ODOO_PASSWORD", "known to the application alone")
    await made(pool)
    (pid,) = pids(pool)
    told = {name: of_process(pid, name) for name in ("environ", "limits", "stat")}
    assert "known to" not in told["environ"]
    assert f"{MOST_MEMORY}" in next(line for line in told["limits"].splitlines() if line.startswith("Max address"))
    assert int(told["stat"].rpartition(")")[2].split()[16]) >= 10  # niceness


@linux
def test_they_end_with_the_application() -> None:
    program = """
import asyncio, os
from server.picture_pool import PicturePool
async def main():
    pool = PicturePool()
    await pool.inspect(bytes.fromhex({content!r}))
    print(*(worker.process.pid for worker in pool._all), flush=True)
    os._exit(0)
asyncio.run(main())
"""
    told = subprocess.run(
        [sys.executable, "-c", program.format(content=CONTENT.hex())], capture_output=True, text=True, check=True
    )
    pid = int(told.stdout)
    for _ in range(500):
        if not running(pid):
            break
        time.sleep(0.02)
    assert not running(pid)


def of_process(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def running(pid: int) -> bool:
    """A process that ended, and whose parent did as well, may be a zombie for a while."""
    try:
        return of_process(pid, "stat").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
