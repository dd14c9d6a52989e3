"""Answers are kept as their fields declare it, found again however they are asked for, and never given to others."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import brotli  # type: ignore[import-untyped]
import msgspec
import pytest
import pytest_asyncio
import zstandard
from graphql import execute

from cache.tags import EVERYTHING
from contract.client import Answer
from demo.double import Double
from demo.wholesale import generate
from server.encodings import accepted
from tests.support.processes import Process, fresh_namespace, process
from tests.support.valkey import Valkey

LIST = "{ products(pageSize: 20) { totalCount products { id name combinationInfo qty } } }"
TREE = "{ categories { categories { id name } } }"
HIT, STORED, BYPASS = "headless-odoo; hit", "headless-odoo; fwd=miss; stored", "headless-odoo; fwd=bypass"
STALE = "headless-odoo; hit; detail=stale-if-error"


@pytest.fixture(scope="module")
def double() -> Double:
    return Double(generate("14.0", products=60, pricelists=4))


@pytest_asyncio.fixture(loop_scope="session")
async def shop(double: Double) -> AsyncIterator[Process]:
    async with process(double, None, local_cache_bytes=64 * 1024 * 1024, introspection=True) as started:
        yield started


def get_path(query: str, **more: Any) -> str:
    parameters = {name: value if isinstance(value, str) else msgspec.json.encode(value) for name, value in more.items()}
    return f"/graphql?{urlencode({'query': query, **parameters})}"


async def asked(shop: Process, query: str, variables: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await shop.client.graphql(query, variables, named)


def status_of(answer: Answer) -> str:
    return answer.headers["cache-status"]


class TestKept:
    async def test_the_second_request_is_a_hit_with_the_same_bytes(self, shop: Process) -> None:
        first, second = await asked(shop, LIST), await asked(shop, LIST)
        assert (status_of(first), status_of(second)) == (STORED, HIT)
        assert first.body == second.body
        assert first.status == second.status == 200

    async def test_a_hit_neither_parses_nor_executes(self, shop: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        first = await asked(shop, LIST)

        def never(*_: object, **__: object) -> None:
            raise AssertionError("not for a hit")

        for name in (
            "server.graphql_endpoint.from_body",
            "server.documents.parse",
            "server.documents.validate",
            "server.operations.check_limits",
            "server.execution.execute",
            "server.execution._encode",
        ):
            monkeypatch.setattr(name, never)
        assert (await asked(shop, LIST)).body == first.body

    async def test_the_same_operation_in_other_bytes_is_found(self, shop: Process) -> None:
        query = "query($size: Int) { products(pageSize: $size) { totalCount } }"
        await asked(shop, query, {"size": 3})
        body = msgspec.json.encode({"variables": {"size": 3}, "extensions": None, "query": query})
        posted = await shop.client.send(
            "POST", "/graphql/vsf", body, {"content-type": "application/json; charset=utf-8"}
        )
        by_get = await shop.client.get(get_path(query, variables={"size": 3}))
        assert [status_of(posted), status_of(by_get)] == [HIT, HIT]

    @pytest.mark.parametrize(
        ("variables", "headers"),
        [({"size": 4}, {}), ({"size": 3}, {"accept_language": "fr"}), ({"size": 3, "more": 1}, {})],
    )
    async def test_another_operation_is_not(self, shop: Process, variables: Any, headers: dict[str, str]) -> None:
        query = "query($size: Int) { products(pageSize: $size) { products { name } } }"
        await asked(shop, query, {"size": 3})
        assert status_of(await asked(shop, query, variables, **headers)) == STORED

    async def test_each_language_has_its_own(self, shop: Process) -> None:
        english, french = await asked(shop, TREE), await asked(shop, TREE, accept_language="fr-BE,fr;q=0.9")
        assert english.data != french.data
        again = await asked(shop, TREE, accept_language="fr-BE,fr;q=0.9")
        assert (again.body, status_of(again)) == (french.body, HIT)

    async def test_one_of_several_operations(self, shop: Process) -> None:
        text = "query A { categories { totalCount } } query B { website { id } }"
        body = {"query": text, "operationName": "A"}
        headers = {"content-type": "application/json"}
        one = await shop.client.send("POST", "/graphql", msgspec.json.encode(body), headers)
        other = await shop.client.send("POST", "/graphql", msgspec.json.encode({**body, "operationName": "B"}), headers)
        assert (list(one.data), list(other.data)) == (["categories"], ["website"])

    @pytest.mark.parametrize(
        "query", ["{ __schema { queryType { name } } }", "{ website { id } __schema { types { name } } }"]
    )
    async def test_what_is_not_declared_is_never_kept(self, shop: Process, query: str) -> None:
        for _ in range(2):
            answer = await asked(shop, query)
            assert (status_of(answer), answer.headers["cache-control"]) == (BYPASS, "no-store")

    async def test_errors_are_not_kept(self, shop: Process) -> None:
        query = '{ categories(language: "xx") { totalCount } }'
        for _ in range(2):
            answer = await asked(shop, query)
            assert (answer.status, status_of(answer)) == (400, "headless-odoo; fwd=miss")
        partly = "{ website { id } country(id: 999999) { name } }"
        for _ in range(2):
            answer = await asked(shop, partly)
            assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")

    async def test_an_invalidation_ends_it(self, shop: Process) -> None:
        before = await asked(shop, LIST)
        await shop.store.invalidate({"products"})
        after = await asked(shop, LIST)
        assert (status_of(after), after.body) == (STORED, before.body)


class TestWithoutOdoo:
    async def test_what_was_asked_before_is_answered_and_marked(self, shop: Process) -> None:
        before = await asked(shop, LIST)
        shop.wire.cut = True
        assert status_of(await asked(shop, LIST)) == HIT
        await shop.store.invalidate(EVERYTHING)
        for _ in range(3):
            stale = await asked(shop, LIST)
            assert (stale.status, status_of(stale)) == (200, STALE)
            assert stale.json == {"extensions": {"stale": True}, **before.json}
        shop.wire.cut = False
        await shop.store.invalidate({"products"})
        await asyncio.sleep(1.1)  # the small tables are tried again after a pause
        assert (await asked(shop, LIST)).json == before.json

    async def test_it_is_asked_for_in_vain_but_once_in_a_while(
        self, shop: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await asked(shop, LIST)
        shop.wire.cut = True
        await shop.store.invalidate(EVERYTHING)
        await asked(shop, LIST)

        def never(*_: object, **__: object) -> None:
            raise AssertionError("not so soon")

        monkeypatch.setattr("server.execution.execute", never)
        assert {status_of(await asked(shop, LIST)) for _ in range(20)} == {STALE}
        shop.wire.cut = False

    async def test_what_was_never_asked_is_an_error(self, shop: Process) -> None:
        await asked(shop, LIST)
        shop.wire.cut = True
        answer = await asked(shop, "{ product(id: 999998) { id } }")
        assert (answer.status, answer.codes, answer.headers["cache-control"]) == (503, ["ERP_UNAVAILABLE"], "no-store")
        shop.wire.cut = False


class TestAtOnce:
    async def test_a_thousand_first_requests_make_one_computation(
        self, double: Double, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In each of two processes five hundred."""
        namespace, executed = fresh_namespace(), []

        def counted(*arguments: Any, **named: Any) -> Any:
            executed.append(arguments)
            return execute(*arguments, **named)

        async with (
            process(double, valkey.url, namespace) as one,
            process(double, valkey.url, namespace) as other,
        ):
            monkeypatch.setattr("server.execution.execute", counted)
            answers = await asyncio.gather(*(asked(shop, LIST) for shop in (one, other) for _ in range(500)))
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 1
            assert len(executed) == 1


class TestConditional:
    async def test_a_public_answer_may_be_kept_and_purged_by_a_cdn(self, shop: Process) -> None:
        answer = await shop.client.get(get_path(TREE))
        assert answer.headers["cache-control"] == (
            "public, max-age=0, s-maxage=300, stale-while-revalidate=3600, stale-if-error=604800"
        ) or answer.headers["cache-control"].startswith("public, max-age=0, s-maxage=299,")
        assert set(answer.headers["cache-tag"].split(",")) >= {"categories"}
        assert "Accept-Language" in answer.headers["vary"]
        assert "Cookie" not in answer.headers["vary"]

    async def test_an_answer_for_a_role_is_not_for_a_cdn(self, shop: Process) -> None:
        answer = await shop.client.get(get_path(LIST))
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "cache-tag" not in answer.headers
        assert {"Cookie", "Authorization"} <= set(answer.headers["vary"].split(", "))

    @pytest.mark.parametrize("query", [TREE, LIST])
    async def test_an_answer_that_the_client_has_is_not_sent_again(self, shop: Process, query: str) -> None:
        first = await shop.client.get(get_path(query))
        etag = first.headers["etag"]
        for header in (etag, f'"other", W/{etag}', "*"):
            again = await shop.client.get(get_path(query), {"if-none-match": header})
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert "content-length" not in again.headers
        assert (await shop.client.get(get_path(query), {"if-none-match": '"other"'})).status == 200

    async def test_a_changed_answer_has_another_tag(self, double: Double, shop: Process) -> None:
        query = "{ product(id: 7) { name } }"
        first = await shop.client.get(get_path(query))
        name = first.data["product"]["name"]
        double.write("product.template", [7], {"name": "Another name"})
        try:
            await shop.feed.poll()
            await shop.store.invalidate({"product:7"})
            again = await shop.client.get(get_path(query), {"if-none-match": first.headers["etag"]})
            assert (again.status, again.data) == (200, {"product": {"name": "Another name"}})
            assert again.headers["etag"] != first.headers["etag"]
        finally:
            double.write("product.template", [7], {"name": name})

    async def test_a_stale_answer_is_not_for_a_cdn(self, shop: Process) -> None:
        await shop.client.get(get_path(TREE))
        shop.wire.cut = True
        await shop.store.invalidate(EVERYTHING)
        answer = await shop.client.get(get_path(TREE))
        shop.wire.cut = False
        assert (answer.status, status_of(answer)) == (200, STALE)
        assert answer.headers["cache-control"] in {"no-store", "public, max-age=0, s-maxage=0"}


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "decode"),
        [
            ("br", brotli.decompress),
            ("gzip", gzip.decompress),
            ("zstd", lambda body: zstandard.ZstdDecompressor().decompress(body)),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_bodies_are_the_same(self, shop: Process, encoding: str, decode: Any, method: str) -> None:
        plain = await asked(shop, LIST)
        for query in (LIST, "{ __schema { types { name fields { name } } } }"):
            plain = await asked(shop, query)
            for _ in range(2):
                headers = {"accept-encoding": encoding}
                if method == "GET":
                    packed = await shop.client.get(get_path(query), headers)
                else:
                    packed = await shop.client.graphql(query, None, headers)
                assert packed.headers["content-encoding"] == encoding
                assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body)
                assert decode(packed.body) == plain.body
                assert "Accept-Encoding" in packed.headers.get("vary", "Accept-Encoding" if method == "GET" else "")

    async def test_each_form_has_its_own_tag(self, shop: Process) -> None:
        plain = await shop.client.get(get_path(LIST))
        packed = await shop.client.get(get_path(LIST), {"accept-encoding": "br"})
        assert plain.headers["etag"] != packed.headers["etag"]
        again = await shop.client.get(
            get_path(LIST), {"accept-encoding": "br", "if-none-match": packed.headers["etag"]}
        )
        assert (again.status, again.body) == (304, b"")
        assert "content-encoding" not in again.headers

    async def test_a_small_body_is_sent_as_it_is(self, shop: Process) -> None:
        answer = await asked(shop, "{ website { id } }", accept_encoding="br, gzip")
        assert "content-encoding" not in answer.headers

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (b"", None),
            (b"identity", None),
            (b"gzip, deflate, br", "br"),
            (b"gzip, deflate, br, zstd", "br"),
            (b"gzip;q=1.0, br;q=0.5", "gzip"),
            (b"br;q=0", None),
            (b"br;q=0, *", "zstd"),
            (b"*;q=0", None),
            (b"GZIP ; Q=0.2", "gzip"),
            (b"identity;q=1, gzip;q=0.5", None),
            (b"br;q=nonsense, gzip", "gzip"),
            (b"br;q=nan", None),
            (b"\xff\xfe", None),
        ],
    )
    def test_negotiation(self, header: bytes, expected: str | None) -> None:
        assert accepted(header) == expected


def test_gzip_has_a_gzip_head() -> None:
    from server.encodings import _gzip

    assert zlib.decompress(_gzip(b"x" * 5000, 6), wbits=31) == b"x" * 5000
