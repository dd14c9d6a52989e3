"""Tries counted in one process."""

from __future__ import annotations

import time
from collections.abc import Callable

from identity.throttle import BUSY_WAIT, LIMITS, Outcome, Reason, Refusal, ThrottleLimits, Try, Window

#: of more accounts and addresses, those without a try in their window are dropped
_SWEPT_FROM = 10_000


class MemoryTries:
    """An `identity.throttle.TryCounter`. ``clock``: seconds."""

    def __init__(self, limits: ThrottleLimits = LIMITS, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._logs: dict[str, dict[str, float]] = {}  # of an account or an address: when each try was
        self._all: dict[str, float] = {}
        self._pending: dict[str, float] = {}  # until when an answer is waited for

    async def enter(self, one: Try) -> Refusal | None:
        now = self._clock()
        if self._pending.get(one.token, now) > now:
            return None
        self._sweep(now)
        for reason, name, window in self._counted(one):
            log = self._logs.get(name, {})
            _prune(log, now - window.seconds)
            if window.tries and len(log) >= window.tries:
                return Refusal(reason, min(log.values()) + window.seconds - now)
        refusal = self._ceiling(now)
        if refusal is not None:
            return refusal
        self._count(one, now)
        self._pending[one.token] = now + self._limits.answer
        return None

    async def settle(self, one: Try, outcome: Outcome) -> None:
        self._pending.pop(one.token, None)
        if outcome == "failed":
            self._count(one, self._clock())
            return
        self._all.pop(one.token, None)
        for reason, name, _ in self._counted(one):
            if reason == "account" and outcome == "succeeded":
                self._logs.pop(name, None)
            else:
                self._logs.get(name, {}).pop(one.token, None)

    def _counted(self, one: Try) -> list[tuple[Reason, str, Window]]:
        counted: list[tuple[Reason, str, Window]] = [("account", f"account:{one.account}", self._limits.account)]
        if one.address is not None:
            counted.append(("address", f"address:{one.address}", self._limits.address))
        return counted

    def _ceiling(self, now: float) -> Refusal | None:
        window = self._limits.ceiling
        _prune(self._all, now - window.seconds)
        _prune(self._pending, now)
        if not window.tries or len(self._all) < window.tries:
            return None
        failed = [at for token, at in self._all.items() if token not in self._pending]
        if len(failed) >= window.tries:
            return Refusal("ceiling", min(failed) + window.seconds - now)
        return Refusal("busy", BUSY_WAIT)

    def _count(self, one: Try, now: float) -> None:
        self._all[one.token] = now
        for _, name, _ in self._counted(one):
            self._logs.setdefault(name, {})[one.token] = now

    def _sweep(self, now: float) -> None:
        if len(self._logs) < _SWEPT_FROM:
            return
        longest = max(self._limits.account.seconds, self._limits.address.seconds)
        for name, log in list(self._logs.items()):
            _prune(log, now - longest)
            if not log:
                del self._logs[name]


def _prune(log: dict[str, float], until: float) -> None:
    for token in [token for token, at in log.items() if at <= until]:
        del log[token]
