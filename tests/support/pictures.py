"""A shop's pictures over a process of the application, with a clock that the test turns."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from starlette.applications import Starlette

from cache.store import Store
from demo.double import Double
from demo.wholesale import generate
from demo.wholesale.pictures import picture
from server.picture_making import inspect, make
from server.picture_pool import PicturePool
from server.pictures import Pictures
from tests.support.bff import Answer, Bff, serving
from tests.support.processes import Process, process
from tests.support.waiting import PATIENCE

MIB = 1024 * 1024
#: Odoo's field of the largest size, where it is not that of 14.0 and later
_LARGEST = {"10.0": "image"}

OnCall = Callable[[str, str, tuple[str, ...]], Awaitable[None]]


class Time:
    """Unix seconds for Odoo and for the pictures alike; runs only when it is turned."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now

    def of_odoo(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC).replace(tzinfo=None)


@dataclass
class PictureShop:
    """A process, and a server of its pictures beside it."""

    process: Process
    pictures: Bff
    time: Time

    @property
    def double(self) -> Double:
        return self.process.double

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.pictures.get(path, **headers)

    async def head(self, path: str) -> Answer:
        return await self.pictures.send("HEAD", path)

    async def product(self, product_id: int) -> dict[str, Any]:
        """A product with the addresses of its pictures."""
        found = await self.process.ask(ADDRESSES % product_id)
        answer: dict[str, Any] = found["product"]
        return answer

    async def told(self) -> None:
        """Have the process told of what changed."""
        assert await self.process.feed.poll()

    def reads(self) -> int:
        """How many pictures Odoo was asked for so far."""
        return sum(1 for call in self.double.calls if _is_of_picture(call.method, call.args))

    def paint(self, model: str, record_id: int, number: int) -> bytes:
        """Give the record another picture in Odoo; its bytes, as they are sent."""
        return paint(self.double, model, record_id, number)

    def before_calls(self, act: OnCall) -> None:
        """Have ``act`` (model, method, fields) done before every call to Odoo that follows."""
        wire: Any = self.process.wire
        call = type(wire).call

        async def hooked(*arguments: Any, **named: Any) -> Any:
            fields = (named.get("args") or {}).get("fields") or ()
            await act(arguments[0], arguments[1], tuple(fields))
            return await call(wire, *arguments, **named)

        wire.call = hooked


ADDRESSES = """{ product(id: %d) { id image imageUrl smallImage thumbnail metaImage jsonLd
    firstVariant { id image imageUrl } productVariants { id imageUrl } mediaGallery { id image imageUrl }
    categories { id image imageUrl metaImage } } }"""


def field_of(version: str) -> str:
    return _LARGEST.get(version, "image_1920")


def as_shown(content: bytes) -> bytes:
    """A picture of Odoo as it is sent to who asks for nothing else than its own kind, however large."""
    facts = inspect(content)
    return make(content, max(facts.width, facts.height), facts.media)


def bytes_of(number: int) -> bytes:
    """As they are sent."""
    return as_shown(base64.b64decode(picture(number)))


def paint(double: Double, model: str, record_id: int, number: int) -> bytes:
    """Write another picture as a user of Odoo does; its bytes, as they are sent."""
    hang(double, model, record_id, base64.b64decode(picture(number)))
    return bytes_of(number)


def hang(double: Double, model: str, record_id: int, content: bytes) -> None:
    """Write any bytes as a picture."""
    name = field_of(double.version)
    if model == "product.product":
        name = "image_variant" if double.version == "10.0" else "image_variant_1920"
    double.write(model, [record_id], {name: base64.b64encode(content).decode()})


def shape_of_picture(name: str) -> bool:
    """Is this Odoo's name of a picture?"""
    return name.startswith("image")


def _is_of_picture(method: str, args: Sequence[Any]) -> bool:
    fields: Sequence[Any] = args[1] if method == "search_read" and len(args) > 1 else ()
    return bool(fields) and shape_of_picture(str(fields[0]))


@asynccontextmanager
async def picture_shop(
    version: str,
    redis_url: str | None = None,
    namespace: str | None = None,
    *,
    double: Double | None = None,
    turned: Time | None = None,
    max_bytes: int = 256 * 1024,
    most_kept: int = MIB,
    pool: PicturePool | None = None,
    store: Store | None = None,
    seconds: float = 30,
    patience: float = 30,
) -> AsyncIterator[PictureShop]:
    """A shop whose pictures are served; it keeps records and pictures in the process, or in Redis as well.

    ``store``: where it keeps pictures, if elsewhere. ``seconds``: for one picture; ``patience``: when another
    could stand in: long, so that a slow machine is not taken for an Odoo that is away.
    """
    clock = turned or Time()
    shown = double or Double(generate(version, products=40, pricelists=4), clock.of_odoo)
    async with (
        process(shown, redis_url, namespace, local_cache_bytes=64 * MIB) as started,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as client,
    ):
        await started.feed.poll()
        pictures = Pictures(
            started.app.state.services,
            timeout=seconds,
            store=store,
            pool=pool,
            max_bytes=max_bytes,
            most_kept=most_kept,
            patience=patience,
            clock=clock,
        )
        async with serving(Starlette(routes=pictures.routes())) as port:
            try:
                yield PictureShop(started, Bff(port, client), clock)
            finally:
                await pictures.close()
