"""Bounds on what one operation may ask: depth, aliases, and an estimate of how many values it would answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from graphql.type import (
    GraphQLField,
    GraphQLInterfaceType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
)

PAGE_ARGUMENTS = ("pageSize", "first", "last")
DEFAULT_PAGE = 20
#: entries that a list without a page size is taken to have
LIST_SIZE = 5

_INTROSPECTION = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True, slots=True)
class Limits:
    """``cost`` counts values: every field one, times the sizes of the lists it stands in."""

    depth: int
    aliases: int
    cost: int


class LimitExceededError(GraphQLError):
    """The operation asks for too much."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    limits: Limits
    variables: Mapping[str, Any]
    fragments: dict[str, FragmentDefinitionNode]
    aliases: int = 0
    cost: int = 0
    spread: list[str] = field(default_factory=list)

    def selections(self, selection_set: SelectionSetNode, parent: Any, depth: int, times: int, paged: bool) -> None:
        for node in selection_set.selections:
            match node:
                case FieldNode():
                    self._field(node, parent, depth, times, paged=paged)
                case InlineFragmentNode():
                    name = node.type_condition.name.value if node.type_condition else None
                    inner = self.schema.get_type(name) if name else parent
                    self.selections(node.selection_set, inner, depth, times, paged)
                case FragmentSpreadNode():
                    self._fragment(node, depth, times, paged=paged)

    def _fragment(self, node: FragmentSpreadNode, depth: int, times: int, *, paged: bool) -> None:
        name = node.name.value
        fragment = self.fragments.get(name)
        if fragment is None or name in self.spread:  # validation says so
            return
        self.spread.append(name)
        parent = self.schema.get_type(fragment.type_condition.name.value)
        self.selections(fragment.selection_set, parent, depth, times, paged)
        self.spread.pop()

    def _field(self, node: FieldNode, parent: Any, depth: int, times: int, *, paged: bool) -> None:
        name = node.name.value
        self.aliases += node.alias is not None
        self.cost += times
        # the depth of introspection has a validation rule of its own
        self._check(0 if name in _INTROSPECTION or is_introspection_type(parent) else depth + 1)
        definition: GraphQLField | None = _INTROSPECTION.get(name) or (
            parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        )
        if node.selection_set is None or definition is None:
            return
        size = self._page_size(node, definition)
        inner = times
        if size is not None:
            inner = times * max(size, 1)
        elif _is_list(definition) and not paged:
            inner = times * LIST_SIZE
        self.selections(node.selection_set, get_named_type(definition.type), depth + 1, inner, size is not None)

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """The page size asked for; None when the field has no pages."""
        names = [name for name in PAGE_ARGUMENTS if name in definition.args]
        if not names:
            return None
        for argument in node.arguments or ():
            if argument.name.value in names:
                match argument.value:
                    case IntValueNode(value=text) if len(text) < 10:
                        return int(text)
                    case VariableNode(name=variable):
                        value = self.variables.get(variable.value)
                        if isinstance(value, int | float):  # 20.0 is an Int in JSON
                            return int(value)
        return DEFAULT_PAGE

    def _check(self, depth: int) -> None:
        if depth > self.limits.depth:
            raise LimitExceededError("QUERY_TOO_DEEP", f"The operation is deeper than {self.limits.depth} levels.")
        if self.aliases > self.limits.aliases:
            raise LimitExceededError("TOO_MANY_ALIASES", f"The operation has more than {self.limits.aliases} aliases.")
        if self.cost > self.limits.cost:
            raise LimitExceededError(
                "QUERY_TOO_COMPLEX",
                f"The operation would answer over {self.limits.cost} values: ask for fewer fields or smaller pages.",
            )


def check_limits(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
    limits: Limits,
) -> None:
    """Raises LimitExceededError when the operation goes beyond a limit."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    defaults = dict(_defaults(operation))
    walk = _Walk(schema, limits, {**defaults, **(variables or {})}, fragments)
    walk.selections(operation.selection_set, schema.get_root_type(operation.operation), 0, 1, paged=False)


def _defaults(operation: OperationDefinitionNode) -> Iterator[tuple[str, int]]:
    for definition in operation.variable_definitions or ():
        if isinstance(definition.default_value, IntValueNode):
            yield definition.variable.name.value, int(definition.default_value.value)


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    return is_list_type(kind)
