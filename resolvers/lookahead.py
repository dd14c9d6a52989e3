"""What an operation selects below a field: so that a resolver fetches once, and only what is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

Info = GraphQLResolveInfo[Any]


def selects(info: Info, *path: str) -> bool:
    """Does the operation select ``path`` (field names, not aliases) below the field being resolved?"""
    level = [node.selection_set for node in info.field_nodes]
    for name in path:
        level = [node.selection_set for node in _named(info, level, name)]
        if not level:
            return False
    return True


def selected_names(info: Info, *path: str) -> set[str]:
    """Names of the fields selected directly below ``path``."""
    level = [node.selection_set for node in info.field_nodes]
    for name in path:
        level = [node.selection_set for node in _named(info, level, name)]
    return {node.name.value for node in _fields(info, level)}


def _named(info: Info, level: list[SelectionSetNode | None], name: str) -> list[FieldNode]:
    return [node for node in _fields(info, level) if node.name.value == name]


def _fields(info: Info, level: list[SelectionSetNode | None]) -> Iterator[FieldNode]:
    """Field nodes of selection sets, through fragments, without what @skip and @include leave out."""
    for selection_set in level:
        for node in selection_set.selections if selection_set else ():
            match node:
                case FieldNode() if _included(info, node):
                    yield node
                case InlineFragmentNode() if _included(info, node):
                    yield from _fields(info, [node.selection_set])
                case FragmentSpreadNode() if _included(info, node):
                    yield from _fields(info, [info.fragments[node.name.value].selection_set])


def _included(info: Info, node: FieldNode | InlineFragmentNode | FragmentSpreadNode) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])
