"""A server of raw bytes on 127.0.0.1: it answers exactly what a test says, well-formed or not."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@dataclass(frozen=True)
class Request:
    """What arrived: header names in lower case."""

    verb: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RawServer:
    """``requests`` in the order of arrival; ``busiest`` is the largest number answered at the same time."""

    behaviour: Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = parse_request(await _read_message(reader))
            self.requests.append(request)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
            try:
                await self.behaviour(request, writer)
                await writer.drain()
            finally:
                self.busy -= 1
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(
    behaviour: Callable[[Request, asyncio.StreamWriter], Awaitable[None]], port: int = 0
) -> AsyncIterator[RawServer]:
    held = RawServer(behaviour)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await held.serve(reader, writer)
        except asyncio.CancelledError:
            return
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", port, limit=2**24)
    held.port = server.sockets[0].getsockname()[1]
    try:
        yield held
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def answer(body: bytes, status: str = "200 OK", media_type: str = "application/json", *more: str) -> bytes:
    """A whole HTTP answer as Odoo's prefork workers write it: HTTP/1.0, no keep-alive."""
    head = [f"HTTP/1.0 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


def always(data: bytes) -> Callable[[Request, asyncio.StreamWriter], Awaitable[None]]:
    async def behaviour(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return behaviour


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset instead of a proper end."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def parse_request(message: bytes) -> Request:
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    verb, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(verb, path, headers, body)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = parse_request(head).headers.get("content-length", "0")
    return head + await reader.readexactly(int(length))
