"""What is said between the application and the processes that make pictures.

A message is two lengths (of head and content, unsigned 32 bits, big-endian), a head in MessagePack, and the content.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

LENGTHS: Final = struct.Struct(">II")


class BadPictureError(Exception):
    """Bytes that are no picture that can be shown; its text says why, for people who run the shop."""


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What bytes are a picture of. ``media``: the type as which it is written if nothing else is asked for.

    ``width``, ``height``: pixels as it is seen, upright; 0 of drawings, which have every size.
    """

    media: str
    width: int = 0
    height: int = 0


class Job(msgspec.Struct, frozen=True, gc=False):
    """Find the facts of the content, or with a ``side`` make a picture of it. ``cpu``: seconds it may take."""

    cpu: float
    side: int | None = None
    media: str = ""


class Done(msgspec.Struct, frozen=True, gc=False):
    """Either the facts, or that the content is the picture, or what is wrong with it."""

    facts: Facts | None = None
    problem: str = ""


def framed(head: msgspec.Struct, content: bytes = b"") -> bytes:
    """All of a message but its content, which follows."""
    packed = msgspec.msgpack.encode(head)
    return LENGTHS.pack(len(packed), len(content)) + packed
