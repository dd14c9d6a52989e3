"""Queries of texts as data: only what is seen is looked into, and no text makes a query large."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.request import Asker
from search.role_filter import NOTHING
from search.suggestions import meant_body, nearest_body, suggest_body, unmet
from search.texts import nearest_query, text_query
from tests.search.asking import Seeing, asker

#: field of the schema -> the fields of the index that tell it
TOLD: dict[str, tuple[str, ...]] = {
    "name": ("name", "other_names"),
    "sku": ("sku_forms",),
    "barcode": ("barcode_forms",),
    "categories": ("category_names",),
    "attributeValues": ("value_names",),
    "tags": ("tag_names",),
    "description": ("description",),
    "websiteDescription": ("website_description",),
}
TEXT = "groenhof 1006-000019 handschoenen 50mg"
#: clauses of a query; the engine allows 1,024 in a bool, and many more take their time
MOST_CLAUSES = 1_500


def fields(query: Any) -> Iterator[str]:
    """All fields that a query looks into."""
    if isinstance(query, dict):
        for key, value in query.items():
            if key in {"match", "match_phrase", "match_bool_prefix", "term", "terms", "prefix", "wildcard", "range"}:
                yield from (field.partition(".")[0] for field in value)
            elif key == "multi_match":
                yield from (field.partition("^")[0].partition(".")[0] for field in value["fields"])
            else:
                yield from fields(value)
    elif isinstance(query, list | tuple):
        for one in query:
            yield from fields(one)


Body = Callable[[Asker, str], Any]
BODIES: tuple[Body, ...] = (text_query, nearest_query, suggest_body, meant_body, nearest_body)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("hidden", TOLD)
def test_what_is_hidden_is_not_looked_into(body: Body, hidden: str) -> None:
    shown, without = fields(body(asker(), TEXT)), set(fields(body(asker(Seeing(hidden=[f"Product.{hidden}"])), TEXT)))
    assert without.isdisjoint(TOLD[hidden])
    assert without == set(shown) - set(TOLD[hidden])


def test_every_text_field_is_looked_into() -> None:
    assert set(fields(text_query(asker(), TEXT))) == {field for told in TOLD.values() for field in told}


def test_who_sees_nothing_finds_nothing() -> None:
    blind = asker(Seeing(hidden=[f"Product.{one}" for one in TOLD]))
    assert text_query(blind, TEXT) == NOTHING
    assert [body(blind, TEXT) for body in (suggest_body, meant_body, nearest_body)] == [None] * 3


@pytest.mark.parametrize("text", ["", "  ", "&"])
def test_nothing_typed_asks_nothing(text: str) -> None:
    assert [body(asker(), text) for body in (suggest_body, meant_body, nearest_body)] == [None] * 3


@settings(deadline=None)
@given(st.text(max_size=2_000) | st.lists(st.text("abcdé ", min_size=8, max_size=30), max_size=60).map(" ".join))
def test_a_query_is_bounded(text: str) -> None:
    for body in BODIES:
        query = body(asker(), text)
        assert sum(1 for _ in fields(query)) < MOST_CLAUSES
        assert len(json.dumps(query)) < 200_000


def test_what_a_near_hit_lacks() -> None:
    hit = {"matched_queries": ["handschoenen"]}
    assert unmet("nitril handschoenen zonder poeder", hit) == ["nitril", "zonder", "poeder"]
    assert unmet("handschoenen", hit) == []
