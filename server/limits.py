"""Bounds on what one operation may ask: depth, aliases, and an estimate of how many values it would answer."""

from __future__ import annotations

from collections import OrderedDict
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


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a part of an operation asks for."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: _Measure) -> _Measure:
        return _Measure(max(self.depth, other.depth), self.aliases + other.aliases, self.cost + other.cost)


@dataclass(slots=True)
class _Walk:
    """Measures parts of an operation, each fragment once, however often it is spread."""

    schema: GraphQLSchema
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    measured: dict[tuple[str, bool], _Measure] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)  # of variables that are page sizes

    def selections(self, selection_set: SelectionSetNode, parent: Any, *, paged: bool) -> _Measure:
        """``paged``: the page size of the field above has been counted, so its list is not counted again."""
        total = _Measure()
        for node in selection_set.selections:
            match node:
                case FieldNode():
                    total = total.beside(self._field(node, parent, paged=paged))
                case InlineFragmentNode():
                    name = node.type_condition.name.value if node.type_condition else None
                    inner = self.schema.get_type(name) if name else parent
                    total = total.beside(self.selections(node.selection_set, inner, paged=paged))
                case FragmentSpreadNode():
                    total = total.beside(self._fragment(node.name.value, paged=paged))
        return total

    def _fragment(self, name: str, *, paged: bool) -> _Measure:
        known = self.measured.get((name, paged))
        if known is None:
            fragment = self.fragments[name]
            parent = self.schema.get_type(fragment.type_condition.name.value)
            known = self.measured[name, paged] = self.selections(fragment.selection_set, parent, paged=paged)
        return known

    def _field(self, node: FieldNode, parent: Any, *, paged: bool) -> _Measure:
        name = node.name.value
        definition: GraphQLField | None = _INTROSPECTION.get(name) or (
            parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        )
        below, times = _Measure(), 1
        if node.selection_set is not None and definition is not None:
            size = self._page_size(node, definition)
            if size is not None:
                times = max(size, 1)
            elif _is_list(definition) and not paged:
                times = LIST_SIZE
            below = self.selections(node.selection_set, get_named_type(definition.type), paged=size is not None)
        # the depth of introspection has a validation rule of its own
        introspects = name.startswith("__") or is_introspection_type(parent)
        return _Measure(
            depth=0 if introspects else below.depth + 1,
            aliases=below.aliases + (node.alias is not None),
            cost=below.cost * times + 1,
        )

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """The page size asked for; None when the field has no pages."""
        names = [name for name in PAGE_ARGUMENTS if name in definition.args]
        if not names:
            return None
        for argument in node.arguments or ():
            if argument.name.value in names:
                match argument.value:
                    case IntValueNode(value=text):
                        return int(text)
                    case VariableNode(name=variable):
                        self.names[variable.value] = None
                        value = self.variables.get(variable.value)
                        if isinstance(value, int | float):  # 20.0 is an Int in JSON
                            return int(value)
        return DEFAULT_PAGE


class Measured:
    """What operations ask for, by the page sizes that their variables tell; those used last are kept."""

    def __init__(self, schema: GraphQLSchema, size: int = 500) -> None:
        self._schema = schema
        self._size = size
        self._kept: OrderedDict[int, _Sizes] = OrderedDict()

    def of(self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> _Measure:
        kept = self._kept.get(id(operation))
        if kept is None:  # what is kept keeps its operation: the id is nobody else's
            kept = self._kept[id(operation)] = _Sizes(operation)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(id(operation))
        values = {**kept.defaults, **variables}
        if kept.names is not None:
            sizes = tuple(size if isinstance(size := values.get(name), int | float) else None for name in kept.names)
            if sizes in kept.measures:
                return kept.measures[sizes]
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        walk = _Walk(self._schema, values, fragments)
        root = self._schema.get_root_type(operation.operation)
        measure = walk.selections(operation.selection_set, root, paged=False)
        kept.names = tuple(walk.names)
        if len(kept.measures) >= _MAX_SIZES:
            kept.measures.clear()
        sizes = tuple(size if isinstance(size := values.get(name), int | float) else None for name in kept.names)
        kept.measures[sizes] = measure
        return measure


@dataclass(slots=True)
class _Sizes:
    """The measures of an operation by the values of the variables that are page sizes, these ``names``."""

    operation: OperationDefinitionNode
    names: tuple[str, ...] | None = None
    measures: dict[tuple[int | float | None, ...], _Measure] = field(default_factory=dict)
    defaults: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.defaults = dict(_defaults(self.operation))


_MAX_SIZES = 100


def check_limits(
    measured: Measured,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
    limits: Limits,
) -> None:
    """Raises LimitExceededError when the operation, of a valid document, goes beyond a limit."""
    asked = measured.of(document, operation, variables or {})
    if asked.depth > limits.depth:
        raise LimitExceededError("QUERY_TOO_DEEP", f"The operation is deeper than {limits.depth} levels.")
    if asked.aliases > limits.aliases:
        raise LimitExceededError("TOO_MANY_ALIASES", f"The operation has more than {limits.aliases} aliases.")
    if asked.cost > limits.cost:
        raise LimitExceededError(
            "QUERY_TOO_COMPLEX",
            f"The operation would answer over {limits.cost} values: ask for fewer fields or smaller pages.",
        )


def _defaults(operation: OperationDefinitionNode) -> Iterator[tuple[str, int]]:
    for definition in operation.variable_definitions or ():
        if isinstance(definition.default_value, IntValueNode):
            yield definition.variable.name.value, int(definition.default_value.value)


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    return is_list_type(kind)
