"""``/readyz``: what a balancer and a person are told, in every combination of what can be away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from starlette.requests import Request

from adapters.base import OdooAdapter
from adapters.errors import OdooUnavailableError
from adapters.odoo import RpcAdapter
from cache.reference import Reference
from cache.solo import SoloStore
from demo.double import Double
from demo.wholesale import generate
from server import health as module
from server.connection import OdooConnection
from server.health import Health
from tests.support.direct import DirectTransport, adapter_of
from tests.support.waiting import PATIENCE, until

REQUEST = Request({"type": "http", "method": "GET", "path": "/readyz", "headers": []})


class Store(SoloStore):
    """A store whose Redis may be away."""

    away = False
    reads = 0

    async def read(self, key: str) -> bytes | None:
        self.reads += 1
        return None if self.away else await super().read(key)


class Parts:
    """What the process needs; ``odoo_away`` before or after it was reached."""

    def __init__(self, adapter: RpcAdapter) -> None:
        self.adapter = adapter
        self.odoo_away = False
        self.store = Store()
        self.connection = OdooConnection(self._open, pause=0.02, longest_pause=0.02)
        self.reference = Reference(self.connection.adapter, self.store)
        self.health = Health(self.connection, self.reference, self.store)
        self.pings = 0
        adapter.ping = self._ping  # type: ignore[method-assign]
        adapter.companies = self._asked(adapter.companies)  # type: ignore[method-assign]

    async def _open(self) -> OdooAdapter:
        if self.odoo_away:
            raise OdooUnavailableError("away")
        return self.adapter

    async def _ping(self) -> None:
        self.pings += 1
        if self.odoo_away:
            raise OdooUnavailableError("away")

    def _asked(self, read: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Coroutine[Any, Any, Any]]:
        async def asked() -> Any:
            if self.odoo_away:
                raise OdooUnavailableError("away")
            return await read()

        return asked

    def start(self) -> None:
        async def nothing() -> None:
            return

        self.connection.start(nothing)

    async def ask(self) -> tuple[int, str, set[str]]:
        """(status, what is said, what is missing)"""
        answer = await self.health.ready(REQUEST)
        body = msgspec.json.decode(bytes(answer.body))
        return answer.status_code, body["status"], set(body["missing"])

    async def ask_anew(self) -> tuple[int, str, set[str]]:
        self.health._looked_at = float("-inf")
        return await self.ask()


@pytest.fixture
async def parts() -> Any:
    adapter = await adapter_of(Double(generate("14.0", products=3, pricelists=2)))
    made = Parts(adapter)
    yield made
    await made.reference.close()
    await made.connection.close()


async def test_all_is_there(parts: Parts) -> None:
    """Even at the first question: nobody else need ask for anything before."""
    parts.start()
    assert await parts.ask() == (200, "ready", set())


async def test_what_can_still_serve_is_not_drained(parts: Parts) -> None:
    parts.start()
    await parts.ask()
    parts.odoo_away = True
    assert await parts.ask_anew() == (200, "degraded", {"odoo"})
    parts.store.away = True
    assert await parts.ask_anew() == (200, "degraded", {"odoo", "redis"})
    parts.odoo_away = False
    assert await parts.ask_anew() == (200, "degraded", {"redis"})
    parts.store.away = False
    assert await parts.ask_anew() == (200, "ready", set())


async def test_what_cannot_serve_says_so_and_tries_again(parts: Parts) -> None:
    parts.odoo_away = True
    parts.start()
    assert await parts.ask() == (503, "not ready", {"odoo", "shop"})
    parts.store.away = True
    assert await parts.ask_anew() == (503, "not ready", {"odoo", "redis", "shop"})
    parts.odoo_away = False

    async def is_degraded() -> bool:
        return await parts.ask_anew() == (200, "degraded", {"redis"})

    await until(is_degraded)


async def test_tables_that_others_have_read_suffice(parts: Parts) -> None:
    """Odoo was never reached by this process."""
    adapter = parts.adapter

    async def there() -> OdooAdapter:
        return adapter

    other = Reference(there, parts.store)
    await other.shop()
    parts.odoo_away = True
    parts.start()
    assert await parts.ask() == (200, "degraded", {"odoo"})
    await other.close()


async def test_probes_do_not_bother_odoo_nor_redis(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts.start()
    await parts.ask()
    pings, reads = parts.pings, parts.store.reads
    assert await asyncio.gather(*(parts.ask() for _ in range(50))) == [(200, "ready", set())] * 50
    assert (parts.pings, parts.store.reads) == (pings, reads)
    parts.odoo_away = True
    assert (await parts.ask())[1] == "ready", "known for a while"
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    assert (await parts.ask())[1] == "degraded"
    parts.odoo_away = False
    await asyncio.sleep(0.06)
    assert (await parts.ask())[1] == "ready"


async def test_an_odoo_that_hangs_does_not_hang_the_probe(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    parts.start()
    await parts.ask()

    async def hang() -> None:
        await asyncio.Event().wait()

    parts.adapter.ping = hang  # type: ignore[method-assign]
    answer = await asyncio.wait_for(parts.ask_anew(), PATIENCE)
    assert answer == (200, "degraded", {"odoo"})
    told = msgspec.json.decode(bytes((await parts.health.ready(REQUEST)).body))["odoo"]
    assert told == {"version": "14.0", "adapter": "14.0", "transport": DirectTransport.name}


async def test_requests_wait_for_the_first_attempt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Odoo takes the first call and never answers, only those of the first moments wait at all."""
    monkeypatch.setattr("server.connection.FIRST_WAIT", 0.2)

    async def never() -> OdooAdapter:
        await asyncio.Event().wait()
        raise AssertionError

    async def nothing() -> None:
        return

    connection = OdooConnection(never)
    connection.start(nothing)
    loop = asyncio.get_running_loop()
    for least, most in ((0.15, 5.0), (0.0, 0.15)):
        started = loop.time()
        for _ in range(10):
            with pytest.raises(OdooUnavailableError):
                await connection.adapter()
        assert least <= loop.time() - started < most
    await connection.close()
