"""Plans of queries: what graphql-core works out for every field of every object, worked out once for a document."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLObjectType,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    default_field_resolver,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.values import get_argument_values
from graphql.language import Visitor, visit

#: fields of one plan, and of all that are kept: about a kilobyte each
MAX_FIELDS: Final = 3_000
MAX_KEPT: Final = 50_000

#: (the steps before, field or index, type that has the field): a `graphql.pyutils.Path` in the making
Steps = tuple[Any, "str | int", "str | None"]
#: what a resolver gave becomes what is answered, or a coroutine that gives it
Complete = Callable[["Executes", Any, Steps], Any]

#: of values of these types the scalars make just what they are
_AS_THEY_ARE: Final[Mapping[Any, frozenset[type]]] = {
    GraphQLString: frozenset({str}),
    GraphQLID: frozenset({str}),
    GraphQLBoolean: frozenset({bool}),
}


@dataclass(eq=False, slots=True)
class PlannedField:
    """A field of a selection. ``looks``: does its resolver look at the description of the field?

    ``arguments``: None if they have to be read from the variables. ``settled``: see `Selection`, of what is below.
    """

    parent_type: GraphQLObjectType
    definition: GraphQLField
    details: list[Any]
    resolve: Callable[..., Any]
    looks: bool
    arguments: Mapping[str, Any] | None
    settled: bool = True

    @property
    def nodes(self) -> list[FieldNode]:
        return [detail.node for detail in self.details]


class Row(NamedTuple):
    """A field as it is wanted in the innermost loop.

    ``alone``: the resolver, if it wants the source and nothing else. ``as_it_is``: types of values that are answered
    as they are; that of None among them, if it may be null.
    """

    name: str
    alone: Callable[[Any, None], Any] | None
    as_it_is: frozenset[type]
    complete: Complete
    type_name: str
    planned: PlannedField


@dataclass(eq=False, slots=True)
class Selection:
    """The fields selected of an object.

    ``settled``: its answer depends on the object alone, and not on the request. Then an object that has a dictionary
    ``answers`` keeps it there, under the selection: whoever has the same object need not execute it again. So such an
    object is immutable, and all that its resolvers look at.
    """

    rows: tuple[Row, ...]
    settled: bool


#: how many answers an object keeps
MAX_ANSWERS: Final = 8


class Executes(Protocol):
    """An executor of graphql-core's that executes plans as well."""

    schema: Any
    operation: OperationDefinitionNode
    fragments: Any
    variable_values: Any
    field_resolver: Any
    type_resolver: Any

    def execute_selection(self, selection: Selection, source: Any, steps: Steps | None) -> Any: ...

    def complete_items(
        self, planned: PlannedField, item_type: Any, complete: Complete, value: Any, steps: Steps
    ) -> Any: ...

    def settle(self, selection: Selection, source: Any, answers: dict[object, Any], steps: Steps) -> Any: ...

    def info_of(self, planned: PlannedField, steps: Steps) -> Any: ...

    def collect_subfields(self, return_type: GraphQLObjectType, field_details_list: list[Any]) -> Any: ...

    def ensure_valid_runtime_type(
        self, runtime_type_name: Any, return_type: Any, field_details_list: list[Any], info: Any, result: Any
    ) -> GraphQLObjectType: ...

    @staticmethod
    def complete_leaf_value(return_type: Any, result: Any) -> Any: ...


class UnplannableError(Exception):
    """This is for graphql-core to execute."""


#: an operation and the schema it is executed by, by identity: what one schema resolves another may hide
_Key = tuple[int, int]


class Plans:
    """Plans by operation and schema, the least recently used go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[OperationDefinitionNode, Any, Selection | None, int]] = OrderedDict()
        self._fields = 0

    def of(self, executor: Executes, root: GraphQLObjectType, fields: Mapping[str, list[Any]]) -> Selection | None:
        """The plan of the operation that the executor executes; None if it has none."""
        operation, schema = executor.operation, executor.schema
        key = id(operation), id(schema)
        kept = self._kept.get(key)
        if kept is not None:  # it keeps both: their ids are nobody else's
            self._kept.move_to_end(key)
            return kept[2]
        planner = _Planner(executor)
        try:
            plan = planner.operation(root, fields)
        except UnplannableError:
            plan, planner.count = None, 1
        self._kept[key] = (operation, schema, plan, planner.count)
        self._fields += planner.count
        while self._fields > MAX_KEPT:
            self._drop(next(iter(self._kept)))
        return plan

    def _drop(self, key: _Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._fields -= kept[3]


class _Planner:
    """Makes one plan."""

    def __init__(self, executor: Executes) -> None:
        self._executor = executor
        self.count = 0

    def operation(self, root: GraphQLObjectType, fields: Mapping[str, list[Any]]) -> Selection:
        """Raises UnplannableError."""
        executor = self._executor
        if (
            executor.operation.operation is not OperationType.QUERY
            or executor.field_resolver is not default_field_resolver
        ):
            raise UnplannableError
        for fragment in executor.fragments.values():
            if fragment.variable_signatures:
                raise UnplannableError
            visit(fragment.definition, _NoDirectives())
        visit(executor.operation.selection_set, _NoDirectives())
        return self._selection(root, fields)

    def _selection(self, parent: GraphQLObjectType, fields: Mapping[str, list[Any]]) -> Selection:
        found = [self._row(name, parent, details) for name, details in fields.items()]
        rows = tuple(row for row in found if row is not None)
        return Selection(rows, all(row.alone is not None and row.planned.settled for row in rows))

    def _row(self, name: str, parent: GraphQLObjectType, details: list[Any]) -> Row | None:
        self.count += 1
        if self.count > MAX_FIELDS:
            raise UnplannableError
        node: FieldNode = details[0].node
        definition = self._executor.schema.get_field(parent, node.name.value)
        if definition is None:
            return None
        resolve = definition.resolve or _reader(node.name.value)
        planned = PlannedField(parent, definition, details, resolve, looks(resolve), self._arguments(definition, node))
        complete, as_it_is = self._completing(definition.type, planned)
        alone = None if planned.looks or planned.arguments is None or planned.arguments else resolve
        return Row(name, alone, as_it_is, complete, parent.name, planned)

    def _arguments(self, definition: GraphQLField, node: FieldNode) -> Mapping[str, Any] | None:
        """Those that are the same in every request."""
        if not definition.args and not node.arguments:
            return {}
        found = _Variables()
        for argument in node.arguments or ():
            visit(argument, found)
        if found.any:
            return None
        try:
            return get_argument_values(definition, node, self._executor.variable_values)
        except Exception:  # noqa: BLE001 - whatever it is: it is told when the field is resolved
            return None

    # -- completing values ------------------------------------------------------------------------------------

    def _completing(self, of: Any, planned: PlannedField) -> tuple[Complete, frozenset[type]]:
        """What completes a value of this type, and which values need no completing."""
        if is_non_null_type(of):
            inner, as_it_is = self._completing(of.of_type, planned)
            return _required(inner, planned), as_it_is - {type(None)}
        if is_list_type(of):
            inner, _ = self._completing(of.of_type, planned)
            return _listed(inner, of.of_type, planned), frozenset({type(None)})
        if is_leaf_type(of):
            return _leaf(of), _AS_THEY_ARE.get(of, frozenset()) | {type(None)}
        if is_object_type(of):
            return _object(self._below(of, planned)), frozenset({type(None)})
        if is_abstract_type(of):
            selections = {one.name: self._below(one, planned) for one in self._executor.schema.get_possible_types(of)}
            resolve_type = of.resolve_type or self._executor.type_resolver
            if inspect.iscoroutinefunction(resolve_type):
                raise UnplannableError
            return _abstract(of, selections, resolve_type, planned), frozenset({type(None)})
        raise UnplannableError

    def _below(self, of: GraphQLObjectType, planned: PlannedField) -> Selection:
        """What is selected of an object of the type."""
        if of.is_type_of is not None:
            raise UnplannableError
        fields, deferred, _ = self._executor.collect_subfields(of, planned.details)
        if deferred:
            raise UnplannableError
        below = self._selection(of, fields)
        planned.settled = planned.settled and below.settled
        return below


def _leaf(of: Any) -> Complete:
    coerce = of.coerce_output_value

    def complete(executor: Executes, value: Any, _: Steps) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        made = coerce(value)
        return executor.complete_leaf_value(of, value) if made is None or made is Undefined else made

    return complete


def _required(inner: Complete, planned: PlannedField) -> Complete:
    def complete(executor: Executes, value: Any, steps: Steps) -> Any:
        made = inner(executor, value, steps)
        if made is None:
            field = planned.details[0].node.name.value
            raise TypeError(f"Cannot return null for non-nullable field {planned.parent_type}.{field}.")
        return made

    return complete


def _listed(inner: Complete, item_type: Any, planned: PlannedField) -> Complete:
    def complete(executor: Executes, value: Any, steps: Steps) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        return executor.complete_items(planned, item_type, inner, value, steps)

    return complete


def _object(selection: Selection) -> Complete:
    settled = selection.settled

    def complete(executor: Executes, value: Any, steps: Steps) -> Any:
        if value is None or value is Undefined:
            return None
        if settled and (answers := getattr(value, "answers", None)) is not None:
            made = answers.get(selection)
            return made if made is not None else executor.settle(selection, value, answers, steps)
        if isinstance(value, Exception):
            raise value
        return executor.execute_selection(selection, value, steps)

    return complete


def _abstract(
    of: Any, selections: Mapping[str, Selection], resolve_type: Callable[..., Any], planned: PlannedField
) -> Complete:
    looked_at = looks(resolve_type)

    def complete(executor: Executes, value: Any, steps: Steps) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        name = resolve_type(value, executor.info_of(planned, steps) if looked_at else None, of)
        selection = selections.get(name) if isinstance(name, str) else None
        if selection is None:
            info = executor.info_of(planned, steps)
            executor.ensure_valid_runtime_type(name, of, planned.details, info, value)
            raise GraphQLError(f"'{name}' has no plan.")
        return executor.execute_selection(selection, value, steps)

    return complete


@cache
def _reader(name: str) -> Callable[[Any, Any], Any]:
    """As graphql-core's default resolver, but that nothing is called."""

    def read(source: Any, _: Any) -> Any:
        return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)

    return read


def looks(resolve: Callable[..., Any]) -> bool:
    """Does the resolver look at its second argument? Not if the parameter's name begins with an underscore."""
    parameters = [
        one for one in inspect.signature(resolve).parameters.values() if one.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    second = parameters[1] if len(parameters) > 1 else parameters[0]
    return not second.name.startswith("_") or (
        len(parameters) == 1 and second.kind is not inspect.Parameter.VAR_POSITIONAL
    )


class _NoDirectives(Visitor):
    """Raises UnplannableError for a directive: what it does depends on the request."""

    def enter_directive(self, *_: Any) -> None:
        raise UnplannableError


class _Variables(Visitor):
    """Finds variables."""

    any = False

    def enter_variable(self, *_: Any) -> None:
        self.any = True
