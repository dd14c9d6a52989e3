"""Ways around roles that are known of search engines, tried on the real one by who may ask it whatever they like."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import AuthorizationException, NotFoundError, TransportError

from search.indexes import Indexes
from tests.search.secured import SecuredShop, roles_of
from tests.search.shop import IndexedShop, engine_of, small_shop
from tests.support.opensearch import OpenSearch, new_space

ROLES = """
language = "en_US"
[roles.guest]
documents = 'not category = "Pharmacy"'
fields = ["Product.name", "Product.slug", "Product.categories", "Product.productVariants"]
"""
#: of products that guests see, but what they do not see of them
HIDDEN = ("sku", "barcode", "sku_forms", "prices.p2", "list_price", "tag_ids", "attributes", "description")


@dataclass(frozen=True)
class Guest:
    """``seen``, ``unseen``: products by id. ``secret``: a code of one that they see."""

    client: AsyncOpenSearch
    shop: SecuredShop
    seen: Mapping[int, Mapping[str, Any]]
    unseen: Mapping[int, Mapping[str, Any]]

    @property
    def secret(self) -> str:
        code: str = next(one["sku"][0] for one in self.seen.values() if one["sku"])
        return code

    async def search(self, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.client.search(index=self.shop.alias, body=body)
        return answer

    async def found(self, query: Mapping[str, Any]) -> set[int]:
        hits = (await self.search(query=query, size=1_000))["hits"]["hits"]
        return {int(hit["_id"]) for hit in hits}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guest(opensearch: OpenSearch) -> AsyncIterator[Guest]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            shop = await IndexedShop.of(small_shop(products=40, pricelists=3), Indexes(engine, space.name("shop")))
            await shop.builder.build()
            secured = await SecuredShop.of(shop, space)
            definitions = roles_of(ROLES)
            await secured.push(definitions)
            shown = secured.shown(definitions, ["guest"], None)
            seen = {id_: one for id_, one in secured.documents.items() if id_ in shown}
            unseen = {id_: one for id_, one in secured.documents.items() if id_ not in shown}
            assert seen
            assert unseen
            async with secured.accepting_tokens():
                yield Guest(secured.having(definitions, ["guest"]), secured, seen, unseen)
        finally:
            await engine.close()


# -- what is closed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", HIDDEN)
async def test_a_hidden_field_is_empty_however_it_is_asked_for(guest: Guest, field: str) -> None:
    assert await guest.found({"exists": {"field": field}}) == set()
    aggregations = {"some": {"cardinality": {"field": field}}, "number": {"value_count": {"field": field}}}
    if field != "description":
        aggregations["values"] = {"terms": {"field": field}}
        sorted_by = await guest.search(size=100, sort=[{field: "asc"}], aggs=aggregations)
        assert {hit["sort"][0] for hit in sorted_by["hits"]["hits"]} <= {None, 2**63 - 1, "Infinity", 2**31 - 1}
        assert sorted_by["aggregations"]["values"]["buckets"] == []
        assert sorted_by["aggregations"]["some"]["value"] == 0
        assert sorted_by["aggregations"]["number"]["value"] == 0
    answer = await guest.search(size=100, _source=[field], fields=[field, "*"], stored_fields=["_source", field])
    for hit in answer["hits"]["hits"]:
        assert not hit.get("_source")
        assert not any(name.startswith(field) for name in hit.get("fields", {}))


async def test_a_hidden_text_is_not_found_marked_or_suggested(guest: Guest) -> None:
    code = guest.secret
    for query in (
        {"term": {"sku": code}},
        {"prefix": {"sku": code[:3]}},
        {"query_string": {"query": f'"{code}"'}},
        {"multi_match": {"query": code, "fields": ["*"]}},
        {"terms": {"sku": {"index": guest.shop.alias, "id": str(next(iter(guest.seen))), "path": "sku"}}},
        {"nested": {"path": "variants", "query": {"exists": {"field": "variants.sku"}}}},
        {"bool": {"filter": {"script": {"script": "doc['sku'].size() > 0"}}}},
    ):
        assert await guest.found(query) == set(), query
    marked = await guest.search(query={"match_all": {}}, highlight={"fields": {"*": {}}, "require_field_match": False})
    assert not any("highlight" in hit for hit in marked["hits"]["hits"])
    words = {"text": f"{code[:-1]}?", "term": {"field": "sku", "suggest_mode": "always", "min_word_length": 1}}
    suggested = await guest.search(size=0, suggest={"codes": words})
    assert not any(one["options"] for one in suggested["suggest"]["codes"])
    scripted = await guest.search(script_fields={"all": {"script": "params._source.toString()"}})
    assert not any(code in str(hit["fields"]) for hit in scripted["hits"]["hits"])
    collapsed = await guest.search(collapse={"field": "sku"}, size=100)
    assert all(hit.get("fields", {}).get("sku") in (None, [None]) for hit in collapsed["hits"]["hits"])


async def test_a_hidden_product_is_not_there(guest: Guest) -> None:
    alias, hidden = guest.shop.alias, str(next(iter(guest.unseen)))
    assert await guest.found({"match_all": {}}) == guest.seen.keys()
    assert (await guest.client.count(index=alias))["count"] == len(guest.seen)
    assert await guest.found({"ids": {"values": [hidden]}}) == set()
    assert await guest.found({"terms": {"id": {"index": alias, "id": hidden, "path": "id"}}}) == set()
    like = {"fields": ["name"], "like": [{"_id": hidden}], "min_term_freq": 1, "min_doc_freq": 1}
    assert await guest.found({"more_like_this": like}) == set()
    with pytest.raises(NotFoundError):
        await guest.client.get(index=alias, id=hidden)
    answer = await guest.client.mget(index=alias, body={"ids": [hidden, str(next(iter(guest.seen)))]})
    assert [one["found"] for one in answer["docs"]] == [False, True]


async def test_variants_of_hidden_products_are_not_there(guest: Guest) -> None:
    """They are documents of their own to the engine, behind their product's."""
    nested = {"path": "variants", "query": {"exists": {"field": "variants.id"}}, "inner_hits": {"size": 50}}
    answer = await guest.search(size=100, query={"nested": nested})
    assert {int(hit["_id"]) for hit in answer["hits"]["hits"]} == guest.seen.keys()
    inner = [one for hit in answer["hits"]["hits"] for one in hit["inner_hits"]["variants"]["hits"]["hits"]]
    shown = {variant["id"] for one in guest.seen.values() for variant in one["variants"]}
    assert {one["_source"]["id"] for one in inner} == shown
    assert {name for one in inner for name in one["_source"]} == {"id", "updated_at"}
    counted = {
        "all": {"nested": {"path": "variants"}, "aggs": {"ids": {"terms": {"field": "variants.id", "size": 500}}}}
    }
    aggregated = (await guest.search(size=0, aggs=counted))["aggregations"]["all"]
    assert {one["key"] for one in aggregated["ids"]["buckets"]} == shown
    assert await guest.found({"term": {"_nested_path": "variants"}}) == set()


async def test_a_point_in_time_shows_no_more(guest: Guest) -> None:
    opened = await guest.client.create_pit(index=guest.shop.alias, params={"keep_alive": "1m"})
    body = {"size": 1_000, "pit": {"id": opened["pit_id"]}}
    hits = (await guest.client.search(body=body))["hits"]["hits"]
    assert {int(hit["_id"]) for hit in hits} == guest.seen.keys()
    assert {name for hit in hits for name in hit["_source"]}.isdisjoint({"sku", "prices", "description"})
    await guest.client.delete_pit(body={"pit_id": [opened["pit_id"]]})


async def test_several_questions_at_once_are_each_answered_by_right(guest: Guest) -> None:
    state = guest.shop.shop.indexes.names.state
    lines: list[Mapping[str, Any]] = [{"index": guest.shop.alias}, {"size": 1_000}, {"index": state}, {}]
    mine, other = (await guest.client.msearch(body=lines))["responses"]
    assert {int(hit["_id"]) for hit in mine["hits"]["hits"]} == guest.seen.keys()
    assert other["status"] == 403


async def test_other_indexes_and_other_ways_are_shut(guest: Guest) -> None:
    names, alias, client = guest.shop.shop.indexes.names, guest.shop.alias, guest.client
    engine = guest.shop.shop.engine
    old, facts = f"{alias}-20200101000000", f"{guest.shop.prefix}-facts-20200101000000"
    for index in (old, facts):
        await engine.create(index, {})
    for index in (old, facts, names.state, f"{guest.shop.prefix}-*", "*"):
        with pytest.raises(AuthorizationException):
            await client.search(index=index, body={})
    an_id = str(next(iter(guest.seen)))
    for asked in (
        client.termvectors(index=alias, id=an_id, body={"fields": ["name"]}),
        client.explain(index=alias, id=an_id, body={"query": {"match_all": {}}}),
        client.field_caps(index=alias, params={"fields": "*"}),
        client.indices.get_mapping(index=alias),
        client.indices.validate_query(index=alias, body={"query": {"match_all": {}}}, params={"explain": "true"}),
        client.indices.stats(index=alias),
        client.index(index=alias, id=an_id, body={"id": 1}),
        client.delete(index=alias, id=an_id),
        client.update(index=alias, id=an_id, body={"doc": {"id": 1}}),
    ):
        with pytest.raises(AuthorizationException):
            await asked


async def test_what_is_read_on_shows_no_more(guest: Guest) -> None:
    """Nor can somebody else read on where one stopped."""
    page = await guest.client.search(index=guest.shop.alias, body={"size": 7}, params={"scroll": "1m"})
    found: set[int] = set()
    while page["hits"]["hits"]:
        found |= {int(hit["_id"]) for hit in page["hits"]["hits"]}
        page = await guest.client.scroll(body={"scroll_id": page["_scroll_id"], "scroll": "1m"})
    assert found == guest.seen.keys()
    other = guest.shop.space.bearer(guest.shop.token("somebody-else", guest.shop.called().role("guest")))
    begun = await guest.client.search(index=guest.shop.alias, body={"size": 1}, params={"scroll": "1m"})
    with pytest.raises(AuthorizationException):
        await other.scroll(body={"scroll_id": begun["_scroll_id"], "scroll": "1m"})


async def test_what_would_tell_of_hidden_terms_is_refused(guest: Guest) -> None:
    empty = {"names": {"terms": {"field": "name.sort", "min_doc_count": 0}}}
    with pytest.raises(TransportError, match="min_doc_count 0 is not supported"):
        await guest.search(size=0, aggs=empty)
    with pytest.raises(TransportError, match="Profiling is not supported"):
        await guest.search(profile=True)


# -- what is open: why nobody but the shop may send questions to the engine ------------------------------------


async def test_a_global_aggregation_tells_of_hidden_products(guest: Guest) -> None:
    """The engine counts over all documents then, and shows their visible fields. The shop never asks so."""
    everything = {"all": {"global": {}, "aggs": {"ids": {"terms": {"field": "id", "size": 500}}}}}
    answer = (await guest.search(size=0, aggs=everything))["aggregations"]["all"]
    told = {one["key"] for one in answer["ids"]["buckets"]}
    assert told == guest.seen.keys() | guest.unseen.keys()
    assert {one["key"] for one in answer["ids"]["buckets"]} >= guest.unseen.keys()


async def test_a_suggester_tells_words_of_hidden_products(guest: Guest) -> None:
    """Of fields that one sees, in products that one does not."""
    shown = {word for one in guest.seen.values() for word in one["name"].casefold().split()}
    secret = next(
        word
        for one in guest.unseen.values()
        for word in one["name"].casefold().split()
        if len(word) > 6 and word.isascii() and word.isalpha() and word not in shown
    )
    words = {"text": f"{secret[:-1]}#", "term": {"field": "name.plain", "suggest_mode": "always"}}
    told = (await guest.search(size=0, suggest={"names": words}))["suggest"]["names"]
    assert secret in {option["text"] for one in told for option in one["options"]}


async def test_an_explanation_tells_the_filter_of_the_role(guest: Guest) -> None:
    answer = await guest.search(explain=True, size=1, query={"match_all": {}})
    assert "category_ids" in str(answer["hits"]["hits"][0]["_explanation"])
