"""Finding the adapter for an Odoo: by its version, among ours and those of other packages."""

from __future__ import annotations

from importlib.metadata import entry_points

import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooProtocolError
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials, OnCall, RpcLimits, open_transport, probe_version
from adapters.rpc.breaker import Breaker

GROUP = "headless_odoo.adapters"

log = structlog.get_logger(__name__)

Serie = tuple[int, ...]


def parse_serie(version: str) -> Serie:
    """``"19.0"`` -> (19, 0); also of long forms such as ``saas~18.2`` and ``14.0+e``. Raises ValueError."""
    digits = version.removeprefix("saas~").split("+")[0].split("-")[0]
    serie = tuple(int(part) for part in digits.split(".")[:2] if part.isdigit())
    if not serie:
        raise ValueError(f"not a version of Odoo: {version!r}")
    return serie


def available_adapters() -> dict[str, type[RpcAdapter]]:
    """Adapter classes by serie. A package installed beside us adds or replaces one by an entry point of `GROUP`."""
    found: dict[str, type[RpcAdapter]] = {}
    ours_first = sorted(entry_points(group=GROUP), key=lambda entry: not entry.value.startswith("adapters."))
    for entry in ours_first:
        found[entry.name] = entry.load()
    return found


def choose_adapter(version: str) -> type[RpcAdapter]:
    """The adapter written for the version, else the nearest older one; the oldest for what is older than all."""
    adapters = {parse_serie(name): adapter for name, adapter in available_adapters().items()}
    if not adapters:
        raise OdooProtocolError("no adapter is installed")
    serie = parse_serie(version)
    older = [known for known in adapters if known <= serie]
    chosen = max(older) if older else min(adapters)
    if chosen != serie:
        log.warning("adapter.nearest", odoo=version, adapter=".".join(map(str, chosen)))
    return adapters[chosen]


async def connect(
    credentials: Credentials,
    *,
    transport: str = "auto",
    limits: RpcLimits | None = None,
    on_call: OnCall | None = None,
) -> OdooAdapter:
    """Ask the server for its version and open the adapter for it.

    ``transport``: a name of `adapters.rpc.TRANSPORTS`, or ``auto`` for the version's first.
    Raises OdooUnavailableError while the server cannot be reached, ValueError for an unknown transport.
    """
    limits = limits or RpcLimits()
    version = await probe_version(credentials.url, limits.timeout)
    adapter = choose_adapter(version)
    name = adapter.profile.transports[0] if transport == "auto" else transport
    transport_to_odoo = open_transport(name, credentials, limits, on_call=on_call)
    return adapter(Breaker(transport_to_odoo, limits.breaker), credentials)
