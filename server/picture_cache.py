"""Pictures as Odoo has them: kept in the store, so that Odoo reads each once, and may be away.

When a picture is certainly that of a version, and may be shown under that version's address forever:

* its version is known to the page's records before it is read, and Odoo tells the same version with its bytes. Every
  write of Odoo moves the version on, so nothing was written in between. What was read just after a change, while the
  records do not know of that yet, has another version than they have;
* that version has settled. Its moments are cut to seconds, and are those at which transactions *began*: so a second
  write, begun in the same second, has the same version. It cannot come any more once Odoo has ended all transactions
  of that second.

Any other picture is shown under no version, kept for a few seconds, and read again.

What is known of a picture is kept under whose it is, its bytes under their hash. They are what all sizes are made of,
and are needed for nothing else.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from adapters.records import ImageContent, Picture
from cache.flight import SingleFlight, computed_once
from cache.reference import AdapterProvider
from cache.store import Entry, Store, Ticket
from resolvers.images import version_of
from server.picture_choice import MAX_PIXELS
from server.picture_gate import Gate
from server.picture_jobs import BadPictureError, Facts
from server.picture_pool import PicturePool

log = structlog.get_logger(__name__)

#: bytes of a picture above which it is not kept
MAX_BYTES: Final = 256 * 1024
#: bytes above which it is not shown
_MOST_BYTES: Final = 16 * 1024 * 1024
#: bytes that this process holds of what was read last, whether it is kept or not: it is about to be needed
_RECENT_BYTES: Final = 16 * 1024 * 1024
#: pictures read at once, each with its bytes in memory, and how many more may be waited for
_READS: Final = 8
_WAITING: Final = 256
#: Seconds. After so many no transaction of Odoo is still running: a request may last 120 (``limit_time_real``).
SETTLED_AFTER: Final = 180.0
_DAY: Final = 86_400.0
#: seconds for which a picture of a certain version is kept before it is read again: it may be replaced without a trace
_FRESH: Final = _DAY
#: what was read together should not end together: this part of its time is drawn by lot
_SPREAD: Final = 0.2
#: seconds for which one of no certain version is
BRIEF: Final = 10.0
#: seconds for which one that is broken is not looked at again
BROKEN: Final = 60.0
#: seconds for which any may stand in while Odoo is away
AWAY: Final = 7 * _DAY
#: seconds after which another process that reads the picture is no longer waited for, at the most
LEASE: Final = 10.0
#: pixels: who asks for a size between two gets it made of the larger
_STEPS: Final = (64, 128, 256, 512, 1024, MAX_PIXELS)


@dataclass(frozen=True, slots=True)
class Depicted:
    """Something that the shop shows, the version of its picture as the shop's records have it, and its tags."""

    picture: Picture
    version: str
    tags: frozenset[str]


class Original(msgspec.Struct, frozen=True, gc=False):
    """What is known of a picture as Odoo has it, ``pixels`` large or as large as there is.

    ``facts``: None when there is no picture, or (``problem`` tells) none that can be shown. ``tag``: another for every
    other content. ``version``: the only one it can be of; empty when that is not certain.
    """

    pixels: int
    tag: str
    version: str
    facts: Facts | None = None
    problem: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Original)


class PictureCache:
    """Pictures by whose they are and size, kept in a `Store` with the tags of what is shown.

    ``clock`` tells Unix seconds, about as Odoo's clock does. ``adapter`` gives the adapter, or raises
    OdooUnavailableError. ``lease``: seconds after which another process that reads the picture is no longer waited for.
    It may have been cut off from Redis before it could store the picture, or say that it gave up: so this is less than
    whoever asks will wait.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        pool: PicturePool,
        *,
        max_bytes: int = MAX_BYTES,
        recent_bytes: int = _RECENT_BYTES,
        lease: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._adapter = adapter
        self._pool = pool
        self._max_bytes = max_bytes
        self._recent = _Recent(recent_bytes)
        self._lease = lease
        self._clock = clock
        self._gate = Gate(_READS, waiting=_WAITING)
        self._flights: SingleFlight[Original] = SingleFlight()

    async def at_hand(self, depicted: Depicted, pixels: int) -> Original | None:
        """The picture of at least so many pixels, or as large as there is, if it need not be read."""
        return await self._good(depicted, _step(pixels))

    async def stand_ins(self, depicted: Depicted, pixels: int) -> Sequence[Original]:
        """What can be shown instead while Odoo is away, best first: of this version, of this size, of the nearest."""
        step = _step(pixels)
        entries = await self._store.get_many([_key(depicted, one) for one in _STEPS])
        found = [original for entry in entries if (original := _decoded(entry)) and not original.problem]
        found = [one for one in found if one.pixels == step or one.facts is not None]
        found.sort(key=lambda one: (one.version != depicted.version, one.pixels != step, abs(one.pixels - step)))
        # another size is not what its address stands for
        return [one if one.pixels == step else msgspec.structs.replace(one, version="") for one in found]

    async def read(self, depicted: Depicted, pixels: int, *, with_content: bool = False) -> Original:
        """The picture, read if it has to be; ``with_content``: also if its bytes are not at hand any more.

        Raises OdooError, PicturesBusyError.
        """
        step = _step(pixels)
        # who knows of another version does not join in: it was asked for before he knew
        flight = f"{_key(depicted, step)}@{depicted.version}{'+' if with_content else ''}"
        return await self._flights.do(flight, lambda: self._once(flight, depicted, step, with_content=with_content))

    async def content(self, tag: str) -> bytes | None:
        """The bytes of that hash, if they are kept."""
        recent = self._recent.get(tag)
        if recent is not None:
            return recent
        entry = await self._store.get(_content_key(tag))
        return entry.body if entry is not None and _tag(entry.body) == tag else None

    async def close(self) -> None:
        await self._flights.close()

    async def _good(self, depicted: Depicted, step: int) -> Original | None:
        """One of a certain version is right as long as the records have that version, whatever else was announced."""
        entry = await self._store.get(_key(depicted, step))
        original = _decoded(entry)
        if entry is None or original is None or self._clock() >= entry.fresh_until:
            return None
        right = original.version == depicted.version if original.version else not entry.invalidated
        return original if right else None

    async def _once(self, flight: str, depicted: Depicted, step: int, *, with_content: bool) -> Original:
        """Read in one process at a time, unless it has the bytes for itself alone."""

        async def find() -> Original | None:
            original = await self._good(depicted, step)
            if original is None or not with_content or original.facts is None:
                return original
            return original if await self.content(original.tag) is not None else None

        async def read() -> Original:
            async with self._gate:
                return await self._read(depicted, step)

        return await computed_once(self._store, flight, find=find, compute=read, seconds=self._lease)

    async def _read(self, depicted: Depicted, step: int) -> Original:
        ticket = await self._store.ticket()
        adapter = await self._adapter()
        found = await adapter.image(depicted.picture, step)
        now = self._clock()
        content = found.content if found else b""
        tag = _tag(content)
        facts, problem = await self._looked_at(depicted.picture, content)
        version = depicted.version if found and _certain(found, depicted.version, now) else ""
        original = Original(step, tag, version, facts, problem)
        if facts is not None:
            self._recent.put(tag, content)
        await self._keep(original, content, depicted, ticket, now)
        return original

    async def _looked_at(self, picture: Picture, content: bytes) -> tuple[Facts | None, str]:
        if not content:
            return None, ""
        try:
            if len(content) > _MOST_BYTES:
                raise BadPictureError(f"it has too many bytes: {len(content)}")  # noqa: TRY301  # as what is looked at
            return await self._pool.inspect(content), ""
        except BadPictureError as error:
            log.warning("picture.unusable", of=picture.of, id=picture.id, reason=str(error))
            return None, str(error)

    async def _keep(
        self, original: Original, content: bytes, depicted: Depicted, ticket: Ticket | None, now: float
    ) -> None:
        lasts = BROKEN if original.problem else _FRESH * _spread() if original.version else BRIEF
        entries = {_key(depicted, original.pixels): entry_of(_encoder.encode(original), now, lasts, tags=depicted.tags)}
        if original.facts is not None and len(content) <= self._max_bytes:
            entries[_content_key(original.tag)] = entry_of(content, now, AWAY)
        await self._store.put_many(entries, ticket)


class _Recent:
    """Contents by their tags, so many bytes of those used last."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, tag: str) -> bytes | None:
        content = self._kept.get(tag)
        if content is not None:
            self._kept.move_to_end(tag)
        return content

    def put(self, tag: str, content: bytes) -> None:
        if tag not in self._kept:
            self._bytes += len(content)
        self._kept[tag] = content
        self._kept.move_to_end(tag)
        while self._bytes > self._limit:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def _step(pixels: int) -> int:
    return next(step for step in _STEPS if step >= pixels)


def _key(depicted: Depicted, step: int) -> str:
    return f"picture:{depicted.picture.of}:{depicted.picture.id}:{step}"


def _content_key(tag: str) -> str:
    return f"picture-content:{tag}"


def _tag(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _certain(found: ImageContent, version: str, now: float) -> bool:
    """Are these bytes what the version stands for, and nothing else can be? See the head of this module."""
    if not version or version_of(found.updated_at) != version:
        return False
    return now - max(moment.timestamp() for moment in found.updated_at) >= SETTLED_AFTER


def _spread() -> float:
    return random.uniform(1 - _SPREAD, 1)  # noqa: S311  # no secret


def entry_of(body: bytes, now: float, lasts: float, *, tags: frozenset[str] = frozenset()) -> Entry:
    """One that is fresh for so many seconds, and may stand in for a week."""
    return Entry(
        body=body,
        tags=tags,
        created=now,
        fresh_until=now + lasts,
        stale_until=now + lasts,
        error_until=now + max(lasts, AWAY),
    )


def _decoded(entry: Entry | None) -> Original | None:
    """None as well for what another release kept."""
    try:
        return _decoder.decode(entry.body) if entry is not None else None
    except msgspec.MsgspecError:
        return None
