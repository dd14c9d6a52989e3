"""What was measured, as a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.load import Round
from bench.processes import Counters


@dataclass(frozen=True)
class Figures:
    """What a round showed, per request where it can be: milliseconds, calls to Odoo, round trips to Redis."""

    per_second: float
    p50: float
    p95: float
    p99: float
    calls: float
    trips: float
    cpu: float
    requests: float
    body_bytes: float
    client_cpu: float
    sources: str

    @classmethod
    def of(cls, seen: Round, spent: Counters) -> Figures:
        count = len(seen.latencies)
        slowest = sorted(seen.latencies)
        sources = " ".join(f"{name} {100 * number / count:.0f}%" for name, number in seen.sources.most_common())
        if seen.failed:
            sources = f"FAILED {seen.failed} {sources}"
        return cls(
            per_second=count / seen.seconds,
            p50=_percentile(slowest, 0.5),
            p95=_percentile(slowest, 0.95),
            p99=_percentile(slowest, 0.99),
            calls=spent.calls / count,
            trips=max(spent.trips, 0) / count,
            cpu=spent.cpu * 1000 / count,
            requests=count,
            body_bytes=seen.body_bytes / count,
            client_cpu=seen.cpu * 1000 / count,
            sources=sources,
        )

    @classmethod
    def median(cls, rounds: Sequence[Figures]) -> Figures:
        """Of each figure the middle one."""
        numbers: dict[str, Any] = {
            name: median(getattr(one, name) for one in rounds) for name in cls.__dataclass_fields__ if name != "sources"
        }
        middle = sorted(rounds, key=lambda one: one.per_second)[len(rounds) // 2]
        return cls(**numbers, sources=middle.sources)


def _percentile(ascending: Sequence[float], part: float) -> float:
    return ascending[min(int(len(ascending) * part), len(ascending) - 1)] * 1000


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Columns as wide as they need; the first ``left`` ones flush left."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left or column == len(head) - 1 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


HEAD = ("", "at once", "req/s", "x (a)", "p50 ms", "p95 ms", "p99 ms", "Odoo", "Redis", "CPU ms", "Cache-Status")


def row(name: str, concurrency: int, found: Figures, bare: float | None) -> tuple[str, ...]:
    """``bare``: the requests per second that the bare route answers."""
    return (
        name,
        str(concurrency),
        f"{found.per_second:,.0f}" if found.per_second >= 20 else f"{found.per_second:.2f}",
        ""
        if bare is None
        else f"{found.per_second / bare:.3f}"
        if found.per_second < bare / 10
        else f"{found.per_second / bare:.2f}",
        *(_milliseconds(value) for value in (found.p50, found.p95, found.p99)),
        _few(found.calls),
        _few(found.trips),
        _milliseconds(found.cpu),
        found.sources,
    )


def _milliseconds(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def _few(value: float) -> str:
    return "0" if value < 0.0005 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
