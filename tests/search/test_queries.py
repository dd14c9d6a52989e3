"""Queries as data: what they hold, and what they never do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from identity.filters import OneOf
from search.documents import in_company
from search.fields import SHOWN_BY, HiddenFieldError, sees, source_fields
from search.mapping import index_body
from search.narrowing import scope
from search.queries import search_body
from search.request import Facet, ProductSearch, Sort, SortKey
from search.suggestions import edits, meant, meant_body, suggest_body
from tests.search.asking import Seeing, asker

PROPERTIES: Mapping[str, Any] = index_body("fr_FR", [1, 2])["mappings"]["properties"]
FACETS: tuple[Facet, ...] = ("attributes", "categories", "tags", "price", "stock")
EVERYTHING_ASKED = ProductSearch(
    text="chien",
    name="croq",
    category_ids=(3,),
    tag_ids=(1,),
    attributes={1: frozenset({2, 3}), 4: frozenset({5})},
    min_price=Decimal(1),
    max_price=Decimal(90),
    in_stock=True,
    place=in_company(1),
    sort=(Sort("price"), Sort("name", descending=True), Sort("popular")),
)


def whole_body(viewer: Seeing | None = None, wanted: ProductSearch = EVERYTHING_ASKED) -> dict[str, Any]:
    return search_body(
        asker(viewer), wanted, 20, facets=FACETS, pricelist_ids=(1, 2), highlight=("name", "description")
    )


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from keys_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from keys_of(one)


def fields_of(value: Any) -> set[str]:
    """The fields of the index that a query names anywhere."""
    # options of queries that are called as a field is
    names = (set(keys_of(value)) | set(texts_of(value))) - {"type"}
    return {name.partition("^")[0] for name in names if name.partition(".")[0].partition("^")[0] in PROPERTIES}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def test_documents_that_are_hidden_are_out_whatever_is_asked() -> None:
    viewer = Seeing(documents=OneOf("tag", (7,)))
    for body in (whole_body(viewer), suggest_body(asker(viewer), "ab"), meant_body(asker(viewer), "abcd")):
        assert body is not None
        assert body["query"]["bool"]["filter"][0] == {"terms": {"tag_ids": [7]}}


def test_nothing_that_tells_of_hidden_documents_is_used() -> None:
    told = {"suggest", "global", "explain", "profile", "script", "script_fields", "_script", "more_like_this"}
    assert told.isdisjoint(keys_of(whole_body()))
    counts = json.dumps(whole_body()).split('"min_doc_count": ')[1:]
    assert counts
    assert all(count.startswith("1") for count in counts)


@pytest.mark.parametrize("field", sorted(name for name, told_by in SHOWN_BY.items() if told_by))
def test_a_hidden_field_is_nowhere_in_a_query(field: str) -> None:
    """Whatever is asked is refused, or asked without the field."""
    viewer = Seeing(hidden=[f"Product.{SHOWN_BY[field][0]}"])
    single = [
        ProductSearch(text="chien"),
        ProductSearch(text="chien", any_word=True),
        ProductSearch(name="croq"),
        ProductSearch(name_parts=("croq",)),
        ProductSearch(category_ids=(1,)),
        ProductSearch(tag_ids=(1,)),
        ProductSearch(attributes={1: frozenset({2})}),
        ProductSearch(attributes={1: frozenset({2})}, same_variant=True),
        ProductSearch(min_price=Decimal(1)),
        ProductSearch(max_list_price=Decimal(1)),
        ProductSearch(in_stock=True, place="c1"),
        *(ProductSearch(sort=(Sort(key),)) for key in SORTS),
    ]
    asked = 0
    for wanted, facet in itertools.product(single, (None, *FACETS)):
        try:
            facets = () if facet is None else (facet,)
            body = search_body(asker(viewer), wanted, 20, facets=facets, pricelist_ids=(1, 2))
        except HiddenFieldError:
            continue
        asked += 1
        del body["query"]["bool"]["filter"][: len(scope(asker(viewer)))]  # what holds for whatever is asked
        named = {name for name in fields_of(body) if name == field or name.startswith(f"{field}.")}
        assert not named, (wanted, facet)
    assert asked


SORTS: tuple[SortKey, ...] = ("relevance", "id", "name", "newest", "price", "list_price", "popular")


def test_of_prices_those_of_the_own_pricelist_alone() -> None:
    own = Seeing(pricelists=[1])
    shown = source_fields(own, (1, 2), 1)
    assert {"prices.p1", "first_prices.p1", "tiers.p1"} <= set(shown)
    assert not [name for name in shown if name.endswith(".p2")]
    assert "prices" not in shown
    with pytest.raises(HiddenFieldError):
        search_body(asker(Seeing(pricelists=[2])), ProductSearch(sort=(Sort("price"),)), 20)
    assert not sees(Seeing(), "prices", 1)
    assert not sees(Seeing(), "prices.other", 1)


def test_what_is_not_told_by_the_schema_is_nobodys() -> None:
    for name in PROPERTIES.keys() - {name.partition(".")[0] for name in SHOWN_BY}:
        assert not sees(Seeing(), name, 1)
    assert {name.partition(".")[0] for name in SHOWN_BY} <= PROPERTIES.keys()


def test_every_field_that_a_query_names_is_in_the_index() -> None:
    body = whole_body()
    for name in fields_of(body):
        node: Any = {"properties": PROPERTIES}
        for part in name.split("."):
            shown = node.get("enabled") is False
            node = node if shown else {**node.get("properties", {}), **node.get("fields", {})}[part]
    assert fields_of(body) > {"name", "name.plain", "name.sort", "sku_forms", "prices.p1", "attributes"}


def test_a_facet_is_counted_without_its_own_filter() -> None:
    aggregations = whole_body()["aggs"]
    inner = {name: json.dumps(one["filter"]) for name, one in aggregations.items()}
    assert '"1-2"' in inner["attributes"]
    assert '"1-2"' not in inner["attribute:1"]
    assert '"4-5"' in inner["attribute:1"]
    assert "category_tree_ids" not in inner["categories"]
    assert "tag_ids" not in inner["tags"]
    assert "prices.p1" not in inner["price"]
    assert all("prices.p1" in inner[name] for name in inner if name != "price")


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("a", "", 1), ("chien", "chein", 1), ("kitten", "sitting", 3), ("renal", "rennal", 1)],
)
def test_edits(one: str, other: str, distance: int) -> None:
    assert edits(one, other) == edits(other, one) == distance


def test_what_was_meant() -> None:
    hits = [{"name": "Croquettes Rénal"}, {"name": "Croquettes chien"}]
    assert meant("crokettes renal", hits) == "croquettes renal"
    assert meant("Croquettes RÉNAL", hits) is None
    assert meant("xyz", hits) is None
