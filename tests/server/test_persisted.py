"""Documents that are named instead of sent, and shops that answer registered documents alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from contract.client import Answer
from demo.double import Double
from demo.wholesale import generate
from resolvers.schema import build_schema
from server import cli
from server.persisted import MAX_TEXT
from server.trusted import ManifestError, Operation, TrustedDocuments, collect, encode, sha256
from tests.support.processes import Process, fresh_namespace, process
from tests.support.valkey import Valkey

QUERY = "query Site($language: String) { website { name } websiteHomepage(language: $language) { metaTitle } }"
HASH = sha256(QUERY)


def persisted(hash_: str = HASH) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_}}


def invoked(*arguments: str) -> Result:
    """Of the command line."""
    return CliRunner().invoke(cli.app, arguments)


async def post(shop: Process, **body: Any) -> Answer:
    return await shop.client.send("POST", "/graphql", msgspec.json.encode(body), {"content-type": "application/json"})


async def get(shop: Process, **parameters: Any) -> Answer:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return await shop.client.get(f"/graphql?{urlencode(texts)}")


@pytest.fixture(scope="module")
def double() -> Double:
    return Double(generate("14.0", products=20, pricelists=4))


class TestAutomatic:
    @pytest_asyncio.fixture(loop_scope="session")
    async def shops(self, double: Double, valkey: Valkey) -> AsyncIterator[tuple[Process, Process]]:
        namespace = fresh_namespace()
        async with (
            process(double, valkey.url, namespace) as one,
            process(double, valkey.url, namespace) as other,
        ):
            yield one, other

    async def test_the_protocol(self, shops: tuple[Process, Process]) -> None:
        one, other = shops
        for send in (post, get):
            unknown = await send(one, extensions=persisted())
            assert (unknown.status, unknown.codes) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
            assert unknown.json["errors"][0]["message"] == "PersistedQueryNotFound"  # what Apollo's client looks for
            assert unknown.headers["cache-control"] == "no-store"
        registered = await post(one, query=QUERY, extensions=persisted())
        for shop in (one, other):
            for send in (post, get):
                assert (await send(shop, extensions=persisted())).data == registered.data
        french = await get(other, extensions=persisted(), variables={"language": "fr_FR"})
        assert french.headers["cache-status"] == "headless-odoo; fwd=miss; stored"
        assert (await get(other, documentId=f"sha256:{HASH}")).data == registered.data
        assert (await get(other, documentId=HASH.upper())).data == registered.data

    async def test_a_wrong_hash(self, shops: tuple[Process, Process]) -> None:
        wrong = sha256("something else")
        answer = await post(shops[0], query=QUERY, extensions=persisted(wrong))
        assert (answer.status, answer.codes) == (400, ["PERSISTED_QUERY_HASH_MISMATCH"])
        assert (await post(shops[0], extensions=persisted(wrong))).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    @pytest.mark.parametrize(
        "query", ["{ nothing }", "{ website {", "{ a: website { id } " * 3, f"{{ website {{ id }} }}#{'x' * MAX_TEXT}"]
    )
    async def test_what_is_not_valid_or_too_long_is_not_registered(
        self, shops: tuple[Process, Process], query: str
    ) -> None:
        named = persisted(sha256(query))
        await post(shops[0], query=query, extensions=named)
        for shop in shops:
            assert (await post(shop, extensions=named)).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    @pytest.mark.parametrize("hash_", ["x", "../../state", "0" * 63, "0" * 65, "é" * 64, "0" * 64 + "\n"])
    async def test_odd_hashes(self, shops: tuple[Process, Process], hash_: str) -> None:
        assert (await post(shops[0], extensions=persisted(hash_))).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    async def test_what_stands_in_redis_is_not_believed(self, shops: tuple[Process, Process]) -> None:
        named = sha256("{ website { id } }")
        await shops[0].store.write(f"document:{named}", b"{ website { name } }", 60)
        assert (await post(shops[0], extensions=persisted(named))).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    async def test_a_mutation_by_get_is_refused(self, shops: tuple[Process, Process]) -> None:
        text = "mutation { invalidateCache { tags } }"
        await post(shops[0], query=text, extensions=persisted(sha256(text)))
        answer = await get(shops[0], extensions=persisted(sha256(text)))
        assert (answer.status, answer.codes) == (405, ["METHOD_NOT_ALLOWED"])


class TestTrusted:
    @pytest.fixture
    def manifest(self, tmp_path: Path) -> Path:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop/site.graphql").write_text(QUERY)
        (tmp_path / "shop/product.gql").write_text("query Page($id: Int) { product(id: $id) { ...card } }")
        (tmp_path / "shop/card.graphql").write_text("fragment card on Product { id name }")
        result = CliRunner().invoke(
            cli.app, ["documents", str(tmp_path / "shop"), "--output", str(tmp_path / "m.json")]
        )
        assert result.exit_code == 0, result.output
        assert "2 documents" in result.output
        return tmp_path / "m.json"

    @pytest_asyncio.fixture(loop_scope="session")
    async def shop(self, double: Double, manifest: Path) -> AsyncIterator[Process]:
        async with process(double, None, trusted_documents=manifest) as started:
            yield started

    async def test_only_these_are_answered(self, shop: Process, manifest: Path) -> None:
        text = await asyncio.to_thread(manifest.read_text)
        operations = {operation["name"]: operation for operation in json.loads(text)["operations"]}
        assert set(operations) == {"Site", "Page"}
        page = operations["Page"]
        by_id = await post(shop, extensions=persisted(page["id"]), variables={"id": 5})
        assert by_id.data["product"]["id"] == 5
        by_text = await post(shop, query=page["body"], variables={"id": 5})
        assert by_text.data == by_id.data
        formatted = "query Page($id: Int) { # in another way\n product(id: $id) { ...card } }"
        formatted += "fragment card on Product { id, name }"
        assert (await post(shop, query=formatted, variables={"id": 5})).data == by_id.data
        assert (await get(shop, documentId=f"sha256:{page['id']}", variables={"id": 5})).data == by_id.data

    @pytest.mark.parametrize(
        "query",
        [
            "{ website { id } }",
            "query Page($id: Int) { product(id: $id) { id name price } }",
            "{ __schema { types { name } } }",
            "{",
        ],
    )
    async def test_nothing_else_is(self, shop: Process, query: str) -> None:
        answer = await post(shop, query=query)
        assert (answer.status, answer.codes) == (403, ["QUERY_NOT_IN_SAFELIST"])
        named = persisted(sha256(query))
        assert (await post(shop, query=query, extensions=named)).status == 403
        answer = await post(shop, extensions=named)
        assert (answer.status, answer.codes) == (404, ["PERSISTED_QUERY_NOT_IN_LIST"])


class TestCollecting:
    def test_operations_of_one_name_in_two_places(self, tmp_path: Path) -> None:
        (tmp_path / "a.graphql").write_text("query Q { website { id } }")
        (tmp_path / "b.graphql").write_text("query Q { website { name } } query R { website { id } }")
        assert [one.name for one in collect([tmp_path], build_schema()).operations] == ["Q", "Q", "R"]

    def test_a_manifest_is_a_source_too(self, tmp_path: Path) -> None:
        (tmp_path / "a.graphql").write_text("query Q { website { id } }")
        first = collect([tmp_path], build_schema())
        (tmp_path / "m.json").write_bytes(encode(first))
        assert collect([tmp_path / "m.json"], build_schema()) == first

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("a.graphql", "query Q { nothing }", "a.graphql:1:11"),
            ("a.graphql", "query Q { website { id }", "a.graphql:1:25"),
            ("a.graphql", "query Q { website { ...f } }", "Unknown fragment 'f'"),
            ("a.graphql", "subscription { x }", "subscription"),
            ("a.txt", "query Q { website { id } }", "neither a folder"),
            ("a.json", "{}", "a.json"),
            (
                "a.json",
                '{"operations": [{"id": "0", "name": "Q", "type": "query", "body": "{ x }"}]}',
                "SHA-256",
            ),
        ],
    )
    def test_mistakes_are_told_with_their_place(self, tmp_path: Path, name: str, text: str, says: str) -> None:
        (tmp_path / name).write_text(text)
        with pytest.raises(ManifestError, match=says.replace(".", r"\.")):
            collect([tmp_path / name], build_schema())

    def test_nothing_to_register(self, tmp_path: Path) -> None:
        result = invoked("documents", str(tmp_path), "--output", str(tmp_path / "m.json"))
        assert result.exit_code == 1
        assert not (tmp_path / "m.json").exists()

    def test_a_text_that_is_no_document_is_not_like_any(self) -> None:
        trusted = TrustedDocuments([Operation("x", "Q", "query", "{ website { id } }")], max_tokens=50)
        assert trusted.like("{ website { id } }") is not None
        assert trusted.like("{") is None
        assert trusted.like("{ website { id } }" + " #" * 100 + "\n{ a }" * 100) is None


class TestInvalidating:
    TEXT = "mutation($tags: [String!]) { invalidateCache(tags: $tags) { tags inForceEverywhere } }"
    TOKEN = "an operator's token"

    @pytest_asyncio.fixture(loop_scope="session")
    async def shop(self, double: Double, valkey: Valkey) -> AsyncIterator[Process]:
        async with process(double, valkey.url, fresh_namespace(), operator_token=self.TOKEN) as started:
            yield started

    async def send(self, shop: Process, tags: list[str] | None, token: str | None = TOKEN) -> Answer:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await shop.client.graphql(self.TEXT, {"tags": tags}, headers)

    async def test_by_mutation(self, shop: Process) -> None:
        page = "{ product(id: 5) { id } }"
        await shop.ask(page)
        other, answer = await self.send(shop, ["product:6"]), await self.send(shop, ["product:5"])
        assert other.data == {"invalidateCache": {"tags": ["product:6", "products"], "inForceEverywhere": True}}
        assert answer.data["invalidateCache"]["tags"] == ["product:5", "products"]
        with shop.counted() as counted:
            await shop.ask(page)
        assert counted.calls
        assert len((await self.send(shop, None)).data["invalidateCache"]["tags"]) > 5

    @pytest.mark.parametrize("token", [None, "", "an operator's toke", "an operator's tokens", "Bearer"])
    async def test_not_by_others(self, shop: Process, token: str | None) -> None:
        answer = await self.send(shop, ["product:5"], token)
        assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])

    @pytest.mark.parametrize(
        "tags", [["nothing"], ["product:x"], ["product:5", "product:0"], [], ["a\nb"], ["price:5 "]]
    )
    async def test_what_is_no_tag(self, shop: Process, tags: list[str]) -> None:
        assert (await self.send(shop, tags)).codes == ["BAD_USER_INPUT"]

    async def test_by_command(self, double: Double, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
        namespace = fresh_namespace()
        monkeypatch.setenv("HEADLESS_ODOO_REDIS_URL", valkey.url)
        monkeypatch.setenv("HEADLESS_ODOO_REDIS_NAMESPACE", namespace)
        async with process(double, valkey.url, namespace) as shop:
            await shop.ask("{ product(id: 5) { id } }")
            result = await asyncio.to_thread(invoked, "invalidate", "product:5")
            assert (result.exit_code, result.output) == (0, "invalidated: product:5, products\n")
            with shop.counted() as counted:
                await shop.ask("{ product(id: 5) { id } }")
            assert counted.calls
        for arguments in ([], ["--all", "product:5"], ["product:x"]):
            assert (await asyncio.to_thread(invoked, "invalidate", *arguments)).exit_code == 1
        monkeypatch.delenv("HEADLESS_ODOO_REDIS_URL")
        assert (await asyncio.to_thread(invoked, "invalidate", "--all")).exit_code == 1
