"""Where things are kept: in Redis if there is one, else in the process."""

from __future__ import annotations

import hashlib

from pydantic import SecretStr

from cache.events import OnEvent, ignore
from cache.names import Names
from cache.redis_link import RedisLink
from cache.redis_store import RedisStore
from cache.solo import SoloStore
from cache.store import Store
from cart.memory_carts import MemoryCarts
from cart.redis_carts import RedisCarts
from cart.rules import CartRules
from cart.store import CartStore
from server.settings import Settings
from subscriptions.store import Subscriptions


def open_store(settings: Settings, on_event: OnEvent = ignore, *, share: float = 1.0) -> Store:
    """The store of the settings; it connects when it is first used.

    ``on_event`` is told what happens in it. ``share``: of the memory that a process may take for what it keeps.
    """
    local_bytes = int(settings.local_cache_bytes * share)
    urls = _urls(settings)
    if not urls:
        return SoloStore(local_bytes=local_bytes, on_event=on_event)
    return RedisStore(urls, _namespace(settings), local_bytes=local_bytes, on_event=on_event)


def open_link(settings: Settings) -> tuple[RedisLink, Names] | None:
    """A way to the same Redis for what is no cache, and what its keys are called; None where there is no Redis."""
    urls = _urls(settings)
    return (_link(urls), Names(_namespace(settings))) if urls else None


def link_to(url: SecretStr) -> RedisLink:
    """A way to another Redis than ours: one server, or several of a cluster with commas between."""
    return _link(_parts(url))


def open_carts(settings: Settings) -> tuple[CartStore, RedisLink | None]:
    """Where carts are kept, and the way there, to be closed at the end; None: they are kept in this process."""
    rules = CartRules(
        guest=settings.cart_guest_seconds,
        customer=settings.cart_customer_seconds,
        closed=settings.cart_closed_seconds,
    )
    urls = _parts(settings.cart_redis_url) or _urls(settings)
    if not urls:
        return MemoryCarts(rules), None
    link = _link(urls)
    carts = RedisCarts(
        link,
        _namespace(settings),
        rules=rules,
        durability=settings.cart_durability,
        fsync_seconds=settings.cart_fsync_seconds,
    )
    return carts, link


def open_subscriptions(settings: Settings) -> tuple[Subscriptions, RedisLink] | None:
    """Where it is kept what customers follow, beside the carts, and the way there; None where there is no Redis."""
    urls = _parts(settings.cart_redis_url) or _urls(settings)
    if not urls:
        return None
    link = _link(urls)
    kept = Subscriptions(
        link,
        _namespace(settings),
        durability=settings.cart_durability,
        fsync_seconds=settings.cart_fsync_seconds,
        collect=settings.subscriptions_collect_seconds,
    )
    return kept, link


def _link(urls: list[str]) -> RedisLink:
    return RedisLink(
        urls, cluster=len(urls) > 1, connections=16, connect_seconds=0.5, pause=1.0, restarted=lambda: None
    )


def _urls(settings: Settings) -> list[str]:
    return _parts(settings.redis_url)


def _parts(urls: SecretStr | None) -> list[str]:
    return [] if urls is None else [url.strip() for url in urls.get_secret_value().split(",")]


def _namespace(settings: Settings) -> str:
    """What other shops on the same Redis do not have: what is kept of one Odoo is never served for another.

    Nor is what one user of Odoo may see served for another user.
    """
    if settings.redis_namespace is not None:
        return settings.redis_namespace
    source = "\n".join((settings.odoo_url.rstrip("/"), settings.odoo_db, settings.odoo_user))
    return f"shop-{hashlib.blake2b(source.encode(), digest_size=6).hexdigest()}"
