"""An index beside an application: built of the same double, and the settings that lead to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cache.tables import load_labels, load_shop
from demo.double import Double
from search.builder import Builder
from search.indexes import Indexes
from search.reading import Catalogue
from search.sync import Sync
from tests.search.shop import SitePaths, engine_of
from tests.support.direct import adapter_of
from tests.support.opensearch import OpenSearch, new_space


@dataclass(eq=False)
class Beside:
    """``settings``: of an application that uses the index."""

    indexes: Indexes
    catalogue: Catalogue
    settings: dict[str, Any]

    async def sync(self) -> None:
        """Bring what changed in the double into the index."""
        await Sync(self.catalogue, self.indexes).run()


def settings_of(opensearch: OpenSearch, prefix: str) -> dict[str, Any]:
    return {
        "opensearch_url": opensearch.url,
        "opensearch_user": opensearch.admin,
        "opensearch_password": opensearch.password,
        "opensearch_ca_file": Path(opensearch.ca) if opensearch.ca else None,
        "opensearch_prefix": prefix,
        "index_sync": False,
        "search_timeout": 20.0,
        "request_timeout": 120.0,
    }


@asynccontextmanager
async def indexed(double: Double, opensearch: OpenSearch) -> AsyncIterator[Beside]:
    """The double's shop, indexed in all languages of its websites; gone afterwards."""
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            indexes = Indexes(engine, space.name("shop"))
            catalogue = Catalogue(await adapter_of(double), load_shop, load_labels, SitePaths())
            await Builder(catalogue, indexes, replicas=0).build()
            yield Beside(indexes, catalogue, settings_of(opensearch, space.name("shop")))
        finally:
            await engine.close()
