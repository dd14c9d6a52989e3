"""A generated shop behind a double in the same process, and what indexes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.odoo import RpcAdapter
from cache.tables import load_labels, load_shop
from demo.double import Double
from demo.wholesale import generate
from demo.wholesale.draws import REFERENCE_TIME
from resolvers.slugs import category_slug, product_slug
from search.builder import Builder
from search.engine import Engine, open_engine
from search.facts import FACTS
from search.indexes import Indexes
from search.reading import Catalogue
from tests.support.direct import adapter_of
from tests.support.opensearch import OpenSearch

LANGS = ("fr_FR", "nl_NL")
#: what has an index of its own
PARTS = (*LANGS, FACTS)
PRODUCTS, PRICELISTS = 60, 8


def clock() -> datetime:
    """The moment at which the generated shop is seen."""
    return REFERENCE_TIME


def small_shop(version: str = "19.0", *, products: int = PRODUCTS, pricelists: int = PRICELISTS) -> Double:
    dataset = generate(version, products=products, pricelists=pricelists)
    return Double(dataset, clock=lambda: clock().replace(tzinfo=None))


def engine_of(opensearch: OpenSearch) -> Engine:
    """As its administrator. Close it."""
    ca_file = Path(opensearch.ca) if opensearch.ca else None
    return open_engine(opensearch.url, user=opensearch.admin, password=opensearch.password, ca_file=ca_file)


class SitePaths:
    """Paths as the shop has them."""

    def product(self, name: str, template_id: int) -> str:
        return product_slug(name, template_id)

    def category(self, name: str, category_id: int, own: str | None) -> str:
        return category_slug(name, category_id, own)


@dataclass(eq=False)
class IndexedShop:
    """A shop, its index, and what reads the one and writes the other."""

    double: Double
    adapter: RpcAdapter
    catalogue: Catalogue
    indexes: Indexes
    builder: Builder

    @classmethod
    async def of(
        cls, double: Double, indexes: Indexes, *, batch: int = 20, clock: Callable[[], datetime] = clock
    ) -> IndexedShop:
        adapter = await adapter_of(double)
        catalogue = Catalogue(adapter, load_shop, load_labels, SitePaths(), langs=LANGS)
        builder = Builder(catalogue, indexes, replicas=0, batch=batch, clock=clock)
        return cls(double, adapter, catalogue, indexes, builder)

    @property
    def engine(self) -> Engine:
        return self.indexes.engine

    async def documents(self, lang: str = LANGS[0]) -> dict[int, Mapping[str, Any]]:
        """All documents in use, by product."""
        alias = self.indexes.names.alias(lang)
        await self.engine.refresh(alias)
        return {hit["_source"]["id"]: hit["_source"] async for hit in self.engine.scan(alias, {"match_all": {}}, True)}
