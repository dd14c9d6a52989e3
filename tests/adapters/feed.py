"""An adapter that follows the changes of an Odoo double, with one clock for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.odoo import RpcAdapter
from demo.double import Double
from demo.wholesale import generate
from tests.support.direct import adapter_of

#: (subject, ids, deleted); no ids: all of it
Told = tuple[str, tuple[int, ...], bool]


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = datetime(2031, 3, 1, 12, 0, 0, 250_000)  # noqa: DTZ001  # naive UTC, long after all data

    def __call__(self) -> datetime:
        """Naive UTC, as a database has it."""
        return self.now

    def time(self) -> float:
        """As `time.time`."""
        return self.now.replace(tzinfo=UTC).timestamp()

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Feed:
    """``poll()`` tells what changed since the last one."""

    double: Double
    adapter: RpcAdapter
    clock: Clock
    cursor: str | None = None

    async def poll(self, after: float = 1.0) -> set[Told]:
        """Ask again, ``after`` seconds later."""
        self.clock.pass_by(seconds=after)
        changes = await self.adapter.changes_since(self.cursor)
        self.cursor = changes.cursor
        return {(change.subject, change.ids, change.deleted) for change in changes.changes}

    async def settle(self) -> None:
        """Poll until all that is there has been told."""
        for _ in range(4):
            if not await self.poll():
                return
        raise AssertionError("it tells changes for ever")


async def following(version: str, clock: Clock, *, products: int = 30) -> Feed:
    """A feed over a double of its own."""
    double = Double(generate(version, products=products, pricelists=3), clock=clock)
    return Feed(double, await adapter_of(double), clock)
