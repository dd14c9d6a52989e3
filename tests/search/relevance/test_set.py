"""The set is what it says: every row is about products that there are, and every kind is asked in every language."""

from __future__ import annotations

from collections import Counter

import pytest
import pytest_asyncio

from tests.search.relevance.facts import Facts, Predicate, facts_of, graded, words_of
from tests.search.relevance.measures import Measures
from tests.search.relevance.queries import LANGS, NOTHING, queries
from tests.search.relevance.runner import PRODUCTS
from tests.search.shop import small_shop
from tests.support.direct import adapter_of


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def catalogue() -> list[Facts]:
    adapter = await adapter_of(small_shop(products=PRODUCTS, pricelists=2))
    try:
        return await facts_of(adapter)
    finally:
        await adapter.close()


def test_every_row_wants_products_that_there_are(catalogue: list[Facts]) -> None:
    rows = [row for row in queries() if row.kind != NOTHING]
    without = [f"{row.place}: {row.text}" for row in rows if not graded(row.wanted, catalogue)]
    assert not without


def test_the_set_is_large_and_asks_every_kind_in_every_language() -> None:
    rows = queries()
    assert len(rows) >= 500
    assert not [text for text, count in Counter((row.lang, row.text) for row in rows).items() if count > 1]
    kinds = {row.kind for row in rows}
    asked = Counter((row.kind, row.lang) for row in rows)
    assert {(kind, lang) for kind in kinds for lang in LANGS.values() if asked[kind, lang] < 3} == set()


def test_predicates(catalogue: list[Facts]) -> None:
    facts = Facts(
        id=1,
        name=words_of("Œdéval® LA 50 mg/ml oral suspension"),
        codes=frozenset({"100600000101"}),
        values=frozenset({words_of("L'Étable")}),
        categories=frozenset({words_of("Pain & inflammation")}),
        tags=frozenset({words_of("Cold chain ❄")}),
    )
    for text, holds in {
        "name:oedeval la": True,
        "name:50 mg": True,
        "name:0 mg": False,
        "name:mg 50": False,
        "has:l'etable": True,
        "in:Pain & inflammation": True,
        "in:Pain": False,
        "tag:cold chain": True,
        "code:1006-000001-01": True,
        "code:1006-000001": False,
        "begins:1006-000001": True,
        "name:50 mg + !has:L'Étable": False,
    }.items():
        assert Predicate.parsed(text).holds(facts) is holds, text
    with pytest.raises(ValueError, match="no term"):
        Predicate.parsed("called:x")


def test_measures_by_hand() -> None:
    perfect = Measures.of([1, 2], {1: 3, 2: 1})
    assert (perfect.ndcg, perfect.success, perfect.recall, perfect.mrr, perfect.noise) == (1, 1, 1, 1, 0)
    # gains 1, 7 at places 1 and 2 instead of 7, 1
    turned = Measures.of([2, 1], {1: 3, 2: 1})
    assert turned.ndcg == pytest.approx((1 + 7 / 1.5849625) / (7 + 1 / 1.5849625))
    late = Measures.of([9, 8, 1], {1: 3, 2: 3})
    assert (late.success, late.recall, late.mrr, late.noise) == (0, 0.5, 1 / 3, 1 - 1 / 3)
    assert Measures.of([], {1: 3}).ndcg == 0
    assert Measures.of(list(range(20, 30)), dict.fromkeys(range(20, 60), 2)).recall == 1
    assert (Measures.of([], {}).ndcg, Measures.of([5], {}).ndcg) == (1, 0)
