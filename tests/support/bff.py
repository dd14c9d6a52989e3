"""The whole application as a server of its own in the test's event loop, and a client that asks it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from adapters.base import OdooAdapter
from adapters.errors import OdooError, OdooUnavailableError
from demo.double import DoubleServer
from resolvers.context import Services
from server.one_write import OneWriteProtocol
from server.serve import KEEP_ALIVE
from server.settings import Settings
from server.warming import read_tables
from tests.support.waiting import PATIENCE, until


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``body`` decoded when it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any
    raw: bytes

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert self.status == 200, self.body
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        assert isinstance(self.body, dict), self.raw[:200]
        errors: list[dict[str, Any]] = self.body["errors"]
        return errors

    @property
    def codes(self) -> set[str]:
        """The codes of all errors."""
        return {error["extensions"]["code"] for error in self.errors}


@dataclass
class Bff:
    """A running application. ``odoo``: the double it uses, where it has one; ``app``: itself, where it is ours."""

    port: int
    client: aiohttp.ClientSession
    odoo: DoubleServer | None = None
    headers: dict[str, str] = field(default_factory=dict)
    app: Starlette | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def query(self, text: str, variables: Any = None, **headers: str) -> Answer:
        """A GraphQL request as a shop sends it."""
        return await self.post({"query": text, "variables": variables}, **headers)

    async def post(self, body: Any, **headers: str) -> Answer:
        return await self.send("POST", "/graphql", json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def send(self, method: str, path: str, **request: Any) -> Answer:
        request["headers"] = {**self.headers, **(request.get("headers") or {})}
        async with self.client.request(method, self.url + path, allow_redirects=False, **request) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json"
            return Answer(response.status, response.headers, await response.json() if is_json and raw else raw, raw)

    async def ready(self, seconds: float = 30.0) -> Bff:
        """Wait until ``/readyz`` says so, and what it reads by itself is read."""

        async def is_ready() -> bool:
            return (await self.get("/readyz")).status == 200

        await until(is_ready, seconds=seconds)
        if self.app is not None:
            await warmed(self.app)
        return self


async def warmed(app: Starlette) -> None:
    """Wait until the application has read the small tables that it reads by itself: they are not what is counted."""
    with suppress(OdooError):
        await read_tables(app.state.services.reference)


async def connected(services: Services) -> OdooAdapter:
    """Wait until Odoo is reached. By what others keep a process is ready before that."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await services.adapter()
            except OdooUnavailableError:
                await asyncio.sleep(0.05)


def settings_for(url: str, **changes: Any) -> Settings:
    """Settings for the Odoo double at ``url``. Unless said otherwise no records are kept: it is asked for all.

    Nor are carts brought to it.
    """
    values = {
        "odoo_url": url,
        "odoo_db": "shop",
        "odoo_user": "admin",
        "odoo_password": "admin",
        "odoo_transport": "jsonrpc",
        "local_cache_bytes": 0,
        "poll_seconds": 0,
        "cart_sync": False,
        **changes,
    }
    return Settings.model_validate(values)


class _Server(uvicorn.Server):
    """Leaves the signal handlers of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, http: type[asyncio.Protocol] = OneWriteProtocol) -> AsyncIterator[int]:
    """Serve an ASGI application on 127.0.0.1, by the protocol of `server.serve`; the port."""
    # TCP is named, else asyncio does not switch off the delay of small answers
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=KEEP_ALIVE,
        http=http,
        ws="none",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            if task.done():
                await task
            await asyncio.sleep(0.005)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listening.close()


@asynccontextmanager
async def running(settings: Settings, odoo: DoubleServer | None = None) -> AsyncIterator[Bff]:
    """The application with these settings, running; it need not be ready."""
    from server.app import create_app  # the whole application: most tests need none of it

    app = create_app(settings)
    async with (
        serving(app) as port,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=PATIENCE)
        ) as client,
    ):
        yield Bff(port, client, odoo, app=app)
