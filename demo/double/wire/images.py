"""/web/image: published pictures for everybody, placeholders for the rest, with the version's statuses."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from demo.double.env import Env

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.double.core import Double

#: Models whose pictures anybody sees; the value names the field that must be true.
_PUBLIC = {"product.template": True, "product.product": True, "product.public.category": False, "product.image": False}
_SIGNATURES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def _png(width: int, height: int, shade: int) -> bytes:
    """A plain grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + bytes([shade]) * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


PLACEHOLDER = _png(64, 64, 238)


async def endpoint(request: Request) -> Response:
    double: Double = request.app.state.double
    path, query = request.path_params, request.query_params
    model = path.get("model") or query.get("model", "")
    field = path.get("field") or query.get("field", double.db.profile.names.image_sizes[0])
    record_id = path.get("record_id") or _number(query.get("id", ""))
    none, unpublished, missing = double.db.profile.image_statuses
    with double.lock:
        picture, status = _picture(double, model, record_id, field, (none, unpublished, missing))
    if picture is None:
        return Response(PLACEHOLDER, status, media_type="image/png")
    return _answer(request, double, picture)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _picture(
    double: Double, model: str, record_id: int, field: str, statuses: tuple[int, int, int]
) -> tuple[bytes | None, int]:
    none, unpublished, missing = statuses
    described = double.db.models.get(model)
    env = Env(double.db, 0, sudo=True)
    row = env.row(model, record_id)
    if described is None or row is None or field not in described.fields:
        return None, missing
    published = double.db.profile.names.published
    if model not in _PUBLIC or (_PUBLIC[model] and not env.value(model, row, published)):
        return None, unpublished
    value = env.value(model, row, field)
    return (decoded(value), 200) if value else (None, none)


def decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(str(value))
    except (binascii.Error, ValueError):
        return str(value).encode()


def _answer(request: Request, double: Double, picture: bytes) -> Response:
    """The bytes with the version's caching headers; 304 when the client has them."""
    digest = hashlib.sha1(picture) if double.version == "19.0" else hashlib.md5(picture)  # noqa: S324 - an ETag
    etag = f'"{digest.hexdigest()}"'
    forever = "unique" in request.query_params
    if double.version == "19.0":
        caching = "max-age=31536000, private, immutable" if forever else "no-cache, private"
    else:
        caching = "max-age=31536000" if forever else "max-age=0"
    headers = {"etag": etag, "cache-control": caching, "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    kind = next((kind for start, kind in _SIGNATURES if picture.startswith(start)), "application/octet-stream")
    return Response(picture, media_type=kind, headers=headers)
