"""Several commands on one connection, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hiredis import pack_command
from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError,  # noqa: A004 - redis-py's own
    MovedError,
    ResponseError,
    TryAgainError,
)

#: so often a cluster may send one on, or somewhere else, before that counts as its failure
_TRIES: Final = 4


async def on_connection(connection: AbstractConnection, commands: Sequence[Sequence[Any]]) -> list[Any]:
    """The answers; a refusal is its `ResponseError`. When something is raised, the connection is of no use any more."""
    # hiredis' own packer: redis-py's asyncio connections pack in Python, which takes as long as the round trip
    packed = b"".join(pack_command(tuple(command)) for command in commands)
    await connection.send_packed_command(packed, check_health=False)
    answers: list[Any] = []
    for _ in commands:
        try:
            answers.append(await connection.read_response())
        except ResponseError as error:
            answers.append(error)
    return answers


async def in_cluster(client: RedisCluster, key: Any, commands: Sequence[Sequence[Any]]) -> list[Any]:
    """The same on the primary that holds ``key``, wherever it has gone; once more when a node has failed.

    It is the first command that is sent on: the others are to be harmless where the key is not.
    """
    lost = False
    asked: ClusterNode | None = None
    for attempt in range(_TRIES):
        await client.initialize()
        node = asked or client.get_node_from_key(str(key))
        if node is None:
            raise ClusterDownError("no node holds the key")
        try:
            answers = await _on_node(node, [("ASKING",), *commands] if asked else commands)
        except (ConnectionError, OSError):
            if lost or attempt == _TRIES - 1:
                raise
            lost, asked = True, None
            await client.nodes_manager.initialize()
            continue
        if asked:
            del answers[0]
        first, asked = answers[0], None
        if isinstance(first, MovedError):  # an AskError too
            await client.nodes_manager.move_slot(first)
        elif isinstance(first, AskError):
            asked = client.get_node(host=first.host, port=first.port)
        elif isinstance(first, ClusterDownError):
            await client.nodes_manager.initialize()
        elif not isinstance(first, TryAgainError):
            return answers
    raise ClusterDownError("the cluster sent a command around")


async def _on_node(node: ClusterNode, commands: Sequence[Sequence[Any]]) -> list[Any]:
    connection = node.acquire_connection()
    try:
        await node.disconnect_if_needed(connection)
        return await on_connection(connection, commands)
    except BaseException:  # answers may still come: nobody else may read them
        await connection.disconnect(nowait=True)
        raise
    finally:
        try:
            # by a task of redis-py it would still be in use when the next command looks for one
            await node.disconnect_if_needed(connection)
        finally:
            node.release(connection)
