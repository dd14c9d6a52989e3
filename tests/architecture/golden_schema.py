"""The printed schema, and where its golden copy stands."""

from __future__ import annotations

from graphql import GraphQLSchema, lexicographic_sort_schema, print_schema

from tests.architecture.source import ROOT

GOLDEN = ROOT / "tests" / "data" / "schema.graphql"


def printed(schema: GraphQLSchema) -> str:
    """The whole schema in one order, whatever file a part stands in."""
    return print_schema(lexicographic_sort_schema(schema)) + "\n"
