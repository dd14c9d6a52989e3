"""Addresses of pictures: what is asked for, in our words or in Odoo's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast, get_args

from adapters.records import Picture
from adapters.storefront_names import PICTURED, picture_pixels
from resolvers.images import Owner
from resolvers.slugs import MAX_ID
from server.picture_choice import LARGEST, Box, box_of, is_size

_OF: Final = frozenset(get_args(Owner))
_RECORD: Final = re.compile(r"([0-9]{1,10})(?:-([0-9a-z]{1,64}))?")
_VERSION: Final = re.compile(r"[0-9a-z]{1,64}")
#: segments after whose picture it is: a size, and any name
_MOST: Final = 2


class Asked(NamedTuple):
    """Whose picture, of which version (None: of none in particular), and what it shall fit in."""

    picture: Picture
    version: str | None
    box: Box


def asked_of(path: str, query: Mapping[str, str]) -> Asked | None:
    """What is asked for at ``/web/image/<path>?<query>``; None where there can be no picture.

    Ours: ``<product|variant|image|category|tag>/<id>[-<version>][/<width>x<height>[/<any name>]]``. Odoo's:
    ``<model>/<id>[-<version>]/<field>[/<width>x<height>][/<any name>]``, or ``?model=&id=&field=``; with ``unique`` for
    the version, ``width`` and ``height``. The field tells the largest size, by its name in any version of Odoo.
    """
    of, record, *rest = (
        path.split("/") if "/" in path else (query.get("model", ""), query.get("id", ""), *_field(query))
    )
    if of in _OF:
        box = box_of(rest[0] if rest else None)
        return _asked(cast("Owner", of), record, None, box) if len(rest) <= _MOST else None
    owner = PICTURED.get(of)
    if owner is None or not rest:
        return None
    unique = query.get("unique", "")
    version = unique if _VERSION.fullmatch(unique) else None
    return _asked(owner, record, version, _box_of_field(rest[0], rest[1:], query))


def _field(query: Mapping[str, str]) -> list[str]:
    return [query["field"]] if "field" in query else []


def _asked(owner: Owner, record: str, version: str | None, box: Box | None) -> Asked | None:
    found = _RECORD.fullmatch(record)
    if found is None or box is None or int(found[1]) > MAX_ID:
        return None
    return Asked(Picture(of=owner, id=int(found[1])), found[2] or version, box)


def _box_of_field(field: str, rest: Sequence[str], query: Mapping[str, str]) -> Box | None:
    """What a picture of Odoo's field fits in, and in the size that is asked for as well."""
    pixels, size = picture_pixels(field), rest[0] if rest and is_size(rest[0]) else None
    if pixels is None or len(rest) > _MOST or (len(rest) == _MOST and size is None):
        return None
    if size is None and ("width" in query or "height" in query):
        size = f"{query.get('width') or 0}x{query.get('height') or 0}"
    box = LARGEST if size in {None, "0x0"} else box_of(size)
    return None if box is None else box.within(pixels)
