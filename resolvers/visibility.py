"""Which fields whoever asks is shown: for each set of rights a schema in which the others are null.

What they may not use besides (arguments, inputs, values of enumerations, fields that cannot be null) is named, for
`resolvers.usage` to refuse before anything is executed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

from identity.identity import Identity
from identity.policy import EffectivePolicy
from identity.roles import Definitions
from identity.visibility import SchemaFields
from resolvers.context import Services, policy_of, pricelist_of, website_of
from resolvers.prices import public_pricelist

#: ``field: Type @priced``: hidden from those who may not see prices of their pricelist
PRICED: Final = "priced"
#: schemas kept: about ten profiles, with and without prices, are some tens
_KEPT: Final = 200


@dataclass(frozen=True, eq=False)
class Sight:
    """What a set of rights makes of the schema.

    ``schema``: the same for clients, but that hidden fields are null. ``hidden``: those, as (type, field). ``refused``:
    what may not be used: ``Type.field`` that cannot be null, ``Type.field.argument``, ``Input.field``, ``Enum.VALUE``.
    """

    schema: GraphQLSchema
    hidden: frozenset[tuple[str, str]]
    refused: frozenset[str]


class _Place(NamedTuple):
    """Something of the schema that can be hidden. ``owner`` and ``name`` are what a policy is asked about."""

    owner: str
    name: str
    becomes_null: bool

    @property
    def path(self) -> str:
        return f"{self.owner}.{self.name}"


class Sights:
    """Makes the schema of each set of rights once. ``schema``: with everything in it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        told_by = SchemaFields.of(schema).told_by
        self._places = [*_places(schema, told_by)]
        priced = frozenset(_priced(schema))
        self._prices = frozenset(
            place.path for place in self._places if not priced.isdisjoint({place.path, *told_by.get(place.path, ())})
        )
        self._of_rights: OrderedDict[tuple[frozenset[str], frozenset[str], bool], Sight] = OrderedDict()
        self._made: OrderedDict[tuple[frozenset[tuple[str, str]], frozenset[str]], Sight] = OrderedDict()

    def of(self, policy: EffectivePolicy, *, prices: bool) -> Sight:
        """``prices``: may they see the prices of their pricelist?"""
        rights = policy.fields.visible, policy.fields.guarded, prices
        sight = self._of_rights.get(rights)
        if sight is None:
            sight = self._of_rights[rights] = self._sight(policy, prices=prices)
            if len(self._of_rights) > _KEPT:
                self._of_rights.popitem(last=False)
        else:
            self._of_rights.move_to_end(rights)
        return sight

    def _sight(self, policy: EffectivePolicy, *, prices: bool) -> Sight:
        gone = [
            place
            for place in self._places
            if not (policy.field_visible(place.owner, place.name) and (prices or place.path not in self._prices))
        ]
        hidden = frozenset((place.owner, place.name) for place in gone if place.becomes_null)
        refused = frozenset(place.path for place in gone if not place.becomes_null)
        sight = self._made.get((hidden, refused))  # other rights may come to the same
        if sight is None:
            sight = self._made[hidden, refused] = Sight(masked(self._schema, hidden), hidden, refused)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return sight


class Onlookers:
    """Finds out what whoever asks is shown."""

    def __init__(self, schema: GraphQLSchema, services: Services) -> None:
        self._sights = Sights(schema)
        self._services = services
        self._all = Sight(schema, frozenset(), frozenset()) if _hides_nothing(services.policies.definitions) else None

    async def sight(self, host: str | None, identity: Identity) -> Sight:
        """Raises OdooError while the shop is unknown, unless nothing is hidden from anybody."""
        if self._all is not None:
            return self._all
        services = self._services
        tables = await services.reference.shop()
        website = website_of(tables, host)
        policy = await policy_of(services, tables, website, identity)
        own = public_pricelist(tables, website, pricelist_of(services, identity))
        pricelist_id = own.id if own else None
        return self._sights.of(policy, prices=policy.shows_prices(pricelist_id, pricelist_id))


def masked(schema: GraphQLSchema, hidden: frozenset[tuple[str, str]]) -> GraphQLSchema:
    """The schema with these fields, as (type, field), always null; itself when there are none."""
    if not hidden:
        return schema
    copy = deepcopy(schema)
    for type_name, name in hidden:
        owner = copy.type_map[type_name]
        if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            owner.fields[name].resolve = _nothing
    return copy


def _nothing(_source: Any, _info: Any, **_arguments: Any) -> None:
    """Resolves a hidden field."""


def _places(schema: GraphQLSchema, told_by: Mapping[str, frozenset[str]]) -> Iterator[_Place]:
    for type_name, type_ in schema.type_map.items():
        if type_name.startswith("__"):
            continue
        match type_:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for name, field in type_.fields.items():
                    yield _Place(type_name, name, not isinstance(field.type, GraphQLNonNull))
                    # an argument that tells of nothing goes with its field
                    owner = f"{type_name}.{name}"
                    yield from (_Place(owner, one, False) for one in field.args if f"{owner}.{one}" in told_by)
            case GraphQLInputObjectType():
                yield from (_Place(type_name, name, False) for name in type_.fields)
            case GraphQLEnumType():
                yield from (_Place(type_name, name, False) for name in type_.values)


def _priced(schema: GraphQLSchema) -> Iterator[str]:
    for type_name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            yield from (f"{type_name}.{name}" for name, field in type_.fields.items() if _is_priced(field))


def _is_priced(field: GraphQLField) -> bool:
    directives = field.ast_node.directives if field.ast_node is not None else ()
    return any(directive.name.value == PRICED for directive in directives or ())


def _hides_nothing(definitions: Definitions) -> bool:
    """Does every role show every field, and its prices?"""
    types = definitions.schema.types
    guarded = {f"{name}.{field}" for name in definitions.guarded for field in types.get(name, ())}
    return all(role.fields >= guarded and role.prices.allow(None, None) for role in definitions.roles.values())
