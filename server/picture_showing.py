"""From what was asked for to the bytes to send: the picture as Odoo has it, and of it the size and kind that fit."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

from adapters.errors import OdooUnavailableError
from adapters.patience import Patience
from cache.reference import AdapterProvider
from cache.store import Store
from server.picture_cache import LEASE, MAX_BYTES, Depicted, Original, PictureCache
from server.picture_choice import NEWER, Box, media_of
from server.picture_gate import PicturesBusyError
from server.picture_pool import PicturePool
from server.picture_renditions import MOST_KEPT, Rendition, Renditions

#: seconds to wait for Odoo when another picture could stand in
PATIENCE: Final = 3.0
#: a picture is read again so often when its bytes are gone by the time they are needed
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to fit in ``box``. ``accept``: the headers of that name; ``known``: tags of what the client has."""

    box: Box
    accept: Sequence[str] = ()
    known: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """``rendition``: None where there is no picture. ``version``: the only one it can be of; empty: not certain.

    ``tag``: another for every other content.
    """

    rendition: Rendition | None
    version: str
    tag: str


class _GoneError(Exception):
    """The bytes that a rendition should be made of are not kept any more."""


class PictureShowing:
    """Everything behind an address of a picture but whether it may be seen.

    ``max_bytes``: of a picture of Odoo that is kept; ``most_kept``: of one as it is sent. ``newer``: kinds that are
    made beside the picture's own, the preferred one first. ``patience``: seconds to wait for Odoo when another picture
    could stand in.
    """

    def __init__(
        self,
        store: Store,
        adapter: AdapterProvider,
        *,
        pool: PicturePool | None = None,
        max_bytes: int = MAX_BYTES,
        most_kept: int = MOST_KEPT,
        lease: float = LEASE,
        newer: Sequence[str] = NEWER,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool or PicturePool()
        self._originals = PictureCache(store, adapter, self._pool, max_bytes=max_bytes, lease=lease, clock=clock)
        self._renditions = Renditions(store, self._pool, max_bytes=most_kept, lease=lease, clock=clock)
        self._newer = newer
        self._patience = patience

    async def show(self, depicted: Depicted, wanted: Wanted) -> Shown:
        """What to send; an older or another size of it while Odoo is away. Raises OdooError, PicturesBusyError."""
        pixels = wanted.box.pixels
        original = await self._originals.at_hand(depicted, pixels)
        stand_ins: Sequence[Original] = ()
        try:
            if original is None:
                stand_ins = await self._originals.stand_ins(depicted, pixels)
                async with Patience(self._patience) if stand_ins else nullcontext():
                    original = await self._originals.read(depicted, pixels)
            return await self._shown(depicted, original, wanted)
        except (OdooUnavailableError, TimeoutError):
            for instead in stand_ins or await self._originals.stand_ins(depicted, pixels):
                try:
                    return await self._rendered(instead, wanted)
                except _GoneError:
                    continue
            raise

    async def close(self) -> None:
        """Cancel what is being read and made."""
        await self._originals.close()
        await self._renditions.close()
        await self._pool.close()

    async def _shown(self, depicted: Depicted, original: Original, wanted: Wanted) -> Shown:
        for _ in range(_TRIES):
            try:
                return await self._rendered(original, wanted)
            except _GoneError:
                original = await self._originals.read(depicted, wanted.box.pixels, with_content=True)
        raise PicturesBusyError("too many pictures pass through memory")

    async def _rendered(self, original: Original, wanted: Wanted) -> Shown:
        """Raises _GoneError when it has to be made, and the bytes to make it of are gone."""
        facts = original.facts
        if facts is None:
            problem = Rendition("", "", problem=original.problem) if original.problem else None
            return Shown(problem, "", original.tag)

        async def load() -> bytes:
            content = await self._originals.content(original.tag)
            if content is None:
                raise _GoneError
            return content

        side = wanted.box.side(facts.width, facts.height)
        media = media_of(wanted.accept, facts.media, self._newer)
        made = await self._renditions.get(original.tag, side, media, load, known=wanted.known)
        return Shown(made, "" if made.problem else original.version, made.tag)
