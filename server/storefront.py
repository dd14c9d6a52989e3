"""The storefront of the settings: what follows the shop for it, and the lists that it, or a sitemap, may read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.errors import OdooError
from adapters.records import Language, PublicCategory
from cache.dependencies import Dependencies
from cache.redis_link import AwayError, RedisLink
from cache.store import Store
from resolvers.categories import category_tree
from resolvers.context import RequestContext, Services, languages_of
from resolvers.hreflang import category_slugs, links
from resolvers.redirects import shown_products, shown_redirects
from resolvers.slugs import product_slug
from resolvers.view import ShopView
from server.answers import UNAVAILABLE, refusal
from server.callers import wanted
from server.index_parts import ShopPaths
from server.settings import Settings
from server.stores import link_to, open_link
from storefront.calling import StorefrontCalls
from storefront.following import Follower, Sources
from storefront.keys import StorefrontKeys
from storefront.memory import Memory
from storefront.worker import StorefrontWorker

log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


class Told:
    """What the storefront was told, in our own Redis. ``memory``: None where there is none, and nothing is followed."""

    def __init__(self, settings: Settings) -> None:
        own = open_link(settings)
        self._link = None if own is None else own[0]
        self.memory = None if own is None else Memory(*own)
        self._redirects: Mapping[str, str] = {}

    async def all(self) -> Mapping[str, str]:
        """Where pages went whose path changed; while our Redis is away those renamings that were read last."""
        if self.memory is not None:
            with suppress(AwayError):
                self._redirects = await self.memory.redirects()
        return self._redirects

    async def target(self, path: str) -> str | None:
        """Where one of them went, likewise."""
        if self.memory is not None:
            with suppress(AwayError):
                return await self.memory.redirect(path)
        return self._redirects.get(path)

    async def close(self) -> None:
        """Leave Redis."""
        if self._link is not None:
            await self._link.close()


@dataclass(eq=False)
class Following:
    """What follows the shop for the storefront."""

    worker: StorefrontWorker
    link: RedisLink | None

    def start(self) -> None:
        """Follow from now on."""
        self.worker.start()

    async def close(self) -> None:
        """What is not told yet is told by whoever follows next."""
        await self.worker.close()
        if self.link is not None:
            await self.link.close()


def follow(settings: Settings, services: Services, store: Store, told: Told) -> Following | None:
    """What the settings want. Raises ValueError where it cannot be."""
    if settings.storefront_redis_url is None and settings.storefront_url is None:
        return None
    if told.memory is None:
        raise ValueError("STOREFRONT_URL and STOREFRONT_REDIS_URL need a REDIS_URL: what was told is kept there")
    link = None if settings.storefront_redis_url is None else link_to(settings.storefront_redis_url)
    calls = _calls(settings)
    follower = Follower(
        _sources(services), told.memory, None if link is None else StorefrontKeys(link), calls is not None
    )
    return Following(StorefrontWorker(store, follower, calls), link)


def _calls(settings: Settings) -> StorefrontCalls | None:
    if settings.storefront_url is None:
        return None
    key, secret = settings.storefront_key, settings.storefront_signing_secret
    if key is None:
        raise ValueError("STOREFRONT_URL needs the STOREFRONT_KEY that the storefront has")
    return StorefrontCalls(
        settings.storefront_url,
        key=key.get_secret_value(),
        secret=None if secret is None else secret.get_secret_value(),
    )


def _sources(services: Services) -> Sources:
    reference = services.reference

    async def categories(lang: str) -> Iterable[PublicCategory]:
        return (await reference.labels(lang)).categories.values()

    async def pages(lang: str) -> Mapping[str, str]:
        if services.content is None:
            return {}
        content = await services.content.content(lang, Dependencies())
        return {page.key: page.slug for page in content.pages}

    return Sources(services.adapter, reference.shop, categories, pages, ShopPaths())


def storefront_routes(services: Services, wrapped: Callable[[Handler], Handler]) -> Iterator[Route]:
    """``GET /vsf/products``, ``categories``, ``sitemap``, ``redirects`` (and below ``/alokai``), ``/web/health``.

    What guests are shown, in the language of the website. ``wrapped`` goes around the handlers.
    """

    async def view_of(request: Request) -> tuple[RequestContext, ShopView]:
        headers = dict(request.scope["headers"])
        host, language = wanted(headers)
        context = RequestContext(services, host=host, accept_language=language)
        return context, await context.view()

    async def products(request: Request) -> Response:
        _, view = await view_of(request)
        sees = view.policy.field_visible("Product", "slug")
        found = await shown_products(view) if sees else []
        return _json([{"name": one.name, "path": product_slug(one.name, one.id)} for one in found])

    async def categories(request: Request) -> Response:
        _, view = await view_of(request)
        return _json([node.slug for node in category_tree(view).nodes.values()])

    async def site_map(request: Request) -> Response:
        return _json(await _site_map(*await view_of(request)))

    async def redirects(request: Request) -> Response:
        found = await shown_redirects(*await view_of(request))
        return _json([{"from": source, "to": target} for source, target in found.items()])

    async def health(_: Request) -> Response:
        return _json({"status": "pass"})

    for prefix in ("/vsf", "/alokai"):
        yield Route(f"{prefix}/products", wrapped(_told(products)))
        yield Route(f"{prefix}/categories", wrapped(_told(categories)))
        yield Route(f"{prefix}/sitemap", wrapped(_told(site_map)))
        yield Route(f"{prefix}/redirects", wrapped(_told(redirects)))
    yield Route("/web/health", health)


async def _site_map(context: RequestContext, view: ShopView) -> list[dict[str, Any]]:
    """The pages of categories and products that guests are shown, each in all languages of the website."""
    pages: dict[tuple[str, int], list[tuple[Language, str | None]]] = {}
    written: dict[tuple[str, int], datetime] = {}
    for language, slugs in await category_slugs(view):
        for category_id, slug in slugs.items():
            pages.setdefault(("category", category_id), []).append((language, slug))
            written["category", category_id] = view.labels.categories[category_id].updated_at
    sees = view.policy.field_visible("Product", "slug")
    for language in languages_of(view.tables, view.website) if sees else ():
        for match in await shown_products(await context.view(language.code)):
            pages.setdefault(("product", match.id), []).append((language, product_slug(match.name, match.id)))
            written["product", match.id] = match.updated_at
    return [
        {
            "kind": kind,
            "id": record_id,
            "updatedAt": written[kind, record_id].isoformat(timespec="seconds").replace("+00:00", "Z"),
            "hreflang": {link["hreflang"]: link["slug"] for link in links(slugs)},
        }
        for (kind, record_id), slugs in pages.items()
    ]


def _told(handler: Handler) -> Handler:
    """The handler, with what it cannot have from Odoo told as that."""

    async def told(request: Request) -> Response:
        try:
            return await handler(request)
        except OdooError as error:
            log.warning("storefront.list_failed", error=type(error).__name__)
            return refusal(503, UNAVAILABLE, "The shop cannot be read right now.")

    return told


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
