"""What is acknowledged is there after a crash: of the server, and of the machine it runs on."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from cart.durability import CartsNotDurableError
from cart.model import Transaction
from cart.store import CartStore, CartsUnavailableError
from tests.cart.places import add, customer, redis_carts, statuses
from tests.support.valkey import Valkey, running_valkey
from tests.support.waiting import until

POWER_LOSS = Path(__file__).with_name("power_loss.c")
ValkeyOf = Callable[..., Valkey]


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The library that makes a killed server lose what was not fsynced."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("power") / "power_loss.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, POWER_LOSS, "-ldl"], check=True)
    return str(library)


@pytest.fixture
def machine(preloaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ValkeyOf]:
    """``machine(appendfsync)``: a server on a machine whose power fails when the server is killed."""
    with ExitStack() as stack, monkeypatch.context() as patch:
        patch.setenv("LD_PRELOAD", preloaded)
        yield lambda appendfsync: stack.enter_context(
            running_valkey({"appendonly": "yes", "appendfsync": appendfsync, "save": ""}, directory=tmp_path)
        )


@pytest.fixture
def valkey_of(tmp_path: Path) -> Iterator[ValkeyOf]:
    """``valkey_of(**config)``: a server with a directory of its own."""
    with ExitStack() as stack:
        yield lambda **config: stack.enter_context(
            running_valkey(
                {name.replace("_", "-"): value for name, value in config.items()}, directory=tmp_path / uuid4().hex
            )
        )


@dataclass
class Writers:
    """Some clients that send changes to carts they share, each until it fails, and note what was acknowledged."""

    carts: CartStore
    cart_ids: list[str]
    acknowledged: dict[str, tuple[str, Transaction]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    async def write(self) -> None:
        while True:
            for cart_id in self.cart_ids:
                batch = [add(1), add(2)]
                try:
                    applied = await self.carts.apply(cart_id, batch)
                except CartsUnavailableError:
                    self.unknown += [one.id for one in batch]
                    return
                assert statuses(applied.results) == ["APPLIED"] * 2
                self.acknowledged.update({one.id: (cart_id, one) for one in batch})


async def crash(server: Valkey, carts: CartStore, *, acknowledged: int) -> tuple[int, int]:
    """Writers until the server is killed and started again: how many changes were acknowledged, and how many lost."""
    made = [await carts.create(customer()) for _ in range(4)]
    writers = Writers(carts, [cart.id for cart in made])
    tasks = [asyncio.create_task(writers.write()) for _ in range(6)]
    await until(lambda: len(writers.acknowledged) >= acknowledged, seconds=60)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*tasks)
    await asyncio.to_thread(server.start)
    await asyncio.sleep(0.2)  # until the link tries again
    lost = 0
    for cart in made:
        if await carts.find(cart.id) is None:
            lost += sum(cart_id == cart.id for cart_id, _ in writers.acknowledged.values())
            continue
        theirs = [one for cart_id, one in writers.acknowledged.values() if cart_id == cart.id]
        for first in range(0, len(theirs), 1000):
            applied = await carts.apply(cart.id, theirs[first : first + 1000])
            lost += sum(one.status != "DUPLICATE" for one in applied.results)
        found = await carts.find(cart.id)
        assert found is not None
        total = sum(line.quantity for line in found.lines)
        assert len(theirs) <= total <= len(theirs) + len(writers.unknown)
    return len(writers.acknowledged), lost


class TestPowerLoss:
    async def test_every_acknowledged_change_is_there(self, machine: ValkeyOf) -> None:
        server = machine("always")
        async with redis_carts(server.url, durability="fsync") as carts:
            for _ in range(3):
                acknowledged, lost = await crash(server, carts, acknowledged=400)
                assert acknowledged >= 400
                assert lost == 0

    async def test_where_redis_syncs_each_second_changes_are_lost(self, machine: ValkeyOf) -> None:
        """The power does fail here: else the tests above would prove nothing."""
        server = machine("everysec")
        async with redis_carts(server.url, durability="memory") as carts:
            assert (await crash(server, carts, acknowledged=400))[1] > 0

    async def test_so_that_is_refused(self, machine: ValkeyOf) -> None:
        """WAITAOF cannot be trusted there: it may answer before the data is on disk (redis/redis#13793)."""
        server = machine("everysec")
        async with redis_carts(server.url, durability="fsync") as carts:
            with pytest.raises(CartsNotDurableError, match="appendfsync everysec"):
                await carts.check()


async def test_a_killed_server_has_what_it_acknowledged(valkey_of: ValkeyOf) -> None:
    """kill -9, on a machine that goes on: also where nobody waits for the disk."""
    for appendfsync, durability in (("always", "fsync"), ("everysec", "memory")):
        server = valkey_of(appendonly="yes", appendfsync=appendfsync)
        async with redis_carts(server.url, durability=durability) as carts:
            acknowledged, lost = await crash(server, carts, acknowledged=400)
            assert (acknowledged >= 400, lost) == (True, 0)


class TestPromises:
    async def test_nothing_is_acknowledged_that_never_gets_to_the_disk(self, valkey_of: ValkeyOf) -> None:
        server = valkey_of(appendonly="yes", appendfsync="no")
        async with redis_carts(server.url, durability="memory", namespace="n") as careless:
            cart = await careless.create(customer())
        async with redis_carts(server.url, durability="fsync", fsync_seconds=0.2, namespace="n") as carts:
            for _ in range(4):  # nor is Redis away because of it
                with pytest.raises(CartsUnavailableError, match="disk"):
                    await carts.apply(cart.id, [add(1)])
            with pytest.raises(CartsNotDurableError, match="appendfsync no"):
                await carts.check()

    async def test_without_an_append_only_file_it_is_said_at_once(self, valkey_of: ValkeyOf) -> None:
        server = valkey_of()
        async with redis_carts(server.url, durability="fsync") as carts:
            with pytest.raises(CartsNotDurableError, match="appendonly yes"):
                await carts.check()
            with pytest.raises(CartsUnavailableError, match="append-only"):
                await carts.create(customer())
        async with redis_carts(server.url, durability="memory") as carts:
            with capture_logs() as logs:
                await carts.check()
            assert [one["event"] for one in logs] == ["carts.no_append_only_file"]

    async def test_what_may_be_evicted_is_said_aloud(self, valkey_of: ValkeyOf) -> None:
        server = valkey_of(appendonly="yes", appendfsync="always", maxmemory="100mb", maxmemory_policy="volatile-lru")
        async with redis_carts(server.url, durability="fsync") as carts:
            with capture_logs() as logs:
                await carts.check()
        assert [(one["event"], one["log_level"]) for one in logs] == [("carts.evictable", "error")]

    async def test_a_full_redis_refuses_and_forgets_nothing(self, valkey_of: ValkeyOf) -> None:
        server = valkey_of(appendonly="yes", appendfsync="always", maxmemory_policy="noeviction")
        async with redis_carts(server.url, durability="fsync") as carts:
            cart = await carts.create(customer())
            await carts.apply(cart.id, [add(1)])
            server.run("CONFIG", "SET", "maxmemory", "1mb")
            with pytest.raises(CartsUnavailableError):
                await carts.apply(cart.id, [add(1)])
            found = await carts.find(cart.id)
            assert found is not None
            assert [line.quantity for line in found.lines] == [1]
            server.run("CONFIG", "SET", "maxmemory", "0")
            await carts.apply(cart.id, [add(1)])

    async def test_a_replicas_disk(self, valkey_of: ValkeyOf) -> None:
        primary = valkey_of(appendonly="yes", appendfsync="always")
        async with redis_carts(primary.url, durability="replica", fsync_seconds=5.0, namespace="n") as carts:
            with pytest.raises(CartsNotDurableError, match="no replica"):
                await carts.check()
            replica = valkey_of(appendonly="yes", appendfsync="always", replicaof=f"127.0.0.1 {primary.port}")
            await until(lambda: _info(replica)["master_link_status"] == "up", seconds=60)
            await carts.check()
            cart = await carts.create(customer())
            await carts.apply(cart.id, [add(1)])
            assert replica.run("DBSIZE") == primary.run("DBSIZE")
        async with (
            redis_carts(primary.url, durability="memory", namespace="n") as careless,
            redis_carts(primary.url, durability="replica", fsync_seconds=0.3, namespace="n") as carts,
        ):
            one = add(1)
            process = int(replica.run("INFO", "server")["process_id"])
            os.kill(process, signal.SIGSTOP)
            try:
                await careless.apply(cart.id, [one])
                # the change is known already, and yet not where it is to be; nor has this connection written it
                for _ in range(2):
                    with pytest.raises(CartsUnavailableError, match="disk"):
                        await carts.apply(cart.id, [one])
            finally:
                os.kill(process, signal.SIGCONT)
        async with redis_carts(primary.url, durability="replica", fsync_seconds=5.0, namespace="n") as carts:
            assert statuses((await carts.apply(cart.id, [one])).results) == ["DUPLICATE"]

    async def test_it_takes_one_round_trip(self, valkey_of: ValkeyOf) -> None:
        server = valkey_of(appendonly="yes", appendfsync="always")
        async with redis_carts(server.url, durability="fsync") as carts:
            cart = await carts.create(customer())
            await carts.apply(cart.id, [add(1)])
            before = carts._link.round_trips
            await carts.apply(cart.id, [add(1)])
            assert carts._link.round_trips == before + 1


def _info(server: Valkey) -> Any:
    return server.run("INFO", "replication")
