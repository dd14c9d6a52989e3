"""What the client of a cluster does while it does not know, or no longer knows, which node holds a key."""

from __future__ import annotations

import asyncio
from typing import Any

from cache.scripts import Script
from tests.identity.places import redis_link
from tests.support.valkey import Valkey


def _sent_on(node: Valkey) -> int:
    """How often the node has refused a command, as another one holds the key."""
    stats: dict[str, Any] = node.run("INFO", "errorstats")
    refused = stats.get("errorstat_MOVED", {"count": 0})
    return int(refused["count"])


async def _blocked(node: Valkey) -> list[bytes]:
    """Ids of connections that wait for an answer, as soon as there is one."""
    ids: list[bytes] = []
    while not ids:
        await asyncio.sleep(0.01)
        ids = [one.split()[0] for one in node.run("CLIENT", "LIST").splitlines() if b" cmd=blpop " in one]
    return ids


async def test_many_at_once_go_to_the_node_that_holds_the_key(valkey_cluster: list[Valkey]) -> None:
    """redis-py sends them to any node until it knows them all, and after five refusals ends every connection."""
    for node in valkey_cluster:
        node.run("CONFIG", "RESETSTAT")
    for _ in range(20):
        async with redis_link([node.url for node in valkey_cluster]) as link:
            await asyncio.gather(*(link.command(30.0, "GET", "{shop}:x") for _ in range(20)))
            assert not link.away
    assert [_sent_on(node) for node in valkey_cluster] == [0, 0]


async def test_what_moves_does_not_end_what_others_wait_for(valkey_cluster: list[Valkey]) -> None:
    """More slots than one that a client did not know to have moved, while a command waits for its answer."""
    home = valkey_cluster[0]
    ids = [node.run("CLUSTER", "MYID").decode() for node in valkey_cluster]
    keys = [f"{{moves-{number}}}:x" for number in range(200)]
    slots = {key: int(home.run("CLUSTER", "KEYSLOT", key)) for key in keys}
    moving = [key for key in keys if slots[key] < 8192][:12]
    stays = next(key for key in keys if slots[key] < 8192 and key not in moving)

    def own(number: int) -> None:
        for key in moving:
            for node in (valkey_cluster[number], valkey_cluster[1 - number]):
                node.run("CLUSTER", "SETSLOT", slots[key], "NODE", ids[number])

    async with redis_link([node.url for node in valkey_cluster]) as link:
        assert await link.command(30.0, "EXISTS", stays) == 0
        waits = asyncio.create_task(link.command(30.0, "BLPOP", stays, 20))
        try:
            asked_by = await _blocked(home)
            await asyncio.to_thread(own, 1)
            for key in moving:
                assert await link.command(30.0, "EXISTS", key) == 0
            assert _sent_on(home) >= 5  # after so many redis-py would begin anew
            assert await _blocked(home) == asked_by
            await link.command(30.0, "RPUSH", stays, "here")
            assert (await waits)[1] == b"here"
        finally:
            await asyncio.to_thread(own, 0)
            waits.cancel()
            await asyncio.gather(waits, return_exceptions=True)


#: takes a while
_SLOW = Script("local n = 0 for i = 1, 2000000 do n = n + i end return redis.call('EXISTS', KEYS[1])", keys=1)


async def test_a_connection_that_is_to_be_made_anew_is_at_hand_for_the_next_command(
    valkey_cluster: list[Valkey],
) -> None:
    """redis-py has all of them made anew when the nodes are others; a node has no more than there are commands."""
    async with redis_link([node.url for node in valkey_cluster]) as link:
        await link.scripts(30.0, [(_SLOW, ["{shop}:x"])])
        assert link._cluster is not None
        node = link._cluster.get_node_from_key("{shop}:x")
        assert node is not None
        node.max_connections = len(node._connections)
        for _ in range(5):
            asked = [asyncio.create_task(link.scripts(30.0, [(_SLOW, ["{shop}:x"])])) for _ in node._connections]
            await asyncio.sleep(0.002)
            node.update_active_connections_for_reconnect()
            assert [await one for one in asked] == [[0]] * len(asked)
            assert await link.scripts(30.0, [(_SLOW, ["{shop}:x"])]) == [0]
