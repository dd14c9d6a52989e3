"""The same request again, while its answer is in the process: answered without looking at what it asks for."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, NamedTuple

from starlette.types import Message, Receive, Scope, Send

from cache.responses import ResponseCache, Source
from cache.store import Entry
from identity.identity import Identity
from server.bodies import announced, read_part, started
from server.callers import Callers, Headers
from server.replies import Reply
from server.request_ids import id_header

#: bytes that a remembered reply takes besides its body
_OVERHEAD: Final = 1_500
_JSON: Final = b"application/json"

#: What a reply depends on: the body, and whatever the headers and the caller decide about it.
_Signs = tuple[bytes, bytes | None, bytes | None, bytes | None, bytes | None, int | None, tuple[str, ...]]


class _Known(NamedTuple):
    """A reply as it was sent, and what it was made of. ``body`` is the finished message."""

    key: str
    entry: Entry
    reply: Reply
    body: Message


class AtOnce:
    """Remembers what was sent of answers that are kept: ``limit`` bytes of it.

    Who may see an answer is decided anew for every request, and so is whether it is still right: what is remembered
    is the form of the reply alone. ``answered`` is told the status and the seconds of each.
    """

    def __init__(
        self,
        responses: ResponseCache,
        callers: Callers,
        *,
        limit: int,
        max_body_bytes: int,
        answered: Callable[[int, float], None],
    ) -> None:
        self._responses = responses
        self._callers = callers
        self._max_body_bytes = max_body_bytes
        self._answered = answered
        self._limit = limit
        self._bytes = 0
        self._known: OrderedDict[_Signs, _Known] = OrderedDict()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """Answer a POST if all is at hand; else from where its body is to be read."""
        if not self._limit:
            return receive
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if headers.get(b"content-type") != _JSON or announced(headers.get(b"content-length")) > self._max_body_bytes:
            return receive
        first = started(receive())
        if not isinstance(first, dict):
            return _after(_there(first) if isinstance(first, MutableMapping) else first, receive)
        raw, more = read_part(first)
        known = None if more or len(raw) > self._max_body_bytes else self._at_hand(raw, headers)
        if known is None:
            return _after(_there(first), receive)
        reply = known.reply
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [*reply.headers, id_header(headers)],
            }
        )
        await send(known.body)
        self._answered(reply.status, time.perf_counter() - began)
        return None

    def remember(self, raw: bytes, headers: Headers, key: str, entry: Entry, reply: Reply) -> None:
        """A POST with this body and these headers was answered so, with what is kept under the key."""
        identity = self._callers.at_hand(headers) if self._limit else None
        if identity is None:
            return
        signs = _signs(raw, headers, identity)
        before = self._known.pop(signs, None)
        self._bytes += _weight(reply) - (_weight(before.reply) if before is not None else 0)
        self._known[signs] = _Known(key, entry, reply, {"type": "http.response.body", "body": reply.body})
        while self._bytes > self._limit:
            _, dropped = self._known.popitem(last=False)
            self._bytes -= _weight(dropped.reply)

    def _at_hand(self, raw: bytes, headers: Headers) -> _Known | None:
        identity = self._callers.at_hand(headers)
        if identity is None:
            return None
        known = self._known.get(_signs(raw, headers, identity))
        if known is None:
            return None
        served = self._responses.peek(known.key)
        return known if served is not None and served.source is Source.HIT and served.entry is known.entry else None


def _signs(raw: bytes, headers: Headers, identity: Identity) -> _Signs:
    return (
        hashlib.blake2b(raw, digest_size=16).digest(),
        headers.get(b"resquest-host"),
        headers.get(b"host"),
        headers.get(b"accept-language"),
        headers.get(b"accept-encoding"),
        identity.pricelist_id,
        identity.roles,
    )


def _weight(reply: Reply) -> int:
    return len(reply.body) + _OVERHEAD


async def _there(message: Message) -> Message:
    return message


def _after(first: Awaitable[Message], receive: Receive) -> Receive:
    """Receives what was begun to be received, and then the rest."""
    waiting: list[Awaitable[Message]] = [first]

    async def receive_on() -> Message:
        return await (waiting.pop() if waiting else receive())

    return receive_on
