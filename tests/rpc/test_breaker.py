"""The circuit breaker: when it opens, what it lets through, and when it closes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from adapters.errors import OdooError, OdooRejectedError, OdooTimeoutError, OdooUnavailableError
from adapters.rpc import Credentials, RpcLimits, open_transport
from adapters.rpc.base import BreakerLimits
from adapters.rpc.breaker import BEATS, Breaker, CircuitOpenError
from adapters.rpc.http import QueueFullError
from demo.double import DoubleServer
from tests.support.doubles import generated
from tests.support.waiting import PATIENCE, until

LIMITS = BreakerLimits(failures=3, pause=10.0, hanging=0.08, suspects=2)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """A transport whose calls end as they are told to."""

    name = "line"

    def __init__(self) -> None:
        self.error: OdooError | None = None
        self.waiting: asyncio.Event | None = None
        self.calls = 0

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
        del model, method, ids, args, context, safe, timeout
        self.calls += 1
        if self.waiting is not None:
            await self.waiting.wait()
        if self.error is not None:
            raise self.error
        return "answer"

    async def version(self) -> str:
        return str(await self.call("common", "version"))

    async def authenticate(self) -> int:
        await self.call("common", "authenticate")
        return 1

    async def close(self) -> None:
        return


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(line: Line, clock: Clock) -> Breaker:
    return Breaker(line, LIMITS, clock=clock)


async def fail(breaker: Breaker, times: int = 1, kind: type[OdooError] = OdooUnavailableError) -> None:
    for _ in range(times):
        with pytest.raises(kind):
            await breaker.call("m", "f")


async def opened(breaker: Breaker, line: Line) -> None:
    line.error = OdooUnavailableError("gone")
    await fail(breaker, LIMITS.failures)
    assert not breaker.closed


async def test_it_opens_after_failures_in_a_row(breaker: Breaker, line: Line) -> None:
    line.error = OdooTimeoutError("slow")
    await fail(breaker, 2)
    line.error = None
    assert await breaker.call("m", "f") == "answer"
    line.error = OdooUnavailableError("gone")
    await fail(breaker, 2)
    assert breaker.closed
    await fail(breaker)
    calls = line.calls
    await fail(breaker, 5, CircuitOpenError)
    assert line.calls == calls, "it was asked while the circuit was open"


async def test_what_odoo_answers_is_an_answer(breaker: Breaker, line: Line) -> None:
    line.error = OdooUnavailableError("gone")
    await fail(breaker, 2)
    line.error = OdooRejectedError("No.")
    await fail(breaker, kind=OdooRejectedError)
    line.error = OdooUnavailableError("gone")
    await fail(breaker, 2)
    assert breaker.closed


async def test_what_was_not_sent_says_nothing_about_odoo(breaker: Breaker, line: Line) -> None:
    line.error = QueueFullError("full")
    await fail(breaker, 20, QueueFullError)
    assert breaker.closed


async def test_one_call_tries_after_the_pause(breaker: Breaker, line: Line, clock: Clock) -> None:
    await opened(breaker, line)
    clock.now += LIMITS.pause - 0.1
    await fail(breaker, kind=CircuitOpenError)
    clock.now += 0.2
    calls = line.calls
    line.waiting = asyncio.Event()
    trial = asyncio.create_task(breaker.version())
    await asyncio.sleep(0)
    await fail(breaker, kind=CircuitOpenError)
    line.waiting.set()
    with pytest.raises(OdooUnavailableError):
        await trial
    assert line.calls == calls + 1
    await fail(breaker, kind=CircuitOpenError)  # it pauses again
    clock.now += LIMITS.pause + 0.1
    line.error = None
    assert await breaker.authenticate() == 1
    assert breaker.closed


async def test_a_try_that_is_cancelled_leaves_the_next_one_its_chance(
    breaker: Breaker, line: Line, clock: Clock
) -> None:
    await opened(breaker, line)
    clock.now += LIMITS.pause + 0.1
    line.waiting, line.error = asyncio.Event(), None
    trial = asyncio.create_task(breaker.call("m", "f"))
    await asyncio.sleep(0)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    line.waiting = None
    assert await breaker.call("m", "f") == "answer"
    assert breaker.closed


@pytest.fixture
async def hanging(breaker: Breaker, line: Line) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """So many calls under way that they may be suspected; they are answered when ``line.waiting`` is set."""
    line.waiting = asyncio.Event()
    calls = [asyncio.create_task(breaker.call("m", "f")) for _ in range(LIMITS.suspects)]
    await asyncio.sleep(0)
    yield calls
    line.waiting.set()
    await asyncio.gather(*calls)


async def suspected(breaker: Breaker) -> None:
    await until(lambda: not breaker.closed)


async def test_calls_that_hang_keep_others_away(breaker: Breaker, line: Line, hanging: list[asyncio.Task[Any]]) -> None:
    began = time.monotonic()
    await suspected(breaker)
    assert time.monotonic() - began >= LIMITS.hanging
    await fail(breaker, kind=CircuitOpenError)
    assert line.waiting is not None
    line.waiting.set()
    assert await asyncio.gather(*hanging) == ["answer"] * LIMITS.suspects
    assert await breaker.call("m", "f") == "answer"


async def test_slow_calls_are_no_hanging_ones_while_others_are_answered(
    breaker: Breaker, line: Line, hanging: list[asyncio.Task[Any]]
) -> None:
    waiting = line.waiting
    for _ in range(20):
        await asyncio.sleep(LIMITS.hanging / BEATS)
        line.waiting = None
        assert await breaker.call("m", "f") == "answer"
    assert not any(call.done() for call in hanging)
    line.waiting = waiting
    await suspected(breaker)


async def test_time_in_which_this_process_stood_still_is_not_odoos(
    breaker: Breaker, line: Line, hanging: list[asyncio.Task[Any]]
) -> None:
    waiting, line.waiting = line.waiting, None
    time.sleep(2 * LIMITS.hanging)  # noqa: ASYNC251  # the machine does
    assert await breaker.call("m", "f") == "answer"
    await asyncio.sleep(0)  # the beat that was due while it stood still is one
    assert await breaker.call("m", "f") == "answer"
    assert not any(call.done() for call in hanging)
    line.waiting = waiting


# -- before a real wire ---------------------------------------------------------------------------------------


def before(odoo: DoubleServer) -> Breaker:
    chosen = RpcLimits(timeout=10 * PATIENCE, connect_timeout=PATIENCE, backoff=0.01)
    transport = open_transport("jsonrpc", Credentials(odoo.url, "shop", "admin", "admin"), chosen)
    return Breaker(transport, BreakerLimits(failures=3, pause=0.3, hanging=0.4, suspects=2))


async def count(breaker: Breaker) -> int:
    found: int = await breaker.call("product.template", "search_count", args={"domain": []}, safe=True)
    return found


async def refused(breaker: Breaker) -> OdooUnavailableError:
    with pytest.raises(OdooUnavailableError) as caught:
        await count(breaker)
    return caught.value


async def answered(breaker: Breaker) -> int:
    """Ask until it answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await count(breaker)
            except OdooUnavailableError:
                await asyncio.sleep(0.05)


async def test_odoo_down_and_back() -> None:
    with generated("14.0") as odoo:
        breaker = before(odoo)
        before_that = await count(breaker)
        odoo.double.faults.down = True
        for _ in range(3):
            assert not isinstance(await refused(breaker), CircuitOpenError)
        assert not breaker.closed
        at_once = [isinstance(await refused(breaker), CircuitOpenError) for _ in range(20)]
        assert sum(at_once) >= 15, "no more than a try now and then"
        odoo.double.faults.clear()
        assert await answered(breaker) == before_that
        assert breaker.closed
        await breaker.close()


async def test_odoo_hanging_and_back() -> None:
    with generated("14.0") as odoo:
        breaker = before(odoo)
        before_that = await count(breaker)
        odoo.double.faults.hang = True
        calls = [asyncio.create_task(count(breaker)) for _ in range(4)]
        await suspected(breaker)
        for _ in range(20):  # long before the first of them has timed out
            assert isinstance(await refused(breaker), CircuitOpenError)
        assert not any(call.done() for call in calls)
        odoo.double.faults.clear()
        assert set(await asyncio.gather(*calls, return_exceptions=True)) == {before_that}
        assert await answered(breaker) == before_that
        await breaker.close()


async def test_a_slow_odoo_is_asked_on() -> None:
    with generated("14.0") as odoo:
        breaker = before(odoo)
        odoo.double.faults.latency = 0.2
        found = await asyncio.gather(*(count(breaker) for _ in range(12)), return_exceptions=True)
        assert len(set(map(str, found))) == 1, found
        assert breaker.closed
        await breaker.close()
