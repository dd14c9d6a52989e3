"""How it stands with what the shop is made of, as records: whoever puts the process together tells it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OdooState:
    """``answering``: calls are let through. ``problem``: why there is no connection."""

    connected: bool
    answering: bool
    version: str | None = None
    adapter: str | None = None
    transport: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CacheState:
    """``shared``: in Redis. ``listening``: this process hears of every invalidation."""

    shared: bool
    listening: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SearchState:
    """Of the product index. ``lag``: in seconds."""

    configured: bool
    lag: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """``every``: in seconds, None: it does not ask. ``asked``: when it did last (Unix seconds)."""

    every: float | None = None
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class ShopState:
    """All of it."""

    odoo: OdooState
    cache: CacheState
    search: SearchState
    feed: FeedState


#: tells how it stands, as this process sees it
Looks = Callable[[], Awaitable[ShopState]]


async def not_looked() -> ShopState:
    """Where nobody looks."""
    problem = "nobody looks at it here"
    return ShopState(
        OdooState(connected=False, answering=False, problem=problem),
        CacheState(shared=False, listening=False, problem=problem),
        SearchState(configured=False, problem=problem),
        FeedState(),
    )
