"""The way to Redis: every command has a short time, and a Redis that fails is left alone for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from adapters.patience import Patience
from cache.redis_answers import in_cluster, on_connection
from cache.scripts import Script

log = structlog.get_logger(__name__)

Argument = str | bytes | int | float

#: So many commands in a row without an answer in time, and Redis counts as away. A lost connection suffices alone.
_SLOW_LIMIT = 3
_SCHEMES = {"valkey://": "redis://", "valkeys://": "rediss://", "valkey+unix://": "unix://"}


class AwayError(Exception):
    """Redis gave no answer, was too slow, refused, or is being left alone."""


class RedisLink:
    """Runs commands. All methods that talk to Redis raise `AwayError`, and nothing else, when that does not work.

    ``urls``: one server (``redis://``, ``rediss://``, ``unix://``), or with ``cluster`` some nodes of a cluster.
    ``connect_seconds``: for connecting to one node of a cluster, as there may be others; connecting to a single server
    is part of a command's time. ``pause``: seconds a failing Redis is left alone. ``restarted`` is called when a
    connection finds that the server behind an address is another process than before.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        cluster: bool,
        connections: int,
        connect_seconds: float,
        pause: float,
        restarted: Callable[[], None],
    ) -> None:
        # in a cluster only the node that holds the namespace tells and hears, so that nothing overtakes anything
        self.publish, self.subscribe = ("SPUBLISH", "SSUBSCRIBE") if cluster else ("PUBLISH", "SUBSCRIBE")
        self.round_trips = 0
        self._pause = pause
        self._restarted = restarted
        self._runs: dict[tuple[str, int] | str, bytes] = {}
        self._idle: list[AbstractConnection] = []
        self._slots = asyncio.Semaphore(connections)
        self._away_until = float("-inf")
        self._slow = 0
        self._failing = False
        self._probing = False
        options: dict[str, Any] = {
            "protocol": 3,
            "socket_timeout": None,  # time is kept here, for each command by its kind
            "socket_connect_timeout": connect_seconds if cluster else None,
            "driver_info": None,
            "retry": Retry(NoBackoff(), 0),
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
            "max_connections": connections,
        }
        addresses = [_redis_url(url) for url in urls]
        self._cluster: RedisCluster | None = None
        if cluster:
            self._cluster = _cluster(addresses, options)
            for node in self._cluster.nodes_manager.startup_nodes.values():
                node.connection_kwargs["redis_connect_func"] = self._connected
            self._cluster.nodes_manager.connection_kwargs["redis_connect_func"] = self._connected
        else:
            self._server = Redis.from_url(addresses[0], redis_connect_func=self._connected, **options)

    @property
    def away(self) -> bool:
        """Is Redis being left alone?"""
        return self._failing and (self._probing or time.monotonic() < self._away_until)

    async def command(self, seconds: float, *arguments: Argument) -> Any:
        """The answer of one command, if it comes within ``seconds`` (waiting for a free connection not counted)."""
        return await self._ask(seconds, str(arguments[0]), lambda: self._execute(*arguments))

    async def script(self, seconds: float, script: Script, *arguments: Argument) -> Any:
        """What the script returns: its keys first among the arguments. Sent whole when Redis does not know it yet."""
        try:
            return await self.command(seconds, "EVALSHA", script.sha, script.keys, *arguments)
        except NoScriptError:
            try:
                return await self.command(seconds, "EVAL", script.text, script.keys, *arguments)
            except NoScriptError as error:
                raise AwayError from error

    async def script_then(
        self, seconds: float, then: Sequence[Argument], script: Script, *arguments: Argument
    ) -> tuple[Any, Any]:
        """What a script with a key returns, and what the command ``then`` does after it.

        Both in one round trip on one connection, in a cluster that of the script's first key. ``then`` is not tried
        in vain: a refusal of it is an answer, a `ResponseError`.
        """
        for name, text in (("EVALSHA", script.sha), ("EVAL", script.text)):
            both = ((name, text, script.keys, *arguments), then)
            answer, after = await self._ask(seconds, name, partial(self._execute_all, both, arguments[0]))
            if not isinstance(answer, ResponseError):
                return answer, after
            if not isinstance(answer, NoScriptError):
                log.warning("redis.refused", command=name, error=str(answer))
                raise AwayError from answer
        raise AwayError("Redis does not keep scripts")

    async def scripts(self, seconds: float, calls: Sequence[tuple[Script, Sequence[Argument]]]) -> list[Any]:
        """What several scripts with keys that only read return: in one round trip to each server."""
        answers: list[Any] = [None] * len(calls)
        for places in await self._by_server([rest[0] for _, rest in calls]):
            commands = [("EVALSHA", script.sha, script.keys, *rest) for script, rest in (calls[one] for one in places)]
            key = calls[places[0]][1][0]
            found = await self._ask(seconds, "EVALSHA", partial(self._execute_all, commands, key))
            for place, answer in zip(places, found, strict=True):
                # unknown there, or its key has moved: by itself
                alone = isinstance(answer, ResponseError)
                script, rest = calls[place]
                answers[place] = await self.script(seconds, script, *rest) if alone else answer
        return answers

    async def _by_server(self, keys: Sequence[Argument]) -> list[list[int]]:
        """Places of the keys that one server holds."""
        client = self._cluster
        if client is None:
            return [list(range(len(keys)))] if keys else []
        places: dict[str, list[int]] = {}
        try:
            await client.initialize()
            for place, key in enumerate(keys):
                node = client.get_node_from_key(str(key))
                places.setdefault("" if node is None else node.name, []).append(place)
        except (RedisError, RedisClusterException, OSError) as error:
            raise AwayError from error
        return list(places.values())

    async def each_primary(self, seconds: float, *arguments: Argument) -> list[Any]:
        """The answers of all servers that take writes to one command."""
        client = self._cluster
        if client is None:
            return [await self.command(seconds, *arguments)]

        async def ask() -> Any:
            await client.initialize()
            nodes = client.get_primaries()
            return [await client.execute_command(*arguments, target_nodes=[node]) for node in nodes]

        return list(await self._ask(seconds, str(arguments[0]), ask))

    async def _ask(self, seconds: float, name: str, execute: Callable[[], Awaitable[Any]]) -> Any:
        """What ``execute`` gives, in time; and what that tells of Redis."""
        if self.away:
            raise AwayError
        async with self._slots:
            if self.away:
                raise AwayError
            self._probing = self._failing
            self.round_trips += 1
            try:
                async with Patience(seconds):
                    answer = await execute()
            except NoScriptError:
                self._succeeded()
                raise
            except ResponseError as error:
                self._succeeded()  # it lives, it only does not want to
                log.warning("redis.refused", command=name, error=str(error))
                raise AwayError from error
            except TimeoutError as error:
                self._failed(error, at_once=self._slow + 1 >= _SLOW_LIMIT)
                raise AwayError from error
            except (RedisError, RedisClusterException, OSError) as error:
                self._failed(error, at_once=True)
                raise AwayError from error
            finally:
                self._probing = False
            self._succeeded()
            return answer

    async def own_connection(self, key: str) -> AbstractConnection:
        """A new connection to the server (of a cluster, the primary) that holds the key; made outside the pool."""
        try:
            if self._cluster is not None:
                await self._cluster.initialize()
                node = self._cluster.get_node_from_key(key)
                if node is None:
                    raise AwayError("no node holds the namespace")
                connection: AbstractConnection = node.connection_class(**node.connection_kwargs)
                await connection.connect()  # type: ignore[no-untyped-call] # as redis-py has it
            else:
                connection = await self._new_connection()
        except (RedisError, RedisClusterException, OSError) as error:
            raise AwayError(str(error) or type(error).__name__) from error
        return connection

    async def close(self) -> None:
        await self._drop_idle()
        await (self._server if self._cluster is None else self._cluster).aclose()

    async def _execute(self, *arguments: Argument) -> Any:
        """On one server by redis-py's connections alone: the pool of its client takes longer than the round trip."""
        if self._cluster is not None:
            # redis-py sends what it is told before it knows the nodes to any of them, and starts anew when many of
            # them send it on
            await self._cluster.initialize()
            return await self._cluster.execute_command(*arguments)
        (answer,) = await self._execute_all([arguments], "")
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    async def _execute_all(self, commands: Sequence[Sequence[Argument]], key: Argument) -> list[Any]:
        """On one connection: the answers, a refusal being one. In a cluster that of the primary that holds ``key``."""
        if self._cluster is not None:
            return await in_cluster(self._cluster, key, commands)
        connection = self._idle.pop() if self._idle else await self._new_connection()
        try:
            answers = await on_connection(connection, commands)
        except BaseException:  # answers may still come: nobody else may read them
            await connection.disconnect(nowait=True)
            await self._drop_idle()
            raise
        self._idle.append(connection)
        return answers

    async def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.disconnect(nowait=True)

    async def _new_connection(self) -> AbstractConnection:
        pool = self._server.connection_pool
        connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)
        await connection.connect()  # type: ignore[no-untyped-call] # as redis-py has it
        return connection

    async def _connected(self, connection: AbstractConnection) -> None:
        """Greet the server, and find out whether it is the process that was there before."""
        await connection.on_connect()
        await connection.send_command("INFO", "server", "memory")
        info = dict(line.split(b":", 1) for line in (await connection.read_response()).splitlines() if b":" in line)
        run, policy = info.get(b"run_id", b""), info.get(b"maxmemory_policy", b"").decode()
        if policy.startswith("allkeys") and info.get(b"maxmemory") != b"0":
            # it might drop the list of a tag's entries, and then an invalidation would not find them
            log.warning("redis.eviction_policy", policy=policy, wanted="volatile-lru, volatile-ttl or noeviction")
        address = (connection.host, connection.port) if isinstance(connection, Connection) else ""
        before = self._runs.get(address, run)
        self._runs[address] = run
        if run != before:
            self._restarted()

    def _succeeded(self) -> None:
        self._slow = 0
        if self._failing:
            self._failing = False
            log.info("redis.back")

    def _failed(self, error: BaseException, *, at_once: bool) -> None:
        self._slow += 1
        if not (at_once or self._failing):
            return
        if not self._failing:
            log.warning("redis.away", error=str(error) or type(error).__name__)
        self._failing = True
        self._away_until = time.monotonic() + self._pause


def _redis_url(url: str) -> str:
    for scheme, known in _SCHEMES.items():
        if url.startswith(scheme):
            return known + url.removeprefix(scheme)
    return url


def _cluster(urls: Sequence[str], options: Mapping[str, Any]) -> RedisCluster:
    """A client of the cluster; user, password and TLS as in the first address."""
    parsed: list[dict[str, Any]] = [dict(parse_url(url)) for url in urls]
    shared = {name: value for name, value in parsed[0].items() if name not in {"host", "port", "connection_class"}}
    return RedisCluster(
        startup_nodes=[ClusterNode(one.get("host", "127.0.0.1"), one.get("port", 6379)) for one in parsed],
        ssl=parsed[0].get("connection_class") is SSLConnection,
        # a slot that has moved is noted, without ending the connections on which others wait for their answers
        reinitialize_steps=0,
        # one more try after a node failed: by then the client knows the cluster's new layout
        **{**options, **shared, "retry": Retry(NoBackoff(), 1)},
    )
