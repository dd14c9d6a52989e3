"""A client that costs little: requests made beforehand, kept-alive connections, of an answer only its head is read."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_SOURCE = b"\r\ncache-status: "
_OK = b"HTTP/1.1 200"


class LoadError(Exception):
    """The server hung up, or answered otherwise than HTTP/1.1 with a length."""


@dataclass
class Round:
    """What a load saw. ``latencies`` in seconds, unsorted; ``sources`` counts what ``Cache-Status`` says."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    body_bytes: int = 0
    cpu: float = 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the one before is there, until ``end`` or nothing is left to send."""

    def __init__(self, requests: Iterator[bytes], seen: Round, end: float, least: int) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._seen = seen
        self._end = end
        self._least = least
        self._left = 0
        self._head = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has another base

    def send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._finish()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            data = self._head + data
            end = data.find(_END_OF_HEAD)
            if end < 0:
                self._head = data
                return
            self._head = b""
            self._left = self._read(data, end) - len(data)
        if self._left <= 0:
            self._answered()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LoadError(f"the server hung up: {error}"))

    def _read(self, data: bytes, end: int) -> int:
        """How long the whole answer is."""
        at = data.find(_LENGTH, 0, end)
        if at < 0:
            self._finish(LoadError(f"an answer without a length: {data[:200]!r}"))
            return len(data)
        at += len(_LENGTH)
        length = int(data[at : data.find(b"\r", at)])
        if not data.startswith(_OK):
            self._seen.failed += 1
        at = data.find(_SOURCE, 0, end)
        if at >= 0:
            at += len(_SOURCE)
            # of what stands after the name of the cache, the first: hit, or fwd=miss
            self._seen.sources[data[at : data.find(b"\r", at)].split(b"; ", 2)[1].decode()] += 1
        self._seen.body_bytes += length
        return end + len(_END_OF_HEAD) + length

    def _answered(self) -> None:
        now = time.perf_counter()
        self._seen.latencies.append(now - self._sent)
        self._left = 0
        if now < self._end or len(self._seen.latencies) < self._least:
            self.send()
        else:
            self._finish()

    def _finish(self, error: LoadError | None = None) -> None:
        if not self.done.done():
            if error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(error)
        self._transport.close()


async def load(
    ports: list[int], requests: Iterator[bytes], *, concurrency: int, seconds: float, least: int = 1
) -> Round:
    """Ask ``concurrency`` times at once for so many seconds, and until ``least`` answers were seen.

    Connections are dealt to the ports in turn. Raises LoadError when a server hangs up.
    """
    seen, loop = Round(), asyncio.get_running_loop()
    connections: list[_Connection] = []
    end = time.perf_counter() + 3600
    for index in range(concurrency):
        port = ports[index % len(ports)]
        _, made = await loop.create_connection(lambda: _Connection(requests, seen, end, least), "127.0.0.1", port)
        connections.append(made)
    cpu, began = time.process_time(), time.perf_counter()
    for connection in connections:
        connection._end = began + seconds
        connection.send()
    await asyncio.gather(*(connection.done for connection in connections))
    seen.seconds, seen.cpu = time.perf_counter() - began, time.process_time() - cpu
    return seen


async def fetch(port: int, request: bytes) -> tuple[int, bytes]:
    """One answer: (status, body)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await reader.readuntil(_END_OF_HEAD)
        at = head.lower().find(_LENGTH) + len(_LENGTH)
        body = await reader.readexactly(int(head[at : head.find(b"\r", at)]))
        return int(head[9:12]), body
    finally:
        writer.close()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A POST as the shop's server sends it for a visitor."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Cookie: session_id=undefined\r\nReal-IP: \r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
