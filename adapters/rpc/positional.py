"""The older calling convention: ``common`` and ``object``, ``execute_kw`` with the password each time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from adapters.errors import OdooProtocolError, OdooUnavailableError
from adapters.rpc.calls import BaseTransport, OnCall
from adapters.rpc.faults import LoginRefusedError
from adapters.rpc.http import MAX_ANSWER, Due
from adapters.rpc.params import positional
from adapters.rpc.values import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.rpc.base import Credentials, RpcLimits


REFUSED_HOLD = 10.0
"""Seconds after a refused login in which calls fail without asking again.

Newer Odoos (seen in 19.0) shut out an address after a few refused logins, and with it all customers.
"""


class PositionalTransport(BaseTransport):
    """Calls by position, for Odoo up to 21. The uid is asked for once, before the first call."""

    def __init__(
        self,
        credentials: Credentials,
        limits: RpcLimits,
        on_call: OnCall | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        super().__init__(credentials, limits, on_call, max_answer)
        self._uid: int | None = None
        self._login = asyncio.Lock()
        self._refused_until = 0.0

    @abstractmethod
    async def _dispatch(self, service: str, method: str, args: Sequence[Any], model: str, due: Due) -> Any:
        """One call of a service. ``model`` is the model called, for reading errors ('' for ``common``)."""

    async def _version(self, due: Due) -> str:
        return serie_of(await self._dispatch("common", "version", [], "", due))

    async def _authenticate(self, due: Due) -> int:
        who = self._credentials
        asked = to_wire([who.database, who.login, who.secret, {}])
        uid = await self._dispatch("common", "authenticate", asked, "", due)
        # Wrong credentials are no fault: the answer is False.
        if isinstance(uid, bool) or not isinstance(uid, int):
            self._refused_until = asyncio.get_running_loop().time() + REFUSED_HOLD
            raise LoginRefusedError(f"Odoo does not accept the login {who.login!r}")
        self._uid = uid
        return uid

    async def _call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        args: Mapping[str, Any] | None,
        context: Mapping[str, Any] | None,
        due: Due,
    ) -> Any:
        places, named = positional(method, ids, args, context)
        who = self._credentials
        uid = self._uid if self._uid is not None else await self._first_login(due)
        asked = to_wire([who.database, uid, who.secret, model, method, places, named])
        try:
            return await self._dispatch("object", "execute_kw", asked, model, due)
        except LoginRefusedError:
            self._uid = None  # the password may have been changed: the next call logs in again
            raise

    async def _first_login(self, due: Due) -> int:
        """The uid; calls that start together wait for one login."""
        try:
            async with asyncio.timeout_at(due.deadline), self._login:
                if self._uid is not None:
                    return self._uid
                if asyncio.get_running_loop().time() < self._refused_until:
                    raise LoginRefusedError("Odoo refused this login a moment ago; it is not tried again yet")
                return await self._authenticate(due)
        except TimeoutError:
            raise OdooUnavailableError("no login within the time limit") from None


def serie_of(version: Any) -> str:
    """``"10.0"`` or ``"saas~18.1"`` of the answer to ``version`` (or of ``/web/version``)."""
    match version:
        case {"server_serie": str(serie)}:
            return serie
        case {"server_version_info": [major, minor, *_]} | {"version_info": [major, minor, *_]}:
            return f"{major}.{minor}"
    raise OdooProtocolError("the server does not answer as an Odoo asked for its version")
