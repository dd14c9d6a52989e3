"""Questions of pages: what counts as an answer, and thousands of links on a real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConnectionError as TransportConnectionError
from opensearchpy.exceptions import TransportError

from search.asking import Asking, NotAnsweredError
from search.engine import Engine, Operation
from search.guard import Guard
from search.indexes import Indexes, Names
from search.paging import Question, Window, page_of
from search.request import ProductSearch, Sort
from tests.search.asking import asker
from tests.support.waiting import until

LANG = "fr_FR"
HITS: dict[str, Any] = {"hits": {"total": {"value": 0}, "hits": []}, "_shards": {"failed": 0}, "timed_out": False}


class Scripted(AsyncOpenSearch):
    """Answers the first of several questions by a script; ``asked``: how often."""

    def __init__(self, *script: Mapping[str, Any] | Exception) -> None:
        super().__init__()
        self.script: Sequence[Mapping[str, Any] | Exception] = script
        self.asked = 0

    async def msearch(self, *, body: Any, index: Any = None, params: Any = None, headers: Any = None) -> Any:
        del index, params, headers
        answer = self.script[min(self.asked, len(self.script) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return {"responses": [answer, *[HITS] * (len(body) // 2 - 1)]}


@asynccontextmanager
async def asking(client: Scripted, outcomes: list[str], **options: Any) -> AsyncIterator[Asking]:
    engine = Engine(client)
    guard = Guard(engine, **options)
    found = Asking(engine, Names("shop"), guard=guard, on_question=lambda outcome, _: outcomes.append(outcome))
    try:
        yield found
    finally:
        await found.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HITS | {"timed_out": True}, "away"),
        (HITS | {"_shards": {"failed": 1}}, "away"),
        ({"status": 429, "error": {"type": "rejected"}}, "away"),
        ({"status": 503, "error": {"type": "all_shards_failed"}}, "away"),
        ({"status": 404, "error": {"type": "index_not_found_exception"}}, "missing"),
        (TransportConnectionError("N/A", "refused", OSError()), "away"),
        (TransportError(401, "unauthorized", {}), "away"),
    ],
    ids=str,
)
async def test_what_is_no_whole_answer_is_none(answer: Any, outcome: str) -> None:
    """Half of the products are never shown as if they were all; and it is not asked again while it is away."""
    outcomes: list[str] = []
    client = Scripted(answer)
    async with asking(client, outcomes, pause=60.0) as one:
        for _ in range(3):
            with pytest.raises(NotAnsweredError):
                await one.ask(LANG, [{"size": 1}])
    assert outcomes == [outcome, "paused", "paused"]
    assert client.asked == 1


async def test_a_question_that_is_refused_does_not_stop_others() -> None:
    outcomes: list[str] = []
    async with asking(Scripted({"status": 400, "error": {"type": "no mapping"}}, HITS), outcomes) as one:
        with pytest.raises(NotAnsweredError):
            await one.ask(LANG, [{"size": 1}])
        assert (await one.ask(LANG, [{"size": 1}])).first == HITS
    assert outcomes == ["refused", "answered"]


async def test_a_language_without_an_index_does_not_stop_others() -> None:
    outcomes: list[str] = []
    async with asking(Scripted({"status": 404, "error": {}}, HITS), outcomes, pause=60.0) as one:
        with pytest.raises(NotAnsweredError):
            await one.ask("nl_NL", [{"size": 1}])
        assert one.is_away("nl_NL")
        assert not one.is_away(LANG)
        await one.ask(LANG, [{"size": 1}])
    assert outcomes == ["missing", "answered"]


async def test_it_is_looked_for_until_it_is_back() -> None:
    outcomes: list[str] = []
    away = TransportConnectionError("N/A", "refused", OSError())
    client = Scripted(away, away, HITS)
    async with asking(client, outcomes, pause=0.01) as one:
        with pytest.raises(NotAnsweredError):
            await one.ask(LANG, [{"size": 1}])
        await until(lambda: not one.is_away(LANG))
        await one.ask(LANG, [{"size": 1}])
    assert outcomes == ["away", "answered"]


#: as much as the question needs
_FIELDS: dict[str, Any] = {
    "id": {"type": "integer"},
    "name": {"type": "keyword", "index": False, "doc_values": False},
    "list_price": {"type": "double"},
    "published": {"type": "boolean"},
    "saleable": {"type": "boolean"},
}


def document(one: int) -> dict[str, Any]:
    return {"id": one, "name": f"Product {one}", "list_price": one % 97 + 0.5, "published": True, "saleable": True}


@pytest.mark.timeout(300)
async def test_thousands_of_links(engine: Engine, indexes: Indexes) -> None:
    """More products than the engine counts: all of them, in two pages of ten thousand, each once and in order."""
    products = 18_000
    index = indexes.names.index(LANG, "20260101000000")
    await engine.create(index, {"settings": {"number_of_replicas": 0}, "mappings": {"properties": _FIELDS}})
    for first in range(1, products + 1, 6_000):
        await engine.bulk(Operation("index", index, one, document(one)) for one in range(first, first + 6_000))
    await engine.refresh(index)
    await engine.move_aliases([{"add": {"index": index, "alias": indexes.names.alias(LANG)}}])
    asked = Asking(engine, indexes.names, seconds=20.0)
    for wanted in (ProductSearch(), ProductSearch(sort=(Sort("list_price", descending=True),))):
        met: list[tuple[int, float]] = []
        for offset in (0, 10_000):
            question = Question(asker(), wanted, Window(10_000, offset), only=("name", "list_price"))
            page = await page_of(asked, LANG, question)
            assert page.found.total == products
            assert page.start == offset
            assert page.has_next is (offset == 0)
            met += [(hit.id, hit.source["list_price"]) for hit in page.hits]
        assert len(met) == len(set(met)) == products
        order = [(-price, id_) if wanted.sort else (0.0, id_) for id_, price in met]
        assert order == sorted(order)


NAMED: dict[str, Any] = {
    **_FIELDS,
    "name": {
        "type": "text",
        "fields": {one: {"type": "text"} for one in ("plain", "prefix")} | {"sort": {"type": "keyword"}},
    },
}


async def test_mistyped_words_are_for_where_no_product_has_them_as_they_are(engine: Engine, indexes: Indexes) -> None:
    """Filters have no say in that: what has the words may be filtered away."""
    index = indexes.names.index(LANG, "20260101000000")
    settings = {"number_of_replicas": 0, "analysis": {"analyzer": {"typed": {"type": "standard"}}}}
    await engine.create(index, {"settings": settings, "mappings": {"properties": NAMED}})
    names = ["collar", "dollar", "dolar"]
    documents = [{**document(one), "name": name} for one, name in enumerate(names, start=1)]
    await engine.bulk(Operation("index", index, one["id"], one) for one in documents)
    await engine.refresh(index)
    await engine.move_aliases([{"add": {"index": index, "alias": indexes.names.alias(LANG)}}])
    asked = Asking(engine, indexes.names, seconds=20.0)

    async def found(text: str, **wanted: Any) -> list[int]:
        question = Question(asker(), ProductSearch(text=text, **wanted), Window(10))
        page = await page_of(asked, LANG, question)
        assert page.found.total == len(page.hits)
        return sorted(hit.id for hit in page.hits)

    assert await found("dollar") == [2]
    assert await found("dollar", min_list_price=Decimal(3)) == [], "it costs less"
    assert await found("dullar") == [2]
    assert await found("dallar") == [2], "in six letters one error is forgiven"
    assert await found("qzxjk") == []
