"""Content beside Odoo: the source of the settings, and the address at which a CMS says that something changed."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cache.store import Store
from cache.tags import CONTENT
from content.folder import FolderSource
from content.library import Library
from content.source import ContentSource
from content.strapi import StrapiSource
from server.answers import refusal
from server.settings import Settings

Handler = Callable[[Request], Awaitable[Response]]


def open_library(settings: Settings, store: Store) -> Library | None:
    """The content of the settings; None where there is none."""
    source = _source(settings)
    return None if source is None else Library(source, store, seconds=settings.content_seconds)


def content_routes(settings: Settings, store: Store, wrapped: Callable[[Handler], Handler]) -> Iterator[Route]:
    """``POST /webhooks/content``: has content read again. ``wrapped`` goes around the handler.

    What a CMS sends along is not looked at: whatever changed, a language of it is read as a whole.
    """
    if settings.content_webhook_secret is None:
        return
    expected = f"Bearer {settings.content_webhook_secret.get_secret_value()}".encode()

    async def changed(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return refusal(401, "BAD_SECRET", "Authorization does not hold the right secret.")
        await store.invalidate({CONTENT})
        return Response(status_code=202)

    yield Route("/webhooks/content", wrapped(changed), methods=["POST"])


def _source(settings: Settings) -> ContentSource | None:
    if settings.strapi_url is not None:
        token = settings.strapi_token
        return StrapiSource(
            settings.strapi_url, token.get_secret_value() if token else None, timeout=settings.strapi_timeout
        )
    return None if settings.content_dir is None else FolderSource(settings.content_dir)
