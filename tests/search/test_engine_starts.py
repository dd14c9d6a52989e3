"""The real OpenSearch that the shop's search is tested on can do what the search needs of it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import AuthenticationException, AuthorizationException
from opensearchpy.exceptions import ConnectionError as OpenSearchConnectionError

from tests.support.issuer import Key, key_of, provider, sign
from tests.support.opensearch import OpenSearch, Space, new_space


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def space(opensearch: OpenSearch) -> AsyncIterator[Space]:
    """One for all tests of this module: none of them changes what another reads."""
    async with new_space(opensearch) as found:
        yield found


PRODUCTS: dict[str, Any] = {
    "settings": {
        "analysis": {
            "filter": {
                "beginnings": {"type": "edge_ngram", "min_gram": 2, "max_gram": 12},
                "same": {"type": "synonym_graph", "synonyms": ["cat, feline", "vet => veterinary surgeon"]},
                "english": {"type": "stemmer", "language": "english"},
                "french": {"type": "stemmer", "language": "light_french"},
                "elision": {"type": "elision", "articles": ["l", "d"], "articles_case": True},
                "dutch": {"type": "stemmer", "language": "dutch"},
                "german": {"type": "stemmer", "language": "light_german"},
                "compounds": {"type": "dictionary_decompounder", "word_list": ["hunde", "futter"]},
            },
            "analyzer": {
                "folded": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
                "typed": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding", "beginnings"]},
                "asked": {"tokenizer": "standard", "filter": ["lowercase", "same"]},
                "en": {"tokenizer": "standard", "filter": ["lowercase", "english"]},
                "fr": {"tokenizer": "standard", "filter": ["elision", "lowercase", "french", "asciifolding"]},
                "nl": {"tokenizer": "standard", "filter": ["lowercase", "dutch"]},
                "de": {"tokenizer": "standard", "filter": ["lowercase", "german"]},
                "de_parts": {"tokenizer": "standard", "filter": ["lowercase", "compounds"]},
            },
        }
    },
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "name": {
                "type": "text",
                "analyzer": "fr",
                "fields": {"typed": {"type": "text", "analyzer": "typed", "search_analyzer": "folded"}},
            },
            "brand": {"type": "keyword"},
            "audience": {"type": "keyword"},
            "price": {"type": "scaled_float", "scaling_factor": 100},
            "cost": {"type": "scaled_float", "scaling_factor": 100},
        },
    },
}
DOCUMENTS = [
    {"name": "Croquettes pour chevaux âgés", "brand": "Alpha", "audience": ["public"], "price": 12.5, "cost": 7},
    {"name": "Pâtée du cheval", "brand": "Alpha", "audience": ["public", "vets"], "price": 3, "cost": 1},
    {"name": "Vaccin de l'écurie", "brand": "Beta", "audience": ["vets"], "price": 40, "cost": 21},
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def products(space: Space) -> str:
    return await space.index("products", PRODUCTS, DOCUMENTS)


async def found(client: AsyncOpenSearch, index: str, query: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The sources of what is found, by id."""
    answer = await client.search(index=index, body={"query": query, **more})
    return {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}


TOOLS = (
    "awk",
    "bash",
    "cat",
    "cut",
    "df",
    "dirname",
    "flock",
    "head",
    "mkdir",
    "python3",
    "sed",
    "setsid",
    "sha256sum",
    "uname",
)


@pytest.mark.parametrize("lacks", ["flock", "setsid"])
def test_it_says_why_it_cannot_be_run(tmp_path: Path, lacks: str) -> None:
    """On a machine that lacks a tool the script ends with the code by which the tests are skipped."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        place = shutil.which(name)
        if name != lacks and place:
            (tools / name).symlink_to(place)
    environment = {"PATH": str(tools), "OPENSEARCH_HOME": str(tmp_path / "state")}
    command = [str(tools / "bash"), ".ci/opensearch", "check"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, f"no command '{lacks}'" in ended.stderr) == (3, True), ended.stderr


async def test_it_is_opensearch_with_its_security(space: Space) -> None:
    told = await space.admin.info()
    assert told["version"]["distribution"] == "opensearch"
    assert int(told["version"]["number"].split(".")[0]) >= 3
    plugins = await space.admin.cat.plugins(params={"format": "json"})
    assert "opensearch-security" in {one["component"] for one in plugins}


@pytest.mark.parametrize(
    ("analyzer", "text", "terms"),
    [
        ("folded", "Pâtée Émeraude", ["patee", "emeraude"]),
        ("typed", "Félin", ["fe", "fel", "feli", "felin"]),
        ("asked", "vet", ["veterinary", "surgeon"]),
        ("asked", "cat", ["feline", "cat"]),
        ("en", "cats vaccinations", ["cat", "vaccin"]),
        ("fr", "l'écurie chevaux", ["ecur", "cheval"]),
        ("nl", "katten honden", ["kat", "hond"]),
        ("de", "Häuser Katzen", ["haus", "katz"]),
        ("de_parts", "Hundefutter", ["hundefutter", "hunde", "futter"]),
    ],
)
async def test_it_analyses(space: Space, products: str, analyzer: str, text: str, terms: list[str]) -> None:
    told = await space.admin.indices.analyze(index=products, body={"analyzer": analyzer, "text": text})
    assert [one["token"] for one in told["tokens"]] == terms


async def test_it_finds_and_counts(space: Space, products: str) -> None:
    assert set(await found(space.admin, products, {"match": {"name": "cheval"}})) == {"1", "2"}
    assert set(await found(space.admin, products, {"match": {"name.typed": "croq"}})) == {"1"}
    brands = {"brands": {"terms": {"field": "brand"}}}
    answer = await space.admin.search(index=products, body={"size": 0, "aggs": brands})
    counted = {one["key"]: one["doc_count"] for one in answer["aggregations"]["brands"]["buckets"]}
    assert counted == {"Alpha": 2, "Beta": 1}


async def test_it_ranks_by_a_script(space: Space, products: str) -> None:
    script = {"source": "doc['price'].value * params.by", "params": {"by": 2}}
    query = {"script_score": {"query": {"match_all": {}}, "script": script}}
    answer = await space.admin.search(index=products, body={"query": query})
    assert [(hit["_id"], hit["_score"]) for hit in answer["hits"]["hits"]] == [("3", 80), ("1", 25), ("2", 6)]


async def test_an_alias_moves_to_a_copy_at_once(space: Space, products: str) -> None:
    alias = space.name("shown")
    await space.admin.indices.put_alias(index=products, name=alias)
    copy = await space.index("copy", PRODUCTS)
    await space.admin.reindex(body={"source": {"index": products}, "dest": {"index": copy}}, params={"refresh": "true"})
    moves = [{"remove": {"index": products, "alias": alias}}, {"add": {"index": copy, "alias": alias}}]
    await space.admin.indices.update_aliases(body={"actions": moves})
    assert set(await space.admin.indices.get_alias(name=alias)) == {copy}
    assert (await space.admin.count(index=alias))["count"] == len(DOCUMENTS)


def reading(index: str, **more: Any) -> dict[str, Any]:
    return {"index_patterns": [index], "allowed_actions": ["read"], **more}


async def limited(space: Space, part: str, index: str, **more: Any) -> str:
    """A role that sees what is for the public, and no cost."""
    shown = msgspec.json.encode({"term": {"audience": "public"}}).decode()
    return await space.role(part, reading(index, dls=shown, fls=["~cost"]), **more)


async def test_a_role_hides_documents_and_fields(space: Space, products: str) -> None:
    guest = await space.user("guest", await limited(space, "guest", products))
    vet = await space.user("vet", await space.role("vet", reading(products)))
    assert set(await found(vet, products, {"match_all": {}})) == {"1", "2", "3"}

    seen = await found(guest, products, {"match_all": {}})
    assert set(seen) == {"1", "2"}
    assert all("cost" not in source and "price" in source for source in seen.values())

    # nor may what is hidden be counted, filtered, sorted or asked for by its id
    assert (await guest.count(index=products))["count"] == 2
    assert await found(guest, products, {"range": {"cost": {"gte": 0}}}) == {}
    assert set(await found(vet, products, {"range": {"cost": {"gte": 5}}})) == {"1", "3"}
    answer = await guest.search(
        index=products, body={"size": 0, "aggs": {"b": {"terms": {"field": "brand"}}, "c": {"max": {"field": "cost"}}}}
    )
    assert [(one["key"], one["doc_count"]) for one in answer["aggregations"]["b"]["buckets"]] == [("Alpha", 2)]
    assert answer["aggregations"]["c"]["value"] is None
    assert not await guest.exists(index=products, id="3")
    assert await vet.exists(index=products, id="3")


async def test_a_role_reads_what_it_is_for_alone(space: Space, products: str) -> None:
    other = await space.index("other", {})
    guest = await space.user("reader", await limited(space, "reader", products))
    with pytest.raises(AuthorizationException):
        await guest.search(index=other, body={})
    with pytest.raises(AuthorizationException):
        await guest.index(index=products, body={"name": "new"})


async def test_strangers_are_turned_away(opensearch: OpenSearch, products: str) -> None:
    for client in (opensearch.bearer("not.a.token"), opensearch.client(opensearch.admin, "a wrong password")):
        with pytest.raises(AuthenticationException):
            await client.search(index=products, body={})
        await client.close()


async def test_it_speaks_encrypted_alone(opensearch: OpenSearch) -> None:
    """A certificate of an authority that nobody knows is refused; so is speaking without encryption."""
    unknowing = AsyncOpenSearch(opensearch.url, http_auth=(opensearch.admin, opensearch.password))
    plain = AsyncOpenSearch(opensearch.url.replace("https:", "http:"))
    for client in (unknowing, plain):
        with pytest.raises(OpenSearchConnectionError):
            await client.info()
        await client.close()


def token(key: Key, *roles: str, expires: int = 300) -> str:
    now = int(time.time())
    claims = {"sub": "anna", "roles": list(roles), "iat": now, "exp": now + expires}
    return sign(key, msgspec.json.encode(claims))


async def test_a_token_of_a_known_key_tells_who_asks(space: Space, products: str) -> None:
    key, strange = key_of("RS256", "ours"), key_of("RS256", "ours")
    await limited(space, "tokens", products, backend_roles=["guests"])
    guest = space.bearer(token(key, "guests"))
    with pytest.raises(AuthenticationException):
        await guest.search(index=products, body={})
    pem = key.as_pem(private=False).decode()
    async with space.accepting_tokens(signing_key=pem):
        seen = await found(guest, products, {"match_all": {}})
        assert set(seen) == {"1", "2"}
        assert all("cost" not in source for source in seen.values())
        for refused in (token(strange, "guests"), token(key, "guests", expires=-120)):
            client = space.bearer(refused)
            with pytest.raises(AuthenticationException):
                await client.search(index=products, body={})
        nobody = space.bearer(token(key, "strangers"))
        with pytest.raises(AuthorizationException):
            await nobody.search(index=products, body={})
    with pytest.raises(AuthenticationException):
        await guest.search(index=products, body={})


async def test_keys_are_read_where_an_issuer_shows_them(space: Space, products: str) -> None:
    await limited(space, "issued", products, backend_roles=["issued"])
    async with provider() as issuer, space.accepting_tokens(jwks_uri=f"{issuer.url}/jwks"):
        guest = space.bearer(token(issuer.keys[0], "issued"))
        assert set(await found(guest, products, {"match_all": {}})) == {"1", "2"}
        assert issuer.asked["jwks"] >= 1
        stranger = space.bearer(token(key_of("RS256", "first"), "issued"))
        with pytest.raises(AuthenticationException):
            await stranger.search(index=products, body={})
