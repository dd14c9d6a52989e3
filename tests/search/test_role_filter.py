"""A role's filter, compiled, selects exactly the products that its predicate does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from adapters.records import Attribute, AttributeValue, Product, ProductTag, PublicCategory, Ribbon
from identity.filter_predicates import predicate
from identity.filter_words import resolve
from identity.filters import FIELDS, FLAGS, And, Filter, Not, OneOf
from search.documents import Document, DocumentMaker
from search.engine import Engine, Operation
from search.mapping import index_body
from search.prices import ProductPrices
from search.role_filter import FIELDS as INDEX_FIELDS
from search.role_filter import compiled, dls, terms
from tests.identity.products import WORDS, filters, products
from tests.search.evaluator import matches
from tests.search.shop import SitePaths
from tests.support.opensearch import Space


@dataclass(frozen=True)
class NoLabels:
    """Roles compare ids: names are not needed."""

    categories: dict[int, PublicCategory] = field(default_factory=dict)
    attributes: dict[int, Attribute] = field(default_factory=dict)
    values: dict[int, AttributeValue] = field(default_factory=dict)
    tags: dict[int, ProductTag] = field(default_factory=dict)
    ribbons: dict[int, Ribbon] = field(default_factory=dict)


MAKER = DocumentMaker(NoLabels(), SitePaths(), {})


def document_of(product: Product) -> Document:
    """As it is in the index."""
    made = MAKER.document(product, ProductPrices({}, {}, {}, None), {"in_stock": [], "variants_in_stock": []})
    decoded: Document = json.loads(msgspec.json.encode(made))
    return decoded


@settings(deadline=None, max_examples=400)
@given(filters(), products())
def test_as_the_predicate_by_a_reading_of_the_query(node: Filter, product: Product) -> None:
    resolved = resolve(node, WORDS)
    assert matches(compiled(resolved, WORDS), document_of(product)) is predicate(resolved, WORDS)(product)


def _drawn(number: int) -> list[tuple[Filter, Product]]:
    found: list[tuple[Filter, Product]] = []

    @settings(deadline=None, max_examples=number, database=None, derandomize=True)
    @given(filters(), products())
    def draw(node: Filter, product: Product) -> None:
        found.append((node, product))

    draw()
    return found


async def test_as_the_predicate_by_the_engine_itself(engine: Engine, space: Space) -> None:
    drawn = _drawn(300)
    index = space.name("roles")
    await engine.create(index, index_body("en_US", [1], replicas=0))
    shop = [product for _, product in drawn]
    await engine.bulk(Operation("index", index, number, document_of(one)) for number, one in enumerate(shop))
    await engine.refresh(index)
    told_apart = 0
    for node, _ in drawn:
        resolved = resolve(node, WORDS)
        expected = {number for number, one in enumerate(shop) if predicate(resolved, WORDS)(one)}
        body = {"query": json.loads(dls(resolved, WORDS)), "size": len(shop), "_source": False}
        hits = (await engine.search(index, body))["hits"]["hits"]
        assert {int(hit["_id"]) for hit in hits} == expected, node
        told_apart += 0 < len(expected) < len(shop)
    assert told_apart > len(drawn) / 4


def test_every_field_of_filters_is_in_the_index_as_keyword_or_number() -> None:
    """Of words, as texts are indexed, part of a value would do."""
    properties: dict[str, Any] = index_body("en_US", [1])["mappings"]["properties"]
    assert INDEX_FIELDS.keys() == FIELDS.keys()
    assert {properties[name]["type"] for name in INDEX_FIELDS.values()} <= {"keyword", "integer", "double"}
    assert {properties[name]["type"] for name in FLAGS} == {"boolean"}


def test_a_category_stands_for_all_below_it_as_they_are_now() -> None:
    assert compiled(OneOf("category", (1,)), WORDS) == {"terms": {"category_ids": [1, 2, 3]}}


def test_more_values_than_one_query_may_have() -> None:
    query = terms("id", tuple(range(65_537)))
    assert [len(one["terms"]["id"]) for one in query["bool"]["should"]] == [65_536, 1]


@pytest.mark.parametrize("node", [Not(OneOf("tag", (1,))), And((OneOf("sku", ("A",)), Not(OneOf("id", (3,)))))])
def test_as_document_level_security_it_is_a_text(node: Filter) -> None:
    assert json.loads(dls(node, WORDS)) == compiled(node, WORDS)


def test_a_price_is_compared_as_it_is_written() -> None:
    from identity.filters import Compare

    assert compiled(Compare("list_price", "<=", Decimal("9.99")), WORDS) == {"range": {"list_price": {"lte": 9.99}}}
    assert compiled(Compare("list_price", "=", Decimal(10)), WORDS) == {"term": {"list_price": 10.0}}
