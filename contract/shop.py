"""The application in front of one Odoo, opened in process, with its calls to Odoo counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import SecretStr

from adapters.base import OdooAdapter
from adapters.connect import available_adapters, connect
from adapters.errors import OdooError
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials, OnCall, RpcLimits, open_transport
from cache.reference import Clock, utc_now
from contract.client import Answer, AsgiClient
from contract.documents import document
from server.app import Connect, create_app
from server.settings import Settings
from server.warming import read_tables

_PATIENCE = 60.0  # seconds for a first connection and the shop's tables
#: a test run is long and must not read tables anew in the middle of counting calls
_FRESH = 3600.0
#: `open_shop` with it answers lists of a whole large shop
UNLIMITED: Mapping[str, Any] = {"max_cost": 10_000_000, "request_timeout": 120.0}


@dataclass(frozen=True, slots=True)
class Target:
    """The Odoo to prove, and with what.

    ``transport``: a name of `adapters.rpc.TRANSPORTS` or ``auto``. ``adapter``: None for the one of the Odoo's
    version, else the name of an entry point of the group ``headless_odoo.adapters``, or ``package.module:Class``.
    """

    url: str
    database: str
    user: str
    secret: SecretStr
    transport: str = "auto"
    adapter: str | None = None

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.url.rstrip("/"), self.database, self.user, self.secret.get_secret_value())


class OdooCall(NamedTuple):
    """A call that an adapter made."""

    model: str
    method: str


class Shop:
    """A running application and its client."""

    def __init__(self, target: Target, client: AsgiClient, calls: list[OdooCall], adapter: OdooAdapter) -> None:
        self.target = target
        self.client = client
        self.calls = calls
        self.adapter = adapter

    async def ask(
        self, name: str, variables: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a document of the contract."""
        return await self.client.graphql(document(name), variables, headers)

    async def query(self, text: str, **variables: Any) -> Any:
        """The data that a query answers. Raises AssertionError when it answers errors."""
        return (await self.client.graphql(text, variables)).data

    @contextmanager
    def counted(self) -> Iterator[list[OdooCall]]:
        """The calls to Odoo made inside; complete when it is left."""
        start, found = len(self.calls), list[OdooCall]()
        yield found
        found.extend(self.calls[start:])


def adapter_class(name: str) -> type[RpcAdapter]:
    """An adapter by entry point or by ``package.module:Class``. Raises LookupError when there is none."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        found: type[RpcAdapter] = getattr(import_module(module), attribute)
        return found
    known = available_adapters()
    if name not in known:
        raise LookupError(f"no adapter {name!r} is installed; there are {', '.join(sorted(known))}")
    return known[name]


@asynccontextmanager
async def open_shop(target: Target, *, clock: Clock = utc_now, **overrides: Any) -> AsyncIterator[Shop]:
    """The application in front of the target, connected and warm. ``overrides``: members of `server.settings.Settings`.

    Raises RuntimeError when the target does not answer as an Odoo shop does.
    """
    calls: list[OdooCall] = []
    opened: list[OdooAdapter] = []
    settings = Settings.model_validate(
        {
            "odoo_url": target.url,
            "odoo_db": target.database,
            "odoo_user": target.user,
            "odoo_password": target.secret,
            "odoo_transport": target.transport,
            "reference_seconds": _FRESH,
            "local_cache_bytes": 0,  # every answer comes from Odoo
            "poll_seconds": 0,
            **overrides,
        }
    )
    app = create_app(settings, connect=_connector(target, calls, opened), clock=clock)
    async with app.router.lifespan_context(app):
        client = AsgiClient(app)
        await _warm(client, target)
        await read_tables(app.state.services.reference)  # which is done in the background too
        yield Shop(target, client, calls, opened[-1])


def _connector(target: Target, calls: list[OdooCall], opened: list[OdooAdapter]) -> Connect:
    async def connected(credentials: Credentials, *, transport: str, limits: RpcLimits, on_call: OnCall) -> OdooAdapter:
        def note(model: str, method: str, seconds: float, error: OdooError | None) -> None:
            calls.append(OdooCall(model, method))
            on_call(model, method, seconds, error)

        if target.adapter is None:
            adapter = await connect(credentials, transport=transport, limits=limits, on_call=note)
        else:
            kind = adapter_class(target.adapter)
            name = kind.profile.transports[0] if transport == "auto" else transport
            adapter = kind(open_transport(name, credentials, limits, on_call=note), credentials)
        opened.append(adapter)
        return adapter

    return connected


async def _warm(client: AsgiClient, target: Target) -> None:
    """Wait until the shop is known; then have every table read that is kept."""
    async with asyncio.timeout(_PATIENCE):
        while (found := await client.get("/readyz")).status != 200:
            probe = await client.graphql("{ website { id } }")
            if probe.status == 200:
                break
            if "ERP_UNAVAILABLE" not in probe.codes:
                raise RuntimeError(f"{target.url} cannot be used: {probe.body.decode()} {found.body.decode()}")
            await asyncio.sleep(0.2)
    answer = await client.graphql(
        "{ products(pageSize: 1, sort: {popular: DESC}) { totalCount } countries { totalCount } }"
    )
    if answer.status != 200:
        raise RuntimeError(f"{target.url} cannot be used: {answer.body.decode()}")
