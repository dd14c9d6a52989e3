"""How certain it is that a change outlives a crash before it is acknowledged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog

from cache.redis_link import Argument, AwayError, RedisLink
from cart.store import CartsUnavailableError

log = structlog.get_logger(__name__)

#: ``memory``: the server has it. ``fsync``: it is on the server's disk. ``replica``: on its disk and on a replica's.
Durability = Literal["memory", "fsync", "replica"]

#: on how many disks: the server's own, replicas'
_COPIES: Final[Mapping[Durability, tuple[int, int]]] = {"fsync": (1, 0), "replica": (1, 1)}


class CartsNotDurableError(Exception):
    """Redis cannot promise what the settings ask for."""


class Fsync:
    """Waits until what its connection wrote is on disk. ``seconds``: at most."""

    def __init__(self, durability: Durability, seconds: float) -> None:
        self._copies = _COPIES.get(durability)
        self._seconds = seconds

    @property
    def needed(self) -> bool:
        return self._copies is not None

    @property
    def seconds(self) -> float:
        """It takes up to so long."""
        return self._seconds if self.needed else 0.0

    @property
    def command(self) -> tuple[Argument, ...]:
        own, replicas = self._copies or (0, 0)
        return ("WAITAOF", own, replicas, max(1, math.ceil(self._seconds * 1000)))

    def accept(self, answer: Any) -> None:
        """Raises `CartsUnavailableError` when there are fewer copies on disks than wanted, or none can be."""
        if isinstance(answer, Exception):
            log.error("carts.not_durable", error=str(answer))
            raise CartsUnavailableError("Redis keeps no append-only file") from answer
        if any(have < wanted for have, wanted in zip(answer, self._copies or (), strict=False)):
            log.warning("carts.not_on_disk", copies=list(answer), wanted=self._copies, seconds=self._seconds)
            raise CartsUnavailableError("the change is not on disk in time")


async def check(link: RedisLink, durability: Durability, seconds: float) -> None:
    """Look at how the servers are set up; warn of what may lose carts.

    Raises `CartsNotDurableError` where they cannot keep the promise of ``durability``.
    """
    try:
        infos = [_parsed(info) for info in await link.each_primary(seconds, "INFO", "everything")]
    except AwayError as error:
        raise CartsUnavailableError("Redis is away") from error
    for info in infos:
        _check_eviction(info)
        _check_file(info, durability)
        if durability == "replica" and info.get("connected_slaves", "0") == "0":
            raise CartsNotDurableError("CART_DURABILITY is 'replica', and Redis has no replica")
    if durability != "memory":
        await _check_fsync(link, seconds)


def _check_eviction(info: Mapping[str, str]) -> None:
    policy = info.get("maxmemory_policy", "noeviction")
    if info.get("maxmemory", "0") != "0" and policy != "noeviction":
        log.error("carts.evictable", policy=policy, wanted="noeviction, or a Redis of their own for the carts")


def _check_file(info: Mapping[str, str], durability: Durability) -> None:
    if info.get("aof_enabled") == "1":
        return
    if durability != "memory":
        raise CartsNotDurableError(
            f"carts are to be on disk ({durability}) before a change is acknowledged, and Redis keeps no append-only "
            "file: set 'appendonly yes' there, or ask for 'memory'"
        )
    log.warning("carts.no_append_only_file", lost="what was changed since the last snapshot, when Redis ends")


async def _check_fsync(link: RedisLink, seconds: float) -> None:
    """With ``appendfsync everysec`` WAITAOF may answer before the data is on disk: in Redis 7.4 (redis/redis#13793) and
    in Valkey to 9.1 at least. With ``no`` it never says that it is."""
    try:
        answers = await link.each_primary(seconds, "CONFIG", "GET", "appendfsync")
    except AwayError:
        log.warning("carts.fsync_unknown", wanted="appendfsync always")  # managed servers do not always tell
        return
    policies = {value for answer in answers for value in _values(answer)}
    if policies != {"always"}:
        raise CartsNotDurableError(
            f"carts are to be on disk before a change is acknowledged, and Redis has 'appendfsync {min(policies)}': "
            "set 'appendfsync always' there, or ask for 'memory'"
        )


def _values(answer: Any) -> list[str]:
    parts = answer.values() if isinstance(answer, dict) else answer[1::2]
    return [part.decode() if isinstance(part, bytes) else str(part) for part in parts]


def _parsed(info: Any) -> dict[str, str]:
    """INFO as it is sent, or as a client has read it already."""
    if isinstance(info, dict):
        return {str(name): str(value) for name, value in info.items()}
    text = info.decode(errors="replace") if isinstance(info, bytes) else str(info)
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))
