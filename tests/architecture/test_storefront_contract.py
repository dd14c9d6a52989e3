"""The catalogue part of the Alokai storefront's schema is in ours, name by name and type by type."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLInputField, GraphQLNamedType, GraphQLSchema, parse_type
from graphql import build_schema as build_sdl
from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode
from graphql.type import is_enum_type, is_input_object_type, is_interface_type, is_object_type

from resolvers.schema import build_schema
from tests.architecture.source import ROOT

Entry = Mapping[str, Any]

CONTRACT = ROOT / "tests" / "data" / "storefront" / "types.json"

#: what no part of our schema has yet, one name a line: a line is struck out when it is built
TO_BUILD = frozenset((ROOT / "tests" / "data" / "storefront" / "to_build.txt").read_text(encoding="utf-8").split())
KINDS: Mapping[str, Callable[[GraphQLNamedType], bool]] = {
    "object": is_object_type,
    "interface": is_interface_type,
    "input": is_input_object_type,
    "enum": is_enum_type,
}


@cache
def contract() -> Mapping[str, Entry]:
    """The storefront's types by name."""
    types: Mapping[str, Entry] = json.loads(CONTRACT.read_text(encoding="utf-8"))["types"]
    return types


@cache
def ours() -> GraphQLSchema:
    """The schema as it is served."""
    return build_schema()


def fits_output(needed: TypeNode, given: TypeNode) -> bool:
    """May a client that expects ``needed`` be answered ``given``? Promising more (no null) is fine."""
    match needed, given:
        case NonNullTypeNode(type=wanted), NonNullTypeNode(type=told):
            return fits_output(wanted, told)
        case NonNullTypeNode(), _:
            return False
        case _, NonNullTypeNode(type=told):
            return fits_output(needed, told)
        case ListTypeNode(type=wanted), ListTypeNode(type=told):
            return fits_output(wanted, told)
        case NamedTypeNode(), NamedTypeNode():
            return needed.name.value == given.name.value
    return False


def fits_input(sent: TypeNode, taken: TypeNode) -> bool:
    """May a client that sends ``sent`` send it where ``taken`` is asked? Asking for less (null too) is fine."""
    return fits_output(taken, sent)


def shortcomings(theirs: Mapping[str, Entry], schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """(what, how it does not fit) for everything of the contract; ``missing`` where there is none."""
    for name, entry in theirs.items():
        kind = schema.get_type(name)
        if kind is None:
            yield name, "missing"
            continue
        yield from _of_kind(name, entry, kind)
        for field_name, field in entry.get("fields", {}).items():
            mine = getattr(kind, "fields", {}).get(field_name)
            if mine is None:
                yield f"{name}.{field_name}", "missing"
            else:
                yield from _of_field(f"{name}.{field_name}", field, mine)


def _of_kind(name: str, entry: Entry, kind: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    is_kind = KINDS.get(entry["kind"])
    if is_kind is not None and not is_kind(kind):
        yield name, f"is no {entry['kind']}"
    for value in entry.get("values", ()):
        if value not in getattr(kind, "values", {}):
            yield f"{name}.{value}", "missing"


def _of_field(name: str, needed: Entry, mine: GraphQLField | GraphQLInputField) -> Iterator[tuple[str, str]]:
    fits = fits_input if isinstance(mine, GraphQLInputField) else fits_output
    if not fits(parse_type(needed["type"]), parse_type(str(mine.type))):
        yield name, f"is {mine.type}, not {needed['type']}"
    if not isinstance(mine, GraphQLField):
        return
    for argument, entry in needed.get("args", {}).items():
        taken = mine.args.get(argument)
        if taken is None:
            yield f"{name}({argument})", "missing"
        elif not fits_input(parse_type(entry["type"]), parse_type(str(taken.type))):
            yield f"{name}({argument})", f"is {taken.type}, not {entry['type']}"
    for argument in mine.args.keys() - needed.get("args", {}).keys():
        if _is_required(mine.args[argument]):
            yield f"{name}({argument})", "is required, and unknown to the storefront"


def _is_required(argument: GraphQLArgument) -> bool:
    return str(argument.type).endswith("!") and argument.default is None


def test_everything_of_the_catalogue_fits_the_storefront() -> None:
    found = shortcomings(contract(), ours())
    wrong = [f"{what}: {how}" for what, how in found if how != "missing" or what not in TO_BUILD]
    assert not wrong, "the storefront needs otherwise:\n" + "\n".join(wrong)


def test_what_is_built_is_struck_out() -> None:
    missing = {what for what, how in shortcomings(contract(), ours()) if how == "missing"}
    built = sorted(TO_BUILD - missing)
    assert not built, f"built by now, or never in the contract: {built}"


def test_what_does_not_fit_is_told() -> None:
    theirs: dict[str, Entry] = {
        "Query": {
            "kind": "object",
            "fields": {
                "a": {"type": "Int!"},
                "b": {"type": "[Int]", "args": {"x": {"type": "Int"}, "y": {"type": "Int"}}},
                "c": {"type": "Int"},
            },
        },
        "Sort": {"kind": "enum", "values": ["UP", "DOWN"]},
        "Gone": {"kind": "object"},
    }
    schema = build_sdl("type Query { a: Int  b(x: Int!, z: Int!): [Int!]!  d: Int }  enum Sort { UP }")
    assert dict(shortcomings(theirs, schema)) == {
        "Query.a": "is Int, not Int!",
        "Query.b(x)": "is Int!, not Int",
        "Query.b(y)": "missing",
        "Query.b(z)": "is required, and unknown to the storefront",
        "Query.c": "missing",
        "Sort.DOWN": "missing",
        "Gone": "missing",
    }
