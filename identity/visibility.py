"""Which fields of the schema a role sees, by their GraphQL names: ``Product.stock``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

#: ``field: Type @reveals(fields: ["Product.price"])``: whoever may not see the price may not see (or use) this
DIRECTIVE: Final = "reveals"


class UnknownFieldError(ValueError):
    """A name that the schema does not have."""


@dataclass(frozen=True, eq=False)
class SchemaFields:
    """What the schema has: the fields of each type (of inputs and enumerations too).

    ``required``: ``Type.field`` of those that are never null and so cannot be hidden. ``reveals``: ``Type.field`` ->
    other such fields whose values can be told from it: of a sort key, a filter, a total, a second way to the same. An
    argument is ``Type.field.argument``.
    """

    types: Mapping[str, frozenset[str]]
    required: frozenset[str] = frozenset()
    reveals: Mapping[str, frozenset[str]] | None = None

    @classmethod
    def of(cls, schema: GraphQLSchema) -> SchemaFields:
        """Raises `UnknownFieldError` when a directive names a field that is not there."""
        types: dict[str, frozenset[str]] = {}
        required: set[str] = set()
        reveals: dict[str, frozenset[str]] = {}
        for name, type_ in schema.type_map.items():
            members = _members(type_)
            if members is None or name.startswith("__"):
                continue
            types[name] = frozenset(members)
            for member, definition in members.items():
                if not isinstance(type_, GraphQLInputObjectType) and _is_required(definition):
                    required.add(f"{name}.{member}")
                reveals |= _reveals(f"{name}.{member}", definition)
        found = cls(types, frozenset(required), reveals)
        for field in frozenset().union(*reveals.values()):
            if not found.has(field):
                raise UnknownFieldError(f"@{DIRECTIVE} names {field}, which is not in the schema")
        return found

    def has(self, field: str) -> bool:
        type_name, _, name = field.partition(".")
        return name in self.types.get(type_name, ())

    def matching(self, pattern: str) -> frozenset[str]:
        """The fields that ``Product.stock``, ``Product.st*`` or ``Product.*`` names.

        Raises `UnknownFieldError` when it names none.
        """
        type_name, dot, name = pattern.partition(".")
        if not dot or type_name not in self.types:
            raise UnknownFieldError(f'no type "{type_name}" in the schema; write Type.field')
        fields = self.types[type_name]
        found = [field for field in fields if field.startswith(name[:-1])] if name.endswith("*") else [name]
        if not found or not fields.issuperset(found):
            raise UnknownFieldError(f'no field "{name}" in {type_name}')
        return frozenset(f"{type_name}.{field}" for field in found)

    @cached_property
    def told_by(self) -> Mapping[str, frozenset[str]]:
        """``reveals``, with what is told by what is told."""
        direct = self.reveals or {}
        return {field: _reached(field, direct) for field in direct}


class FieldRights:
    """What one sees: ``visible`` of the ``guarded`` types; of the other types everything.

    A field that reveals others is seen by those who see all of them.
    """

    def __init__(self, schema: SchemaFields, guarded: Collection[str], visible: Iterable[str]) -> None:
        self.visible = frozenset(visible)
        self.guarded = frozenset(guarded)
        self._schema = schema
        self._known: dict[tuple[str, str], bool] = {}

    def sees(self, type_name: str, field: str) -> bool:
        """May they have the value, and filter, sort, search, count by it? Of an unknown field of a guarded type: no.

        ``sees("Query.products", "search")`` asks for an argument.
        """
        key = (type_name, field)
        known = self._known.get(key)
        if known is None:
            known = self._decide(f"{type_name}.{field}")
            if field in self._schema.types.get(type_name, ()):  # others are without end
                self._known[key] = known
        return known

    def _decide(self, name: str) -> bool:
        return self._own(name) and all(map(self._own, self._schema.told_by.get(name, ())))

    def _own(self, name: str) -> bool:
        """An argument by itself is seen with its field."""
        type_name, field, *_ = name.split(".")
        if type_name not in self.guarded or field.startswith("__"):
            return True
        field = f"{type_name}.{field}"
        return field in self.visible or field in self._schema.required


def _members(type_: object) -> Mapping[str, Any] | None:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        fields: Mapping[str, Any] = type_.fields
        return fields
    return type_.values if isinstance(type_, GraphQLEnumType) else None


def _is_required(definition: Any) -> bool:
    return isinstance(getattr(definition, "type", None), GraphQLNonNull)


def _reveals(name: str, definition: Any) -> dict[str, frozenset[str]]:
    """What a field and its arguments tell of, where they tell of something."""
    places = {name: definition}
    places |= {f"{name}.{argument}": of for argument, of in getattr(definition, "args", {}).items()}
    return {place: told for place, of in places.items() if (told := _told(of))}


def _told(definition: Any) -> frozenset[str]:
    """The fields that the directive on a definition names."""
    node = definition.ast_node
    for directive in (node.directives or ()) if node is not None else ():
        if directive.name.value == DIRECTIVE:
            for argument in directive.arguments:
                return frozenset(value.value for value in getattr(argument.value, "values", (argument.value,)))
    return frozenset()


def _reached(field: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(direct[field])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(direct.get(one, ()))
    return frozenset(found)
