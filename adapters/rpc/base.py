"""What every transport offers: authenticated calls of Odoo's model methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where and as whom to call. ``secret`` is the password, or an API key where the version has them."""

    url: str
    database: str
    login: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.url!r}, {self.database!r}, {self.login!r}, '***')"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When to stop asking an Odoo that does not answer. Times are seconds.

    ``failures``: calls in a row without an answer, after which it opens. ``pause``: how long it stays open before one
    call is let through to try. ``hanging``: a call that is under way for longer is suspicious; ``suspects``: so many
    of them at once, while no other call was answered for as long, and no further call is let through until one ends.
    """

    failures: int = 5
    pause: float = 2.0
    hanging: float = 4.0
    suspects: int = 3


@dataclass(frozen=True, slots=True)
class RpcLimits:
    """Bounds of one transport.

    ``concurrency``: calls in flight at once (a prefork Odoo answers as many as it has workers and resets
    connections beyond 8 x workers). ``queue``: calls that may wait for a place; one more fails at once with
    OdooUnavailableError. Times are seconds. ``retries``: extra attempts for calls declared safe to repeat.
    """

    concurrency: int = 4
    queue: int = 512
    connect_timeout: float = 2.0
    timeout: float = 15.0
    retries: int = 2
    backoff: float = 0.1
    breaker: BreakerLimits = BreakerLimits()


class Transport(Protocol):
    """One way to speak to one Odoo database. Safe to share between tasks of one event loop."""

    name: str

    async def version(self) -> str:
        """The server's serie, e.g. ``"10.0"`` or ``"19.0"``; needs no login."""
        ...

    async def authenticate(self) -> int:
        """The uid of the credentials. Raises OdooAccessError when Odoo does not accept them."""
        ...

    async def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        safe: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  # it bounds the call's own attempts and waiting
    ) -> Any:
        """Call ``model.method``.

        ``ids``: the records of a record method; None for a model-level method.
        ``args``: the method's parameters by name, in the method's own order (transports that know only
        positions send ``ids`` first and then these as keyword arguments).
        ``safe``: the call changes nothing and may be repeated after a connection failure.
        Returns plain JSON-like values (a null result is None). Raises a member of ``adapters.errors``.
        """
        ...

    async def close(self) -> None: ...
