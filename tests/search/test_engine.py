"""The engine's client: bulks that wait, errors that are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConnectionError as TransportConnectionError
from opensearchpy.exceptions import SerializationError, TransportError

from search.engine import Engine, EngineRefusedError, EngineUnavailableError, Operation
from search.mapping import index_body
from tests.support.opensearch import Space


class Scripted(AsyncOpenSearch):
    """Answers bulks by a script: statuses for each document, or an error for the whole."""

    def __init__(self, script: Sequence[list[int] | Exception]) -> None:
        super().__init__()
        self.script = list(script)
        self.asked: list[list[str]] = []

    async def bulk(self, *, body: Any, index: Any = None, params: Any = None, headers: Any = None) -> Any:
        del index, params, headers
        lines = [msgspec.json.decode(line) for line in bytes(body).splitlines()]
        heads = [line for line in lines if line.keys() <= {"index", "update", "delete"} and "_id" in str(line)]
        self.asked.append([next(iter(head.values()))["_id"] for head in heads])
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        items = [{next(iter(head)): _item(status)} for head, status in zip(heads, answer, strict=True)]
        return {"items": items}


def _item(status: int) -> dict[str, Any]:
    if status < 300:
        return {"status": status, "result": "updated"}
    return {"status": status, "error": {"type": "e", "reason": "it says why", "caused_by": {"reason": "because"}}}


def operations(number: int) -> list[Operation]:
    return [Operation("index", "shop", one, {"id": one}) for one in range(1, number + 1)]


async def done(script: Sequence[list[int] | Exception], number: int = 3) -> tuple[Scripted, list[float]]:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    client = Scripted(script)
    try:
        outcome = await Engine(client, sleep=sleep).bulk(operations(number))
        assert outcome.written == number
    finally:
        await client.close()
    return client, waited


async def test_only_what_was_put_off_is_sent_again() -> None:
    client, waited = await done([[201, 429, 503], [429, 200], [200]])
    assert client.asked == [["1", "2", "3"], ["2", "3"], ["2"]]
    assert len(waited) == 2
    assert all(seconds > 0 for seconds in waited)


async def test_the_whole_is_sent_again_when_the_engine_is_away() -> None:
    away = TransportConnectionError("N/A", "refused", OSError("refused"))
    client, waited = await done([away, TransportError(429, "busy", {}), [200, 200, 200]])
    assert client.asked == [["1", "2", "3"]] * 3
    assert len(waited) == 2


async def test_it_gives_up_in_the_end() -> None:
    with pytest.raises(EngineUnavailableError, match="stays busy"):
        await done([[429, 429, 429]] * 20)


async def test_a_document_that_is_refused_ends_it_with_the_reason() -> None:
    with pytest.raises(EngineRefusedError, match="document 2 of shop: it says why: because") as caught:
        await done([[201, 400, 201]])
    assert caught.value.status == 400


async def test_a_field_that_is_not_in_the_mapping_is_refused(engine: Engine, space: Space) -> None:
    index = space.name("strict")
    await engine.create(index, index_body("fr_FR", [1], replicas=0))
    for body in ({"id": 1, "surprise": 1}, {"id": 1, "prices": {"p2": 1.0}}, {"id": 1, "variants": [{"cost": 1.0}]}):
        with pytest.raises(EngineRefusedError, match="strict"):
            await engine.bulk([Operation("index", index, 1, body)])


async def test_updates_of_what_is_not_there_and_of_what_is_so(engine: Engine, space: Space) -> None:
    index = space.name("updates")
    await engine.create(index, index_body("fr_FR", [1], replicas=0))
    await engine.bulk([Operation("index", index, 1, {"id": 1, "popularity": 2.0})])
    updates = [Operation("update", index, one, {"popularity": 2.0}) for one in (1, 2)]
    outcome = await engine.bulk([*updates, Operation("delete", index, 3)])
    assert (outcome.written, outcome.unchanged, outcome.deleted, outcome.missing) == (0, 1, 0, [(index, 2)])


async def test_what_is_not_there_is_told_as_such(engine: Engine, space: Space) -> None:
    assert await engine.mappings(space.name("none-*")) == {}
    assert await engine.aliases(space.name("none")) == {}
    assert not await engine.exists(space.name("none"))
    with pytest.raises(EngineRefusedError) as caught:
        await engine.search(space.name("none"), {})
    assert caught.value.status == 404


async def test_numbers_are_sent_as_such(engine: Engine) -> None:
    """Decimals too."""
    assert engine.client.transport.serializer.dumps({"gte": Decimal("1.50"), "day": date(2026, 11, 22)}) == (
        '{"gte":1.50,"day":"2026-11-22"}'
    )
    with pytest.raises(SerializationError):
        engine.client.transport.serializer.dumps({"gte": object()})


async def segments(engine: Engine, index: str) -> int:
    await engine.refresh(index)
    return len(await engine.client.cat.segments(index=index, params={"format": "json"}))


async def test_segments_become_one(engine: Engine, space: Space) -> None:
    index = space.name("merged")
    await engine.create(index, {"settings": {"number_of_shards": 1, "number_of_replicas": 0}})
    for number in range(5):
        await engine.bulk([Operation("index", index, number, {"id": number})])
        await engine.refresh(index)
    assert await segments(engine, index) > 1
    await engine.merge(index, seconds=60)
    assert await segments(engine, index) == 1
    await engine.merge(index, seconds=1e-6)  # nobody waits for it, and nothing is raised
    with pytest.raises(EngineRefusedError):
        await engine.merge(space.name("unknown"), seconds=60)
