"""The storefront's own operations, as far as the schema has what they select."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type

from tests.architecture.source import ROOT

_KEPT = ROOT / "tests" / "data" / "storefront"


def operation(name: str) -> Mapping[str, Any]:
    """What is known of an operation of the storefront's."""
    kept = json.loads((_KEPT / "operations.json").read_text(encoding="utf-8"))
    return next(one for one in kept["operations"] if one["name"] == name)


def document(name: str, schema: GraphQLSchema) -> tuple[str, set[str]]:
    """The operation without what the schema does not have; and that: ``Type.field``."""
    asked = operation(name)
    root = schema.mutation_type if asked["kind"] == "mutation" else schema.query_type
    assert root is not None
    tree: dict[str, Any] = {}
    for path in asked["selectedPaths"]:
        place = tree
        for part in path.replace("[]", "").split("."):
            place = place.setdefault(part, {})
    missing: set[str] = set()
    body = _selected(tree, root, missing)
    given = asked["variables"]
    (field,) = asked["rootFields"]
    if given:
        taken = ", ".join(f"{one['name']}: ${one['name']}" for one in given)
        body = body.replace(field, f"{field}({taken})", 1)
    declared = ", ".join(f"${one['name']}: {one['type']}" for one in given)
    return f"{asked['kind']} {f'({declared})' if declared else ''} {body}", missing


def _selected(tree: Mapping[str, Any], kind: GraphQLInterfaceType | GraphQLObjectType, missing: set[str]) -> str:
    parts: list[str] = []
    for name, below in tree.items():
        field = kind.fields.get(name)
        if field is None:
            missing.add(f"{kind.name}.{name}")
            continue
        inner = get_named_type(field.type)
        has_fields = isinstance(inner, GraphQLInterfaceType | GraphQLObjectType)
        parts.append(f"{name} {_selected(below, inner, missing)}" if has_fields else name)
    return "{ " + " ".join(parts) + " }"


def to_build() -> Iterable[str]:
    """What no part of the schema has yet."""
    return (_KEPT / "to_build.txt").read_text(encoding="utf-8").split()
