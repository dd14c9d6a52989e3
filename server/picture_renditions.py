"""Pictures as they are sent: one for each content, size and kind, made once and kept under what it was made of.

So they are never out of date, and pictures that are alike share them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import msgspec
import structlog

from cache.flight import SingleFlight, computed_once
from cache.store import Entry, Store
from server.picture_cache import AWAY, BROKEN, LEASE, entry_of
from server.picture_choice import AVIF, PNG, SVG, WEBP
from server.picture_jobs import BadPictureError
from server.picture_pool import PicturePool

log = structlog.get_logger(__name__)

#: bytes above which one is not kept, but made whenever somebody asks for it who does not know it
MOST_KEPT: Final = 1024 * 1024
#: of keys; changes whenever other bytes are made of the same picture
_RELEASE: Final = "1"
_SHORT: Final = {AVIF: "avif", WEBP: "webp", PNG: "png", SVG: "svg"}


class Rendition(msgspec.Struct, frozen=True, gc=False):
    """Bytes to send, and their type. ``content``: None when they are too many to be kept.

    ``tag``: another for every other content. ``problem``: it cannot be made, and why; then there is no content.
    """

    media: str
    tag: str
    content: bytes | None = None
    problem: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Rendition)


class Renditions:
    """Made in ``pool``, kept in ``store``. ``lease``: seconds to wait for another process that makes the same."""

    def __init__(
        self,
        store: Store,
        pool: PicturePool,
        *,
        max_bytes: int = MOST_KEPT,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pool = pool
        self._max_bytes = max_bytes
        self._lease = lease
        self._clock = clock
        self._flights: SingleFlight[Rendition] = SingleFlight()

    async def get(
        self,
        made_of: str,
        side: int,
        media: str,
        load: Callable[[], Awaitable[bytes]],
        *,
        known: Collection[str] = (),
    ) -> Rendition:
        """A picture with a longer side of ``side`` pixels, made of the content with that hash, which ``load`` gives.

        ``content`` is None only for a tag that is ``known`` to whoever asks, or a picture with a problem. Raises
        PicturesBusyError, and what ``load`` raises.
        """
        key = f"picture-made:{_RELEASE}:{made_of}:{side}:{_SHORT.get(media, 'jpeg')}"
        kept = await self._kept(key)
        if kept is not None and (kept.content is not None or kept.problem or kept.tag in known):
            return kept

        async def make() -> Rendition:
            return await self._make(key, side, media, load)

        async def make_once() -> Rendition:
            made = await computed_once(
                self._store, key, find=lambda: self._kept(key), compute=make, seconds=self._lease
            )
            # too big to be kept: of no use to others
            return made if made.content is not None or made.problem else await make()

        return await self._flights.do(key, make_once)

    async def close(self) -> None:
        await self._flights.close()

    async def _kept(self, key: str) -> Rendition | None:
        entry = await self._store.get(key)
        return None if entry is None or self._clock() >= entry.fresh_until else _decoded(entry)

    async def _make(self, key: str, side: int, media: str, load: Callable[[], Awaitable[bytes]]) -> Rendition:
        ticket = await self._store.ticket()
        try:
            content = await self._pool.make(load, side, media)
            made, lasts = Rendition(media, _tag(content), content), AWAY
        except BadPictureError as error:
            log.warning("picture.unusable", key=key, reason=str(error))
            made, lasts = Rendition(media, "", None, str(error)), BROKEN
        small = made if len(made.content or b"") <= self._max_bytes else msgspec.structs.replace(made, content=None)
        await self._store.put(key, entry_of(_encoder.encode(small), self._clock(), lasts), ticket)
        return made


def _tag(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _decoded(entry: Entry) -> Rendition | None:
    """None as well for what another release kept."""
    try:
        return _decoder.decode(entry.body)
    except msgspec.MsgspecError:
        return None
