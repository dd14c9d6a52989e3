"""Pictures, read as fields: so the right to see one is ours to give, not that of Odoo's public image route."""

from __future__ import annotations

import base64
import binascii

from adapters.errors import OdooProtocolError
from adapters.reads.catalogue import CatalogueReads
from adapters.records import ImageContent, Picture
from adapters.values import many2one

#: picture's owner -> our source
_OWNERS = {
    "product": "product",
    "variant": "variant",
    "image": "image",
    "category": "public_category",
}
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "image/svg+xml"),
)


class ImageReads(CatalogueReads):
    """Pictures, in the sizes that the version stores."""

    async def image_owner(self, image_id: int) -> int | None:
        rows = await self.reader.read("image", [["id", "=", image_id]], only=("template", "variant"))
        if not rows:
            return None
        variant_id = many2one(rows[0].get("variant"))
        if variant_id is not None:
            return (await self.templates_of([variant_id])).get(variant_id)
        return many2one(rows[0]["template"])

    async def image(self, picture: Picture, size: int) -> ImageContent | None:
        if not self.reader.has(_OWNERS[picture.of]):
            return None
        sizes = self.profile.image_sizes
        name = next((field for pixels, field in sizes if pixels >= size), sizes[-1][1])
        rows = await self.transport.call(
            self.reader.source(_OWNERS[picture.of]).model,
            "search_read",
            args={"domain": [["id", "=", picture.id]], "fields": [name]},
            safe=True,
        )
        encoded = rows[0].get(name) if rows else None
        if not encoded:
            return None
        try:
            content = base64.b64decode(encoded)
        except (binascii.Error, ValueError, TypeError) as error:
            raise OdooProtocolError("a picture that is not base64") from error
        return ImageContent(content=content, content_type=_content_type(content))


def _content_type(content: bytes) -> str:
    start = content[:256].lstrip()
    return next((kind for sign, kind in _SIGNATURES if start.startswith(sign)), "application/octet-stream")
