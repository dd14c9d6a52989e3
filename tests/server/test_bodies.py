"""Bodies of requests: read whole, but no further than they may be, and for no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope

from server.bodies import BodyTooLargeError, BodyTooSlowError, ClientGoneError, read_body
from tests.support.bff import serving
from tests.support.raw import RawConnection
from tests.support.waiting import PATIENCE

LIMIT = 100


def scope_of(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "headers": [(b"host", b"shop.example"), *headers]}


class Sender:
    """Gives messages one after the other and counts them; at the end it waits, or gives what `then` is."""

    def __init__(self, messages: Iterable[MutableMapping[str, Any]], *, every: float = 0) -> None:
        self._messages = list(messages)
        self._every = every
        self.given = 0

    async def __call__(self) -> MutableMapping[str, Any]:
        await asyncio.sleep(self._every)
        if self.given == len(self._messages):
            await asyncio.Event().wait()
        self.given += 1
        return self._messages[self.given - 1]


def parts(*bodies: bytes, ended: bool = True) -> list[MutableMapping[str, Any]]:
    last = len(bodies) - 1
    return [
        {"type": "http.request", "body": body, "more_body": not ended or number < last}
        for number, body in enumerate(bodies)
    ]


async def read(receive: Receive, scope: Scope | None = None, *, limit: int = LIMIT, seconds: float = 5.0) -> bytes:
    return await read_body(scope or scope_of(), receive, limit=limit, seconds=seconds)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6), st.booleans())
async def test_the_whole_body_or_none(bodies: list[bytes], announced: bool) -> None:
    whole = b"".join(bodies)
    sender = Sender(parts(*bodies))
    scope = scope_of((b"content-length", str(len(whole)).encode())) if announced else scope_of()
    if len(whole) <= LIMIT:
        assert await read(sender, scope) == whole
    else:
        with pytest.raises(BodyTooLargeError):
            await read(sender, scope)
        read_on = sum(map(len, bodies[: max(0, sender.given - 1)]))
        assert read_on <= LIMIT, "it went on reading"
        assert not announced or sender.given == 0


async def test_neither_body_nor_more_need_be_told() -> None:
    assert await read(Sender([{"type": "http.request"}])) == b""


@pytest.mark.parametrize(
    "length", [b"101", b"9" * 18, b"9" * 5000, b"000000000000000000000000101"], ids=["101", "18", "5000", "zeros"]
)
async def test_what_is_announced_as_too_large_is_not_read_at_all(length: bytes) -> None:
    sender = Sender(parts(b"x"))
    with pytest.raises(BodyTooLargeError, match="at most 100 bytes"):
        await read(sender, scope_of((b"content-length", length)))
    assert sender.given == 0


@pytest.mark.parametrize("length", [b"", b"-5", b"1e9", b"\xb9\xb9\xb9", b"x"])
async def test_a_length_that_is_none_counts_for_nothing(length: bytes) -> None:
    assert await read(Sender(parts(b"abc")), scope_of((b"content-length", length))) == b"abc"
    with pytest.raises(BodyTooLargeError):
        await read(Sender(parts(b"x" * 101)), scope_of((b"content-length", length)))


async def test_a_false_length_does_not_help() -> None:
    with pytest.raises(BodyTooLargeError):
        await read(Sender(parts(b"x" * 60, b"x" * 60, ended=False)), scope_of((b"content-length", b"5")))


async def test_whoever_is_slow_is_told_in_time() -> None:
    """However steadily the bytes drip."""
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(BodyTooSlowError):
            await read(Sender(parts(*[b"x"] * 10_000, ended=False), every=0.02), limit=20_000, seconds=0.2)
    with pytest.raises(BodyTooSlowError):
        await read(Sender([]), seconds=0.05)


@pytest.mark.parametrize("before", [[], parts(b"half", ended=False)])
async def test_whoever_hangs_up_has_sent_nothing(before: list[MutableMapping[str, Any]]) -> None:
    with pytest.raises(ClientGoneError):
        await read(Sender([*before, {"type": "http.disconnect"}]))


async def test_a_caller_that_gives_up_is_no_slow_client() -> None:
    task = asyncio.create_task(read(Sender([])))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_by_a_real_connection() -> None:
    """What a server makes of chunks, of a refusal before the body, and of a client that leaves."""
    outcomes: asyncio.Queue[str] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        try:
            said = (await read(receive, scope, seconds=0.5)).decode()
        except (BodyTooLargeError, BodyTooSlowError, ClientGoneError) as error:
            said = type(error).__name__
        await outcomes.put(said)
        head = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body"})

    start = b"POST / HTTP/1.1\r\nHost: shop.example\r\n"
    async with serving(app) as port:
        for sent, expected in (
            (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
            (b"Content-Length: 0\r\n\r\n", ""),
            (b"Content-Length: 101\r\nExpect: 100-continue\r\n\r\n", "BodyTooLargeError"),
            (b"Transfer-Encoding: chunked\r\n\r\n" + b"40\r\n" + b"x" * 64 + b"\r\n40\r\n", "BodyTooSlowError"),
            (b"Transfer-Encoding: chunked\r\n\r\n" + (b"40\r\n" + b"x" * 64 + b"\r\n") * 2, "BodyTooLargeError"),
            (b"Content-Length: 9\r\n\r\nhalf", "BodyTooSlowError"),
        ):
            connection = await RawConnection.open(port)
            await connection.send(start + sent)
            assert await asyncio.wait_for(outcomes.get(), PATIENCE) == expected
            assert (await connection.answer())[0] == 200  # and no "100 Continue" before it
            await connection.close()
        connection = await RawConnection.open(port)
        await connection.send(start + b"Content-Length: 9\r\n\r\nhalf")
        await connection.close()
        assert await asyncio.wait_for(outcomes.get(), PATIENCE) == "ClientGoneError"
