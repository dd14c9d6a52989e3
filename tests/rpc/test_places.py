"""Places to call Odoo: never more calls at once than allowed, never more waiting, none lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import OdooTimeoutError, OdooUnavailableError
from adapters.rpc import RpcLimits
from tests.rpc.raw_server import Request, answer, raw_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.rpc import Transport

    Opened = Callable[..., Transport]

OK = answer(b"[1]")


async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.03)
    writer.write(OK)


async def read(transport: Transport, timeout: float | None = None) -> Any:  # noqa: ASYNC109
    return await transport.call("res.partner", "read", [1], safe=True, timeout=timeout)


async def test_the_cap_on_calls_at_once_is_reached_and_kept(opened: Opened) -> None:
    async with raw_server(slowly) as server:
        transport = opened(server.url, limits=RpcLimits(concurrency=3))
        assert await asyncio.gather(*(read(transport) for _ in range(30))) == [[1]] * 30
    print(f"30 calls, at most {server.busiest} at once")  # noqa: T201  (shown by pytest -s)
    assert server.busiest == 3


async def test_one_too_many_waiting_fails_at_once(opened: Opened) -> None:
    """Before any of the others is answered."""
    told = asyncio.Event()

    async def when_told(_request: Request, writer: asyncio.StreamWriter) -> None:
        await told.wait()
        writer.write(OK)

    async with raw_server(when_told) as server:
        transport = opened(server.url, limits=RpcLimits(concurrency=2, queue=3))
        calls = [asyncio.create_task(read(transport)) for _ in range(7)]
        done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert all(isinstance(call.exception(), OdooUnavailableError) for call in done)
        told.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, OdooUnavailableError) for result in results] == [False] * 5 + [True] * 2
    assert len(server.requests) == 5


async def test_waiting_counts_for_the_time_limit_and_is_no_timeout_of_odoo(opened: Opened) -> None:
    async def hang(_request: Request, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with raw_server(hang) as server:
        transport = opened(server.url, limits=RpcLimits(concurrency=1))
        first = asyncio.create_task(read(transport, timeout=0.6))
        await asyncio.sleep(0.05)
        with pytest.raises(OdooUnavailableError) as waited:
            await read(transport, timeout=0.2)
        assert not isinstance(waited.value, OdooTimeoutError)
        with pytest.raises(OdooTimeoutError):
            await first
    assert len(server.requests) == 1


@pytest.mark.parametrize("cancel_first", [True, False], ids=["in flight", "waiting"])
async def test_a_cancelled_call_frees_its_place(cancel_first: bool, opened: Opened) -> None:
    held = asyncio.Event()

    async def behaviour(_request: Request, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1:
            await held.wait()
        writer.write(OK)

    async with raw_server(behaviour) as server:
        transport = opened(server.url, limits=RpcLimits(concurrency=1, queue=1))
        first = asyncio.create_task(read(transport))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(read(transport))
        await asyncio.sleep(0.05)
        victim, other = (first, second) if cancel_first else (second, first)
        victim.cancel()
        with pytest.raises(asyncio.CancelledError):
            await victim
        third = asyncio.create_task(read(transport))
        await asyncio.sleep(0.05)
        held.set()
        assert [await other, await third] == [[1], [1]]


async def test_places_survive_a_storm_of_cancellations(opened: Opened) -> None:
    async with raw_server(slowly) as server:
        transport = opened(server.url, limits=RpcLimits(concurrency=2, queue=100))
        for round_ in range(5):
            calls = [asyncio.create_task(read(transport)) for _ in range(20)]
            await asyncio.sleep(0.01 * round_)
            for call in calls[::2]:
                call.cancel()
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert results[1::2] == [[1]] * 10
        assert await read(transport) == [1]
        server.busiest = 0
        await asyncio.gather(*(read(transport) for _ in range(6)))
        assert server.busiest == 2
