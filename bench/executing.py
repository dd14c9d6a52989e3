"""What graphql-core alone needs: it executes a document over ready dictionaries, and the answer is encoded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from ariadne import load_schema_from_path
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    execute,
    get_named_type,
    parse,
)

from resolvers.schema import SDL


class Alone:
    """The schema of the application without any resolver of ours: values are taken from dictionaries."""

    def __init__(self) -> None:
        self._schema: GraphQLSchema = build_schema(load_schema_from_path(str(SDL)))

    def ready(self, text: str, variables: Mapping[str, Any], answer: bytes) -> Ready:
        """A request whose ``answer`` (as the application gave it) is at hand."""
        data = msgspec.json.decode(answer)["data"]
        self._name_types(data, self._schema.query_type)
        return Ready(self._schema, parse(text), variables, data, answer)

    def _name_types(self, value: Any, declared: Any) -> None:
        """Say of what stands for an interface which type it is: there is one of each in this schema."""
        if isinstance(value, list):
            for one in value:
                self._name_types(one, declared)
        elif isinstance(value, dict) and isinstance(declared, GraphQLObjectType | GraphQLInterfaceType):
            if isinstance(declared, GraphQLInterfaceType):
                value["__typename"] = self._schema.get_possible_types(declared)[0].name
            for name, inner in value.items():
                if name in declared.fields:
                    self._name_types(inner, get_named_type(declared.fields[name].type))


class Ready:
    """A document, its variables, and all that it asks for as nested dictionaries."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: Mapping[str, Any],
        root: Mapping[str, Any],
        expected: bytes,
    ) -> None:
        self._arguments: dict[str, Any] = {"root_value": root, "variable_values": dict(variables)}
        self._schema = schema
        self._document = document
        if msgspec.json.decode(self.answer())["data"] != msgspec.json.decode(expected)["data"]:
            raise AssertionError("graphql-core alone does not answer the same")

    def answer(self) -> bytes:
        result = execute(self._schema, self._document, **self._arguments)
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return msgspec.json.encode({"data": result.data})


def cpu_of(requests: Sequence[Ready], seconds: float) -> float:
    """CPU milliseconds for one of the requests, on average over all of them."""
    count, began, end = 0, time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < end or not count:
        for request in requests:
            request.answer()
        count += len(requests)
    return (time.process_time() - began) * 1000 / count
