"""What goes wrong between us and Odoo: every failure has its error, and only what is harmless is repeated."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from typing import TYPE_CHECKING

import pytest

from adapters.errors import (
    OdooAccessError,
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooTimeoutError,
    OdooUnavailableError,
)
from adapters.rpc import RpcLimits, request_id
from tests.rpc.raw_server import Request, always, answer, free_port, raw_server, reset
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.rpc import Transport

    Opened = Callable[..., Transport]

OK = answer(b"[1]")
HANG = 30.0
FAST = RpcLimits(timeout=0.3, backoff=0.01)


def conflict(name: str = "psycopg2.errors.SerializationFailure", status: str = "500 ERROR") -> bytes:
    return answer(json.dumps({"name": name, "message": "could not serialize access"}).encode(), status)


async def hang(_request: Request, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(HANG)


async def close_unanswered(_request: Request, _writer: asyncio.StreamWriter) -> None:
    return


async def reset_at_once(_request: Request, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def reset_in_the_middle(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"[" + b"1," * 5000)[:2000])
    await writer.drain()
    await asyncio.sleep(0.02)
    reset(writer)


async def cut_short(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(OK[:-1])


FAILURES: dict[str, tuple[Callable[[Request, asyncio.StreamWriter], Awaitable[None]], type[OdooError]]] = {
    "closed without an answer": (close_unanswered, OdooUnavailableError),
    "reset at once": (reset_at_once, OdooUnavailableError),
    "reset in the middle": (reset_in_the_middle, OdooUnavailableError),
    "cut short": (cut_short, OdooUnavailableError),
    "502": (always(answer(b"<html>", "502 Bad Gateway", "text/html")), OdooUnavailableError),
    "503": (always(answer(b"<html>", "503 Service Unavailable", "text/html")), OdooUnavailableError),
    "504": (always(answer(b"<html>", "504 Gateway Timeout", "text/html")), OdooUnavailableError),
    "429": (always(answer(b"<html>", "429 Too Many Requests", "text/html")), OdooUnavailableError),
    "500 page": (always(answer(b"<html>", "500 Internal Server Error", "text/html")), OdooUnavailableError),
}
"""Failures after the call was sent: nobody knows whether it was done."""

BROKEN: dict[str, tuple[bytes, type[OdooError]]] = {
    "no HTTP": (b"\x00\x01garbage\r\n\r\n", OdooProtocolError),
    "no JSON": (answer(b"{]"), OdooProtocolError),
    "no UTF-8": (answer(b'"\xff"'), OdooProtocolError),
    "deep nesting": (answer(b"[" * 100_000), OdooProtocolError),
    "page with 200": (answer(b"<html>", media_type="text/html"), OdooProtocolError),
    "redirect": (answer(b"", "301 Moved", "text/html", "Location: /elsewhere"), OdooProtocolError),
    "413": (answer(b"<html>", "413 Too Large", "text/html"), OdooProtocolError),
    "401 page": (answer(b"<html>", "401 Unauthorized", "text/html"), OdooAccessError),
    "403 page": (answer(b"<html>", "403 Forbidden", "text/html"), OdooAccessError),
}
"""Answers that another attempt would not change."""


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize(("safe", "attempts"), [(True, 3), (False, 1)])
async def test_unknown_outcomes_are_repeated_for_safe_calls_alone(
    name: str, safe: bool, attempts: int, opened: Opened
) -> None:
    behaviour, expected = FAILURES[name]
    async with raw_server(behaviour) as server:
        with pytest.raises(expected) as caught:
            await opened(server.url).call("res.partner", "write", [1], {"vals": {}}, safe=safe)
    assert not isinstance(caught.value, OdooTimeoutError)
    assert len(server.requests) == attempts


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_answers_are_not_asked_for_again(name: str, opened: Opened) -> None:
    data, expected = BROKEN[name]
    async with raw_server(always(data)) as server:
        with pytest.raises(expected):
            await opened(server.url).call("res.partner", "read", [1], safe=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("transport", ["xmlrpc", "jsonrpc"])
@pytest.mark.parametrize("name", FAILURES)
async def test_the_other_transports_fail_alike(transport: str, name: str, opened: Opened) -> None:
    behaviour, expected = FAILURES[name]
    async with raw_server(behaviour) as server:
        with pytest.raises(expected):
            await opened(server.url, transport).version()
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "data",
    [
        conflict(),
        conflict("psycopg2.errors.DeadlockDetected"),
        conflict("odoo.exceptions.LockError", "409 CONFLICT"),
        answer(b'{"name": "werkzeug.exceptions.Conflict", "message": ""}', "409 CONFLICT"),
    ],
)
@pytest.mark.parametrize("safe", [True, False])
async def test_conflicts_are_repeated_for_every_call(data: bytes, safe: bool, opened: Opened) -> None:
    async with raw_server(always(data)) as server:
        with pytest.raises(OdooConflictError):
            await opened(server.url).call("sale.order", "write", [1], {"vals": {}}, safe=safe)
    assert len(server.requests) == 3


async def test_a_repeated_call_succeeds(opened: Opened) -> None:
    answers = iter([conflict(), OK])

    async def behaviour(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))

    async with raw_server(behaviour) as server:
        assert await opened(server.url).call("sale.order", "write", [1], {"vals": {}}) == [1]


@pytest.mark.parametrize("safe", [True, False])
async def test_a_timeout_uses_up_the_time_of_the_call(safe: bool, opened: Opened) -> None:
    async with raw_server(hang) as server:
        started = time.perf_counter()
        with pytest.raises(OdooTimeoutError):
            await opened(server.url, limits=FAST).call("res.partner", "read", [1], safe=safe)
        assert time.perf_counter() - started > 0.25
    assert len(server.requests) == 1


async def test_a_call_has_its_own_time_limit(opened: Opened) -> None:
    async with raw_server(hang) as server:
        with pytest.raises(OdooTimeoutError):
            await opened(server.url).call("res.partner", "read", [1], timeout=0.1)


async def test_a_slow_answer_in_time_is_taken_and_a_trickle_is_not(opened: Opened) -> None:
    async def trickle(_request: Request, writer: asyncio.StreamWriter) -> None:
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw_server(trickle) as server:
        assert await opened(server.url).call("res.partner", "read", [1]) == [1]
        with pytest.raises(OdooTimeoutError):
            await opened(server.url).call("res.partner", "read", [1], timeout=0.1)


async def test_refused_connections_are_repeated_even_for_writes(opened: Opened) -> None:
    """Nothing was sent: a server that comes back in between gets the call once."""
    port = free_port()
    limits = RpcLimits(backoff=0.4)
    call = asyncio.create_task(
        opened(f"http://127.0.0.1:{port}", limits=limits).call("sale.order", "write", [1], {"vals": {}})
    )
    await asyncio.sleep(0.1)
    async with raw_server(always(OK), port) as server:
        assert await call == [1]
    assert len(server.requests) == 1


async def test_refused_connections_end_as_unavailable(opened: Opened) -> None:
    with pytest.raises(OdooUnavailableError):
        await opened(f"http://127.0.0.1:{free_port()}").call("res.partner", "read", [1])


async def test_unknown_hosts_are_unavailable(opened: Opened) -> None:
    with pytest.raises(OdooUnavailableError):
        await opened("http://no-such-host.invalid").call("res.partner", "read", [1])


async def test_connect_timeout(opened: Opened) -> None:
    """A listener whose backlog is full lets connections wait."""
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0, backlog=0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    server.sockets[0]._sock.listen(0)  # type: ignore[attr-defined]
    fillers = [asyncio.create_task(asyncio.open_connection("127.0.0.1", port)) for _ in range(4)]
    await asyncio.sleep(0.1)
    try:
        limits = RpcLimits(connect_timeout=0.1, timeout=10 * PATIENCE, retries=1, backoff=0.01)
        started = time.perf_counter()
        with pytest.raises(OdooTimeoutError):
            await opened(f"http://127.0.0.1:{port}", limits=limits).call("res.partner", "write", [1])
        assert 0.2 <= time.perf_counter() - started < PATIENCE, "it was not the time for a call"
    finally:
        for filler in fillers:
            filler.cancel()
        for filled in await asyncio.gather(*fillers, return_exceptions=True):
            if isinstance(filled, tuple):
                filled[1].close()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    "data",
    [
        answer(b'"' + b"x" * 200_000 + b'"'),
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'"' + b"x" * 200_000 + b'"',
        answer(gzip.compress(b" " * 50_000_000), "200 OK", "application/json", "Content-Encoding: gzip"),
    ],
    ids=["announced", "unannounced", "compressed"],
)
async def test_an_answer_too_large_is_refused(data: bytes, opened: Opened) -> None:
    async with raw_server(always(data)) as server:
        with pytest.raises(OdooProtocolError):
            await opened(server.url, max_answer=100_000).call("res.partner", "read", [1], safe=True)
    assert len(server.requests) == 1


async def test_cookies_are_not_kept(opened: Opened) -> None:
    async with raw_server(always(answer(b"[1]", "200 OK", "application/json", "Set-Cookie: session_id=x"))) as server:
        transport = opened(server.url)
        for _ in range(2):
            await transport.call("res.partner", "read", [1])
    assert all("cookie" not in request.headers for request in server.requests)


async def test_a_database_that_is_lost_later_is_an_outage(opened: Opened) -> None:
    """JSON-2 answers with the page of an unknown database in both cases."""
    page = answer(b"<html>", "404 NOT FOUND", "text/html")
    answers = iter([page, OK, page])

    async def behaviour(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))

    async with raw_server(behaviour) as server:
        transport = opened(server.url)
        with pytest.raises(OdooNotFoundError):
            await transport.call("res.partner", "read", [1])
        await transport.call("res.partner", "read", [1])
        with pytest.raises(OdooUnavailableError):
            await transport.call("res.partner", "read", [1])


async def test_a_closed_transport_says_so(opened: Opened) -> None:
    async with raw_server(always(OK)) as server:
        transport = opened(server.url)
        await transport.call("res.partner", "read", [1])
        await transport.close()
        with pytest.raises(OdooUnavailableError):
            await transport.call("res.partner", "read", [1])


async def test_the_request_id_travels_along(opened: Opened) -> None:
    async with raw_server(always(OK)) as server:
        transport = opened(server.url)
        for value in ("", "req-42", "bad\r\nX-Evil: 1"):
            token = request_id.set(value)
            await transport.call("res.partner", "read", [1])
            request_id.reset(token)
    assert [request.headers.get("x-request-id") for request in server.requests] == [None, "req-42", None]
    assert all("x-evil" not in request.headers for request in server.requests)


async def test_finished_calls_are_reported(opened: Opened) -> None:
    seen: list[tuple[str, str, float, OdooError | None]] = []
    answers = iter([OK, answer(b'{"name": "odoo.exceptions.AccessError", "message": "no"}', "403 NO")])

    async def behaviour(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))

    async with raw_server(behaviour) as server:
        transport = opened(server.url, on_call=lambda *call: seen.append(call))
        await transport.call("res.partner", "read", [1])
        with pytest.raises(OdooAccessError):
            await transport.call("res.partner", "write", [1])
    assert [(model, method, type(error)) for model, method, _, error in seen] == [
        ("res.partner", "read", type(None)),
        ("res.partner", "write", OdooAccessError),
    ]
    assert all(0 < seconds < 5 for _, _, seconds, _ in seen)


async def test_a_kept_connection_that_dies_under_a_call_harms_no_call(opened: Opened) -> None:
    """A server that keeps connections and hangs up when the next call arrives on one."""
    answered: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        answered.append(1)
        writer.write(OK.replace(b"HTTP/1.0", b"HTTP/1.1"))
        await reader.read(1)
        reset(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        transport = opened(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for safe in (True, False, True, False, False, True):
            assert await transport.call("res.partner", "write", [1], {"vals": 1}, safe=safe) == [1]
    finally:
        server.close()
        await server.wait_closed()
    assert len(answered) == 6
