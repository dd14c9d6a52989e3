"""Tries to log in are limited before Odoo is asked.

Odoo counts wrong passwords by the address they come from, and all of a shop's come from here: after a few it refuses
every login for a minute, right ones too (``base.login_cooldown_after``, ``base.login_cooldown_duration``; 5 and 60
where they are not set, in the versions that have them). So there are limits for an account and for a client's
address, and a ceiling for wrong tries of all together that stays below Odoo's.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias
from uuid import uuid4

from adapters.errors import OdooTimeoutError, OdooUnavailableError

Reason: TypeAlias = Literal["account", "address", "ceiling", "busy"]
Outcome: TypeAlias = Literal["failed", "succeeded", "withdrawn"]
Clock: TypeAlias = Callable[[], float]
Sleep: TypeAlias = Callable[[float], Awaitable[object]]

#: seconds between two looks at whether the others are done
BUSY_WAIT: Final = 0.1


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many ``tries`` within any ``seconds``. 0 tries: no limit."""

    tries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """``account``: tries since the last success; ``address``: tries that failed. ``ceiling``: that failed, of all.

    ``answer``: seconds after which a try without an answer counts as failed.
    """

    account: Window = Window(5, 900.0)
    address: Window = Window(20, 900.0)
    ceiling: Window = Window(4, 60.0)
    answer: float = 30.0


LIMITS: Final = ThrottleLimits()
#: of requests for mails, accounts and by tokens: each counts, whatever came of it. There is no limit for all together:
#: Odoo shuts nobody out for them
REQUEST_LIMITS: Final = ThrottleLimits(account=Window(5, 900.0), address=Window(20, 900.0), ceiling=Window(0, 60.0))


@dataclass(frozen=True, slots=True)
class Try:
    """``account``: a digest. ``address``: None: not known. ``token``: no other try has it."""

    account: str
    address: str | None
    token: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a try is not let through, and how many seconds it should wait.

    ``busy``: others are being tried right now, and if those all failed, this one would be too much.
    """

    reason: Reason
    wait: float


class TryCounter(Protocol):
    """Keeps count. Each method is one atomic step. A try counts as failed until it is settled otherwise."""

    async def enter(self, one: Try) -> Refusal | None:
        """Count it as being tried, or say why not. Once: who asks again, as the answer was lost, is told the same."""
        ...

    async def settle(self, one: Try, outcome: Outcome) -> None:
        """It failed; or it succeeded, and nothing of its account counts any more; or Odoo did not judge it."""
        ...


class TooManyTriesError(Exception):
    """``wait``: seconds until another try makes sense. Says nothing about whether there is such an account."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"too many tries ({refusal.reason}); wait {math.ceil(refusal.wait)} s")
        self.reason = refusal.reason
        self.wait = refusal.wait


class Attempt:
    """A try that was let through. Unless `succeed` or `withdraw` is called, it has failed."""

    def __init__(self) -> None:
        self.outcome: Outcome = "failed"

    def succeed(self) -> None:
        """Odoo let them in."""
        self.outcome = "succeeded"

    def withdraw(self) -> None:
        """Odoo did not judge the password."""
        self.outcome = "withdrawn"


class LoginThrottle:
    """Lets tries through, or not. ``patience``: seconds for which one waits while others are being tried."""

    def __init__(
        self, counter: TryCounter, *, patience: float = 5.0, sleep: Sleep = asyncio.sleep, clock: Clock = time.monotonic
    ) -> None:
        self._counter = counter
        self._patience = patience
        self._sleep = sleep
        self._clock = clock

    @asynccontextmanager
    async def attempt(self, account: str, address: str | None) -> AsyncIterator[Attempt]:
        """Enter to ask Odoo about a password; raises `TooManyTriesError` instead of letting it be asked.

        ``account``: the login as it was typed. ``address``: `identity.clients.throttled_as`; None: not known, and not
        counted by. A try in which Odoo was unreachable is withdrawn; one in which it did not answer in time has failed.
        """
        one = Try(_digest(account), address, uuid4().hex)
        await self._enter(one)
        attempt = Attempt()
        try:
            yield attempt
        except OdooTimeoutError:
            raise
        except OdooUnavailableError:
            attempt.withdraw()
            raise
        finally:
            await self._counter.settle(one, attempt.outcome)

    async def _enter(self, one: Try) -> None:
        until = self._clock() + self._patience
        while (refusal := await self._counter.enter(one)) is not None:
            if refusal.reason != "busy" or self._clock() >= until:
                raise TooManyTriesError(refusal)
            await self._sleep(refusal.wait)


@asynccontextmanager
async def at_least(
    seconds: float, *, sleep: Sleep = asyncio.sleep, clock: Clock = time.monotonic
) -> AsyncIterator[None]:
    """What is within takes so many seconds, or a whole multiple of them, whether it succeeds or raises.

    So the time does not tell whether there is such an account. ``seconds``: more than checking a password takes.
    """
    started = clock()
    cancelled = False
    try:
        yield
    except asyncio.CancelledError:
        cancelled = True
        raise
    finally:
        if not cancelled:
            taken = clock() - started
            await sleep(max(1, math.ceil(taken / seconds)) * seconds - taken)


def _digest(account: str) -> str:
    """Of a login, however it is written: what is kept tells nobody's address."""
    return hashlib.sha256(account.strip().casefold().encode()).hexdigest()
