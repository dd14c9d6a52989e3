"""Which picture is sent for what was asked: how large, and as what."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
AVIF: Final = "image/avif"
SVG: Final = "image/svg+xml"
#: kinds made of any picture for whoever names them; of two alike to the client the first, which is smaller
NEWER: Final = (AVIF, WEBP)
#: Pixels of the longer side, the only ones in which pictures are made, so that nobody can have every size made of all.
#: The next is larger by a sixth to a third: about what a shop asks for, and twice that, for dense screens.
SIDES: Final = (
    32, 64, 80, 96, 128, 160, 192, 256, 320, 384, 448, 512, 576, 640, 768, 896, 1024, 1152, 1280, 1536, 1920,
)  # fmt: skip
MAX_PIXELS: Final = SIDES[-1]
_SIZE: Final = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Box:
    """What a picture shall fit in, in pixels; a side of 0 is free, as in Odoo, but not both."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """A longer side that is enough for whatever picture."""
        return max(self.width, self.height)

    def side(self, width: int, height: int) -> int:
        """The longer side that a picture of this size is made with.

        It keeps its shape and is never made larger than it is (as Odoo does it); what fits into the box exactly is
        rounded up to the next of `SIDES`. 0 for a picture without a size.
        """
        longest = max(width, height)
        if not longest:
            return 0
        fits = min(asked / own for asked, own in ((self.width, width), (self.height, height)) if asked)
        # what is too small by less than half a pixel fits
        step = bisect_left(SIDES, longest * fits - 0.5)
        return min(longest, SIDES[min(step, len(SIDES) - 1)])

    def within(self, pixels: int) -> Box:
        """This box, and no side longer than so many pixels."""
        return Box(min(self.width or pixels, pixels), min(self.height or pixels, pixels))


LARGEST: Final = Box(MAX_PIXELS, MAX_PIXELS)


def box_of(text: str | None) -> Box | None:
    """The box of ``<width>x<height>``; the largest without one; None for what is no size, or too large."""
    if text is None:
        return LARGEST
    sides = _SIZE.fullmatch(text)
    box = Box(int(sides[1]), int(sides[2])) if sides else Box(0, 0)
    return box if 0 < box.pixels <= MAX_PIXELS else None


def is_size(text: str) -> bool:
    """Does it look like a size, whether there is such a one or not?"""
    return _SIZE.fullmatch(text) is not None


def kinds_of(text: str) -> tuple[str, ...]:
    """Media types of a setting such as ``avif,webp``, or ``none``."""
    return tuple(f"image/{one}" for one in text.split(",") if one != "none")


def media_of(accept: Iterable[str], own: str, newer: Sequence[str] = NEWER) -> str:
    """The media type to answer with. ``accept``: the headers of that name; ``own``: the type of the picture itself.

    A newer kind only for whoever names it: ``*/*`` says of no client that it knows AVIF. Of kinds that the client likes
    alike, the first of ``newer``, and any before ``own``; where it takes none, ``own`` all the same. Drawings stay so.
    """
    if own == SVG:
        return SVG
    liked = _qualities(",".join(accept))
    best, quality = own, _quality_of(own, liked)
    for media in reversed(newer):
        if 0 < liked.get(media, 0.0) >= quality:
            best, quality = media, liked[media]
    return best


def _quality_of(media: str, liked: dict[str, float]) -> float:
    """By what says most exactly (RFC 9110, 12.5.1); whoever says nothing takes everything."""
    if not liked:
        return 1.0
    ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((liked[one] for one in ranges if one in liked), 0.0)


@lru_cache(maxsize=256)
def _qualities(header: str) -> dict[str, float]:
    """Media ranges without parameters, and how much they are liked: 0 to 1."""
    liked: dict[str, float] = {}
    for part in header[:2048].lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if "/" in media:
            liked[media] = next((_number(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    return liked


def _number(text: str) -> float:
    """What is no number from 0 to 1 counts as 0."""
    return float(text) if re.fullmatch(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", text) else 0.0
