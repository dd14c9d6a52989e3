"""JSON-2 (``/json/2/<model>/<method>``): Odoo 19 and newer, arguments by name, an API key as bearer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.errors import (
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooUnavailableError,
)
from adapters.rpc.calls import BaseTransport, OnCall
from adapters.rpc.faults import BY_STATUS, LoginRefusedError, error_of, status_error
from adapters.rpc.http import MAX_ANSWER, Due, Reply
from adapters.rpc.jsonrpc import ErrorData
from adapters.rpc.params import canonical
from adapters.rpc.positional import serie_of
from adapters.rpc.values import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.rpc.base import Credentials, RpcLimits

VERSION_PATHS = ("/json/version", "/web/version")
_JSON = "application/json"
_NAME = re.compile(r"^[A-Za-z_][\w.]*$", re.ASCII)
_ENCODER = msgspec.json.Encoder()
_ANY = msgspec.json.Decoder()
_ERROR = msgspec.json.Decoder(ErrorData)


def path_of(model: str, method: str) -> str:
    """Raises OdooProtocolError for names that would change the path."""
    if not (_NAME.match(model) and _NAME.match(method)):
        raise OdooProtocolError(f"no name of a model and a method: {model!r}, {method!r}")
    return f"/json/2/{model}/{method}"


def encode_call(
    method: str,
    ids: Sequence[int] | None,
    args: Mapping[str, Any] | None,
    context: Mapping[str, Any] | None,
) -> bytes:
    """The body of a call: one object, the parameters by name beside ``ids`` and ``context``."""
    body = canonical(method, args)
    if ids is not None:
        body["ids"] = list(ids)
    if context is not None:
        body["context"] = dict(context)
    return _ENCODER.encode(to_wire(body))


def decode_answer(reply: Reply, path: str) -> Any:
    """The result in ``reply``. Raises the member of the error family it holds."""
    if reply.media_type != _JSON:
        raise _page_error(reply.status, path)
    try:
        if reply.status == 200:
            return _ANY.decode(reply.body)
        error = _ERROR.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise OdooProtocolError("no JSON-2 answer") from broken
    raise _error(reply.status, error)


def _error(status: int, error: ErrorData) -> OdooError:
    """By the exception's name; by the status where the name means nothing to us.

    A 500 with a JSON body is an exception of a method (an unknown field, a bad value), not an outage.
    """
    found = error_of(error.remote())
    if type(found) is OdooProtocolError and status != 500 and status in BY_STATUS:
        return BY_STATUS[status](str(found))
    return found


def _page_error(status: int, path: str) -> OdooError:
    """An HTML page: 404 is the page of a server that knows no such database."""
    return OdooNotFoundError("Odoo knows no such database") if status == 404 else status_error(status, path)


class Json2Transport(BaseTransport):
    """Calls by name. The secret is an API key. See ``adapters.rpc.base.Transport``."""

    name: str = "json2"

    def __init__(
        self,
        credentials: Credentials,
        limits: RpcLimits,
        on_call: OnCall | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        super().__init__(credentials, limits, on_call, max_answer)
        if not (credentials.secret.isprintable() and credentials.database.isprintable()):
            raise ValueError("the API key and the database name go into HTTP headers: no control characters")
        self._headers = {
            "Authorization": f"bearer {credentials.secret}",
            "X-Odoo-Database": credentials.database,
            "Content-Type": f"{_JSON}; charset=utf-8",
            "Accept": _JSON,
        }
        self._database_seen = False

    async def _version(self, due: Due) -> str:
        error: OdooError = OdooProtocolError("no version")
        for path in VERSION_PATHS:
            try:
                return serie_of(decode_answer(await self._channel.get(path, {"Accept": _JSON}, due), path))
            except (OdooNotFoundError, OdooProtocolError) as wrong:
                error = wrong
        raise error

    async def _authenticate(self, due: Due) -> int:
        """A key needs no login; ``context_get`` tells whose it is."""
        match await self._call("res.users", "context_get", None, None, None, due):
            case {"uid": int(uid)}:
                return uid
        raise LoginRefusedError("the API key belongs to no user")

    async def _call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        args: Mapping[str, Any] | None,
        context: Mapping[str, Any] | None,
        due: Due,
    ) -> Any:
        path = path_of(model, method)
        reply = await self._channel.post(path, encode_call(method, ids, args, context), self._headers, due)
        if reply.media_type == _JSON:
            self._database_seen = True
        elif reply.status == 404 and self._database_seen:
            # It answered before: the server has lost its database, and says so with the same page.
            raise OdooUnavailableError("Odoo has lost its database")
        return decode_answer(reply, path)
