"""An engine that is away costs one question its time, and the next ones nothing; all who ask it know it together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
import structlog
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConnectionError as TransportConnectionError

from adapters.records import ProductQuery
from search.asking import Asking, NotAnsweredError
from search.catalogue_reads import IndexedCatalogue, IndexUnavailableError
from search.engine import Engine, EngineRefusedError, EngineUnavailableError
from search.guard import EngineSparedError, Guard
from search.indexes import Indexes, Names
from tests.support.waiting import until

INDEX = "shop-fr_fr"
WHOLE: Mapping[str, Any] = {"hits": {"hits": []}, "_shards": {"failed": 0}, "timed_out": False}


class Client(AsyncOpenSearch):
    """Answers, unless it is away or hangs. ``asked``: questions, ``looked``: looks whether it is back."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.hangs = False
        self.asked: list[str] = []
        self.looked = 0

    async def msearch(self, *, body: Any, index: Any = None, params: Any = None, headers: Any = None) -> Any:
        del index, params, headers
        is_look = "match_none" in body[1].get("query", {})
        self.looked += is_look
        if not is_look:
            self.asked.append(body[0]["index"])
        await self._wait()
        return {"responses": [WHOLE] * (len(body) // 2)}

    async def search(self, *, body: Any = None, index: Any = None, params: Any = None, headers: Any = None) -> Any:
        del body, params, headers
        self.asked.append(str(index))
        await self._wait()
        return WHOLE

    async def _wait(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise TransportConnectionError("N/A", "refused", OSError())


class Asked:
    """A question of our own to an engine of this test alone."""

    def __init__(self, client: Client, **options: Any) -> None:
        self.client = client
        self.engine = Engine(client)
        self.guard = Guard(self.engine, **{"seconds": 0.05, "pause": 60.0, **options})
        self.error: Exception | None = None
        self.count = 0

    async def ask(self, index: str = INDEX, *, patience: float = 0.05, extra: float = 0.0, takes: float = 0.0) -> int:
        return await self.guard.ask(index, self._answer(takes), patience=patience, extra=extra)

    async def _answer(self, takes: float) -> int:
        self.count += 1
        await asyncio.sleep(takes)
        if self.error is not None:
            raise self.error
        return self.count


@pytest_asyncio.fixture
async def patient() -> AsyncIterator[Asked]:
    """It is not looked for within the test."""
    asked = Asked(Client())
    yield asked
    await asked.guard.close()
    await asked.engine.close()


@pytest_asyncio.fixture
async def quick() -> AsyncIterator[Asked]:
    """It is looked for at once."""
    asked = Asked(Client(), pause=0.005)
    yield asked
    await asked.guard.close()
    await asked.engine.close()


async def until_back(guard: Guard) -> None:
    await until(lambda: not guard.is_away(INDEX, 0.05))


async def test_after_a_question_without_an_answer_it_is_left_alone(patient: Asked) -> None:
    patient.error = EngineUnavailableError("gone")
    with pytest.raises(EngineUnavailableError, match="gone"):
        await patient.ask()
    for index in (INDEX, "shop-facts"):
        with pytest.raises(EngineSparedError):
            await patient.ask(index, patience=3_600.0)
    assert patient.count == 1


async def test_it_is_looked_for_until_it_is_back_and_that_is_said_once(quick: Asked) -> None:
    quick.client.away, quick.error = True, EngineUnavailableError("gone")
    with structlog.testing.capture_logs() as logs:
        with pytest.raises(EngineUnavailableError):
            await quick.ask()
        await until(lambda: quick.client.looked >= 3)
        assert quick.guard.is_away(INDEX, 0.05)
        quick.client.away, quick.error = False, None
        await until_back(quick.guard)
        assert await quick.ask() == 2
    assert [entry["event"] for entry in logs] == ["search.away", "search.back"]


async def test_one_that_is_slow_is_away_for_whoever_waits_no_longer(patient: Asked) -> None:
    """Who has nobody else to ask waits longer than a page does, and is not refused as the page was impatient."""
    with pytest.raises(EngineUnavailableError, match="no answer within"):
        await patient.ask(takes=30.0)
    with pytest.raises(EngineSparedError):
        await patient.ask()
    assert await patient.ask(patience=5.0) == 2
    with pytest.raises(EngineUnavailableError, match="no answer within"):
        await patient.ask(patience=0.1, takes=30.0)
    with pytest.raises(EngineSparedError):
        await patient.ask(patience=0.1)
    assert await patient.ask(patience=0.2) == 4


async def test_a_long_answer_may_take_longer_and_is_no_more_patience(patient: Asked) -> None:
    assert await patient.ask(takes=0.1, extra=30.0) == 1
    with pytest.raises(EngineUnavailableError):
        await patient.ask(takes=30.0)
    with pytest.raises(EngineSparedError):
        await patient.ask(extra=30.0)


async def test_one_that_refuses_is_there(patient: Asked) -> None:
    patient.error = EngineRefusedError("no such index", 404)
    for _ in range(3):
        with pytest.raises(EngineRefusedError):
            await patient.ask()
    assert patient.count == 3
    patient.guard.note(INDEX, "there is no index", whole=False)
    with pytest.raises(EngineSparedError):
        await patient.ask()
    patient.error = None
    assert await patient.ask("shop-nl_nl") == 4


async def test_after_the_end_it_is_looked_for_no_more(quick: Asked) -> None:
    quick.client.away, quick.error = True, EngineUnavailableError("gone")
    with pytest.raises(EngineUnavailableError):
        await quick.ask()
    await quick.guard.close()
    looked = quick.client.looked
    with pytest.raises(EngineUnavailableError):
        await quick.ask()
    await asyncio.sleep(0.05)
    assert quick.client.looked == looked


async def test_pages_and_what_stands_in_for_odoo_know_it_together(patient: Asked) -> None:
    told: list[str] = []
    pages = Asking(
        patient.engine, Names("shop"), guard=patient.guard, seconds=0.05, on_question=lambda *one: told.append(one[0])
    )
    reads = IndexedCatalogue(Indexes(patient.engine, "shop"), patient.guard, on_answer=told.append)
    assert await reads.find_products(ProductQuery(), "fr_FR") == []
    patient.client.away = True
    with pytest.raises(IndexUnavailableError):
        await reads.find_products(ProductQuery(), "fr_FR")
    asked = len(patient.client.asked)
    with pytest.raises(NotAnsweredError):
        await pages.ask("fr_FR", [{"size": 1}])
    with pytest.raises(IndexUnavailableError):
        await reads.find_products(ProductQuery(), "fr_FR")
    assert told == ["answered", "away", "paused", "spared"]
    assert len(patient.client.asked) == asked
