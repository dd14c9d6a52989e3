"""An adapter as the shop's service user over a double of its own, and every call that it made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.connect import connect
from adapters.errors import OdooError
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials
from demo.double import Double, DoubleServer
from demo.wholesale import generate

VERSIONS = ("10.0", "14.0", "19.0")
#: (version, transport) of all that a version speaks
WIRES = [
    ("10.0", "jsonrpc"),
    ("10.0", "xmlrpc"),
    ("14.0", "jsonrpc"),
    ("14.0", "xmlrpc"),
    ("19.0", "json2"),
    ("19.0", "jsonrpc"),
    ("19.0", "xmlrpc"),
]
SERVICE_KEY, SERVICE_PASSWORD = "demo-service-key", "bff-secret"
#: the portal user of the shareholders' profile, the tenth one
LOGIN, PASSWORD, USER = "vet10@customer.example", "Secret-10", 19
STAFF, STAFF_PASSWORD = "staff@vetwholesale.example", "Secret-staff"


@dataclass
class Clock:
    """Odoo's clock, moved by hand."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Naive UTC, as Odoo keeps its moments."""
        return datetime.now(UTC).replace(tzinfo=None) + self.moved


@dataclass
class Shop:
    """``calls``: (model, method) of the service's own calls, as the adapter made them."""

    double: Double
    adapter: RpcAdapter
    url: str
    clock: Clock
    calls: list[tuple[str, str]] = field(default_factory=list)

    def user(self, login: str = LOGIN) -> int:
        return next(iter(self.double.db.table("res.users").find("login", [login])))

    def partner(self, user_id: int = USER) -> int:
        row = self.double.db.table("res.users").get(user_id)
        assert row is not None
        return int(row["partner_id"])


@asynccontextmanager
async def shop(
    version: str, transport: str = "auto", change: Callable[[Double], None] | None = None
) -> AsyncIterator[Shop]:
    """The generated shop with a pricelist per profile, and the adapter of the version as its service user."""
    clock = Clock()
    double = Double(generate(version, products=10, pricelists=12), clock=clock)
    if change is not None:
        change(double)
    calls: list[tuple[str, str]] = []

    def note(model: str, method: str, seconds: float, error: OdooError | None) -> None:
        del seconds, error
        calls.append((model, method))

    with DoubleServer(double) as server:
        named = transport == "json2" or (transport == "auto" and version == "19.0")
        credentials = Credentials(server.url, "shop", "bff", SERVICE_KEY if named else SERVICE_PASSWORD)
        adapter = await connect(credentials, transport=transport, on_call=note)
        assert isinstance(adapter, RpcAdapter)
        try:
            await adapter.inspect()
            calls.clear()
            yield Shop(double, adapter, server.url, clock, calls)
        finally:
            await adapter.close()
