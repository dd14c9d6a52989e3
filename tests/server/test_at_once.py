"""The same request again takes the shortest way there is, and never to another's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from starlette.types import Message, Receive, Scope, Send

from cache.tags import EVERYTHING
from contract.client import Answer
from demo.double import Double
from demo.wholesale import generate
from server.graphql_endpoint import GraphQLEndpoint
from tests.support.processes import Process, process

TREE = "{ categories { categories { id name } } }"
HIT = "headless-odoo; hit"


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Process]:
    double = Double(generate("14.0", products=30, pricelists=3))
    async with process(double, None, local_cache_bytes=1 << 24) as started:
        yield started


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[Scope]:
    """The requests that were not answered at once."""
    seen: list[Scope] = []
    called = GraphQLEndpoint.__call__

    async def call(self: GraphQLEndpoint, scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await called(self, scope, receive, send)

    monkeypatch.setattr(GraphQLEndpoint, "__call__", call)
    return seen


async def asked(shop: Process, **headers: str) -> Answer:
    return await shop.client.graphql(TREE, None, {name.replace("_", "-"): value for name, value in headers.items()})


async def warm(shop: Process, **headers: str) -> Answer:
    """Made, kept, and sent once from what is kept."""
    await asked(shop, **headers)
    return await asked(shop, **headers)


@pytest.mark.parametrize("encoding", ["identity", "br", "gzip"])
async def test_a_reply_is_the_same_but_for_its_id(shop: Process, looked_at: list[Scope], encoding: str) -> None:
    before = await warm(shop, accept_encoding=encoding)
    assert len(looked_at) == 2
    again = await asked(shop, accept_encoding=encoding)
    assert len(looked_at) == 2
    assert again.body == before.body
    assert again.headers["x-request-id"] != before.headers["x-request-id"]
    assert {**again.headers, "x-request-id": ""} == {**before.headers, "x-request-id": ""}


async def test_an_id_that_comes_with_a_request_goes_back(shop: Process, looked_at: list[Scope]) -> None:
    await warm(shop)
    answer = await asked(shop, x_request_id="from-the-proxy-1")
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    assert len(looked_at) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"accept_language": "fr"},
        {"accept_encoding": "br"},
        {"host": "other.example"},
        {"resquest_host": "https://other.example/"},
        {"content_type": "application/json; charset=utf-8"},
        {"cookie": f"session_id={'n' * 43}"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_what_may_be_answered_otherwise_is_looked_at(
    shop: Process, looked_at: list[Scope], headers: dict[str, str]
) -> None:
    await warm(shop)
    await asked(shop, **headers)
    assert len(looked_at) == 3


async def test_visitors_without_a_session_are_all_alike(shop: Process, looked_at: list[Scope]) -> None:
    await warm(shop)
    for cookie in ("session_id=undefined", "lang=fr", "session_id=; lang=fr"):
        assert (await asked(shop, cookie=cookie)).headers["cache-status"] == HIT
    assert len(looked_at) == 2


async def test_what_was_invalidated_is_made_anew(shop: Process, looked_at: list[Scope]) -> None:
    await warm(shop)
    await shop.store.invalidate(EVERYTHING)
    assert (await asked(shop)).headers["cache-status"] != HIT
    assert len(looked_at) == 3
    assert (await warm(shop)).headers["cache-status"] == HIT


async def test_a_body_in_pieces_is_answered_too(shop: Process) -> None:
    whole = await warm(shop)
    body = msgspec.json.encode({"query": TREE, "variables": None})
    messages: list[Message] = [
        {"type": "http.request", "body": body[:10], "more_body": True},
        {"type": "http.request", "body": body[10:], "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql/vsf",
        "query_string": b"",
        "headers": [(b"host", b"shop.example"), (b"content-type", b"application/json")],
        "client": None,
    }
    await shop.app(scope, receive, send)
    assert (sent[0]["status"], sent[1]["body"]) == (200, whole.body)


async def test_each_reply_is_counted(shop: Process) -> None:
    async def counted() -> float:
        page = (await shop.client.get("/metrics")).body.decode()
        line = 'headless_odoo_http_requests_total{route="graphql",status="200"} '
        return sum(float(one.removeprefix(line)) for one in page.splitlines() if one.startswith(line))

    await warm(shop)
    before = await counted()
    for _ in range(3):
        await asked(shop)
    assert await counted() - before == 3
