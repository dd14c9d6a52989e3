"""The body of a request, read no further than it may be."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Generator, MutableMapping
from functools import partial
from typing import Any, ClassVar, Final, cast

from starlette.types import Message, Receive, Scope

#: A length of more digits than this is too large for any limit.
_MOST_DIGITS: Final = 18


class BodyError(Exception):
    """A body that was not read to its end: the connection it came by cannot be used for another request.

    ``status`` and ``code``: as it is told to the client, as is the error's text.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BAD_REQUEST"


class BodyTooLargeError(BodyError):
    """More bytes than allowed, announced or sent."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class BodyTooSlowError(BodyError):
    """It did not arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"


class ClientGoneError(BodyError):
    """The client has hung up: nobody is there to be told."""


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The whole body of an HTTP request: at most ``limit`` bytes, within ``seconds``.

    A body that announces itself as too large is refused before any of it is read. Raises a `BodyError`.
    """
    if announced(dict(scope["headers"]).get(b"content-length")) > limit:
        raise _too_large(limit)
    first = started(receive())
    if isinstance(first, MutableMapping):
        body, more = read_part(first)
        if not more and len(body) <= limit:
            return body  # as nearly always: it came with the head of the request, and needs no timer
    try:
        async with asyncio.timeout(seconds):
            body, more = read_part(first if isinstance(first, MutableMapping) else await first)
            parts = bytearray(body)
            while more and len(parts) <= limit:
                body, more = read_part(await receive())
                parts += body
    except TimeoutError:
        raise BodyTooSlowError("The request took too long to arrive.") from None
    if len(parts) > limit:
        raise _too_large(limit)
    return bytes(parts)


def started(receiving: Awaitable[Message]) -> Message | Awaitable[Message]:
    """The message, if it is there already; else what waits for it."""
    steps = receiving.__await__()
    try:
        waited_for = next(steps)
    except StopIteration as end:
        return cast("Message", end.value)
    return _rest(steps, waited_for)


@types.coroutine
def _rest(steps: Generator[Any, Any, Message], waited_for: Any) -> Generator[Any, Any, Message]:
    """Goes on with what was started and waits for something."""
    while True:
        try:
            sent = yield waited_for
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:  # noqa: BLE001  # a cancellation is for what waits
            step = partial(steps.throw, error)
        else:
            step = partial(steps.send, sent)
        try:
            waited_for = step()
        except StopIteration as end:
            return cast("Message", end.value)


def read_part(message: Message) -> tuple[bytes, bool]:
    """The bytes of a message, and whether more will come."""
    if message["type"] != "http.request":
        raise ClientGoneError("The client has hung up.")
    return message.get("body", b""), message.get("more_body", False)


def announced(content_length: bytes | None) -> int:
    """The length that a request tells of its body; 0 when it tells none that can be read."""
    if content_length is None or not content_length.isdigit():
        return 0
    return int(content_length) if len(content_length) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"A request may have at most {limit} bytes.")
