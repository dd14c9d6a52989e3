"""What an answer costs over HTTP, from where it comes from: side by side, on the Odoo double.

    python -m bench.http [--products 18000] [--seconds 2] [--rounds 3] [--parts ...] [--quick] [--write]

`bench/README.md` says how to read the table.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.executing import Alone, cpu_of
from bench.load import fetch, load, post
from bench.processes import Counters, Served, odoo, ready, served, valkey
from bench.table import HEAD, Figures, row, table
from bench.targets import PAGES, Target, category_tree, numbers, product_list, product_page

README = Path(__file__).with_name("README.md")
_START, _END = "<!-- the last run -->\n", "<!-- its end -->\n"
MIB = 1024 * 1024
#: nothing but requests makes it ask Odoo: neither the change feed nor the clock of its tables
QUIET = {"poll_seconds": 0, "reference_seconds": 86_400}
#: asked before a round of misses: stock is fresh for half a minute, so that it is read anew right before
STOCK = ("stock:*", "stock")
#: the double takes its time with 100,000 products: what that costs us is told, and nothing of it is given up
PATIENT = {"odoo_timeout": 300, "odoo_hanging": 300, "request_timeout": 300}
PARTS = ("sources", "graphql-core", "workers", "growth")


@dataclass(frozen=True)
class Options:
    products: int
    pricelists: int
    version: str
    seconds: float
    rounds: int
    concurrency: tuple[int, ...]
    growth: tuple[int, ...]
    workers: tuple[int, ...]
    parts: frozenset[str]


class Bench:
    """The measurements. What it finds is printed at once, and kept in ``told``."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.told: list[str] = []
        self._numbers = numbers()

    def tell(self, text: str = "") -> None:
        print(text, flush=True)
        self.told.append(text)

    # -- measuring --------------------------------------------------------------------------------------------

    async def round(
        self, servers: Sequence[Served], requests: Iterator[bytes], concurrency: int, *, seconds: float, least: int = 1
    ) -> Figures:
        before = await _counters(servers)
        seen = await load(
            [one.port for one in servers], requests, concurrency=concurrency, seconds=seconds, least=least
        )
        spent = await _counters(servers) - before
        idle = sum(one.idle_trips for one in servers) * seen.seconds
        return Figures.of(seen, Counters(spent.cpu, spent.trips - idle, spent.calls))

    async def warm(self, servers: Sequence[Served], target: Target) -> None:
        """Have the records of all that is going to be asked read, stock just now."""
        for server in servers:
            await server.invalidate(*STOCK)
            for _ in range(2):
                await load(
                    [server.port],
                    _some(target.unasked(self._numbers), len(target.variants)),
                    concurrency=1,
                    seconds=600,
                )

    async def misses(
        self, servers: Sequence[Served], target: Target, concurrency: int, *, least: int = 1, warm: bool = True
    ) -> Figures:
        if warm:
            await self.warm(servers, target)
        return await self.round(
            servers, target.unasked(self._numbers), concurrency, seconds=self.options.seconds, least=least
        )

    async def targets(self, server: Served) -> tuple[Target, ...]:
        """The pages, of products that a list of the shop shows."""
        asked = product_list()
        body = msgspec.json.encode({"query": f"{{ products(pageSize: {PAGES}) {{ products {{ slug }} }} }}"})
        _, answer = await fetch(server.port, post("/graphql", body))
        slugs = [product["slug"] for product in msgspec.json.decode(answer)["data"]["products"]["products"]]
        return asked, product_page(slugs), category_tree()

    # -- sections ---------------------------------------------------------------------------------------------

    async def ceiling(self, pages: Mapping[str, bytes]) -> None:
        """How fast the client is when the server is next to nothing."""
        with served("mirror", pages=pages) as mirror:
            rows = []
            for name, body in pages.items():
                target = Target(name, "categories", [{}])
                found = await self.round([mirror], repeat(target.request({}, f"/{name}")), 32, seconds=1)
                rows.append((name, f"{len(body):,}", f"{found.per_second:,.0f}", f"{found.client_cpu:.3f}"))
        self.tell("The client's own ceiling (32 at once, a server that looks at nothing):\n")
        self.tell(table(("", "bytes", "req/s", "client CPU ms"), rows) + "\n")

    async def side_by_side(
        self, targets: Sequence[Target], bare: Sequence[Served], near: Served, far: Served, cold: Served
    ) -> None:
        """A table of each page. Cold ones are asked for last: Odoo goes on with what they began for seconds."""
        tables: list[dict[int, list[tuple[str, ...]]]] = []
        bases: list[dict[int, float]] = []
        for target in targets:
            found = {
                concurrency: await self.warm_sources(target, concurrency, bare, near, far)
                for concurrency in self.options.concurrency
            }
            tables.append({concurrency: rows for concurrency, (rows, _) in found.items()})
            bases.append({concurrency: base for concurrency, (_, base) in found.items()})
        for target, rows, base in zip(targets, tables, bases, strict=True):
            for concurrency in self.options.concurrency:
                misses = await self.misses([cold], target, concurrency, warm=False, least=concurrency + 2)
                rows[concurrency].append(row("(e) cold", concurrency, misses, base[concurrency]))
            self.tell(f"{target.name}\n" + table(HEAD, [one for some in rows.values() for one in some]) + "\n")

    async def warm_sources(
        self, target: Target, concurrency: int, bare: Sequence[Served], near: Served, far: Served
    ) -> tuple[list[tuple[str, ...]], float]:
        """The rows of what needs no Odoo, and the requests/s of the bare route."""
        whole = target.request(target.variants[0], f"/{target.name}")
        kinds = (
            ("(a) bare route", bare[0], whole),
            ("(a) in one write", bare[1], whole),
            ("(b) hit, in process", near, target.usual),
            ("(c) hit, Redis", far, target.usual),
        )
        found: dict[str, list[Figures]] = {name: [] for name, *_ in kinds}
        for _ in range(self.options.rounds):
            for name, server, request in kinds:
                await fetch(server.port, request)  # what a round of misses has invalidated is there again
                found[name].append(
                    await self.round([server], repeat(request), concurrency, seconds=self.options.seconds)
                )
        base = Figures.median(found["(a) bare route"]).per_second
        rows = [row(name, concurrency, Figures.median(rounds), base) for name, rounds in found.items()]
        for name, server in (("(d) miss, warm records", near), ("(d) records in Redis", far)):
            misses = await self.misses([server], target, concurrency, least=concurrency + 2)
            rows.append(row(name, concurrency, misses, base))
        return rows, base

    async def against_graphql_core(self, targets: Sequence[Target], near: Served, far: Served) -> None:
        """CPU time of a miss with warm records, beside graphql-core's over ready dictionaries."""
        alone, rows = Alone(), []
        for target in targets:
            ready_ones = []
            for variables in target.variants:
                _, answer = await fetch(near.port, target.request(variables))
                ready_ones.append(alone.ready(target.text, variables, answer))
            core: list[float] = []
            ours: dict[tuple[str, int], list[Figures]] = {}
            for _ in range(self.options.rounds):
                core.append(cpu_of(ready_ones, self.options.seconds))
                for name, server in (("(d)", near), ("(d) records in Redis", far)):
                    for concurrency in (1, 8):
                        found = await self.misses([server], target, concurrency)
                        ours.setdefault((name, concurrency), []).append(found)
            base = sorted(core)[len(core) // 2]
            rows.append((target.name, "graphql-core", "1", f"{base:.2f}", "1.00", "", ""))
            for (name, concurrency), rounds in ours.items():
                figures = Figures.median(rounds)
                told = (
                    f"{figures.cpu:.2f}",
                    f"{figures.cpu / base:.2f}",
                    f"{figures.calls:.3f}",
                    f"{figures.trips:.2f}",
                )
                rows.append((target.name, name, str(concurrency), *told))
        self.tell("CPU time of a miss with warm records (d) beside graphql-core alone, over ready dictionaries:\n")
        head = ("", "", "at once", "CPU ms", "x core", "Odoo", "round trips")
        self.tell(table(head, rows, left=2) + "\n")

    async def growing(self) -> None:
        """The same pages of catalogues of other sizes."""
        rows = []
        for products in self.options.growth:
            with ExitStack() as stack:
                began = time.perf_counter()
                settings = {
                    **QUIET,
                    **PATIENT,
                    **stack.enter_context(odoo(self.options.version, products, self.options.pricelists)),
                }
                made = time.perf_counter() - began
                settings["redis_url"] = stack.enter_context(valkey())
                near = await ready(stack.enter_context(served("app", settings=settings)))
                began = time.perf_counter()
                targets = await self.targets(near)
                for target in targets:
                    await fetch(near.port, target.usual)
                first = time.perf_counter() - began
                for target in targets:
                    await near.invalidate(*STOCK)  # its half minute begins now
                    await fetch(near.port, target.usual)
                    hit = await self.round([near], repeat(target.usual), 8, seconds=self.options.seconds)
                    miss = await self.misses([near], target, 1)
                    rows.append(
                        (
                            f"{products:,}",
                            target.name,
                            f"{hit.per_second:,.0f}",
                            f"{hit.cpu:.3f}",
                            f"{miss.cpu:.2f}",
                            f"{miss.p50:.2f}",
                            f"{miss.calls:.3f}",
                            f"{first:.1f}",
                            f"{made:.0f}",
                        )
                    )
        self.tell(
            "As the catalogue grows (hits 8 at once, misses one at a time; seconds until the first answers of all):\n"
        )
        self.tell(
            table(
                ("products", "page", "(b) req/s", "CPU ms", "(d) CPU ms", "p50 ms", "Odoo", "first s", "(double s)"),
                rows,
                left=2,
            )
            + "\n"
        )

    async def working(self, settings: Mapping[str, Any]) -> None:
        """With more processes, each with a port: half of the connections for each of two, as a balancer has it."""
        rows = []
        for workers in self.options.workers:
            with ExitStack() as stack:
                servers = [await ready(stack.enter_context(served("app", settings=settings))) for _ in range(workers)]
                for target in await self.targets(servers[0]):
                    for server in servers:
                        await fetch(server.port, target.usual)
                    hit = await self.round(servers, repeat(target.usual), 32, seconds=self.options.seconds)
                    miss = await self.misses(servers, target, 32)
                    rows.append(
                        (
                            str(workers),
                            target.name,
                            *(f"{one.per_second:,.0f}" for one in (hit, miss)),
                            *(f"{one.p99:.1f}" for one in (hit, miss)),
                            *(f"{one.cpu:.2f}" for one in (hit, miss)),
                        )
                    )
        self.tell("With more processes (32 at once; client, Valkey and all processes share this machine's cores):\n")
        self.tell(
            table(
                ("processes", "page", "(b) req/s", "(d) req/s", "(b) p99 ms", "(d) p99", "(b) CPU ms", "(d) CPU"),
                rows,
                left=2,
            )
            + "\n"
        )

    async def run(self) -> None:
        options = self.options
        self.tell(_where(options))
        if options.parts - {"growth"}:
            with ExitStack() as stack:
                settings = {**QUIET, **stack.enter_context(odoo(options.version, options.products, options.pricelists))}
                shared = {**settings, "redis_url": stack.enter_context(valkey())}
                near = await ready(stack.enter_context(served("app", settings=shared)))
                far = await ready(stack.enter_context(served("app", settings={**shared, "local_cache_bytes": 0})))
                cold = await ready(stack.enter_context(served("app", settings={**settings, "local_cache_bytes": 0})))
                targets = await self.targets(near)
                pages = {target.name: (await fetch(near.port, target.usual))[1] for target in targets}
                bare = [stack.enter_context(served(kind, pages=pages)) for kind in ("bare", "one write")]
                if "sources" in options.parts:
                    await self.ceiling(pages)
                    await self.side_by_side(targets, bare, near, far, cold)
                if "graphql-core" in options.parts:
                    await self.against_graphql_core(targets, near, far)
                if "workers" in options.parts:
                    await self.working(shared)
        if "growth" in options.parts:
            await self.growing()


async def _counters(servers: Sequence[Served]) -> Counters:
    total = Counters()
    for server in servers:
        total += await server.counters()
    return total


def _some(requests: Iterator[bytes], count: int) -> Iterator[bytes]:
    return (request for request, _ in zip(requests, range(count), strict=False))


def _where(options: Options) -> str:
    processor = (
        next(
            (
                line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if "model name" in line
            ),
            platform.processor(),
        )
        if Path("/proc/cpuinfo").exists()
        else platform.processor()
    )
    return (
        f"{time.strftime('%d %B %Y').lstrip('0')}, Python {platform.python_version()}, {processor}; "
        f"Odoo {options.version} (double), {options.products:,} products, {options.pricelists} pricelists; "
        f"{options.rounds} rounds of {options.seconds:g} s\n"
    )


def _asked() -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=18_000, help="in all parts but growth")
    parser.add_argument("--pricelists", type=int, default=12)
    parser.add_argument("--odoo", default="19.0")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--growth", type=int, nargs="+", default=[1_000, 18_000, 100_000], help="products")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="processes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--quick", action="store_true", help="small and short: does it all work?")
    parser.add_argument("--write", action="store_true", help="put what was found into README.md")
    asked = parser.parse_args()
    if asked.quick:
        asked.products, asked.seconds, asked.rounds = min(asked.products, 1000), 0.5, 1
        asked.growth, asked.concurrency = [one for one in asked.growth if one <= 1000], [1, 32]
    options = Options(
        products=asked.products,
        pricelists=asked.pricelists,
        version=asked.odoo,
        seconds=asked.seconds,
        rounds=asked.rounds,
        concurrency=tuple(asked.concurrency),
        growth=tuple(asked.growth),
        workers=tuple(asked.workers),
        parts=frozenset(asked.parts),
    )
    return options, asked.write


def main() -> None:
    options, write = _asked()
    bench = Bench(options)
    uvloop.run(bench.run())
    if write:
        text = README.read_text(encoding="utf-8")
        before, after = text.partition(_START)[0], text.partition(_END)[2]
        found = "\n".join(bench.told).strip()
        README.write_text(f"{before}{_START}\n```text\n{found}\n```\n\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
