"""A transport without a wire: calls the double in the same process, for tests that make thousands of calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.connect import choose_adapter
from adapters.errors import OdooError, OdooNotFoundError
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials
from adapters.rpc.faults import error_of
from adapters.rpc.params import positional
from adapters.rpc.tracebacks import RemoteError
from demo.double import Double
from demo.double.errors import UNKNOWN_MODEL, OdooFault


class DirectTransport:
    """Speaks to a double as a transport does. See ``adapters.rpc.base.Transport``."""

    name = "direct"

    def __init__(self, double: Double, login: str = "admin") -> None:
        self.double = double
        self._login = login
        #: errors that the next calls end with
        self.failures: list[OdooError] = []

    async def version(self) -> str:
        return self.double.version

    async def authenticate(self) -> int:
        table = self.double.db.table("res.users")
        return next(table.find("login", [self._login]))

    async def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        safe: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  # of the protocol
    ) -> Any:
        del safe, timeout
        if self.failures:
            raise self.failures.pop(0)
        places, named = positional(method, ids, args, context)
        secret = self.double.dataset.passwords[self._login]
        uid = await self.authenticate()
        try:
            answer = self.double.execute_kw("direct", uid, secret, model, method, places, named)
        except OdooFault as fault:
            if fault.name == UNKNOWN_MODEL:
                raise OdooNotFoundError(fault.message) from fault
            raise error_of(RemoteError(fault.name, fault.message)) from fault
        return json.loads(json.dumps(answer))

    async def close(self) -> None:
        return


async def adapter_of(double: Double, *, login: str = "admin") -> RpcAdapter:
    """The adapter for the double's version, in the same process, having looked at what there is."""
    credentials = Credentials("http://127.0.0.1", "shop", login, double.dataset.passwords[login])
    adapter = choose_adapter(double.version)(DirectTransport(double, login), credentials)
    await adapter.inspect()
    return adapter
