"""Tries to log in: how many are let through to Odoo, counted in the process and in Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.errors import OdooAccessError, OdooTimeoutError, OdooUnavailableError
from cache.names import Names
from identity.memory_tries import MemoryTries
from identity.redis_tries import RedisTries
from identity.throttle import (
    LoginThrottle,
    Outcome,
    Reason,
    Refusal,
    ThrottleLimits,
    TooManyTriesError,
    Try,
    TryCounter,
    Window,
    at_least,
)
from tests.identity.places import redis_link
from tests.support.valkey import Valkey
from tests.support.waiting import PATIENCE

LIMITS = ThrottleLimits(account=Window(3, 60), address=Window(5, 100), ceiling=Window(4, 30), answer=10)
OPEN = ThrottleLimits(account=Window(0, 1), address=Window(0, 1), ceiling=Window(0, 1))


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


MakeCounter = Callable[[ThrottleLimits, Callable[[], float]], TryCounter]


@asynccontextmanager
async def counters(kind: str, urls: str | list[str]) -> AsyncIterator[MakeCounter]:
    if kind == "memory":
        yield lambda limits, clock: MemoryTries(limits, clock=clock)
        return
    async with redis_link(urls) as link:
        yield lambda limits, clock: RedisTries(
            link, Names(f"tries-{uuid4().hex[:8]}"), limits, seconds=30.0, clock=clock
        )


@pytest.fixture(params=["memory", "redis", "cluster"])
async def make(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[MakeCounter]:
    urls: str | list[str] = valkey.url
    if request.param == "cluster":
        urls = [node.url for node in request.getfixturevalue("valkey_cluster")]
    async with counters(request.param, urls) as one:
        yield one


class Shop:
    """A throttle with a clock that waiting moves."""

    def __init__(self, make: MakeCounter, limits: ThrottleLimits = LIMITS, patience: float = 5.0) -> None:
        self.clock = Clock()
        self.throttle = LoginThrottle(make(limits, self.clock), patience=patience, sleep=self._sleep, clock=self.clock)
        self.waited = 0.0

    async def _sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.clock.now += seconds
        await asyncio.sleep(0)

    async def log_in(self, account: str, address: str | None = "192.0.2.1", *, right: bool = False) -> Reason | None:
        """Why it was refused; None when Odoo was asked."""
        try:
            async with self.throttle.attempt(account, address) as attempt:
                if right:
                    attempt.succeed()
        except TooManyTriesError as error:
            refused = error
        else:
            return None
        assert refused.wait > 0
        return refused.reason


class TestLimits:
    async def test_of_an_account(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for number in range(3):
            assert await shop.log_in("anna@vet.example", f"192.0.2.{number}") is None
            shop.clock.now += 15
        # however it is written, from anywhere, with the right password too
        assert await shop.log_in(" ANNA@vet.example ", "198.51.100.7", right=True) == "account"
        assert await shop.log_in("bert@vet.example", "198.51.100.7", right=True) is None
        shop.clock.now += 14.9
        assert await shop.log_in("anna@vet.example", right=True) == "account"
        shop.clock.now += 0.2
        assert await shop.log_in("anna@vet.example", right=True) is None

    async def test_success_forgets_the_failures_of_the_account(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for _ in range(2):
            assert await shop.log_in("anna") is None
            shop.clock.now += 10
        assert await shop.log_in("anna", right=True) is None
        for _ in range(3):
            assert await shop.log_in("anna") is None
            shop.clock.now += 1
            shop.clock.now += 30 * (_ == 0)
        assert await shop.log_in("anna") == "account"

    async def test_of_an_address_and_success_forgets_none_of_them(self, make: MakeCounter) -> None:
        """Or one good account would let its owner try all others."""
        shop = Shop(make)
        for number in range(5):
            assert await shop.log_in("own", right=True) is None
            assert await shop.log_in(f"user{number}") is None
            shop.clock.now += 10
        assert await shop.log_in("own", right=True) == "address"
        assert await shop.log_in("own", "192.0.2.2", right=True) is None
        assert await shop.log_in("own", None, right=True) is None

    async def test_of_all_together_below_that_of_odoo(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for number in range(4):
            assert await shop.log_in(f"user{number}", f"192.0.2.{number}") is None
        assert await shop.log_in("anna", None, right=True) == "ceiling"
        shop.clock.now += 30.1
        assert await shop.log_in("anna", None, right=True) is None

    async def test_refused_tries_do_not_count(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for _ in range(3):
            await shop.log_in("anna")
        for _ in range(20):
            assert await shop.log_in("anna") == "account"
        shop.clock.now += 60.1
        assert await shop.log_in("anna", right=True) is None

    async def test_how_long_to_wait_is_told(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for _ in range(3):
            await shop.log_in("anna")
            shop.clock.now += 10
        with pytest.raises(TooManyTriesError) as caught:
            async with shop.throttle.attempt("anna", None):
                pytest.fail("let through")
        assert caught.value.wait == pytest.approx(30, abs=0.01)

    async def test_none_limits_nothing(self, make: MakeCounter) -> None:
        shop = Shop(make, OPEN)
        for _ in range(50):
            assert await shop.log_in("anna") is None


class TestBeingTried:
    async def test_many_right_logins_at_once_wait_for_one_another(self, make: MakeCounter) -> None:
        """More than the ceiling: had they all failed, Odoo would lock the shop out; but they do not fail."""
        throttle = LoginThrottle(make(LIMITS, time.time), patience=60)
        asked = now = most = 0
        together = asyncio.Event()

        async def log_in(number: int) -> None:
            nonlocal asked, now, most
            async with throttle.attempt(f"user{number}", None) as attempt:
                asked += 1
                now += 1
                most = max(most, now)
                if now == 4:
                    together.set()
                await together.wait()
                now -= 1
                attempt.succeed()

        await asyncio.gather(*(log_in(number) for number in range(20)))
        assert asked == 20
        assert most == 4

    async def test_but_not_for_ever(self, make: MakeCounter) -> None:
        shop = Shop(make)
        async with AsyncExitStack() as stack:
            for number in range(4):
                await stack.enter_async_context(shop.throttle.attempt(f"user{number}", None))
            assert await shop.log_in("anna", right=True) == "busy"
            assert shop.waited == pytest.approx(5, abs=0.2)

    async def test_no_more_reach_odoo_at_once_than_the_account_may(self, make: MakeCounter) -> None:
        shop = Shop(make)
        asked = refused = 0
        others_are_told = asyncio.Event()

        async def guess() -> None:
            nonlocal asked, refused
            try:
                async with shop.throttle.attempt("anna", None):
                    asked += 1
                    await others_are_told.wait()
            except TooManyTriesError:
                refused += 1
                if refused == 17:
                    others_are_told.set()

        await asyncio.gather(*(guess() for _ in range(20)))
        assert (asked, refused) == (3, 17)

    async def test_who_asks_again_whether_it_may_is_told_the_same(self, make: MakeCounter) -> None:
        """The client of a cluster does when a connection is lost, whether the command was carried out or not."""
        counter = make(LIMITS, Clock())
        for number in range(3):
            one = Try("anna", f"192.0.2.{number}", uuid4().hex)
            assert [await counter.enter(one) for _ in range(3)] == [None] * 3
        assert await counter.enter(Try("anna", None, "x")) is not None
        assert await counter.enter(Try("bert", None, "y")) is None
        assert await counter.enter(Try("chris", None, "z")) is not None

    async def test_a_process_that_died_counts_as_failed(self, make: MakeCounter) -> None:
        clock = Clock()
        counter = make(LIMITS, clock)
        for number in range(4):
            assert await counter.enter(Try(f"user{number}", None, uuid4().hex)) is None
        refusal = await counter.enter(Try("anna", None, "x"))
        assert refusal is not None
        assert refusal.reason == "busy"
        clock.now += 10.1
        refusal = await counter.enter(Try("anna", None, "x"))
        assert refusal is not None
        assert refusal.reason == "ceiling"
        assert refusal.wait == pytest.approx(19.9, abs=0.01)

    @pytest.mark.parametrize(
        ("error", "counts"),
        [
            (OdooUnavailableError("refused"), False),
            (OdooTimeoutError("slow"), True),
            (OdooAccessError("wrong"), True),
            (asyncio.CancelledError(), True),
            (ValueError("ours"), True),
        ],
        ids=lambda one: type(one).__name__,
    )
    async def test_a_try_that_odoo_may_have_judged_counts(
        self, make: MakeCounter, error: BaseException, *, counts: bool
    ) -> None:
        shop = Shop(make)
        for _ in range(3):
            with pytest.raises(type(error)):
                async with shop.throttle.attempt("anna", "192.0.2.1"):
                    raise error
        assert (await shop.log_in("anna") == "account") is counts

    async def test_what_is_withdrawn_does_not_count(self, make: MakeCounter) -> None:
        shop = Shop(make)
        for _ in range(10):
            async with shop.throttle.attempt("anna", "192.0.2.1") as attempt:
                attempt.withdraw()
        assert await shop.log_in("anna") is None


@dataclass
class Model:
    """The same by plain lists of moments."""

    limits: ThrottleLimits = LIMITS
    tries: dict[str, tuple[Try, float]] = field(default_factory=dict)  # by token: counted, and since when
    forgiven: dict[str, set[str]] = field(default_factory=dict)  # tokens that no longer count for the account
    pending: dict[str, float] = field(default_factory=dict)

    def enter(self, one: Try, now: float) -> Reason | None:
        ours = [at for token, (each, at) in self.tries.items() if each.account == one.account and self._held(token)]
        theirs = [at for each, at in self.tries.values() if one.address is not None and each.address == one.address]
        if sum(at > now - self.limits.account.seconds for at in ours) >= self.limits.account.tries:
            return "account"
        if sum(at > now - self.limits.address.seconds for at in theirs) >= self.limits.address.tries:
            return "address"
        recent = [token for token, (_, at) in self.tries.items() if at > now - self.limits.ceiling.seconds]
        waiting = [token for token in recent if self.pending.get(token, 0) > now]
        if len(recent) >= self.limits.ceiling.tries:
            return "ceiling" if len(recent) - len(waiting) >= self.limits.ceiling.tries else "busy"
        self.tries[one.token] = (one, now)
        self.pending[one.token] = now + self.limits.answer
        return None

    def settle(self, one: Try, outcome: Outcome, now: float) -> None:
        self.pending.pop(one.token, None)
        self.forgiven.setdefault(one.account, set()).discard(one.token)
        if outcome == "failed":
            self.tries[one.token] = (one, now)
            return
        self.tries.pop(one.token, None)
        if outcome == "succeeded":
            self.forgiven[one.account] = {
                token for token, (each, _) in self.tries.items() if each.account == one.account
            }

    def _held(self, token: str) -> bool:
        return token not in self.forgiven.get(self.tries[token][0].account, ())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "enter", "enter", "failed", "succeeded", "withdrawn"]),
        st.integers(0, 2),
        st.sampled_from(["192.0.2.1", "192.0.2.2", None]),
        st.integers(0, 20),
        st.sampled_from([0.0, 1.0, 7.0, 31.0]),
    ),
    max_size=60,
)


async def compare(counter: TryCounter, clock: Clock, steps: list[tuple[str, int, str | None, int, float]]) -> None:
    model = Model()
    entered: list[Try] = []
    for step, (action, account, address, number, passes) in enumerate(steps):
        clock.now += passes
        if action == "enter":
            one = Try(f"user{account}", address, f"{step}")
            refusal: Refusal | None = await counter.enter(one)
            expected = model.enter(one, clock.now)
            assert (None if refusal is None else refusal.reason) == expected
            if refusal is None:
                entered.append(one)
        elif entered:
            one = entered.pop(number % len(entered))
            outcome: Outcome = action  # type: ignore[assignment]  # one of them
            await counter.settle(one, outcome)
            model.settle(one, outcome, clock.now)


class TestModel:
    @given(STEPS)
    @settings(max_examples=200, deadline=None)
    def test_in_the_process(self, steps: list[tuple[str, int, str | None, int, float]]) -> None:
        clock = Clock()
        asyncio.run(compare(MemoryTries(LIMITS, clock=clock), clock, steps))

    @given(steps=STEPS)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_in_redis(self, valkey: Valkey, steps: list[tuple[str, int, str | None, int, float]]) -> None:
        async def run() -> None:
            clock = Clock()
            async with counters("redis", valkey.url) as make:
                await compare(make(LIMITS, clock), clock, steps)

        asyncio.run(run())


class TestRedis:
    async def test_one_round_trip_and_no_names(self, own_valkey: Valkey) -> None:
        async with redis_link(own_valkey.url) as link:
            counter = RedisTries(link, Names("shop"), LIMITS, seconds=30.0)
            throttle = LoginThrottle(counter)
            async with throttle.attempt("anna@vet.example", "192.0.2.1"):
                pass
            before = link.round_trips
            assert await counter.enter(Try("bert", None, "t")) is None
            assert link.round_trips == before + 1
            keys = own_valkey.run("KEYS", "*")
            assert keys
            assert not any(b"anna" in key for key in keys)
            assert all(key.startswith(b"{shop}:") and own_valkey.run("PTTL", key) > 0 for key in keys)

    async def test_processes_count_together(self, valkey: Valkey) -> None:
        names = Names(f"tries-{uuid4().hex[:8]}")
        async with redis_link(valkey.url) as one, redis_link(valkey.url) as other:
            throttles = [LoginThrottle(RedisTries(link, names, LIMITS, seconds=30.0)) for link in (one, other)]
            for number in range(3):
                async with throttles[number % 2].attempt("anna", None):
                    pass
            for throttle in throttles:
                with pytest.raises(TooManyTriesError):
                    await _enter(throttle)

    async def test_other_kinds_are_counted_apart(self, valkey: Valkey) -> None:
        names = Names(f"tries-{uuid4().hex[:8]}")
        async with redis_link(valkey.url) as link:
            one, other = [
                LoginThrottle(RedisTries(link, names, LIMITS, kind=kind, seconds=30.0))
                for kind in ("tries", "requests")
            ]
            for _ in range(3):
                async with one.attempt("anna", "192.0.2.1"):
                    pass
            with pytest.raises(TooManyTriesError):
                await _enter(one)
            async with other.attempt("anna", "192.0.2.1"):
                pass

    async def test_while_it_is_away_each_process_counts_for_itself(self, own_valkey: Valkey) -> None:
        async with redis_link(own_valkey.url, pause=60) as link:
            shop = Shop(lambda limits, _: RedisTries(link, Names("shop"), limits, seconds=30.0))
            own_valkey.kill()
            for _ in range(3):
                assert await shop.log_in("anna") is None
            assert await shop.log_in("anna") == "account"
            assert await shop.log_in("bert", right=True) is None


async def _enter(throttle: LoginThrottle) -> None:
    async with throttle.attempt("anna", None):
        pytest.fail("let through")


async def test_the_process_forgets_old_accounts() -> None:
    clock = Clock()
    counter = MemoryTries(LIMITS, clock=clock)
    for number in range(30_000):
        one = Try(f"user{number}", None, f"{number}")
        assert await counter.enter(one) is None
        await counter.settle(one, "failed")
        clock.now += 31
    assert len(counter._logs) <= 10_001
    assert len(counter._all) <= 2


class TestAtLeast:
    @pytest.mark.parametrize(("takes", "whole"), [(0.0, 1.0), (0.2, 1.0), (0.9, 1.0), (1.1, 2.0), (2.5, 3.0)])
    @pytest.mark.parametrize("error", [None, ValueError])
    async def test_success_and_failure_take_equally_long(
        self, takes: float, whole: float, error: type[Exception] | None
    ) -> None:
        clock = Clock()
        started = clock.now

        async def sleep(seconds: float) -> None:
            clock.now += seconds

        async def body() -> None:
            async with at_least(1.0, sleep=sleep, clock=clock):
                clock.now += takes
                if error is not None:
                    raise error

        await _ignoring(body())
        assert clock.now - started == pytest.approx(whole)

    async def test_who_leaves_is_not_held(self) -> None:
        async def body() -> None:
            async with at_least(10 * PATIENCE):
                await asyncio.sleep(10 * PATIENCE)

        task = asyncio.create_task(body())
        await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(asyncio.CancelledError):
                await task

    async def test_in_real_time(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with at_least(0.05):
            await asyncio.sleep(0.001)
        assert loop.time() - started >= 0.05


async def _ignoring(body: Awaitable[None]) -> None:
    with suppress(ValueError):
        await body
