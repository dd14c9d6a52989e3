"""Pages of other origins that the operator has named may read answers; no others may."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.identity.wired import VIEWER, Shop, shop

NAMED = "https://backoffice.example"
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture(scope="module")
async def named() -> AsyncIterator[Shop]:
    async with shop(allowed_origins=f"{NAMED}, https://other.example") as found:
        yield found


@pytest.mark.parametrize("path", ["/graphql", "/graphql/vsf", "//graphql/vsf"])
async def test_a_browser_is_told_that_the_page_may_send_json(named: Shop, path: str) -> None:
    answer = await named.send("OPTIONS", path, headers={"origin": NAMED, **PREFLIGHT})
    assert (answer.status, answer.raw) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == NAMED
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert answer.headers["vary"] == "Origin"


async def test_the_page_may_read_the_answer_also_one_that_is_at_hand(named: Shop) -> None:
    for origin in (NAMED, "https://other.example", NAMED):
        answer = await named.query(VIEWER, origin=origin)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "cache-status" in answer.headers["access-control-expose-headers"]


async def test_errors_may_be_read_too(named: Shop) -> None:
    answer = await named.query("{ nothing }", origin=NAMED)
    assert answer.status == 400
    assert answer.headers["access-control-allow-origin"] == NAMED


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{NAMED}.evil.example", f"{NAMED}:444", ""])
async def test_nobody_else_may(named: Shop, origin: str) -> None:
    asked = await named.send("OPTIONS", "/graphql", headers={"origin": origin, **PREFLIGHT})
    assert asked.status == 405
    read = await named.query(VIEWER, origin=origin)
    for answer in (asked, read):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


async def test_caches_keep_answers_to_each_origin_apart(named: Shop) -> None:
    """Also one that was asked for by nobody's page: else it is served to a page that may not read it then."""
    answer = await named.query("{ website { name } }")
    assert "Origin" in ", ".join(answer.headers.getall("vary", []))  # type: ignore[attr-defined]


async def test_where_none_is_named_nothing_is_said() -> None:
    async with shop() as found:
        answer = await found.query(VIEWER, origin=found.url)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert "Origin" not in ", ".join(answer.headers.getall("vary", []))  # type: ignore[attr-defined]
