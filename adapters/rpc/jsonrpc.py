"""JSON-RPC (``/jsonrpc``): Odoo 8 to 21. XML-RPC's calls without its gaps, and much cheaper to read."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from adapters.errors import OdooError, OdooNotFoundError, OdooProtocolError, OdooRejectedError
from adapters.rpc.faults import error_of, is_model_lookup, status_error
from adapters.rpc.http import MAX_ANSWER, Due, Reply
from adapters.rpc.positional import PositionalTransport
from adapters.rpc.tracebacks import RemoteError, frames_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.rpc.base import Credentials, RpcLimits
    from adapters.rpc.calls import OnCall

PATH = "/jsonrpc"
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class ErrorData(msgspec.Struct):
    """The exception inside Odoo; JSON-2 sends the same members as its whole error answer."""

    name: str = ""
    message: Any = ""
    arguments: Any = None
    debug: Any = None

    def remote(self) -> RemoteError:
        """``arguments[0]`` is the clean text: 10.0 appends ``\\nNone`` to ``message``."""
        first = self.arguments[0] if isinstance(self.arguments, list) and self.arguments else None
        text = first if isinstance(first, str) else str(self.message or "")
        return RemoteError(self.name, text, frames_of(self.debug) if isinstance(self.debug, str) else ())


class ErrorObject(msgspec.Struct):
    """``code`` is 200 in 10.0, 0 in 19.0: it says nothing; ``data.name`` does."""

    message: str = ""
    code: Any = None
    data: ErrorData | None = None


class Answer(msgspec.Struct):
    """A null result has no ``result`` key at all."""

    jsonrpc: Literal["2.0"]
    id: Any = None
    result: Any = None
    error: ErrorObject | None = None


_DECODER = msgspec.json.Decoder(Answer)
_ENCODER = msgspec.json.Encoder()


def encode_call(service: str, method: str, args: Sequence[Any], number: int) -> bytes:
    """The body of a call; ``args`` hold JSON's types alone."""
    params = {"service": service, "method": method, "args": args}
    return _ENCODER.encode({"jsonrpc": "2.0", "method": "call", "id": number, "params": params})


def decode_answer(reply: Reply, number: int, model: str = "") -> Any:
    """The result in ``reply``. Raises the member of the error family it holds. ``model``: the model called."""
    if reply.status != 200:
        raise status_error(reply.status, PATH)
    try:
        answer = _DECODER.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OdooProtocolError("no JSON-RPC answer") from error
    if answer.error is not None:
        raise _error(answer.error, model)
    if answer.id != number:
        raise OdooProtocolError("the answer belongs to another call")
    return answer.result


def _error(error: ErrorObject, model: str) -> OdooError:
    if error.data is None or not error.data.name:
        return OdooProtocolError(f"JSON-RPC error {error.code!r}: {error.message}")
    found = error_of(error.data.remote())
    if isinstance(found, OdooRejectedError) and is_model_lookup(found.message, model):
        return OdooNotFoundError(found.message)
    return found


class JsonRpcTransport(PositionalTransport):
    """``execute_kw`` over JSON. See ``adapters.rpc.base.Transport``."""

    name: str = "jsonrpc"

    def __init__(
        self,
        credentials: Credentials,
        limits: RpcLimits,
        on_call: OnCall | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        super().__init__(credentials, limits, on_call, max_answer)
        self._numbers = itertools.count(1)

    async def _dispatch(self, service: str, method: str, args: Sequence[Any], model: str, due: Due) -> Any:
        number = next(self._numbers)
        body = encode_call(service, method, args, number)
        return decode_answer(await self._channel.post(PATH, body, _HEADERS, due), number, model)
