"""Asks the whole set of the index and of the adapter's own search, over one catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.odoo import RpcAdapter
from adapters.records import ProductQuery
from cache.tables import load_labels, load_shop
from search.builder import Builder
from search.engine import Engine
from search.indexes import Indexes
from search.queries import search_body
from search.reading import Catalogue
from search.request import ProductSearch
from search.suggestions import meant, meant_body, nearest_body, suggest_body
from tests.search.asking import asker
from tests.search.relevance.facts import Facts, facts_of, graded
from tests.search.relevance.measures import DEPTH, Measures
from tests.search.relevance.queries import LANGS, Typed
from tests.search.shop import SitePaths, clock, small_shop
from tests.support.direct import adapter_of

#: words that mean the same in a veterinary shop: an example of what a merchant writes
SYNONYMS: Final = Path(__file__).parents[3] / "demo" / "synonyms"
#: so many products the set was written for; more of them have all of these
PRODUCTS: Final = 600
#: rows of this kind have more words than any product: what is nearest is offered for them
TOO_MUCH: Final = "too much"

#: the first products for a row
Finder = Callable[[Typed], Awaitable[Sequence[int]]]


@dataclass(eq=False)
class Searched:
    """A catalogue, in the index and behind the adapter, and what is known of it. ``took``: milliseconds that the engine
    said it took, by kind of question.
    """

    engine: Engine
    indexes: Indexes
    adapter: RpcAdapter
    catalogue: Sequence[Facts]
    took: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def by_index(self, row: Typed) -> list[int]:
        """The first products for a text; where it has too many words, what is nearest."""
        for exact in (True, False):
            wanted = ProductSearch(text=row.text, exact=exact)
            body = search_body(asker(), wanted, DEPTH, only=("id",))
            found = [hit["id"] for hit in await self._hits(f"search, {row.kind}", row.lang, body)]
            if found:
                return found
        if row.kind != TOO_MUCH:
            return []
        near = nearest_body(asker(), row.text, size=DEPTH)
        return [] if near is None else [hit["id"] for hit in await self._hits("nearest", row.lang, near)]

    async def by_adapter(self, row: Typed) -> list[int]:
        """As the shop searches without an index: every word is somewhere in the name, the description or the code."""
        query = ProductQuery(words=tuple(dict.fromkeys(row.text.split())), website_id=1, company_id=1)
        return [match.id for match in (await self.adapter.find_products(query, row.lang))[:DEPTH]]

    async def suggested(self, lang: str, begun: str) -> list[int]:
        """The products that are suggested for what was begun."""
        body = suggest_body(asker(), begun)
        return [] if body is None else [hit["id"] for hit in await self._hits("suggest", lang, body)]

    async def meant(self, lang: str, text: str) -> str | None:
        """What may have been meant."""
        body = meant_body(asker(), text)
        return None if body is None else meant(text, await self._hits("meant", lang, body))

    async def _hits(self, kind: str, lang: str, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        answer = await self.engine.search(self.indexes.names.alias(lang), body)
        self.took[kind].append(answer["took"])
        return [hit["_source"] for hit in answer["hits"]["hits"]]


@asynccontextmanager
async def searched(engine: Engine, prefix: str, *, products: int) -> AsyncIterator[Searched]:
    """The generated shop with that many products, indexed under names that begin with the prefix."""
    adapter = await adapter_of(small_shop(products=products, pricelists=2))
    try:
        indexes = Indexes(engine, prefix)
        reads = Catalogue(adapter, load_shop, load_labels, SitePaths(), langs=tuple(LANGS.values()))
        await Builder(reads, indexes, synonyms=SYNONYMS, replicas=0, clock=clock).build()
        yield Searched(engine, indexes, adapter, await facts_of(adapter))
    finally:
        await adapter.close()


@dataclass(frozen=True, slots=True)
class Result:
    """A row, what was found for it, what was wanted, and how good that is."""

    row: Typed
    found: Sequence[int]
    grades: Mapping[int, int]
    measures: Measures


async def run(rows: Iterable[Typed], catalogue: Sequence[Facts], finder: Finder) -> list[Result]:
    """Each row, one after the other."""
    results: list[Result] = []
    for row in rows:
        grades = graded(row.wanted, catalogue)
        found = await finder(row)
        results.append(Result(row, found, grades, Measures.of(found, grades)))
    return results


def by_kind(results: Iterable[Result]) -> dict[tuple[str, str], Measures]:
    """Means by kind and language; "all" is the mean over all kinds, or languages."""
    groups: dict[tuple[str, str], list[Measures]] = defaultdict(list)
    for result in results:
        for kind in (result.row.kind, "all"):
            for lang in (result.row.lang, "all"):
                groups[kind, lang].append(result.measures)
    return {key: Measures.mean(measures) for key, measures in groups.items()}
