"""Pictures of the shop, from Odoo: only of what the shop shows to who asks.

What guests may see is answered to everybody alike, and may be kept by everybody. Only for anything else it matters who
asks.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.errors import OdooError, OdooUnavailableError
from adapters.records import Picture, Product
from cache.store import Store
from cache.tags import ALL_PRODUCTS, CATEGORIES, product_tag
from identity.bearer_errors import TokenError
from identity.identity import Identity, guest_of
from resolvers.context import RequestContext, Services
from resolvers.images import Owner, version_of, written
from resolvers.slugs import MAX_ID
from resolvers.view import ShopView
from server.callers import Callers
from server.entity_tags import named_tags
from server.picture_cache import LEASE, MAX_BYTES, MAX_PIXELS, Depicted, Kept, PictureCache

Handler = Callable[[Request], Awaitable[Response]]

#: the picture of an address with a version never changes
FOREVER: Final = "public, max-age=31536000, immutable"
#: any other may
BRIEFLY: Final = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800"
#: what not everybody may see: by the browser that asked alone, and not for longer than rights may lag behind
PRIVATELY: Final = "private, max-age=60"
#: what tells who asks
VARY: Final = "Authorization, Cookie"
#: a one-pixel transparent GIF, so that a page without a picture is not a broken page
PLACEHOLDER: Final = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)
#: of the time for a request, one goes by waiting for another process, and enough are left to read the picture oneself
_PARTS: Final = 3
_OF: Final = frozenset(get_args(Owner))
#: the field of the schema that shows the same picture
_TOLD_BY: Final[Mapping[Owner, tuple[str, str]]] = {
    "product": ("Product", "image"),
    "variant": ("Product", "image"),
    "image": ("Product", "mediaGallery"),
    "category": ("Category", "image"),
}
_RECORD: Final = re.compile(r"([0-9]{1,10})(?:-([0-9a-z]{1,64}))?")
_SIZE: Final = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")


class Pictures:
    """``/web/image/<product|variant|image|category>/<id>[-<version>][/<width>x<height>[/<any name>]]``.

    With the version that the picture has, the answer may be kept forever; with another or none for a minute.
    ``callers``: tells who asks; without it everybody is a guest. ``store``: where pictures are kept; where the records
    are, unless told otherwise. ``max_bytes``: of those that are kept. ``timeout``: seconds for one request. ``clock``:
    Unix seconds.
    """

    def __init__(
        self,
        services: Services,
        *,
        timeout: float,
        callers: Callers | None = None,
        store: Store | None = None,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._services = services
        self._timeout = timeout
        self._callers = callers
        self._guest = guest_of(services.policies.definitions)
        self._kept = PictureCache(
            services.records.store if store is None else store,
            services.adapter,
            max_bytes=max_bytes,
            lease=min(LEASE, timeout / _PARTS),
            clock=clock,
        )

    def routes(self, around: Callable[[Handler], Handler] = lambda handler: handler) -> list[BaseRoute]:
        """The addresses, each handled by what ``around`` makes of the handler."""
        handler = around(self.__call__)
        return [Route(f"/web/image/{{of}}/{{id}}{rest}", handler) for rest in ("", "/{size}", "/{size}/{name}")]

    async def close(self) -> None:
        """Cancel the reads under way."""
        await self._kept.close()

    async def __call__(self, request: Request) -> Response:
        wanted = request.path_params
        record, size = _RECORD.fullmatch(str(wanted["id"])), _size(wanted.get("size"))
        if wanted["of"] not in _OF or record is None or size is None or int(record[1]) > MAX_ID:
            return _placeholder(404)
        picture = Picture(of=cast("Owner", wanted["of"]), id=int(record[1]))
        known = _tags_in(request.headers.get("if-none-match", ""))
        try:
            async with asyncio.timeout(self._timeout):
                depicted = await self._shown_to(self._guest, request, picture)
                private = depicted is None
                if depicted is None:
                    caller = await self._caller(request)
                    alike = caller.roles == self._guest.roles  # nothing else decides what is shown
                    depicted = None if alike else await self._shown_to(caller, request, picture)
                if depicted is None:
                    return _placeholder(404)
                kept = await self._kept.get(depicted, size, known=known)
        except TokenError as error:
            return _placeholder(error.status)
        except (OdooUnavailableError, TimeoutError):
            return _placeholder(503)
        except OdooError:
            return _placeholder(502)
        return _answer(kept, depicted, record[2], known, private=private)

    async def _caller(self, request: Request) -> Identity:
        """Who asks. Raises TokenError as GraphQL's endpoint does."""
        if self._callers is None:
            return self._guest
        headers = dict(request.scope["headers"])
        return self._callers.at_hand(headers) or (await self._callers.of(headers)).identity

    async def _shown_to(self, identity: Identity, request: Request, picture: Picture) -> Depicted | None:
        context = RequestContext(self._services, host=request.headers.get("host"), identity=identity)
        return await _depicted(await context.view(), picture)


async def _depicted(view: ShopView, picture: Picture) -> Depicted | None:
    """None for what the shop does not show to who asks. Works while Odoo is away, as all that is asked are records."""
    if not view.policy.field_visible(*_TOLD_BY[picture.of]):
        return None
    if picture.of == "category":
        category = view.labels.categories.get(picture.id)
        if category is None or not view.shows_category(category):
            return None
        return Depicted(picture, version_of([category.updated_at]), frozenset({CATEGORIES}))
    if picture.of == "variant":
        found = await view.products_of([picture.id])
        return _of(found[0][0], picture, written(*found[0])) if found else None
    if picture.of == "image":
        template_id = await view.records.image_owner(picture.id)
        product = None if template_id is None else await view.product(template_id)
        images = product.images if product else ()
        # of a variant that is archived, or new to us, a product's record has no pictures: those have no version
        moments = [image.updated_at for image in images if image.id == picture.id]
        return _of(product, picture, moments) if product else None
    product = await view.product(picture.id)
    return _of(product, picture, written(product)) if product else None


def _of(product: Product, picture: Picture, moments: Iterable[datetime]) -> Depicted:
    return Depicted(picture, version_of(moments), frozenset({product_tag(product.id), ALL_PRODUCTS}))


def _answer(kept: Kept, depicted: Depicted, version: str | None, known: frozenset[str], *, private: bool) -> Response:
    """``version``: that of the address. ``private``: not everybody may see it."""
    certain = kept.version and kept.version == version and kept.content != b""
    public = {"Cache-Control": FOREVER if certain else BRIEFLY, "Cache-Tag": ",".join(sorted(depicted.tags))}
    headers = {
        "ETag": f'"{kept.tag}"',
        **({"Cache-Control": PRIVATELY, "Vary": VARY} if private else public),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    if kept.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if not kept.content:
        return Response(PLACEHOLDER, media_type="image/gif", headers=headers)
    return Response(kept.content, media_type=kept.content_type, headers=headers)


def _tags_in(header: str) -> frozenset[str]:
    """What If-None-Match names, without quotation marks."""
    return frozenset(tag.strip('"') for tag in named_tags(header))


def _placeholder(status: int) -> Response:
    """Instead of a picture that is not there, or not for who asks, or cannot be had now."""
    headers = {"Cache-Control": "no-cache" if status == 404 else "no-store", "Vary": VARY}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return Response(PLACEHOLDER, status_code=status, media_type="image/gif", headers=headers)


def _size(text: str | None) -> int | None:
    """The larger side of ``<width>x<height>``; the largest size without one; None for what is no size."""
    if text is None:
        return MAX_PIXELS
    sides = _SIZE.fullmatch(text)
    size = max(map(int, sides.groups())) if sides else 0
    return size if 0 < size <= MAX_PIXELS else None
