"""Random GraphQL documents of a schema, with random arguments: valid in form, wild in content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from hypothesis import strategies as st

_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(
        ["", " ", "/product/x-1", "/category/x-1", "1-1", "fr", "fr_FR", "en-US", "MDox", "a" * 300, "\x00", "%"]
    ),
)
_INTS = st.one_of(st.integers(-3, 30), st.integers(-(2**31), 2**31 - 1), st.sampled_from([0, 2**31 - 1, -(2**31)]))
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": _INTS,
    "Float": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 500)),
    "String": _TEXTS,
    "ID": st.one_of(_TEXTS, _INTS, st.uuids().map(str)),
    "Boolean": st.booleans(),
    "Decimal": st.one_of(_TEXTS, st.integers(-5, 10**7), st.decimals(allow_nan=True).map(str)),
    "GenericScalar": st.one_of(st.none(), _TEXTS, st.dictionaries(_TEXTS, _INTS, max_size=3)),
}


@dataclass
class Drawn:
    """A request: its document is built up by `Drawing`."""

    text: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)


@st.composite
def requests(draw: st.DrawFn, schema: GraphQLSchema, *, depth: int = 4) -> Drawn:
    """A query of the schema and its variables."""
    drawn = Drawn()
    assert schema.query_type is not None
    body = _selection(draw, schema.query_type, drawn, depth)
    declared = f"({', '.join(drawn.declared)})" if drawn.declared else ""
    drawn.text = f"query{declared}{body}"
    return drawn


def _selection(draw: st.DrawFn, of: GraphQLObjectType | GraphQLInterfaceType, drawn: Drawn, depth: int) -> str:
    leaves = [name for name, item in of.fields.items() if is_leaf_type(get_named_type(item.type))]
    deeper = [name for name in of.fields if name not in leaves] if depth > 1 else []
    names = draw(st.lists(st.sampled_from([*leaves, *deeper, "__typename"]), min_size=1, max_size=4, unique=True))
    parts = [_field(draw, name, of.fields.get(name), drawn, depth) for name in names]
    return "{" + " ".join(parts) + "}"


def _field(draw: st.DrawFn, name: str, item: GraphQLField | None, drawn: Drawn, depth: int) -> str:
    if item is None:
        return name
    given = [
        f"{key}: {_variable(draw, argument, drawn)}"
        for key, argument in item.args.items()
        if draw(st.integers(0, 2)) == 0
    ]
    arguments = f"({', '.join(given)})" if given else ""
    alias = f"a{draw(st.integers(0, 99))}: " if draw(st.integers(0, 9)) == 0 else ""
    directive = " @include(if: true)" if draw(st.integers(0, 9)) == 0 else ""
    inner = get_named_type(item.type)
    below = "" if is_leaf_type(inner) else _selection(draw, inner, drawn, depth - 1)  # type: ignore[arg-type]
    return f"{alias}{name}{arguments}{directive}{below}"


def _variable(draw: st.DrawFn, argument: GraphQLArgument, drawn: Drawn) -> str:
    name = f"v{len(drawn.declared)}"
    drawn.declared.append(f"${name}: {argument.type}")
    if draw(st.integers(0, 9)) or isinstance(argument.type, GraphQLNonNull):
        drawn.variables[name] = draw(_value(argument.type))
    return f"${name}"


def _value(of: Any) -> st.SearchStrategy[Any]:
    if isinstance(of, GraphQLNonNull):
        return _value(of.of_type)
    if isinstance(of, GraphQLList):
        return st.one_of(st.none(), st.lists(_value(of.of_type), max_size=4))
    if isinstance(of, GraphQLEnumType):
        return st.sampled_from([*of.values, None])
    if isinstance(of, GraphQLInputObjectType):
        members = {name: _value(item.type) for name, item in of.fields.items()}
        return st.one_of(st.none(), st.fixed_dictionaries({}, optional=members))
    return st.one_of(st.none(), _SCALARS[of.name])
