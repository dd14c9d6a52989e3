"""Pictures in sizes that nobody has asked for yet, many at once, beside a steady stream of product lists.

    python -m bench.pictures [--pictures 100] [--at-once 100] [--rate 20] [--odoo 14.0] [--workers 2]

The Odoo double gets a photograph of its own for each of so many products (1024 x 1024 pixels, JPEG). Then lists are
asked for at a fixed rate, whatever becomes of those before, each with a variable that nobody has used, so that every
one is computed from records in the process: first alone, then while pictures are asked for, so many at once. A latency
counts from the moment at which its request was due. Of pictures is shown how many were answered in a second, and
refused, and what one took of the processors, in the server's process and in those for pictures: that says what the
machine can do, whatever else it does meanwhile. Memory is the most that either had at once.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop
from PIL import Image

from bench.load import fetch, load, post
from bench.processes import Served, odoo, ready, served, valkey
from bench.table import table
from bench.targets import numbers, product_list

SIDE = 1024
#: nothing but requests makes it ask Odoo
QUIET = {"poll_seconds": 0, "reference_seconds": 86_400}
BROWSER = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
OLDER = {"Accept": "image/webp,*/*;q=0.8"}
HEAD = (
    "", "lists", "p50 ms", "p95 ms", "p99 ms", "max ms", "pictures", "per s", "p50 ms", "p99 ms", "refused",
    "CPU ms server", "CPU ms workers", "MB server", "MB workers",
)  # fmt: skip


@dataclass
class Seen:
    """What a phase showed. Latencies in seconds; memory in bytes."""

    lists: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    server: int = 0
    workers: int = 0
    server_cpu: float = 0.0
    workers_cpu: float = 0.0


class Processes:
    """What the server and its processes for pictures take: read from /proc, 0 where there is none."""

    def __init__(self) -> None:
        self._server = next((pid for pid in _children(os.getpid()) if "bench.served" in _command(pid)), 0)

    @property
    def _workers(self) -> list[int]:
        return [pid for pid in _children(self._server) if "picture_worker" in _command(pid)]

    def memory(self) -> tuple[int, int]:
        """Bytes at the moment."""
        return _resident(self._server), sum(map(_resident, self._workers))

    def cpu(self) -> tuple[float, float]:
        """Seconds so far; of workers that are still there."""
        return _cpu(self._server), sum(map(_cpu, self._workers))


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def photograph(seed: int) -> bytes:
    """Blurred spots and grain: about what a photograph takes."""
    draw = random.Random(seed)  # noqa: S311  # no secret
    small = Image.frombytes("RGB", (16, 16), draw.randbytes(16 * 16 * 3)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    grain = Image.effect_noise((SIDE, SIDE), 40).convert("RGB")
    written = BytesIO()
    Image.blend(small, grain, 0.12).save(written, "JPEG", quality=88)
    return written.getvalue()


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def hang(access: dict[str, Any], client: aiohttp.ClientSession, ids: Sequence[int]) -> int:
    """Give each product a photograph of its own; how many bytes they have together."""

    async def call(service: str, method: str, *arguments: Any) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": {"service": service, "method": method, "args": arguments}}
        async with client.post(f"{access['odoo_url']}/jsonrpc", json=body) as answer:
            return (await answer.json())["result"]

    database, secret, total = access["odoo_db"], access["odoo_password"], 0
    user = await call("common", "login", database, access["odoo_user"], secret)
    for number in ids:
        content = photograph(number)
        total += len(content)
        values = {"image_1920": base64.b64encode(content).decode()}
        await call("object", "execute_kw", database, user, secret, "product.template", "write", [[number], values])
    return total


async def lists(server: Served, unasked: Iterator[bytes], seen: Seen, rate: float) -> None:
    """Ask for lists at this rate until it is cancelled."""
    loop, asked = asyncio.get_running_loop(), set()
    due = loop.time()

    async def ask(due: float) -> None:
        status, _ = await fetch(server.port, next(unasked))
        assert status == 200
        seen.lists.append(loop.time() - due)

    while True:
        task = asyncio.create_task(ask(due))
        asked.add(task)
        task.add_done_callback(asked.discard)
        due += 1 / rate
        await asyncio.sleep(due - loop.time())


async def pictures(
    client: aiohttp.ClientSession, addresses: Sequence[tuple[str, dict[str, str]]], at_once: int, seen: Seen
) -> None:
    """Ask for all, so many at once."""
    waiting = iter(addresses)

    async def ask() -> None:
        for address, headers in waiting:
            began = time.perf_counter()
            async with client.get(address, headers=headers) as answer:
                await answer.read()
            seen.statuses[answer.status] += 1
            seen.pictures.append(time.perf_counter() - began)

    await asyncio.gather(*(ask() for _ in range(at_once)))


async def watch(processes: Processes, seen: Seen) -> None:
    while True:
        server, workers = processes.memory()
        seen.server, seen.workers = max(seen.server, server), max(seen.workers, workers)
        await asyncio.sleep(0.05)


def row(name: str, seen: Seen) -> tuple[str, ...]:
    return (
        name,
        str(len(seen.lists)),
        *(f"{1000 * _part(seen.lists, part):,.1f}" for part in (0.5, 0.95, 0.99, 1)),
        str(len(seen.pictures)),
        f"{len(seen.pictures) / seen.seconds:,.0f}" if seen.pictures else "",
        *(f"{1000 * _part(seen.pictures, part):,.0f}" if seen.pictures else "" for part in (0.5, 0.99)),
        str(seen.statuses[503]),
        *(
            f"{1000 * cpu / len(seen.pictures):,.1f}" if seen.pictures else ""
            for cpu in (seen.server_cpu, seen.workers_cpu)
        ),
        f"{seen.server / 1e6:,.0f}",
        f"{seen.workers / 1e6:,.0f}",
    )


def _part(values: Sequence[float], part: float) -> float:
    ascending = sorted(values) or [0.0]
    return ascending[min(int(len(ascending) * part), len(ascending) - 1)]


async def run(asked: argparse.Namespace) -> None:
    with odoo(asked.odoo, max(asked.pictures * 2, 100), 4) as access, valkey() as redis_url:
        settings = {**access, **QUIET, "redis_url": redis_url, "picture_workers": asked.workers}
        with served("app", settings=settings) as starting:
            server = await ready(starting)
            await measure(server, access, asked)


async def measure(server: Served, access: dict[str, Any], asked: argparse.Namespace) -> None:
    base = f"http://127.0.0.1:{server.port}"
    query = "query($n: Int) { products(pageSize: $n) { products { id image } } }"
    body = msgspec.json.encode({"query": query, "variables": {"n": asked.pictures}})
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        _, answer = await fetch(server.port, post("/graphql", body))
        products = msgspec.json.decode(answer)["data"]["products"]["products"]
        total = await hang(access, client, [product["id"] for product in products])
        print(f"{len(products)} photographs of {SIDE} x {SIDE} pixels, {total / len(products) / 1000:,.0f} kB each\n")
        paths = [base + product["image"] for product in products]
        sized = [(f"{path}/{size}", BROWSER) for size in ("560x560", "144x176") for path in paths]
        phases: dict[str, list[tuple[str, dict[str, str]]]] = {
            "lists alone": [],
            "AVIF 370x370, read from Odoo": [(f"{path}/370x370", BROWSER) for path in paths],
            "WebP 370x370, originals kept": [(f"{path}/370x370", OLDER) for path in paths],
            "AVIF 560x560, 144x176, from Odoo": sized,
            "all of it again": [(f"{path}/370x370", BROWSER) for path in paths] + sized,
        }
        target, unasked = product_list(), product_list().unasked(numbers())
        processes = Processes()
        rows = []
        for name, addresses in phases.items():
            await server.invalidate("stock:*", "stock")
            for _ in range(2):
                await load([server.port], _some(unasked, len(target.variants)), concurrency=1, seconds=600)
            rows.append(row(name, await phase(server, unasked, client, processes, addresses, asked)))
    print(table(HEAD, rows))


async def phase(
    server: Served,
    unasked: Iterator[bytes],
    client: aiohttp.ClientSession,
    processes: Processes,
    addresses: Sequence[tuple[str, dict[str, str]]],
    asked: argparse.Namespace,
) -> Seen:
    seen = Seen()
    beside = [
        asyncio.create_task(lists(server, unasked, seen, asked.rate)),
        asyncio.create_task(watch(processes, seen)),
    ]
    began, before = time.perf_counter(), processes.cpu()
    await pictures(client, addresses, asked.at_once, seen)
    seen.seconds = time.perf_counter() - began
    seen.server_cpu, seen.workers_cpu = (now - then for now, then in zip(processes.cpu(), before, strict=True))
    await asyncio.sleep(max(0.0, (5 if not addresses else 1) - seen.seconds))
    for one in beside:
        one.cancel()
    for found in await asyncio.gather(*beside, return_exceptions=True):
        if isinstance(found, Exception):  # and not that it was cancelled
            raise found
    return seen


def _some(requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    return (request for request, _ in zip(requests, range(count), strict=False))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=100, help="products with a photograph of their own")
    parser.add_argument("--at-once", type=int, default=100, help="requests for pictures at once")
    parser.add_argument("--rate", type=float, default=20, help="product lists per second")
    parser.add_argument("--odoo", default="14.0", choices=["14.0", "19.0"])
    parser.add_argument("--workers", type=int, default=2, help="processes that make pictures")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
