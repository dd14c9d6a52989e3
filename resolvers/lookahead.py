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


def names_below(info: Info, *path: str) -> frozenset[str]:
    """Names of all fields selected below ``path``, at any depth; those too that @skip and @include leave out."""
    level = [node.selection_set for node in info.field_nodes]
    for name in path:
        level = [node.selection_set for node in _named(info, level, name)]
    return frozenset().union(*(_every_name(info, selection_set) for selection_set in level if selection_set))


def _every_name(info: Info, selection_set: SelectionSetNode) -> frozenset[str]:
    kept = _names.get(id(selection_set))
    if kept is not None:
        return kept[1]
    names: set[str] = set()
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            names.add(node.name.value)
        below = info.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        inner = getattr(below, "selection_set", None)
        if inner is not None:
            names |= _every_name(info, inner)
    if len(_names) >= _MAX_KEPT:
        _names.clear()
    _names[id(selection_set)] = selection_set, frozenset(names)  # it is kept too: its id is nobody else's
    return frozenset(names)


#: selection sets by identity, and the names of all fields below them
_names: dict[int, tuple[SelectionSetNode, frozenset[str]]] = {}
#: likewise, and the fields of those without directives
_flat: dict[int, tuple[SelectionSetNode, tuple[FieldNode, ...]]] = {}
_MAX_KEPT = 5_000


def _named(info: Info, level: list[SelectionSetNode | None], name: str) -> list[FieldNode]:
    return [node for node in _fields(info, level) if node.name.value == name]


def _fields(info: Info, level: list[SelectionSetNode | None]) -> Iterator[FieldNode]:
    """Field nodes of selection sets, through fragments, without what @skip and @include leave out."""
    for selection_set in level:
        if selection_set is None:
            continue
        kept = _flat.get(id(selection_set))
        if kept is not None:
            yield from kept[1]
        elif any(node.directives for node in selection_set.selections):
            yield from _included_fields(info, selection_set)
        else:
            fields = tuple(_included_fields(info, selection_set))
            if all(isinstance(node, FieldNode) for node in selection_set.selections):
                if len(_flat) >= _MAX_KEPT:
                    _flat.clear()
                _flat[id(selection_set)] = selection_set, fields
            yield from fields


def _included_fields(info: Info, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    for node in selection_set.selections:
        match node:
            case FieldNode() if _included(info, node):
                yield node
            case InlineFragmentNode() if _included(info, node):
                yield from _fields(info, [node.selection_set])
            case FragmentSpreadNode() if _included(info, node):
                yield from _fields(info, [info.fragments[node.name.value].selection_set])


def _included(info: Info, node: FieldNode | InlineFragmentNode | FragmentSpreadNode) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])
