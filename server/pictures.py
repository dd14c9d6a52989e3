"""Pictures of the shop, from Odoo: only of what the shop shows."""

from __future__ import annotations

import asyncio
import hashlib
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from adapters.errors import OdooError, OdooUnavailableError
from adapters.records import Picture
from resolvers.context import RequestContext, Services
from resolvers.images import Owner
from resolvers.slugs import MAX_ID
from resolvers.view import ShopView

MAX_PIXELS = 1920
CACHE_SECONDS = 3600
#: a one-pixel transparent GIF, so that a page without a picture is not a broken page
PLACEHOLDER = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")


class Pictures:
    """``/web/image/<product|variant|image|category>/<id>[/<width>x<height>[/<any name>]]``."""

    def __init__(self, services: Services, *, timeout: float) -> None:
        self._services = services
        self._timeout = timeout

    async def __call__(self, request: Request) -> Response:
        of, record_id = request.path_params["of"], request.path_params["id"]
        size = _size(request.path_params.get("size"))
        if of not in get_args(Owner) or size is None or record_id > MAX_ID:
            return _placeholder(404)
        context = RequestContext(self._services, host=request.headers.get("host"))
        try:
            async with asyncio.timeout(self._timeout):
                view = await context.view()
                if not await _shown(view, of, record_id):
                    return _placeholder(404)
                adapter = await context.adapter()
                found = await adapter.image(Picture(of=of, id=record_id), size)
        except (OdooUnavailableError, TimeoutError):
            return _placeholder(503)
        except OdooError:
            return _placeholder(502)
        if found is None:
            return _placeholder(200)
        tag = f'"{hashlib.blake2b(found.content, digest_size=12).hexdigest()}"'
        headers = {
            "ETag": tag,
            "Cache-Control": f"public, max-age={CACHE_SECONDS}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
        if _has(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type=found.content_type, headers=headers)


def _has(header: str, tag: str) -> bool:
    """Does If-None-Match name the tag? A proxy that compresses makes it a weak one, which counts as well here."""
    names = [name.strip().removeprefix("W/") for name in header.split(",")]
    return tag in names or "*" in names


def _placeholder(status: int) -> Response:
    return Response(PLACEHOLDER, status_code=status, media_type="image/gif", headers={"Cache-Control": "no-cache"})


def _size(text: str | None) -> int | None:
    """The larger side of ``<width>x<height>``; the largest size without one; None for what is no size."""
    if text is None:
        return MAX_PIXELS
    width, _, height = text.partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()) or len(text) > 11:
        return None
    size = max(int(width), int(height))
    return size if 0 < size <= MAX_PIXELS else None


async def _shown(view: ShopView, of: str, record_id: int) -> bool:
    """Does the shop show what is pictured?"""
    if of == "category":
        category = view.labels.categories.get(record_id)
        return category is not None and view.shows_category(category)
    if of == "variant":
        return bool(await view.products_of([record_id]))
    if of == "image":
        template_id = await view.records.image_owner(record_id)
        return template_id is not None and await view.product(template_id) is not None
    return await view.product(record_id) is not None
