"""Compressing answers: as the client accepts it, and each body once."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final

import brotli  # type: ignore[import-untyped]
import zstandard

from cache.flight import SingleFlight

#: What fits into one packet does not get there any sooner.
SMALLEST: Final = 1_400
#: A larger body that is not kept is compressed beside the loop.
_LARGE: Final = 65_536


def _gzip(body: bytes, level: int) -> bytes:
    compressor = zlib.compressobj(level, wbits=31)
    return compressor.compress(body) + compressor.flush()


def _zstd(body: bytes, level: int) -> bytes:
    return zstandard.ZstdCompressor(level=level).compress(body)


#: best first: what compresses a body that is kept, and one that is sent but once
_OF_KEPT: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=6),
    "zstd": partial(_zstd, level=9),
    "gzip": partial(_gzip, level=6),
}
_OF_OTHERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=2),
    "zstd": partial(_zstd, level=1),
    "gzip": partial(_gzip, level=1),
}


@lru_cache(maxsize=256)
def accepted(header: bytes) -> str | None:
    """The best encoding that an Accept-Encoding header (RFC 9110, 12.5.3) allows; None: send it as it is."""
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        name, _, parameters = (text.strip() for text in part.partition(";"))
        key, _, value = (text.strip() for text in parameters.partition("="))
        try:
            weights[name] = float(value) if key == "q" else 1.0
        except ValueError:
            continue
    others = weights.get("*", 0.0)
    ranked = [(weights.get(name, others), -rank, name) for rank, name in enumerate(_OF_KEPT)]
    weight, _, best = max(ranked)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


class Encodings:
    """Keeps the compressed forms of bodies that are kept, up to ``limit`` bytes together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._flights: SingleFlight[bytes] = SingleFlight()

    async def of_kept(self, digest: str, body: bytes, encoding: str) -> bytes:
        """The body in that encoding; ``digest`` stands for its contents."""
        found = self._kept.get((digest, encoding))
        if found is not None:
            self._kept.move_to_end((digest, encoding))
            return found
        return await self._flights.do(f"{digest} {encoding}", lambda: self._compressed(digest, body, encoding))

    async def once(self, body: bytes, encoding: str) -> bytes:
        """The body in that encoding, quickly."""
        compress = _OF_OTHERS[encoding]
        return await asyncio.to_thread(compress, body) if len(body) > _LARGE else compress(body)

    async def close(self) -> None:
        await self._flights.close()

    async def _compressed(self, digest: str, body: bytes, encoding: str) -> bytes:
        compressed = await asyncio.to_thread(_OF_KEPT[encoding], body)
        if len(compressed) <= self._limit:
            self._kept[digest, encoding] = compressed
            self._bytes += len(compressed)
            while self._bytes > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)
        return compressed
