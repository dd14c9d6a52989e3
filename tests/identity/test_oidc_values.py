"""Values that are used once: in the process, and in a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cache.names import Names
from cache.redis_link import RedisLink
from identity.oidc_values import MemoryValues, SharedValues, Values, ValuesAwayError
from tests.support.processes import fresh_namespace
from tests.support.valkey import Valkey, free_port


def link(url: str) -> RedisLink:
    return RedisLink([url], cluster=False, connections=8, connect_seconds=1.0, pause=0.1, restarted=lambda: None)


@pytest.fixture(params=["memory", "valkey"])
async def values(request: pytest.FixtureRequest, valkey: Valkey) -> AsyncIterator[Values]:
    if request.param == "memory":
        yield MemoryValues()
        return
    found = link(valkey.url)
    yield SharedValues(found, Names(fresh_namespace()).value("once:"))
    await found.close()


async def test_a_value_is_taken_once(values: Values) -> None:
    assert await values.add("a", b"\x00value", 60)
    found = await asyncio.gather(*(values.take("a") for _ in range(20)))
    assert sorted(one is not None for one in found) == [False] * 19 + [True]
    assert b"\x00value" in found
    assert await values.take("never") is None


async def test_of_many_who_add_one_does(values: Values) -> None:
    kept = await asyncio.gather(*(values.add("b", str(number).encode(), 60) for number in range(20)))
    assert kept.count(True) == 1
    assert await values.take("b") == str(kept.index(True)).encode()
    assert await values.add("b", b"anew", 60)


async def test_a_value_ends(values: Values) -> None:
    assert await values.add("c", b"short", 0.05)
    await asyncio.sleep(0.1)
    assert await values.take("c") is None
    assert await values.add("c", b"again", 60)


async def test_without_redis_nothing_is_pretended() -> None:
    away = link(f"redis://127.0.0.1:{free_port()}")
    values = SharedValues(away, "{shop}:once:")
    for attempt in (values.add("a", b"", 1), values.take("a")):
        with pytest.raises(ValuesAwayError):
            await attempt
    await away.close()


async def test_what_has_ended_makes_room() -> None:
    now = 0.0
    values = MemoryValues(most=2, clock=lambda: now)
    assert await values.add("a", b"", 10)
    assert await values.add("b", b"", 100)
    with pytest.raises(ValuesAwayError):
        await values.add("c", b"", 10)
    now = 11.0
    assert await values.add("c", b"", 10)
    assert await values.take("b") == b""
