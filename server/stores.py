"""Where things are kept: in Redis if there is one, else in the process."""

from __future__ import annotations

import hashlib

from cache.events import OnEvent, ignore
from cache.redis_store import RedisStore
from cache.solo import SoloStore
from cache.store import Store
from server.settings import Settings


def open_store(settings: Settings, on_event: OnEvent = ignore, *, share: float = 1.0) -> Store:
    """The store of the settings; it connects when it is first used.

    ``on_event`` is told what happens in it. ``share``: of the memory that a process may take for what it keeps.
    """
    local_bytes = int(settings.local_cache_bytes * share)
    if settings.redis_url is None:
        return SoloStore(local_bytes=local_bytes, on_event=on_event)
    urls = [url.strip() for url in settings.redis_url.get_secret_value().split(",")]
    namespace = settings.redis_namespace or _namespace(settings)
    return RedisStore(urls, namespace, local_bytes=local_bytes, on_event=on_event)


def _namespace(settings: Settings) -> str:
    """What other shops on the same Redis do not have: what is kept of one Odoo is never served for another.

    Nor is what one user of Odoo may see served for another user.
    """
    source = "\n".join((settings.odoo_url.rstrip("/"), settings.odoo_db, settings.odoo_user))
    return f"shop-{hashlib.blake2b(source.encode(), digest_size=6).hexdigest()}"
