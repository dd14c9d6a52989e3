"""How fast the product index is built, and follows: a generated shop behind a double, and a real OpenSearch.

    python -m bench.search_build [--products 18000] [--pricelists 130] [--langs 3] [--parts build rule product]

The engine is the one of ``OPENSEARCH_URL`` (with ``OPENSEARCH_ADMIN``, ``OPENSEARCH_PASSWORD``, ``OPENSEARCH_CA``), or
of ``.ci/opensearch``. Double and engine share the machine with what is measured, so CPU seconds of all three are told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import structlog

from adapters.connect import connect
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials, RpcLimits
from bench.processes import odoo
from bench.stages import Stages
from cache.tables import load_labels, load_shop
from search.builder import Builder
from search.engine import Engine, open_engine
from search.indexes import Indexes
from search.reading import BATCH, Catalogue
from search.sync import Sync, Synced
from server.index_parts import ShopPaths

PARTS: Final = ("build", "rule", "product")
LANGS: Final = ("fr_FR", "nl_NL", "en_US", "de_DE")
#: for tests it spares processor and memory
_AS_IN_OPERATION: Final = "-XX:TieredStopAtLevel=4 -Xms1g -Xmx1g"
_SCRIPT: Final = Path(__file__).parents[1] / ".ci" / "opensearch"


@dataclass(frozen=True)
class Cpu:
    """CPU seconds so far: of this process, of the double, of the engine."""

    ours: float
    double: float
    engine: float

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.ours - other.ours, self.double - other.double, self.engine - other.engine)


@dataclass(frozen=True, eq=False)
class Bench:
    """What is measured, and beside what."""

    adapter: RpcAdapter
    catalogue: Catalogue
    indexes: Indexes

    @property
    def engine(self) -> Engine:
        return self.indexes.engine

    async def cpu(self) -> Cpu:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        stats = await self.engine.client.nodes.stats(metric="process")
        engine = sum(node["process"]["cpu"]["total_in_millis"] for node in stats["nodes"].values()) / 1000
        return Cpu(usage.ru_utime + usage.ru_stime, _cpu_of_children(), engine)

    async def write(self, model: str, method: str, ids: list[int] | None, values: Mapping[str, Any]) -> Any:
        """As somebody who works in Odoo does."""
        key = "vals_list" if method == "create" else "vals"
        return await self.adapter.transport.call(model, method, ids, {key: dict(values)})


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.search_build", description=__doc__)
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--pricelists", type=int, default=130)
    parser.add_argument("--langs", type=int, default=3, choices=range(1, len(LANGS) + 1))
    parser.add_argument("--version", default="19.0")
    parser.add_argument("--batch", type=int, default=0, help="products read together; 0 as the builder has it")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with ExitStack() as stack:
        told = stack.enter_context(opensearch())
        began = time.monotonic()
        settings = stack.enter_context(odoo(asked.version, asked.products, asked.pricelists))
        _say(f"double ready after {time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()}")
        async with opened(settings, told, LANGS[: asked.langs]) as bench:
            await _touch(bench)
            await _build(bench, asked.batch)
            if "rule" in asked.parts:
                await _rule(bench)
            if "product" in asked.parts:
                await _product(bench)
    return 0


@asynccontextmanager
async def opened(settings: Mapping[str, Any], told: Mapping[str, str], langs: tuple[str, ...]) -> AsyncIterator[Bench]:
    credentials = Credentials(
        settings["odoo_url"], settings["odoo_db"], settings["odoo_user"], settings["odoo_password"]
    )
    # the double sorts millions of rules when it is asked for the newest
    adapter = await connect(credentials, limits=RpcLimits(timeout=300.0))
    assert isinstance(adapter, RpcAdapter)
    await adapter.inspect()
    ca_file = Path(told["OPENSEARCH_CA"]) if told.get("OPENSEARCH_CA") else None
    engine = open_engine(
        told["OPENSEARCH_URL"],
        user=told["OPENSEARCH_ADMIN"],
        password=told["OPENSEARCH_PASSWORD"],
        ca_file=ca_file,
        timeout=120,
    )
    prefix = f"bench-{uuid4().hex[:8]}"
    try:
        catalogue = Catalogue(adapter, load_shop, load_labels, ShopPaths(), langs=langs)
        yield Bench(adapter, catalogue, Indexes(engine, prefix))
    finally:
        await engine.client.indices.delete(index=f"{prefix}-*")
        await engine.close()
        await adapter.close()


# -- parts ----------------------------------------------------------------------------------------------------


async def _touch(bench: Bench) -> None:
    """A product and a rule are written: what was generated all in one moment would be told to have changed as one."""
    victim = (await bench.catalogue.for_sale(bench.catalogue.langs[0]))[-1]
    await bench.write("product.template", "write", [victim.id], {"name": victim.name})
    values = {"pricelist_id": 1, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 0}
    await bench.write("product.pricelist.item", "create", None, {**values, "min_quantity": 100_000})


async def _build(bench: Bench, batch: int) -> None:
    builder = Builder(bench.catalogue, bench.indexes, replicas=0, batch=batch or BATCH)
    with _measured() as stages:
        before, began = await bench.cpu(), time.monotonic()
        built = await builder.build(fresh=True)
        seconds = time.monotonic() - began
        spent = await bench.cpu() - before
    documents = built.products * len(bench.catalogue.langs)
    _say(f"build: {built.products} products, {documents} documents of languages, {documents / seconds:.0f} a second")
    _tell(seconds, spent, stages)
    await _disk(bench)


async def _disk(bench: Bench) -> None:
    for part, index in (await bench.indexes.in_use([*bench.catalogue.langs, "facts"])).items():
        await bench.engine.client.indices.flush(index=index)
        stats = (await bench.engine.client.indices.stats(index=index, metric="store,docs"))["indices"][index]
        size, count = stats["primaries"]["store"]["size_in_bytes"], await bench.engine.count(index)
        _say(f"  disk {part}: {size / 1e6:.1f} MB, {size / max(count, 1) / 1000:.1f} kB a product")


async def _rule(bench: Bench) -> None:
    """A rule for everything is made in a pricelist that has no prices of products."""
    rules = await bench.catalogue.adapter.shop_rules()
    everything = [rule.pricelist_id for rule in rules if rule.scope.name == "GLOBAL" and rule.min_quantity == 0]
    pricelist_id = max(everything)
    sync = Sync(bench.catalogue, bench.indexes)
    await sync.run()
    values = {"pricelist_id": pricelist_id, "applied_on": "3_global", "compute_price": "percentage", "min_quantity": 0}
    await bench.write("product.pricelist.item", "create", None, {**values, "percent_price": 7.5})
    await _timed_sync(bench, sync, f"a new rule of everything in pricelist {pricelist_id}")


async def _product(bench: Bench) -> None:
    """The name of one product is changed; then nothing is."""
    sync = Sync(bench.catalogue, bench.indexes)
    await sync.run()
    victim = (await bench.catalogue.for_sale(bench.catalogue.langs[0]))[0]
    for number in (1, 2):
        await bench.write("product.template", "write", [victim.id], {"name": f"Zyxwvutsr {number}"})
        await _timed_sync(bench, sync, f"one product renamed ({number})")
    await _timed_sync(bench, sync, "nothing changed")


async def _timed_sync(bench: Bench, sync: Sync, what: str) -> None:
    await asyncio.sleep(1.2)  # Odoo's moments of change are whole seconds
    with _measured() as stages:
        before, began = await bench.cpu(), time.monotonic()
        synced = await sync.run()
        seconds = time.monotonic() - began
        spent = await bench.cpu() - before
    _say(f"{what}: {_written(synced)}")
    _tell(seconds, spent, stages)


def _written(synced: Synced) -> str:
    told = [f"{name} {one.written} written, {one.unchanged} as they were" for name, one in synced.parts.items()]
    return "; ".join(text for text in told if not text.endswith(" 0 written, 0 as they were"))


# -- measuring ------------------------------------------------------------------------------------------------


@contextmanager
def _measured() -> Iterator[Stages]:
    with Stages() as stages:
        yield stages


def _tell(seconds: float, spent: Cpu, stages: Stages) -> None:
    _say(f"  {seconds:.1f} s; CPU: ours {spent.ours:.1f}, double {spent.double:.1f}, engine {spent.engine:.1f}")
    _say(f"  {stages.described()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"  peak memory {peak:.0f} MiB; load {os.getloadavg()[0]:.1f}")


def _cpu_of_children() -> float:
    """CPU seconds of the processes that this one started."""
    ticks = 0
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def opensearch() -> Iterator[dict[str, str]]:
    """Where the engine is; one that was started for this is stopped at the end."""
    if os.environ.get("OPENSEARCH_URL"):
        yield dict(os.environ)
        return
    running = _script("status").returncode == 0
    started = _script("start")
    started.check_returncode()
    try:
        yield dict(line.split("=", 1) for line in started.stdout.splitlines() if "=" in line)
    finally:
        if not running:
            _script("stop")


def _script(command: str) -> subprocess.CompletedProcess[str]:
    arguments = ["bash", str(_SCRIPT), command]
    environment = {"OPENSEARCH_JAVA_OPTS": _AS_IN_OPERATION, **os.environ}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)  # noqa: S603  # our own script


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
