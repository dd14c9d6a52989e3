"""How good the product search is, beside the adapter's own: one catalogue, one run.

    python -m bench.relevance [--products 600] [--worst 20] [--index-only]

Needs an OpenSearch: at ``OPENSEARCH_URL``, or one that it starts (`.ci/opensearch`).
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Mapping, Sequence
from statistics import median, quantiles
from typing import Final

from search.engine import Engine
from tests.search.relevance.measures import Measures
from tests.search.relevance.queries import LANGS, queries
from tests.search.relevance.runner import PRODUCTS, Result, Searched, by_kind, run, searched
from tests.search.relevance.typing_along import begun_rate, meant_rate
from tests.search.shop import engine_of
from tests.support.opensearch import new_space, opensearch_or_skip

ALL: Final = "all"
_COLUMNS: Final = ("nDCG@10", "success@1", "recall@10", "MRR", "noise@10")
_HEAD: Final = f"{'kind':<16}{'lang':<7}{'n':>4}   " + " ".join(f"{name:>15}" for name in _COLUMNS)


def table(index: Sequence[Result], adapter: Sequence[Result]) -> str:
    """Index / adapter, by kind and language; the adapter may not have been asked."""
    ours, theirs = by_kind(index), by_kind(adapter)
    kinds = [*dict.fromkeys(result.row.kind for result in index), ALL]
    places = [(kind, lang) for kind in kinds for lang in (*LANGS.values(), ALL) if (kind, lang) in ours]
    lines = [_line(*place, _number(index, *place), ours[place], theirs.get(place)) for place in places]
    return "\n".join([_HEAD, *lines])


def _number(results: Iterable[Result], kind: str, lang: str) -> int:
    return sum(kind in {one.row.kind, ALL} and lang in {one.row.lang, ALL} for one in results)


def _line(kind: str, lang: str, number: int, ours: Measures, theirs: Measures | None) -> str:
    pairs = [
        f"{getattr(ours, name):>7.3f} /" + (f"{getattr(theirs, name):>6.3f}" if theirs else f"{'-':>6}")
        for name in ("ndcg", "success", "recall", "mrr", "noise")
    ]
    return f"{kind:<16}{lang:<7}{number:>4}   {' '.join(pairs)}"


def worst(results: Iterable[Result], number: int) -> str:
    """The rows with the least nDCG."""
    bad = sorted((one for one in results if one.measures.ndcg < 1), key=lambda one: one.measures.ndcg)[:number]
    return "\n".join(
        f"{one.measures.ndcg:.3f}  recall {one.measures.recall:.2f}  {one.row.lang}  {one.row.kind}: {one.row.text}"
        f"  (wanted {len(one.grades)}, found {len(one.found)})"
        for one in bad
    )


def speed(took: Mapping[str, Sequence[int]]) -> str:
    """What the engine said it took, in milliseconds, by the kind of question."""
    lines = [f"{'question':<24}{'n':>6}{'p50 ms':>8}{'p95 ms':>8}"]
    for kind, times in took.items():
        p95 = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        lines.append(f"{kind:<24}{len(times):>6}{median(times):>8.0f}{p95:>8.0f}")
    return "\n".join(lines)


async def measure(shop: Searched, number: int, *, index_only: bool) -> None:
    rows = queries()
    index = await run(rows, shop.catalogue, shop.by_index)
    adapter = [] if index_only else await run(rows, shop.catalogue, shop.by_adapter)
    print(f"{len(rows)} queries, {len(shop.catalogue):,} products for sale; index / adapter\n")
    print(table(index, adapter))
    corrected, suggested = await meant_rate(shop), await begun_rate(shop)
    print(f"\ndid you mean: {corrected.right} of {corrected.all} right {corrected.wrong or ''}")
    print(f"suggestions:  {suggested.right} of {suggested.all} have a wanted product among 8 {suggested.wrong or ''}")
    print(f"\n{speed(shop.took)}")
    if number:
        print(f"\nthe worst:\n{worst(index, number)}")


async def main(products: int, number: int, *, index_only: bool) -> None:
    with opensearch_or_skip() as opensearch:
        async with new_space(opensearch) as space:
            engine: Engine = engine_of(opensearch)
            try:
                async with searched(engine, space.name("shop"), products=products) as shop:
                    await measure(shop, number, index_only=index_only)
            finally:
                await engine.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--worst", type=int, default=20, help="so many of the rows that went worst are shown")
    parser.add_argument("--index-only", action="store_true", help="the adapter's search of many products takes long")
    options = parser.parse_args()
    asyncio.run(main(options.products, options.worst, index_only=options.index_only))
