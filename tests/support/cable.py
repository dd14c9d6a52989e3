"""A wire to a server on this machine that can be cut, mended, and left hanging."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

_CHUNK: Final = 65_536


class Cable:
    """Passes bytes on to ``target`` (host, port). ``connections``: so many were asked for."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self.port = 0
        self.connections = 0

    async def mend(self) -> None:
        """Take connections, and pass on what comes."""
        self._passes.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._joined, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse connections, and break off those there are."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hang(self) -> None:
        """Take connections and bytes, and pass nothing on."""
        self._passes.clear()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pass_on(reader, back))
                    group.create_task(self._pass_on(there, writer))
            finally:
                back.close()
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._passes.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.close()


@asynccontextmanager
async def cable_to(url: str) -> AsyncIterator[tuple[Cable, str]]:
    """A cable to the server at an address, and the address of its other end."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    cable = Cable((parts.hostname, parts.port))
    await cable.mend()
    try:
        yield cable, f"{parts.scheme}://127.0.0.1:{cable.port}"
    finally:
        await cable.cut()
