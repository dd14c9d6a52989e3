"""One redirect is one value of Redis, however many there are."""

from __future__ import annotations

from redis.asyncio import Redis

from server.storefront import Told
from server.stores import open_link
from tests.support.bff import settings_for
from tests.support.valkey import Valkey

MANY = {f"/product/old-{number}": f"/product/new-{number}" for number in range(3_000)}


async def test_one_is_asked_for_and_not_all(own_valkey: Valkey) -> None:
    settings = settings_for("http://127.0.0.1:1", redis_url=own_valkey.url, redis_namespace="memory")
    assert open_link(settings) is not None
    told = Told(settings)
    server = Redis.from_url(own_valkey.url)
    try:
        assert told.memory is not None
        await told.memory.note({}, {}, MANY, {})
        await server.config_resetstat()
        assert await told.target("/product/old-7") == "/product/new-7"
        assert await told.target("/product/old") is None
        commands = await server.info("commandstats")
        assert commands["cmdstat_hget"]["calls"] == 2
        assert "cmdstat_hgetall" not in commands
        assert await told.all() == MANY
    finally:
        await server.aclose()
        await told.close()


async def test_while_redis_is_away_what_was_read_last_counts(own_valkey: Valkey) -> None:
    settings = settings_for("http://127.0.0.1:1", redis_url=own_valkey.url, redis_namespace="memory")
    told = Told(settings)
    try:
        assert told.memory is not None
        await told.memory.note({}, {}, MANY, {})
        await told.all()
        own_valkey.stop()
        assert await told.target("/product/old-7") == "/product/new-7"
        assert await told.all() == MANY
    finally:
        await told.close()


async def test_without_redis_nothing_is_known() -> None:
    told = Told(settings_for("http://127.0.0.1:1"))
    assert await told.target("/product/old-7") is None
    assert await told.all() == {}
    await told.close()
