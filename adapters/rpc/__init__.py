"""The ways to call an Odoo: ``xmlrpc`` (to 21), ``jsonrpc`` (8 to 21) and ``json2`` (19 and newer)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.rpc.base import Credentials, RpcLimits, Transport
from adapters.rpc.calls import BaseTransport, OnCall
from adapters.rpc.faults import LoginRefusedError, ResultLostError
from adapters.rpc.http import MAX_ANSWER, request_id
from adapters.rpc.json2 import Json2Transport
from adapters.rpc.jsonrpc import JsonRpcTransport
from adapters.rpc.probe import probe_version
from adapters.rpc.xmlrpc import XmlRpcTransport

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "TRANSPORTS",
    "Credentials",
    "LoginRefusedError",
    "OnCall",
    "ResultLostError",
    "RpcLimits",
    "Transport",
    "open_transport",
    "probe_version",
    "request_id",
]

TRANSPORTS: Mapping[str, type[BaseTransport]] = {
    kind.name: kind for kind in (XmlRpcTransport, JsonRpcTransport, Json2Transport)
}


def open_transport(
    name: str,
    credentials: Credentials,
    limits: RpcLimits,
    *,
    on_call: OnCall | None = None,
    max_answer: int = MAX_ANSWER,
) -> Transport:
    """A transport by name; nothing is sent until the first call. Close it when done.

    ``on_call`` is told of every finished call; ``max_answer`` is the largest answer taken, in bytes.
    Raises ValueError for an unknown name or an unusable URL.
    """
    kind = TRANSPORTS.get(name)
    if kind is None:
        raise ValueError(f"no transport {name!r}; there are {', '.join(TRANSPORTS)}")
    return kind(credentials, limits, on_call, max_answer)
