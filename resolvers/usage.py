"""What an operation uses that whoever asks may not use: told before anything of it is executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    get_named_type,
    value_from_ast_untyped,
)

from resolvers.errors import ForbiddenFieldError


def refused_uses(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
    refused: frozenset[str],
) -> list[ForbiddenFieldError]:
    """An error for each use of something in ``refused`` (see `resolvers.visibility.Sight`) by a valid operation.

    What @skip and @include leave out is not used. Nor is an argument or an input that is null, empty, 0 or false.
    """
    if not refused:
        return []
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    walk = _Walk(schema, fragments, _values(operation, variables or {}), refused)
    return [
        ForbiddenFieldError(f"{place} may not be used by you.", node)
        for place, node in walk.selections(operation.selection_set, schema.get_root_type(operation.operation))
    ]


#: the place that is refused, and the field that uses it
_Uses = Iterator[tuple[str, FieldNode]]


@dataclass
class _Walk:
    """Goes through an operation, each fragment once, however often it is spread."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: dict[str, Any]
    refused: frozenset[str]
    _spread: set[str] = field(default_factory=set)

    def selections(self, selection_set: SelectionSetNode, parent: Any) -> _Uses:
        for node in selection_set.selections:
            if self._is_left_out(node):
                continue
            match node:
                case FieldNode():
                    yield from self._field(node, parent)
                case InlineFragmentNode(type_condition=condition):
                    inner = self.schema.get_type(condition.name.value) if condition else parent
                    yield from self.selections(node.selection_set, inner)
                case FragmentSpreadNode():
                    yield from self._fragment(node.name.value)

    def _fragment(self, name: str) -> _Uses:
        if name not in self._spread:
            self._spread.add(name)
            fragment = self.fragments[name]
            parent = self.schema.get_type(fragment.type_condition.name.value)
            yield from self.selections(fragment.selection_set, parent)

    def _field(self, node: FieldNode, parent: Any) -> _Uses:
        name = node.name.value
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
            return  # introspection
        definition: GraphQLField = parent.fields[name]
        path = f"{parent.name}.{name}"
        if path in self.refused:
            yield path, node
        for argument in node.arguments or ():
            value = value_from_ast_untyped(argument.value, self.variables)
            of = definition.args[argument.name.value].type
            for place in self._given(f"{path}.{argument.name.value}", of, value):
                yield place, node
        if node.selection_set is not None:
            yield from self.selections(node.selection_set, get_named_type(definition.type))

    def _given(self, place: str, of: Any, value: Any) -> Iterator[str]:
        """What a value that is given for a place uses: the place, and what stands within the value."""
        while isinstance(of, GraphQLNonNull | GraphQLList):
            of = of.of_type
        for one in value if isinstance(value, list) else [value]:
            if one is Undefined or not (one or isinstance(value, list)) or one is None:
                continue
            if place in self.refused:
                yield place
            match of:
                case GraphQLInputObjectType() if isinstance(one, Mapping):
                    for name, inner in one.items():
                        if name in of.fields:
                            yield from self._given(f"{of.name}.{name}", of.fields[name].type, inner)
                case GraphQLEnumType() if f"{of.name}.{one}" in self.refused:
                    yield f"{of.name}.{one}"

    def _is_left_out(self, node: Any) -> bool:
        """By @skip or @include."""
        for directive in node.directives or ():
            leaves_out_if = {"skip": True, "include": False}.get(directive.name.value)
            for argument in directive.arguments if leaves_out_if is not None else ():
                if value_from_ast_untyped(argument.value, self.variables) is leaves_out_if:
                    return True
        return False


def _values(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the operation's variables, as they are sent or by default."""
    values: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in given:
            values[name] = given[name]
        elif definition.default_value is not None:
            values[name] = value_from_ast_untyped(definition.default_value)
    return values
