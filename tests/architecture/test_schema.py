"""The schema is a promise: a change that breaks a client is told apart from one that does not."""

from __future__ import annotations

import difflib

import pytest
from graphql import GraphQLSchema, build_schema, find_breaking_changes, find_dangerous_changes

from resolvers.schema import build_schema as build_ours
from tests.architecture.golden_schema import GOLDEN, printed


def broken_promises(before: GraphQLSchema, after: GraphQLSchema) -> list[str]:
    """What a client written for ``before`` would stumble over, one line each."""
    return [f"{change.type.name}: {change.description}" for change in find_breaking_changes(before, after)]


def test_nothing_of_the_golden_schema_is_broken() -> None:
    broken = broken_promises(build_schema(GOLDEN.read_text(encoding="utf-8")), build_ours())
    assert not broken, "the schema breaks its clients:\n" + "\n".join(broken)


def test_the_golden_schema_is_the_schema() -> None:
    before, after = GOLDEN.read_text(encoding="utf-8"), printed(build_ours())
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), "golden", "schema/", lineterm="", n=2)
    assert before == after, "the schema changed; `make schema` writes its golden copy:\n" + "\n".join(difference)


def test_the_golden_schema_has_no_dangerous_change() -> None:
    """A new enum value or another default breaks no query, and yet may surprise a client: `make schema` accepts it."""
    dangerous = find_dangerous_changes(build_schema(GOLDEN.read_text(encoding="utf-8")), build_ours())
    assert not dangerous, "\n".join(change.description for change in dangerous)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("  barcode: String\n", "", "Product.barcode was removed."),
        ("  sku: String\n", "  sku: Int\n", "Product.sku changed type from String to Int."),
        ("language: String): Attribute!", "language: String): Attribute", "Query.attribute changed type"),
        ("products(\n", "products(\n    company: Int!\n", "Query.products(company:)"),
        ("  NOT_TRACKED\n", "", "StockStatus.NOT_TRACKED was removed."),
    ],
)
def test_a_breaking_change_is_told_by_name(was: str, becomes: str, told: str) -> None:
    golden = GOLDEN.read_text(encoding="utf-8")
    assert was in golden
    broken = broken_promises(build_schema(golden), build_schema(golden.replace(was, becomes)))
    assert any(told in line for line in broken), broken
