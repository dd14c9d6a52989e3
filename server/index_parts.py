"""The product index of the settings: its engine, and what it is made of."""

from __future__ import annotations

from adapters.base import OdooAdapter
from cache.tables import load_labels, load_shop
from resolvers.slugs import category_slug, product_slug
from search.engine import Engine, open_engine
from search.reading import Catalogue
from server.settings import Settings


class ShopPaths:
    """Paths of pages as the shop has them."""

    def product(self, name: str, template_id: int) -> str:
        return product_slug(name, template_id)

    def category(self, name: str, category_id: int, own: str | None) -> str:
        return category_slug(name, category_id, own)


def engine_of(settings: Settings) -> Engine:
    """The engine, to be closed at the end. Raises LookupError when the settings name none."""
    if settings.opensearch_url is None:
        raise LookupError("HEADLESS_ODOO_OPENSEARCH_URL is not set: there is no engine to index in")
    secret = settings.opensearch_password
    return open_engine(
        settings.opensearch_url,
        user=settings.opensearch_user,
        password=secret.get_secret_value() if secret is not None else None,
        ca_file=settings.opensearch_ca_file,
        timeout=settings.opensearch_timeout,
    )


def catalogue_of(settings: Settings, adapter: OdooAdapter) -> Catalogue:
    """What documents are made of."""
    return Catalogue(adapter, load_shop, load_labels, ShopPaths(), include_tax=settings.prices_include_tax)
