"""Pictures of every kind, sound and otherwise, made for tests."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **how)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red, green, blue and white, clockwise from the upper left: turned otherwise, it is another picture."""
    image = Image.new("RGB", (width, height), RED)
    for colour, box in (
        (GREEN, (width // 2, 0, width, height // 2)),
        (BLUE, (width // 2, height // 2, width, height)),
        (WHITE, (0, height // 2, width // 2, height)),
    ):
        image.paste(colour, box)
    return image


def photo(side: int = 1024, *, seed: int = 0) -> Image.Image:
    """Something that does not compress to nothing."""
    slope = Image.linear_gradient("L").resize((side, side))
    noise = Image.radial_gradient("L").resize((side, side)).rotate(seed * 7)
    return Image.merge("RGB", (slope, slope.rotate(90), noise))


def near(found: Any, colour: tuple[int, ...], off: int = 12) -> bool:
    """Is a pixel of about this colour? What is not kept exactly loses a little."""
    values = found if isinstance(found, tuple) else (found,) * len(colour)
    return all(abs(one - other) <= off for one, other in zip(values[: len(colour)], colour, strict=True))


def corners(image: Image.Image) -> list[Any]:
    """The colours in the middle of the four quarters, clockwise from the upper left."""
    image = image.convert("RGB")
    width, height = image.size
    places = ((1, 1), (3, 1), (3, 3), (1, 3))
    return [image.getpixel((x * width // 4, y * height // 4)) for x, y in places]


def png(width: int, height: int, *, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG written by hand; ``rows``: each with its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header), extra, chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge(width: int, height: int) -> bytes:
    """A PNG that is small until it is decoded: colours and transparency, all of it nothing."""
    packer = zlib.compressobj(1)
    row = bytes(1 + width * 4)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def swapped_profile() -> bytes:
    """A colour profile in which red and blue have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ", b"rTRC": b"bTRC", b"bTRC": b"rTRC"}
    count = int.from_bytes(profile[128:132], "big")
    table = [profile[132 + 12 * n : 144 + 12 * n] for n in range(count)]
    return profile[:132] + b"".join(tags.get(one[:4], one[:4]) + one[4:] for one in table) + profile[132 + 12 * count :]
