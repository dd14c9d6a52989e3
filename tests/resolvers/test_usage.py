"""What an operation uses is refused before it is executed; plans are never shared between rights."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, get_operation_ast, parse, validate

from resolvers.execution import planned_executor
from resolvers.usage import refused_uses
from resolvers.visibility import masked

EXECUTOR = planned_executor()
SCHEMA = build_schema(
    """
    enum Order { NAME PRICE }
    input Range { least: Float most: Float }
    input Filter { price: Range ranges: [Range!] order: [Order] name: String }
    interface Named { name: String least: Float! }
    type Thing implements Named { name: String least: Float! secret: String thing: Thing things: [Thing!] }
    type Query { thing(filter: Filter, order: Order, search: String): Thing named: Named }
    """
)
REFUSED = frozenset({"Range.least", "Order.PRICE", "Query.thing.search", "Thing.least", "Named.least"})


def uses(text: str, variables: dict[str, Any] | None = None) -> list[str]:
    document = parse(text)
    assert not validate(SCHEMA, document), validate(SCHEMA, document)
    operation = get_operation_ast(document, None)
    assert operation is not None
    found = refused_uses(SCHEMA, document, operation, variables, REFUSED)
    assert all(error.extensions == {"code": "FORBIDDEN_FIELD"} and error.locations for error in found)
    return [error.message.split()[0] for error in found]


@pytest.mark.parametrize(
    ("text", "variables", "found"),
    [
        ('{ thing(search: "a") { name } }', None, ["Query.thing.search"]),
        ('{ thing(search: "") { name } }', None, []),
        ("{ thing(search: null) { name } }", None, []),
        ("query($s: String) { thing(search: $s) { name } }", {"s": "a"}, ["Query.thing.search"]),
        ("query($s: String) { thing(search: $s) { name } }", {"s": None}, []),
        ("query($s: String) { thing(search: $s) { name } }", {}, []),
        ('query($s: String = "a") { thing(search: $s) { name } }', {}, ["Query.thing.search"]),
        ('query($s: String = "a") { thing(search: $s) { name } }', {"s": ""}, []),
        ("{ thing(filter: {price: {least: 1}}) { name } }", None, ["Range.least"]),
        ("{ thing(filter: {price: {least: 0, most: 3}}) { name } }", None, []),
        ("{ thing(filter: {ranges: [{most: 1}, {least: 1}]}) { name } }", None, ["Range.least"]),
        ("{ thing(filter: {ranges: {least: 1}}) { name } }", None, ["Range.least"]),
        ("query($l: Float) { thing(filter: {price: {least: $l}}) { name } }", {"l": 2}, ["Range.least"]),
        ("query($r: Range) { thing(filter: {price: $r}) { name } }", {"r": {"least": 2}}, ["Range.least"]),
        ("query($f: Filter) { thing(filter: $f) { name } }", {"f": {"ranges": [{"least": 2}]}}, ["Range.least"]),
        ("query($f: Filter = {price: {least: 2}}) { thing(filter: $f) { name } }", None, ["Range.least"]),
        ("{ thing(order: PRICE) { name } }", None, ["Order.PRICE"]),
        ("{ thing(order: NAME) { name } }", None, []),
        ("{ thing(filter: {order: PRICE}) { name } }", None, ["Order.PRICE"]),
        ("query($o: [Order]) { thing(filter: {order: $o}) { name } }", {"o": ["NAME", "PRICE"]}, ["Order.PRICE"]),
        ("{ a: thing { b: thing { c: least } } }", None, ["Thing.least"]),
        ("{ named { least } }", None, ["Named.least"]),
        ("{ named { ... on Thing { least } } }", None, ["Thing.least"]),
        ("{thing {...F}} fragment F on Thing { things { ...G } } fragment G on Thing { least }", {}, ["Thing.least"]),
        ("query($y: Boolean!) { thing { least @include(if: $y) } }", {"y": True}, ["Thing.least"]),
        ("query($y: Boolean!) { thing { least @include(if: $y) } }", {"y": False}, []),
        ("query($y: Boolean = true) { thing { ... @skip(if: $y) { least } name } }", {}, []),
        ("{ thing { ...F @skip(if: true) ...F } } fragment F on Thing { least }", None, ["Thing.least"]),
        ("{ __schema { types { name } } __typename thing { __typename } }", None, []),
    ],
)  # fmt: skip
def test_what_is_used(text: str, variables: dict[str, Any] | None, found: list[str]) -> None:
    assert uses(text, variables) == found


def test_fragments_within_fragments_take_no_time() -> None:
    many = " ".join(f"fragment F{n} on Thing {{ thing {{ ...F{n + 1} }} things {{ ...F{n + 1} }} }}" for n in range(60))
    text = f"{{ thing {{ ...F0 }} }} {many} fragment F60 on Thing {{ least }}"
    document = parse(text)
    operation = get_operation_ast(document, None)
    assert operation is not None
    assert len(refused_uses(SCHEMA, document, operation, None, REFUSED)) == 1


async def _answer(schema: GraphQLSchema, document: Any) -> Any:
    result = execute(schema, document, {"thing": {"name": "n", "secret": "s"}}, executor_class=EXECUTOR)
    return result.data if isinstance(result, ExecutionResult) else (await result).data


async def test_plans_are_of_one_schema() -> None:
    document = parse("{ thing { name secret } }")
    hides_secret = masked(SCHEMA, frozenset({("Thing", "secret")}))
    hides_name = masked(SCHEMA, frozenset({("Thing", "name")}))
    for _ in range(3):
        assert await _answer(SCHEMA, document) == {"thing": {"name": "n", "secret": "s"}}
        assert await _answer(hides_secret, document) == {"thing": {"name": "n", "secret": None}}
        assert await _answer(hides_name, document) == {"thing": {"name": None, "secret": "s"}}


def test_a_masked_schema_leaves_the_other_alone() -> None:
    of: Any = SCHEMA.type_map["Thing"]
    copy: Any = masked(SCHEMA, frozenset({("Thing", "secret"), ("Thing", "thing")})).type_map["Thing"]
    assert of.fields["secret"].resolve is None
    assert copy.fields["secret"].resolve is not None
    assert copy.fields["things"].type.of_type.of_type is copy
    assert of.fields["things"].type.of_type.of_type is of
    assert masked(SCHEMA, frozenset()) is SCHEMA
