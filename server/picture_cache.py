"""Pictures already read from Odoo: kept in the store, so that Odoo reads each once, and may be away.

When a picture is certainly that of a version, and may be shown under that version's address forever:

* its version is known to the page's records before it is read, and Odoo tells the same version with its bytes. Every
  write of Odoo moves the version on, so nothing was written in between. What was read just after a change, while the
  records do not know of that yet, has another version than they have;
* that version has settled. Its moments are cut to seconds, and are those at which transactions *began*: so a second
  write, begun in the same second, has the same version. It cannot come any more once Odoo has ended all transactions
  of that second.

Any other picture is shown under no version, kept for a few seconds, and read again.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.errors import OdooUnavailableError
from adapters.records import ImageContent, Picture
from cache.flight import SingleFlight, computed_once
from cache.reference import AdapterProvider
from cache.store import Entry, Store
from resolvers.images import version_of

#: bytes of a picture above which it is not kept
MAX_BYTES: Final = 256 * 1024
#: Seconds. After so many no transaction of Odoo is still running: a request may last 120 (``limit_time_real``).
SETTLED_AFTER: Final = 180.0
_DAY: Final = 86_400.0
#: seconds for which a picture of a certain version is kept before it is read again: it may be replaced without a trace
_FRESH: Final = _DAY
#: what was read together should not end together: this part of its time is drawn by lot
_SPREAD: Final = 0.2
#: seconds for which one of no certain version is
BRIEF: Final = 10.0
#: seconds for which either may stand in while Odoo is away
_ERROR: Final = 7 * _DAY
#: seconds to wait for Odoo when an older picture could stand in
_PATIENCE: Final = 3.0
#: seconds after which another process that reads the picture is no longer waited for, at the most
LEASE: Final = 10.0
#: pixels: who asks for a size between two gets the larger
_STEPS: Final = (64, 128, 256, 512, 1024, 1920)
MAX_PIXELS: Final = _STEPS[-1]


@dataclass(frozen=True, slots=True)
class Depicted:
    """Something that the shop shows, the version of its picture as the shop's records have it, and its tags."""

    picture: Picture
    version: str
    tags: frozenset[str]


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A picture. ``content``: empty when there is none; None when it is too big to be kept.

    ``version``: the only one it can be of; empty when that is not certain. ``tag``: another for every other content.
    """

    content_type: str
    tag: str
    version: str
    content: bytes | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Kept)


class PictureCache:
    """Pictures by what they show and size, kept in a `Store` with the tags of what is shown.

    ``clock`` tells Unix seconds, about as Odoo's clock does. ``adapter`` gives the adapter, or raises
    OdooUnavailableError. ``lease``: seconds after which another process that reads the picture is no longer waited for.
    It may have been cut off from Redis before it could store the picture, or say that it gave up: so this is less than
    whoever asks will wait.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        *,
        max_bytes: int = MAX_BYTES,
        patience: float = _PATIENCE,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._adapter = adapter
        self._max_bytes = max_bytes
        self._patience = patience
        self._lease = lease
        self._clock = clock
        self._flights: SingleFlight[Kept] = SingleFlight()

    async def get(self, depicted: Depicted, size: int, *, known: Collection[str] = ()) -> Kept:
        """The picture of at least ``size`` pixels, or as large as there is; an older one while Odoo is away.

        ``content`` is None only for a tag that is ``known`` to whoever asks. Raises OdooError.
        """
        pixels = next(step for step in _STEPS if step >= size)
        key = f"picture:{depicted.picture.of}:{depicted.picture.id}:{pixels}"
        entry = await self._store.get(key)
        kept = _decoded(entry)
        if kept is not None and self._serves(entry, kept, depicted) and (kept.content is not None or kept.tag in known):
            return kept
        standing_in = kept is not None and kept.content is not None and entry is not None
        try:
            async with asyncio.timeout(self._patience if standing_in else None):
                # who knows of another version does not join in: it was asked for before he knew
                flight = f"{key}@{depicted.version}"
                return await self._flights.do(flight, lambda: self._once(key, flight, depicted, pixels))
        except (OdooUnavailableError, TimeoutError):
            if kept is None or not standing_in:
                raise
            return kept

    async def close(self) -> None:
        await self._flights.close()

    def _serves(self, entry: Entry | None, kept: Kept, depicted: Depicted) -> bool:
        """Is it the picture to show?

        One of a certain version is right as long as the records have that version, whatever else was announced.
        """
        now = self._clock()
        if entry is None or now >= entry.fresh_until:
            return False
        return kept.version == depicted.version if kept.version else not entry.invalidated

    async def _once(self, key: str, flight: str, depicted: Depicted, pixels: int) -> Kept:
        """Read in one process at a time; what is too big to be kept by each for itself."""

        async def find() -> Kept | None:
            entry = await self._store.get(key)
            kept = _decoded(entry)
            return kept if kept is not None and self._serves(entry, kept, depicted) else None

        async def read() -> Kept:
            return await self._read(key, depicted, pixels)

        kept = await computed_once(self._store, flight, find=find, compute=read, seconds=self._lease)
        return kept if kept.content is not None else await read()

    async def _read(self, key: str, depicted: Depicted, pixels: int) -> Kept:
        ticket = await self._store.ticket()
        adapter = await self._adapter()
        found = await adapter.image(depicted.picture, pixels)
        now = self._clock()
        content = found.content if found else b""
        kept = Kept(
            content_type=found.content_type if found else "",
            tag=hashlib.blake2b(content, digest_size=12).hexdigest(),
            version=depicted.version if found and _certain(found, depicted.version, now) else "",
            content=content,
        )
        small = kept if len(content) <= self._max_bytes else msgspec.structs.replace(kept, content=None)
        await self._store.put(key, _entry(small, depicted.tags, now), ticket)
        return kept


def _certain(found: ImageContent, version: str, now: float) -> bool:
    """Are these bytes what the version stands for, and nothing else can be? See the head of this module."""
    if not version or version_of(found.updated_at) != version:
        return False
    return now - max(moment.timestamp() for moment in found.updated_at) >= SETTLED_AFTER


def _entry(kept: Kept, tags: frozenset[str], now: float) -> Entry:
    lasts = _FRESH * random.uniform(1 - _SPREAD, 1) if kept.version else BRIEF  # noqa: S311  # no secret
    return Entry(
        body=_encoder.encode(kept),
        tags=tags,
        created=now,
        fresh_until=now + lasts,
        stale_until=now + lasts,
        error_until=now + _ERROR,
    )


def _decoded(entry: Entry | None) -> Kept | None:
    """None as well for what another release kept."""
    try:
        return _decoder.decode(entry.body) if entry is not None else None
    except msgspec.MsgspecError:
        return None
