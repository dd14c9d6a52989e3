"""Whatever is asked: an answer in GraphQL's form, never a server error, nothing of our inside."""

from __future__ import annotations

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from resolvers.schema import build_schema
from tests.conftest import BffOf
from tests.server.test_bad_input import INSIDE
from tests.support.bff import Answer, Bff
from tests.support.documents import Drawn, requests

SCHEMA = build_schema()
_SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["10.0", "19.0"])
async def shop(bff: BffOf, request: pytest.FixtureRequest) -> Bff:
    return await bff(request.param)


def assert_proper(answer: Answer) -> None:
    assert answer.status in {200, 400, 404}, answer.body
    assert not INSIDE.search(answer.raw.decode()), answer.body
    if answer.status == 200 and "fwd=bypass" not in answer.headers["cache-status"]:
        assert "errors" not in answer.body  # what may be kept anywhere is whole
    if answer.status != 200 or "errors" in answer.body:
        assert all(error["message"] and error["extensions"]["code"] for error in answer.errors)


@_SETTINGS
@given(drawn=requests(SCHEMA))
async def test_requests_of_the_schema(shop: Bff, drawn: Drawn) -> None:
    assert_proper(await shop.query(drawn.text, drawn.variables))


_TOKENS = [
    *"{}()[]:!$@&|=",
    *(
        "...",
        "query",
        "fragment F on Query",
        "mutation",
        "on",
        "website",
        "id",
        "products",
        "$a",
        "Int",
        "@skip(if: $a)",
    ),
    *('"x"', '"""x"""', "1", "-1.5e9", "null", "true", "#", "\\", "é", "\ufeff"),
]


@_SETTINGS
@given(tokens=st.lists(st.sampled_from(_TOKENS), max_size=30))
@example(tokens=["query", "{", "website", "{", "id", "}", "}"])
async def test_documents_of_loose_tokens(shop: Bff, tokens: list[str]) -> None:
    assert_proper(await shop.query(" ".join(tokens), {"a": 1}))


@_SETTINGS
@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))))
async def test_bodies_of_loose_bytes(shop: Bff, body: bytes) -> None:
    assert_proper(await shop.send("POST", "/graphql", data=body, headers={"Content-Type": "application/json"}))


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=10,
)


@_SETTINGS
@given(value=_JSON)
async def test_variables_of_any_json(shop: Bff, value: object) -> None:
    text = (
        "query($a: ProductFilterInput, $b: Int, $c: String){products(filter: $a, pageSize: $b, search: $c){totalCount}}"
    )
    assert_proper(await shop.query(text, {"a": value, "b": 1, "c": "x"}))
    assert_proper(await shop.query(text, {"a": {"ids": value}, "b": value, "c": value}))
    assert_proper(await shop.query(text, value))
