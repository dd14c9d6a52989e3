"""A circuit breaker: when Odoo does not answer, calls to it fail at once, and it is tried again now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import structlog

from adapters.errors import OdooUnavailableError
from adapters.rpc.base import BreakerLimits, Transport
from adapters.rpc.http import QueueFullError

T = TypeVar("T")

log = structlog.get_logger(__name__)

#: `BreakerLimits.hanging` is counted in so many beats.
BEATS: Final = 8


class CircuitOpenError(OdooUnavailableError):
    """Odoo did not answer lately: it was not asked. Nothing was sent."""


class Breaker:
    """A `Transport` in front of another one. Errors that Odoo itself answers are answers: only silence counts."""

    def __init__(
        self,
        transport: Transport,
        limits: BreakerLimits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = transport.name
        self._transport = transport
        self._limits = limits or BreakerLimits()
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._trying: object | None = None
        #: Beats of the loop while calls are under way. How long they take is counted in these, and not in seconds: what
        #: answered in time must not seem to hang because this process, or its machine, stood still meanwhile.
        self._beats = 0
        self._beating: asyncio.TimerHandle | None = None
        self._answered_at = 0
        #: the beat at which each call under way began; the longest under way first
        self._under_way: dict[object, int] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"

    @property
    def closed(self) -> bool:
        """Do calls go through?"""
        return self._open_until is None and not self._suspected()

    async def version(self) -> str:
        return await self._guarded(self._transport.version)

    async def authenticate(self) -> int:
        return await self._guarded(self._transport.authenticate)

    async def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        safe: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  (part of the protocol)
    ) -> Any:
        return await self._guarded(
            lambda: self._transport.call(model, method, ids, args, context=context, safe=safe, timeout=timeout)
        )

    async def close(self) -> None:
        await self._transport.close()

    async def _guarded(self, call: Callable[[], Awaitable[T]]) -> T:
        """Raises CircuitOpenError for a call that is not let through."""
        this = object()
        self._admit(this)
        self._begin(this)
        answered: bool | None = None  # cancelled, or nothing sent: nothing is known
        try:
            result = await call()
            answered = True
        except QueueFullError:
            raise
        except OdooUnavailableError:
            answered = False
            raise
        except Exception:
            answered = True
            raise
        finally:
            self._end(this, answered=answered)
        return result

    def _admit(self, this: object) -> None:
        now = self._clock()
        if self._open_until is not None:
            if now < self._open_until or self._trying is not None:
                raise CircuitOpenError("Odoo did not answer lately")
            self._trying = this
        elif self._suspected():
            raise CircuitOpenError("Odoo seems to hang")

    def _suspected(self) -> bool:
        """Do several calls hang, while nothing is answered?"""
        edge, suspects = self._beats - BEATS, self._limits.suspects
        if self._answered_at >= edge or len(self._under_way) < suspects:
            return False
        return sum(began < edge for began in self._under_way.values()) >= suspects

    def _begin(self, this: object) -> None:
        self._under_way[this] = self._beats
        if self._beating is None:
            self._wait_for_beat()

    def _wait_for_beat(self) -> None:
        self._beating = asyncio.get_running_loop().call_later(self._limits.hanging / BEATS, self._beat)

    def _beat(self) -> None:
        self._beats += 1
        self._wait_for_beat()

    def _end(self, this: object, *, answered: bool | None) -> None:
        del self._under_way[this]
        if not self._under_way and self._beating is not None:
            self._beating.cancel()
            self._beating = None
        tried = self._trying is this
        if tried:
            self._trying = None
        if answered:
            self._answered_at = self._beats
            self._failures = 0
            if self._open_until is not None:
                self._open_until = None
                log.info("odoo.answers_again")
        elif answered is False:
            self._failures += 1
            if tried or (self._open_until is None and self._failures >= self._limits.failures):
                if self._open_until is None:
                    log.warning("odoo.circuit_open", failures=self._failures, pause=self._limits.pause)
                self._open_until = self._clock() + self._limits.pause
