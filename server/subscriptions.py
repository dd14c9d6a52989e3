"""What customers follow, put together from the settings: where it is kept, who notices news, and who tells it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from adapters.records import Product, PublicCategory
from cache.dependencies import Dependencies
from cache.records import CatalogueRecords
from cache.redis_link import RedisLink
from cache.store import Store
from resolvers.context import Services
from resolvers.subscription_news import FollowersNews
from server.settings import Settings
from server.stores import open_subscriptions
from subscriptions.channels import Channel, OdooChannel, WebhookChannel
from subscriptions.noticing import Noticer, Sources
from subscriptions.promotion_rules import PromotionRules
from subscriptions.promotions import Promotion, promotions_of
from subscriptions.store import Subscriptions
from subscriptions.telling import Teller
from subscriptions.worker import SubscriptionWorker

Language: TypeAlias = Callable[[], Awaitable[str]]


@dataclass(eq=False)
class Follows:
    """Where it is kept what is followed. ``kept``: None where nothing can be followed."""

    kept: Subscriptions | None = None
    link: RedisLink | None = None

    async def close(self) -> None:
        """Leave Redis."""
        if self.link is not None:
            await self.link.close()


def open_follows(settings: Settings) -> Follows:
    """What the settings want. Raises ValueError where it cannot be."""
    if settings.subscriptions == "off":
        return Follows()
    opened = open_subscriptions(settings)
    if opened is None:
        raise ValueError("SUBSCRIPTIONS need a REDIS_URL (or CART_REDIS_URL): what is followed is kept there")
    return Follows(*opened)


def subscription_worker(
    settings: Settings, services: Services, store: Store, follows: Follows
) -> SubscriptionWorker | None:
    """A worker, not started; None where nothing can be followed. Raises ValueError where nobody could be told."""
    if follows.kept is None:
        return None
    reader = FollowersNews(services, site=None if settings.public_url is None else settings.public_url.rstrip("/"))
    teller = Teller(follows.kept, reader, _channel(settings, services))
    return SubscriptionWorker(store, follows.kept, Noticer(follows.kept, _sources(services)), teller)


def _channel(settings: Settings, services: Services) -> Channel:
    if settings.subscriptions == "odoo":
        return OdooChannel(services.adapter)
    url, secret = settings.subscriptions_webhook_url, settings.subscriptions_webhook_secret
    if url is None or secret is None:
        raise ValueError("SUBSCRIPTIONS=webhook needs SUBSCRIPTIONS_WEBHOOK_URL and SUBSCRIPTIONS_WEBHOOK_SECRET")
    return WebhookChannel(url, secret.get_secret_value())


def _sources(services: Services) -> Sources:
    reference = services.reference

    async def language() -> str:
        tables = await reference.shop()
        return tables.websites[0].default_language if tables.websites else tables.languages[0].code

    async def categories() -> Mapping[int, PublicCategory]:
        return (await reference.labels(await language())).categories

    return Sources(
        adapter=services.adapter,
        shop=reference.shop,
        language=language,
        categories=categories,
        products=partial(_products, services, language),
        promotions=partial(_promotions, services),
        clock=services.clock,
    )


async def _products(services: Services, language: Language, ids: Sequence[int]) -> Sequence[Product]:
    return await CatalogueRecords(services.records, Dependencies()).products(ids, await language())


async def _promotions(services: Services, pricelist_ids: Sequence[int]) -> Sequence[Promotion]:
    at = services.clock()
    return promotions_of(await PromotionRules(services.records, Dependencies()).dated(pricelist_ids, at), at)
