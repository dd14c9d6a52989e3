"""How long an answer may be kept, and for whom: declared in the SDL by ``@cache``, the strictest field decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_introspection_type,
)
from graphql.execution.values import get_directive_values


class Scope(IntEnum):
    """Who may be served the same answer; higher is stricter."""

    PUBLIC = 0
    ROLE = 1
    PRIVATE = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds for which an answer is fresh, then may be served while it is made anew, then only if it cannot be."""

    max_age: int
    stale_while_revalidate: int
    stale_if_error: int
    scope: Scope

    @property
    def keeps(self) -> bool:
        """May an answer be kept at all?"""
        return self.max_age > 0 and self.scope is not Scope.PRIVATE

    def and_(self, other: Policy) -> Policy:
        """The stricter of both in every respect."""
        return Policy(
            min(self.max_age, other.max_age),
            min(self.stale_while_revalidate, other.stale_while_revalidate),
            min(self.stale_if_error, other.stale_if_error),
            max(self.scope, other.scope),
        )


NEVER = Policy(0, 0, 0, Scope.PRIVATE)


class Policies:
    """The declared policies of a schema.

    A field without ``@cache`` has that of the type it answers, else that of the field above it; a root field
    without any is never kept.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._directive = schema.get_directive("cache")
        self._of_field: dict[tuple[str, str], Policy] = {}
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or is_introspection_type(kind):
                continue
            for name, field in kind.fields.items():
                declared = self._declared(field.ast_node) or self._of_type(get_named_type(field.type))
                if declared is not None:
                    self._of_field[kind.name, name] = declared

    def of(self, document: DocumentNode, operation: OperationDefinitionNode) -> Policy:
        """The policy of a validated operation; mutations and introspection are never kept."""
        root = self._schema.query_type
        if operation.operation is not OperationType.QUERY or root is None:
            return NEVER
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        policies = list(self._walk(operation.selection_set, root, NEVER, fragments))
        found = policies[0] if policies else NEVER
        for policy in policies[1:]:
            found = found.and_(policy)
        return found

    def _walk(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType | None,
        above: Policy,
        fragments: dict[str, FragmentDefinitionNode],
    ) -> Iterator[Policy]:
        for node in selection_set.selections:
            match node:
                case FieldNode():
                    yield from self._of_selected(node, parent, above, fragments)
                case InlineFragmentNode():
                    condition = node.type_condition
                    inner = self._schema.get_type(condition.name.value) if condition else parent
                    yield from self._walk(node.selection_set, inner, above, fragments)
                case FragmentSpreadNode():
                    fragment = fragments[node.name.value]
                    inner = self._schema.get_type(fragment.type_condition.name.value)
                    yield from self._walk(fragment.selection_set, inner, above, fragments)

    def _of_selected(
        self,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        above: Policy,
        fragments: dict[str, FragmentDefinitionNode],
    ) -> Iterator[Policy]:
        name = node.name.value
        if name == "__typename":
            return
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
            yield NEVER  # introspection
            return
        policy = self._of_field.get((parent.name, name), above)
        yield policy
        if node.selection_set is not None:
            kind = get_named_type(parent.fields[name].type)
            yield from self._walk(node.selection_set, kind, policy, fragments)

    def _of_type(self, kind: GraphQLNamedType) -> Policy | None:
        return self._declared(kind.ast_node)

    def _declared(self, node: Any) -> Policy | None:
        if node is None or self._directive is None:
            return None
        values = get_directive_values(self._directive, node)
        if values is None:
            return None
        return Policy(
            values["maxAge"],
            values["staleWhileRevalidate"],
            values["staleIfError"],
            Scope[values["scope"]],
        )
