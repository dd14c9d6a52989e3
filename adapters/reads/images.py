"""Pictures, read as fields: so the right to see one is ours to give, not that of Odoo's public image route."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from adapters.errors import OdooProtocolError
from adapters.reads.catalogue import CatalogueReads
from adapters.records import ImageContent, Picture
from adapters.values import many2one, moment

#: picture's owner -> our source
_OWNERS = {
    "product": "product",
    "variant": "variant",
    "image": "image",
    "category": "public_category",
    "tag": "tag",
}
#: every model has it; cut to seconds
_WRITTEN = "write_date"
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
        owned_by = _OWNERS[picture.of]
        if not self.reader.has(owned_by):
            return None
        sizes = self.profile.image_sizes_of.get(owned_by, self.profile.image_sizes)
        name = next((field for pixels, field in sizes if pixels >= size), sizes[-1][1])
        source = self.reader.source(owned_by)
        owner = source.fields.get("template") if picture.of == "variant" else None
        rows = await self.transport.call(
            source.model,
            "search_read",
            args={"domain": [["id", "=", picture.id]], "fields": [name, _WRITTEN, *filter(None, [owner])]},
            safe=True,
        )
        if not rows:
            return None
        (row,) = rows
        content = _decoded(row.get(name))
        return ImageContent(
            content=content,
            content_type=_content_type(content),
            updated_at=(*await self._template_written(many2one(row[owner]) if owner else None), moment(row[_WRITTEN])),
        )

    async def _template_written(self, template_id: int | None) -> list[datetime]:
        if template_id is None:
            return []
        rows = await self.reader.read("product", [["id", "=", template_id]], only=("updated",))
        return [moment(row["updated"]) for row in rows]


def _decoded(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded or b"")
    except (binascii.Error, ValueError, TypeError) as error:
        raise OdooProtocolError("a picture that is not base64") from error


def _content_type(content: bytes) -> str:
    start = content[:256].lstrip()
    return next((kind for sign, kind in _SIGNATURES if start.startswith(sign)), "application/octet-stream")
