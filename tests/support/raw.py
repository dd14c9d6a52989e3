"""HTTP by hand, for what no well-behaved client sends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.support.waiting import PATIENCE


class RawConnection:
    """One TCP connection. Reads whole answers that have a Content-Length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> RawConnection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, *parts: bytes) -> None:
        """Send as much as the other side takes; it may hang up on us."""
        try:
            for part in parts:
                self._writer.write(part)
                await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """(status, headers, body); TimeoutError when none comes."""
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        is_json = headers.get("content-type", "").startswith("application/json")
        return int(head[0].split()[1]), headers, json.loads(body) if is_json else body

    async def at_end(self) -> bool:
        """Has the other side hung up, with nothing more to say?"""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


def post(body: bytes, *headers: str, content_type: str = "application/json") -> bytes:
    """A POST of a body to the GraphQL endpoint."""
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: shop.example",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
