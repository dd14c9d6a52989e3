"""Is this a user's password? Asked apart from the service's own calls, with connections and places of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.errors import OdooLockedOutError, OdooProtocolError, OdooSecondFactorError
from adapters.rpc.base import Credentials, RpcLimits
from adapters.rpc.calls import repeat
from adapters.rpc.faults import LoginRefusedError, status_error
from adapters.rpc.http import Channel, Due
from adapters.rpc.jsonrpc import decode_answer
from adapters.rpc.values import to_wire

PATH = "/web/session/authenticate"
#: Checking a password costs Odoo up to half a second of a worker: logins must not take all of them.
LIMITS = RpcLimits(concurrency=2, queue=64)

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
#: The text of a refusal, in every version and language. Another one is not about the password.
_REFUSED = "access denied"


class Logins:
    """Checks passwords by the web client's own login: the one that tells a lock-out from a wrong password.

    The others do not: ``common.authenticate`` answers False to both (14.0, 19.0), and to a user with a second factor.
    It is the same in 10.0, 14.0 and 19.0. The session that Odoo opens is not used, and expires.
    """

    def __init__(self, credentials: Credentials, limits: RpcLimits = LIMITS) -> None:
        self._database = credentials.database
        self._limits = limits
        self._channel = Channel(credentials.url, limits, max_answer=1024 * 1024)
        self._numbers = itertools.count(1)

    async def check(self, login: str, password: str, *, client: str | None = None) -> int | None:
        """The id of the user with that login and password; None when there is none (or it is archived).

        ``client`` is the customer's address: Odoo counts failed logins by address, and takes this one instead of
        ours when it runs in proxy mode. It is never repeated, as each failure counts.
        Raises OdooLockedOutError, OdooSecondFactorError, OdooUnavailableError.
        """
        if not login or not password:
            return None
        number = next(self._numbers)
        params = to_wire({"db": self._database, "login": login, "password": password})
        body = msgspec.json.encode({"jsonrpc": "2.0", "method": "call", "id": number, "params": params})
        headers = {**_JSON, **self._forwarded(client)}
        due = Due(asyncio.get_running_loop().time() + self._limits.timeout, fresh=True)
        reply = await repeat(
            lambda: self._channel.post(PATH, body, headers, due), self._limits, due.deadline, safe=False
        )
        if reply.status != 200:
            raise status_error(reply.status, PATH)
        try:
            return _user_id(decode_answer(reply, number))
        except LoginRefusedError as refused:
            text = str(refused).partition(": ")[2].strip()
            if text.casefold() != _REFUSED:
                raise OdooLockedOutError(text) from None
            return None

    async def close(self) -> None:
        await self._channel.close()

    def _forwarded(self, client: str | None) -> Mapping[str, str]:
        """What a proxy says of the client. Odoo looks at it only beside ``X-Forwarded-Host``."""
        if client is None:
            return {}
        base = self._channel.base
        return {
            "X-Forwarded-For": str(ipaddress.ip_address(client)),
            "X-Forwarded-Host": base.authority,
            "X-Forwarded-Proto": base.scheme,
        }


def _user_id(answer: Any) -> int | None:
    match answer:
        case {"uid": bool()}:  # 10.0 says False to a wrong password
            return None
        case {"uid": int(uid)}:
            return uid
        case {"uid": None}:
            raise OdooSecondFactorError("the password is right, and a second factor is asked for")
    raise OdooProtocolError("no answer to a login")
