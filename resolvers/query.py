"""The root of queries; each module adds its fields."""

from ariadne import QueryType

query = QueryType()
