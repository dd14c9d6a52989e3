"""Pictures of the shop, from Odoo: only of what the shop shows to who asks.

What guests may see is answered to everybody alike, and may be kept by everybody. Only for anything else it matters who
asks. A picture is never sent as Odoo has it, but as `server.picture_showing` makes it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.errors import OdooError, OdooUnavailableError
from adapters.records import Picture, Product
from cache.store import Store
from cache.tags import ALL_PRODUCTS, CATEGORIES, LABELS, product_tag
from identity.bearer_errors import TokenError
from identity.identity import Identity, guest_of
from resolvers.context import RequestContext, Services
from resolvers.images import Owner, version_of, written
from resolvers.view import ShopView
from server.callers import Callers
from server.entity_tags import named_tags
from server.picture_cache import BROKEN, LEASE, MAX_BYTES, Depicted
from server.picture_choice import NEWER, SVG
from server.picture_gate import PicturesBusyError
from server.picture_paths import asked_of
from server.picture_placeholder import PLACEHOLDER, PLACEHOLDER_TYPE
from server.picture_pool import PicturePool
from server.picture_renditions import MOST_KEPT
from server.picture_showing import PATIENCE, PictureShowing, Shown, Wanted

Handler = Callable[[Request], Awaitable[Response]]

#: the picture of an address with a version never changes
FOREVER: Final = "public, max-age=31536000, immutable"
#: any other may
BRIEFLY: Final = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800"
#: what not everybody may see: by the browser that asked alone, and not for longer than rights may lag behind
PRIVATELY: Final = "private, max-age=60"
#: what a browser knows to show
VARY_ALIKE: Final = "Accept"
#: and what tells who asks
VARY: Final = "Accept, Authorization, Cookie"
#: seconds after which to ask again for what was refused as there was too much to do
_RETRY: Final = 2
#: of the time for a request, one goes by waiting for another process, and enough are left to read the picture oneself
_PARTS: Final = 3
#: the field of the schema that shows the same picture
_TOLD_BY: Final[Mapping[Owner, tuple[str, str]]] = {
    "product": ("Product", "image"),
    "variant": ("Product", "image"),
    "image": ("Product", "mediaGallery"),
    "category": ("Category", "image"),
    "tag": ("ProductTag", "image"),
}
_POLICY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


class Pictures:
    """``/web/image/...``: see `server.picture_paths`.

    With the version that the picture has, the answer may be kept forever; with another or none for a minute.
    ``callers``: tells who asks; without it everybody is a guest. ``store``: where pictures are kept; where the records
    are, unless told otherwise. ``max_bytes``, ``most_kept``: of those of Odoo and those made of them that are kept.
    ``pool``: makes them; it is closed with this. ``newer``: kinds that are made for whoever takes them. ``timeout``:
    seconds for one request; ``patience``: for Odoo, when another picture could stand in. ``clock``: Unix seconds.
    """

    def __init__(
        self,
        services: Services,
        *,
        timeout: float,
        callers: Callers | None = None,
        store: Store | None = None,
        pool: PicturePool | None = None,
        newer: Sequence[str] = NEWER,
        max_bytes: int = MAX_BYTES,
        most_kept: int = MOST_KEPT,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._services = services
        self._timeout = timeout
        self._callers = callers
        self._guest = guest_of(services.policies.definitions)
        self._showing = PictureShowing(
            services.records.store if store is None else store,
            services.adapter,
            pool=pool,
            max_bytes=max_bytes,
            most_kept=most_kept,
            lease=min(LEASE, timeout / _PARTS),
            newer=newer,
            patience=patience,
            clock=clock,
        )

    def routes(self, around: Callable[[Handler], Handler] = lambda handler: handler) -> list[BaseRoute]:
        """The addresses, each handled by what ``around`` makes of the handler."""
        handler = around(self.__call__)
        return [Route("/web/image", handler), Route("/web/image/{path:path}", handler)]

    async def close(self) -> None:
        """Cancel what is under way."""
        await self._showing.close()

    async def __call__(self, request: Request) -> Response:
        asked = asked_of(str(request.path_params.get("path", "")), request.query_params)
        if asked is None:
            return _placeholder(404)
        known = _tags_in(request.headers.get("if-none-match", ""))
        try:
            async with asyncio.timeout(self._timeout):
                depicted = await self._shown_to(self._guest, request, asked.picture)
                private = depicted is None
                if depicted is None:
                    caller = await self._caller(request)
                    alike = caller.roles == self._guest.roles  # nothing else decides what is shown
                    depicted = None if alike else await self._shown_to(caller, request, asked.picture)
                if depicted is None:
                    return _placeholder(404)
                sized = Wanted(asked.box, request.headers.getlist("accept"), known)
                shown = await self._showing.show(depicted, sized)
        except TokenError as error:
            return _placeholder(error.status)
        except (OdooUnavailableError, TimeoutError):
            return _placeholder(503)
        except PicturesBusyError:
            return _placeholder(503, retry=_RETRY)
        except OdooError:
            return _placeholder(502)
        return _answer(shown, depicted, asked.version, known, private=private)

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
    if picture.of == "tag":
        tag = view.labels.tags.get(picture.id)
        if tag is None or not tag.visible:
            return None
        return Depicted(picture, version_of([tag.updated_at]), frozenset({LABELS}))
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


def _answer(shown: Shown, depicted: Depicted, version: str | None, known: frozenset[str], *, private: bool) -> Response:
    """``version``: that of the address. ``private``: not everybody may see it."""
    made = shown.rendition
    headers = {**_lifetime(shown, depicted, version, private=private), **_POLICY}
    if made is not None and made.problem:
        return Response(PLACEHOLDER, status_code=404, media_type=PLACEHOLDER_TYPE, headers=headers)
    headers["ETag"] = f'"{shown.tag}"'
    if shown.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if made is None:
        return Response(PLACEHOLDER, media_type=PLACEHOLDER_TYPE, headers=headers)
    if made.media == SVG:
        headers["Content-Disposition"] = "attachment"  # shown within pages all the same, but never as one
    return Response(made.content, media_type=made.media, headers=headers)


def _lifetime(shown: Shown, depicted: Depicted, version: str | None, *, private: bool) -> dict[str, str]:
    """Who may keep the answer, for how long, and what it differs by."""
    if private:
        return {"Cache-Control": PRIVATELY, "Vary": VARY}
    broken = shown.rendition is not None and shown.rendition.problem
    certain = shown.rendition is not None and shown.version and shown.version == version
    return {
        "Cache-Control": f"public, max-age={BROKEN:.0f}" if broken else FOREVER if certain else BRIEFLY,
        "Cache-Tag": ",".join(sorted(depicted.tags)),
        "Vary": VARY_ALIKE,
    }


def _tags_in(header: str) -> frozenset[str]:
    """What If-None-Match names, without quotation marks."""
    return frozenset(tag.strip('"') for tag in named_tags(header))


def _placeholder(status: int, *, retry: int | None = None) -> Response:
    """Instead of a picture that is not there, or not for who asks, or cannot be had now: then ``retry`` in seconds."""
    headers = {"Cache-Control": "no-cache" if status == 404 else "no-store", "Vary": VARY}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if retry is not None:
        headers["Retry-After"] = str(retry)
    return Response(PLACEHOLDER, status_code=status, media_type=PLACEHOLDER_TYPE, headers=headers)
