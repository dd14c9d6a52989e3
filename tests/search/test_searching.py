"""Searches on a real engine: the same as a plain reading of the documents tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from identity.filters import EVERYTHING, And, Compare, Not, OneOf
from search.documents import in_company
from search.indexes import Indexes
from search.paging import Hit, hits_of
from search.queries import Found, found, search_body
from search.request import Facet, ProductSearch, Sort
from search.suggestions import meant, meant_body, suggest_body
from tests.search.asking import Seeing, asker
from tests.search.shop import LANGS, IndexedShop, engine_of, small_shop
from tests.support.opensearch import OpenSearch, new_space

FACETS: tuple[Facet, ...] = ("attributes", "categories", "tags", "price", "stock")
Documents = Mapping[int, Mapping[str, Any]]


class Searched:
    """A built index, and all its documents."""

    def __init__(self, shop: IndexedShop, documents: Documents) -> None:
        self.shop = shop
        self.documents = documents
        self.alias = shop.indexes.names.alias(LANGS[0])

    async def find(
        self, wanted: ProductSearch, *, viewer: Seeing | None = None, **options: Any
    ) -> tuple[list[Hit], Found]:
        """The products, and what is told of them all."""
        body = search_body(asker(viewer), wanted, 500, **options)
        answer = await self.shop.engine.search(self.alias, body)
        return hits_of(answer), found(answer, wanted)

    async def ids(self, wanted: ProductSearch, **options: Any) -> list[int]:
        hits, _ = await self.find(wanted, **options)
        return [one.id for one in hits]

    def expected(self, holds: Callable[[Mapping[str, Any]], bool]) -> set[int]:
        return {id_ for id_, document in self.documents.items() if holds(document)}

    def some(self, holds: Callable[[Mapping[str, Any]], Any]) -> Mapping[str, Any]:
        return next(document for document in self.documents.values() if holds(document))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def searched(opensearch: OpenSearch) -> AsyncIterator[Searched]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            shop = await IndexedShop.of(small_shop(products=150), Indexes(engine, space.name("shop")))
            await shop.builder.build()
            yield Searched(shop, await shop.documents())
        finally:
            await engine.close()


def two_values(documents: Documents) -> dict[int, frozenset[int]]:
    """The two attributes that most products offer, with the commonest values of the one and of the other."""
    counts = Counter(token for one in documents.values() for token in one["attributes"])
    by_attribute: dict[int, list[int]] = {}
    for token, _ in counts.most_common():
        attribute, _, value = token.partition("-")
        by_attribute.setdefault(int(attribute), []).append(int(value))
    first, second = list(by_attribute)[:2]
    return {first: frozenset(by_attribute[first][:2]), second: frozenset(by_attribute[second][:3])}


def offers(document: Mapping[str, Any], wanted: Mapping[int, frozenset[int]], without: int | None = None) -> bool:
    return all(
        any(f"{attribute}-{value}" in document["attributes"] for value in values)
        for attribute, values in wanted.items()
        if attribute != without
    )


async def test_everything_is_found_in_the_order_of_their_own_prices(searched: Searched) -> None:
    seen = await searched.ids(ProductSearch(sort=(Sort("price", descending=True), Sort("name"))))
    assert sorted(seen) == sorted(searched.documents)
    prices = [searched.documents[one]["prices"].get("p1", 0) for one in seen]
    assert prices == sorted(prices, reverse=True)


async def test_facets_are_counted_each_without_its_own_filter(searched: Searched) -> None:
    wanted = two_values(searched.documents)
    prices = sorted(document["prices"]["p1"] for document in searched.documents.values() if document["prices"])
    low, high = prices[len(prices) // 10], prices[-len(prices) // 10]
    search = ProductSearch(
        attributes=wanted, min_price=Decimal(str(low)), max_price=Decimal(str(high)), place=in_company(1)
    )
    hits, answer = await searched.find(search, facets=FACETS)

    def priced(document: Mapping[str, Any]) -> bool:
        return bool(low <= document["prices"].get("p1", -1) <= high)

    every = searched.expected(lambda one: offers(one, wanted) and priced(one))
    assert {one.id for one in hits} == every
    assert answer.total == len(every) > 0
    counts: Counter[str] = Counter()
    for document in searched.documents.values():
        for token in document["attributes"]:
            attribute = int(token.partition("-")[0])
            own = attribute if attribute in wanted else None
            counts[token] += offers(document, wanted, own) and priced(document)
    assert answer.attributes == {token: count for token, count in counts.items() if count}
    unpriced = [
        document["prices"]["p1"]
        for document in searched.documents.values()
        if offers(document, wanted) and document["prices"]
    ]
    assert (float(answer.min_price or 0), float(answer.max_price or 0)) == (min(unpriced), max(unpriced))
    assert answer.in_stock == len([one for one in every if "c1" in searched.documents[one]["in_stock"]])
    trees = Counter(step for one in every for step in searched.documents[one]["category_tree_ids"])
    assert answer.categories == dict(trees)


async def test_one_variant_has_all_the_values(searched: Searched) -> None:
    several = searched.some(
        lambda one: (
            len(one["variants"]) > 2
            and len({token.partition("-")[0] for variant in one["variants"] for token in variant["attributes"]}) > 1
        )
    )
    tokens = several["variants"][0]["attributes"]
    wanted = {int(token.partition("-")[0]): frozenset({int(token.partition("-")[2])}) for token in tokens}
    expected = searched.expected(
        lambda one: any(set(tokens) <= set(variant["attributes"]) for variant in one["variants"])
    )
    assert set(await searched.ids(ProductSearch(attributes=wanted, same_variant=True))) == expected
    assert several["id"] in expected


async def test_a_category_holds_what_is_below_it(searched: Searched) -> None:
    top = searched.some(lambda one: one["breadcrumb"][:1])["breadcrumb"][0]["id"]
    expected = searched.expected(lambda one: top in one["category_tree_ids"])
    assert set(await searched.ids(ProductSearch(category_ids=(top,)))) == expected


async def test_stock_counts_where_it_is_asked_for(searched: Searched) -> None:
    expected = searched.expected(lambda one: "c1" in one["in_stock"])
    assert 0 < len(expected) < len(searched.documents)
    assert set(await searched.ids(ProductSearch(in_stock=True, place="c1"))) == expected
    assert await searched.ids(ProductSearch(in_stock=True)) == []


async def test_a_code_comes_first_however_it_is_typed(searched: Searched) -> None:
    document = searched.some(lambda one: one["sku"])
    sku = document["sku"][0]
    for typed in (sku, sku.lower(), sku.replace("-", ""), sku.replace("-", " "), f" {sku} "):
        assert (await searched.ids(ProductSearch(text=typed)))[0] == document["id"], typed
    barcode = searched.some(lambda one: one["barcode"])
    assert (await searched.ids(ProductSearch(text=barcode["barcode"][0])))[0] == barcode["id"]


async def test_names_are_found_mistyped_without_accents_and_half_typed(searched: Searched) -> None:
    document = searched.some(lambda one: len(one["name"].split()[0]) > 6)
    word = document["name"].split()[0]
    mistyped = word[:3] + word[4] + word[3] + word[5:]
    for typed in (document["name"], word, word.upper(), word[:-2], mistyped):
        assert document["id"] in await searched.ids(ProductSearch(text=typed)), typed
    assert await searched.ids(ProductSearch(text="qzxjkvwy")) == []


async def test_what_is_not_seen_is_neither_found_nor_counted(searched: Searched) -> None:
    hidden = searched.some(lambda one: one["sku"] and one["value_ids"])
    viewer = Seeing(documents=Not(OneOf("id", (hidden["id"],))))
    for wanted in (ProductSearch(), ProductSearch(text=hidden["sku"][0]), ProductSearch(ids=(hidden["id"],))):
        assert hidden["id"] not in await searched.ids(wanted, viewer=viewer, facets=FACETS)
    _, whole = await searched.find(ProductSearch(), facets=FACETS)
    _, without = await searched.find(ProductSearch(), viewer=viewer, facets=FACETS)
    less = {token: whole.attributes[token] - without.attributes.get(token, 0) for token in whole.attributes}
    assert {token for token, count in less.items() if count} == set(hidden["attributes"])
    assert without.total == whole.total - 1
    for body in (suggest_body(asker(viewer), hidden["name"]), meant_body(asker(viewer), hidden["name"])):
        assert body is not None
        hits = (await searched.shop.engine.search(searched.alias, body))["hits"]["hits"]
        assert str(hidden["id"]) not in {hit["_id"] for hit in hits}


async def test_a_role_sees_what_its_filter_holds(searched: Searched) -> None:
    tag = searched.some(lambda one: one["tag_ids"])["tag_ids"][0]
    viewer = Seeing(documents=And((Not(OneOf("tag", (tag,))), Compare("list_price", "<", Decimal(50)))))
    expected = searched.expected(lambda one: tag not in one["tag_ids"] and one["list_price"] < 50)
    assert set(await searched.ids(ProductSearch(), viewer=viewer)) == expected


async def test_hidden_fields_do_not_come(searched: Searched) -> None:
    viewer = Seeing(EVERYTHING, hidden=["Product.sku", "Product.description"], pricelists=[1])
    hits, _ = await searched.find(ProductSearch(), viewer=viewer, pricelist_ids=(1, 2))
    for one in (hit.source for hit in hits):
        assert {"sku", "sku_forms", "description", "list_price_extra"}.isdisjoint(one)
        assert set(one["prices"]) <= {"p1"}
        assert all("sku" not in variant for variant in one.get("variants", ()))
    document = searched.some(lambda one: one["sku"])
    assert document["id"] not in await searched.ids(ProductSearch(text=document["sku"][0]), viewer=viewer)


async def test_suggestions_begin_as_was_typed(searched: Searched) -> None:
    document = searched.some(lambda one: len(one["name"].split()) > 1)
    begun = document["name"][:6]
    body = suggest_body(asker(), begun, size=100)
    assert body is not None
    hits = (await searched.shop.engine.search(searched.alias, body))["hits"]["hits"]
    assert document["id"] in {hit["_source"]["id"] for hit in hits}
    assert all(set(hit["_source"]) == {"id", "name", "slug"} for hit in hits)


async def test_what_may_have_been_meant(searched: Searched) -> None:
    word = searched.some(lambda one: len(one["name"].split()[0]) > 6 and one["name"].split()[0].isascii())
    right = word["name"].split()[0].lower()
    body = meant_body(asker(), right[:-1] + "q")
    assert body is not None
    answer = await searched.shop.engine.search(searched.alias, body)
    assert meant(right[:-1] + "q", [hit["_source"] for hit in answer["hits"]["hits"]]) == right


async def test_what_was_found_is_marked(searched: Searched) -> None:
    word = searched.some(lambda one: one["name"].split()[0].isalpha())["name"].split()[0]
    hits, _ = await searched.find(ProductSearch(text=word), highlight=("name",))
    assert any(f"<em>{word}</em>" in text for one in hits for text in one.highlights.get("name", ()))


@pytest.mark.parametrize("sort", ["id", "name", "newest", "price", "popular"])
async def test_orders(searched: Searched, sort: Any) -> None:
    upwards = await searched.ids(ProductSearch(sort=(Sort(sort),)))
    keys: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "id": lambda one: one["id"],
        "newest": lambda one: one["created_at"],
        "price": lambda one: one["prices"].get("p1", float("inf")),
        "popular": lambda one: one["popularity"],
    }
    if sort in keys:
        values = [keys[sort](searched.documents[one]) for one in upwards]
    else:
        names = [searched.documents[one]["name"].lower() for one in upwards]
        values = [name for name in names if name.isascii()]
    assert values == sorted(values)
    assert len(upwards) == len(searched.documents)
