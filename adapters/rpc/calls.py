"""What all transports share: time limits over all attempts, repetition, observation, no secret in a text."""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.errors import OdooConflictError, OdooError, OdooRejectedError, OdooUnavailableError
from adapters.rpc.http import MAX_ANSWER, Channel, ConnectTimeoutError, Due, NotSentError, QueueFullError

if TYPE_CHECKING:
    from adapters.rpc.base import Credentials, RpcLimits

T = TypeVar("T")

OnCall = Callable[[str, str, float, OdooError | None], None]
"""``on_call(model, method, seconds, error)``: one finished call, with all its attempts and waiting.

Calls of no model (version, login) have the model ``"common"``. Cancelled calls are not reported.
"""

_LONG_SECRET = 8
"""From this length on a secret is not a word of a human sentence: it is taken out of those texts too."""


def repeatable(error: OdooError, *, safe: bool) -> bool:
    """Whether another attempt does no harm and may help.

    A conflict was rolled back and a failed connection sent nothing: any call may be repeated. Whatever failed
    later may have been committed: only a safe call is repeated. A full queue must not be made fuller.
    """
    if isinstance(error, QueueFullError):
        return False
    if isinstance(error, OdooConflictError | NotSentError | ConnectTimeoutError):
        return True
    return safe and isinstance(error, OdooUnavailableError)


async def repeat(attempt: Callable[[], Awaitable[T]], limits: RpcLimits, deadline: float, *, safe: bool) -> T:
    """``attempt()``, and up to ``limits.retries`` more, with growing jittered pauses, before ``deadline``."""
    loop = asyncio.get_running_loop()
    for pauses in range(limits.retries + 1):
        try:
            return await attempt()
        except OdooError as error:
            pause = limits.backoff * 2**pauses * random.uniform(0.5, 1.5)  # noqa: S311  (jitter, no secret)
            late = loop.time() + pause >= deadline
            if pauses == limits.retries or late or not repeatable(error, safe=safe):
                raise
        await asyncio.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


class BaseTransport(ABC):
    """The frame of a transport; subclasses say how one call is written and read."""

    name: str

    def __init__(
        self,
        credentials: Credentials,
        limits: RpcLimits,
        on_call: OnCall | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._credentials = credentials
        self._limits = limits
        self._on_call = on_call
        self._channel = Channel(credentials.url, limits, max_answer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._channel.base)!r}, {self._credentials.database!r})"

    async def version(self) -> str:
        return await self._observed("common", "version", self._version, safe=True)

    async def authenticate(self) -> int:
        return await self._observed("common", "authenticate", self._authenticate, safe=True)

    async def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        safe: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  (part of the protocol: a limit over all attempts)
    ) -> Any:
        async def attempt(due: Due) -> Any:
            return await self._call(model, method, ids, args, context, due)

        return await self._observed(model, method, attempt, safe=safe, seconds=timeout)

    async def close(self) -> None:
        await self._channel.close()

    @abstractmethod
    async def _version(self, due: Due) -> str: ...

    @abstractmethod
    async def _authenticate(self, due: Due) -> int: ...

    @abstractmethod
    async def _call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        args: Mapping[str, Any] | None,
        context: Mapping[str, Any] | None,
        due: Due,
    ) -> Any: ...

    async def _observed(
        self,
        model: str,
        method: str,
        attempt: Callable[[Due], Awaitable[T]],
        *,
        safe: bool,
        seconds: float | None = None,
    ) -> T:
        limit = self._limits.timeout if seconds is None else seconds
        due = Due(asyncio.get_running_loop().time() + limit, fresh=not safe)
        started = time.perf_counter()
        try:
            result = await repeat(lambda: attempt(due), self._limits, due.deadline, safe=safe)
        except OdooError as error:
            self._scrub(error)
            self._report(model, method, started, error)
            raise
        self._report(model, method, started, None)
        return result

    def _report(self, model: str, method: str, started: float, error: OdooError | None) -> None:
        if self._on_call is not None:
            self._on_call(model, method, time.perf_counter() - started, error)

    def _scrub(self, error: OdooError) -> None:
        """Take the secret out of the error's texts: Odoo may echo what it was sent."""
        secret = self._credentials.secret
        if not secret or (isinstance(error, OdooRejectedError) and len(secret) < _LONG_SECRET):
            return
        error.args = tuple(arg.replace(secret, "***") if isinstance(arg, str) else arg for arg in error.args)
        if isinstance(error, OdooRejectedError):
            error.message = error.message.replace(secret, "***")
