"""A floor under the relevance of the search: a little below what is measured. `python -m bench.relevance` tells all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from tests.search.relevance.measures import Measures
from tests.search.relevance.queries import LANGS, queries
from tests.search.relevance.runner import PRODUCTS, Result, Searched, by_kind, run, searched
from tests.search.relevance.typing_along import begun_rate, meant_rate
from tests.search.shop import engine_of
from tests.support.opensearch import OpenSearch, new_space

#: a build, and more than a thousand questions
pytestmark = pytest.mark.timeout(900)

ALL: Final = "all"
#: nDCG@10 by language, and of the worst kind in all languages
_FLOOR, _FLOOR_OF_A_KIND = 0.96, 0.92
#: unwanted products among the first ten
_MOST_NOISE: Final = 0.05


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(opensearch: OpenSearch) -> AsyncIterator[Searched]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            async with searched(engine, space.name("relevance"), products=PRODUCTS) as found:
                yield found
        finally:
            await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def by_index(shop: Searched) -> list[Result]:
    return await run(queries(), shop.catalogue, shop.by_index)


def _worst(results: list[Result]) -> str:
    bad = [one for one in results if one.measures.ndcg < 0.9]
    return "\n".join(f"{one.measures.ndcg:.2f} {one.row.place} {one.row.kind}: {one.row.text}" for one in bad)


async def test_the_right_products_come_first(by_index: list[Result]) -> None:
    measured = by_kind(by_index)
    for lang in (*LANGS.values(), ALL):
        assert measured[ALL, lang].ndcg >= _FLOOR, (lang, _worst(by_index))
        assert measured[ALL, lang].success >= _FLOOR, (lang, _worst(by_index))
        assert measured[ALL, lang].noise <= _MOST_NOISE, lang
    low = {kind: one.ndcg for (kind, lang), one in measured.items() if lang == ALL and one.ndcg < _FLOOR_OF_A_KIND}
    assert not low, _worst(by_index)


async def test_codes_come_first_and_nothing_comes_of_nothing(by_index: list[Result]) -> None:
    measured = by_kind(by_index)
    for kind in ("code", "partial code", "name", "nothing"):
        assert measured[kind, ALL] == Measures(1, 1, 1, 1, measured[kind, ALL].noise), (kind, _worst(by_index))


async def test_better_than_the_adapter_in_every_kind(shop: Searched, by_index: list[Result]) -> None:
    ours, theirs = by_kind(by_index), by_kind(await run(queries(), shop.catalogue, shop.by_adapter))
    for place, measures in ours.items():
        assert measures.ndcg > theirs[place].ndcg or theirs[place].ndcg == 1.0 == measures.ndcg, place
    assert ours[ALL, ALL].ndcg - theirs[ALL, ALL].ndcg > 0.5


async def test_what_was_meant_is_told(shop: Searched) -> None:
    rate = await meant_rate(shop)
    assert rate.share >= 0.93, rate.wrong


async def test_what_is_wanted_is_suggested(shop: Searched) -> None:
    rate = await begun_rate(shop)
    assert rate.share >= 0.95, rate.wrong
