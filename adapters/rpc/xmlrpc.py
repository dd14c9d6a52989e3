"""XML-RPC (``/xmlrpc/2/``): every Odoo to 21, for where JSON-RPC is blocked. Gaps: see ``xmlrpc_compat``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.rpc.faults import status_error
from adapters.rpc.positional import PositionalTransport
from adapters.rpc.xmlrpc_compat import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.rpc.http import Due, Reply

_HEADERS = {"Content-Type": "text/xml", "Accept": "text/xml"}


def path_of(service: str) -> str:
    return f"/xmlrpc/2/{service}"


def decode_answer(reply: Reply, service: str, model: str) -> Any:
    """The result in ``reply``. Raises the member of the error family it holds; faults are HTTP 200."""
    if reply.status != 200:
        raise status_error(reply.status, path_of(service))
    return loads(reply.body, model)


class XmlRpcTransport(PositionalTransport):
    """``execute_kw`` over XML. See ``adapters.rpc.base.Transport``."""

    name: str = "xmlrpc"

    async def _dispatch(self, service: str, method: str, args: Sequence[Any], model: str, due: Due) -> Any:
        reply = await self._channel.post(path_of(service), dumps(method, args), _HEADERS, due)
        return decode_answer(reply, service, model)
