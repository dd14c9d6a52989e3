"""How the application learns that something changed in Odoo: by asking, and by being told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cache.feed import ChangeFeed
from cache.inbox import Inbox
from cache.store import Store
from cache.tags import PRODUCTS
from server.connection import OdooConnection
from server.settings import Settings
from server.webhooks import Webhooks

Handler = Callable[[Request], Awaitable[Response]]


class Freshness:
    """The change feed and the webhooks, as far as the settings want them."""

    def __init__(self, settings: Settings, store: Store, connection: OdooConnection) -> None:
        self.inbox = Inbox(store, connection.adapter)
        self.feed = ChangeFeed(store, connection.adapter, seconds=settings.poll_seconds)
        self._polls = settings.poll_seconds > 0
        self._secret = settings.webhook_secret
        self._path_secret = settings.webhook_path_secret
        self._webhooks = Webhooks(
            self.inbox,
            secret=self._secret.get_secret_value() if self._secret else None,
            path_secret=self._path_secret.get_secret_value() if self._path_secret else None,
            max_body_bytes=settings.max_body_bytes,
        )

        def heard(tags: frozenset[str]) -> None:
            if not tags or PRODUCTS in tags:
                connection.forget()

        store.on_invalidated(heard)

    def routes(self, wrapped: Callable[[Handler], Handler]) -> Iterator[Route]:
        """The addresses of the webhooks; ``wrapped`` goes around their handlers."""
        if self._secret:
            yield Route("/webhooks/odoo", wrapped(self._webhooks.signed), methods=["POST"])
        if self._path_secret:
            yield Route("/webhooks/odoo/{secret}", wrapped(self._webhooks.plain), methods=["POST"])

    def start(self) -> None:
        self.inbox.start()
        if self._polls:
            self.feed.start()

    async def close(self) -> None:
        await self.feed.close()
        await self.inbox.close()
