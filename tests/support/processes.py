"""Processes of the application that share one Valkey, over one double: each with a tier, tables and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette

from adapters.base import OdooAdapter
from adapters.connect import choose_adapter
from adapters.errors import OdooUnavailableError
from adapters.rpc import Credentials, OnCall, RpcLimits
from cache.feed import ChangeFeed
from cache.inbox import Inbox
from cache.redis_store import RedisStore
from cache.scripts import LEASE, PUT
from cache.store import Store
from contract.client import Answer, AsgiClient
from demo.double import Double
from server.app import create_app
from server.freshness import Freshness
from tests.support.bff import settings_for, warmed
from tests.support.direct import DirectTransport
from tests.support.waiting import PATIENCE


class Wire(DirectTransport):
    """The way to the double, which can be cut."""

    cut = False

    async def call(self, *arguments: Any, **named: Any) -> Any:
        if self.cut:
            raise OdooUnavailableError("cut on purpose")
        return await super().call(*arguments, **named)


class Process:
    """One process of the application, called without a socket."""

    def __init__(self, app: Starlette, double: Double, wire: Wire) -> None:
        self.app = app
        self.double = double
        self.wire = wire
        self.client = AsgiClient(app)

    @property
    def store(self) -> Store:
        store: Store = self.app.state.store
        return store

    @property
    def feed(self) -> ChangeFeed:
        freshness: Freshness = self.app.state.freshness
        return freshness.feed

    @property
    def inbox(self) -> Inbox:
        freshness: Freshness = self.app.state.freshness
        return freshness.inbox

    async def ask(self, text: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data that a query answers."""
        return (await self.client.graphql(text, variables)).data

    async def ask_all(self, texts: Sequence[str]) -> list[Any]:
        return [await self.ask(text) for text in texts]

    async def send(self, path: str, body: bytes, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.send("POST", path, body, {"content-type": "application/json", **named})

    @contextmanager
    def counted(self) -> Iterator[Counted]:
        """What is asked of Odoo and of Redis inside, by this process and for an answer: beats do not count."""
        counted = Counted()
        assert isinstance(self.store, RedisStore)
        link: Any = self.store._link
        wire: Any = self.wire
        command, call = link.command, wire.call

        async def counted_command(seconds: float, name: str, *arguments: Any) -> Any:
            if name in {"GET", "MGET"} or (name == "EVALSHA" and arguments[0] in _OF_ENTRIES):
                of_answers = any(isinstance(one, str) and "answer:" in one for one in arguments)
                (counted.answers if of_answers else counted.commands).append((name, *arguments))
            return await command(seconds, name, *arguments)

        async def counted_call(*arguments: Any, **named: Any) -> Any:
            counted.calls.append(arguments[:2])
            return await call(*arguments, **named)

        link.command, wire.call = counted_command, counted_call
        try:
            yield counted
        finally:
            del link.command, wire.call


#: scripts that read or write entries
_OF_ENTRIES = frozenset({PUT.sha, LEASE.sha})


class Counted:
    """Commands to Redis and calls to Odoo, in order; commands about finished answers apart."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []
        self.answers: list[tuple[Any, ...]] = []
        self.calls: list[tuple[Any, ...]] = []


class Clock:
    """The moment that prices are for; stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fresh_namespace() -> str:
    return f"test-{uuid4().hex[:8]}"


@asynccontextmanager
async def process(
    double: Double, redis_url: str | None, namespace: str | None = None, *, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Process]:
    """A process of the application over the double, ready. Without ``redis_url`` it keeps nothing."""
    wire = Wire(double)

    async def connected(credentials: Credentials, *, transport: str, limits: RpcLimits, on_call: OnCall) -> OdooAdapter:
        return choose_adapter(double.version)(wire, credentials)

    kept = {"redis_url": redis_url, "redis_namespace": namespace, "local_cache_bytes": 64 * 1024 * 1024}
    values = {"odoo_url": "http://127.0.0.1:1", "reference_seconds": 3600, **(kept if redis_url else {}), **settings}
    app = create_app(settings_for(values.pop("odoo_url"), **values), connect=connected, clock=clock or Clock(NOON))
    async with app.router.lifespan_context(app):
        started = Process(app, double, wire)
        async with asyncio.timeout(PATIENCE):
            while (await started.client.get("/readyz")).status != 200 or not started.store.listening:
                await started.store.ticket()
                await asyncio.sleep(0.01)
            await warmed(app)
        yield started
