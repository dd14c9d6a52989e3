"""The roles of a shop as roles of the engine's own security plugin: which documents and which fields each shows.

A person has several roles of the engine at once: it shows them the documents of any (by its query, "DLS") with the
fields of all (by its list, "FLS"). Every role here carries both, as one without a list would show everything. What
several roles of the shop show only together is told by a role that shows no documents by itself, and that one has by
having all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from identity.filter_words import Vocabulary, resolve
from identity.filters import NOTHING, And, Compare, Filter, Flag, Not, OneOf, Or, StartsWith
from identity.roles import Definitions
from search.indexes import Names
from search.inputs import Tables
from search.mapping import properties
from search.prices import price_key
from search.role_filter import FIELDS, Query, compiled
from search.role_filter import NOTHING as NO_DOCUMENT
from search.security_grants import OWN_PRICES, Grant, Together, field_grants

#: what may be done: no more than what the shop's own questions need
ACTIONS: Final = (
    "indices:data/read/get",
    "indices:data/read/mget[shard]",
    "indices:data/read/point_in_time/create",
    "indices:data/read/point_in_time/delete",
    "indices:data/read/search",
)
#: several questions in one request; of each what the roles allow
CLUSTER_ACTIONS: Final = ("indices:data/read/msearch",)
#: Compared in the query of every role, so the engine has to show them. They tell nothing: the first two are true of all
#: that is shown, and on which websites a product is shown the websites tell.
SCOPE_FIELDS: Final = ("published", "saleable", "website_id", "company_id")
#: bytes of one query that the plugin takes
_MOST_QUERY: Final = 1024 * 1024
#: more of them make every change of the engine's security slow
_MOST_ROLES: Final = 3_000
#: in backend roles of a mapping these do not stand for themselves
_PATTERNS: Final = frozenset("*?/")
_OBJECTS: Final = frozenset(name for name, kind in properties(()).items() if kind["type"] == "object")


class UnspeakableError(Exception):
    """The roles cannot be told to the engine, and why."""


@dataclass(frozen=True, slots=True)
class Called:
    """By which backend roles somebody is known to have a role of the shop, or to see prices as their own.

    One of each role is ``<prefix>:role:<name>``, which nobody says but the shop itself, in its tokens for the engine.
    ``also``: others, by role: how tokens of customers or of other issuers name it.
    """

    prefix: str
    also: Mapping[str, Sequence[str]]

    def role(self, name: str) -> str:
        return f"{self.prefix}:role:{name}"

    def own(self, kind: str, pricelist_id: int) -> str:
        """Of those whose pricelist it is, and who see this of it: a key of `OWN_PRICES`."""
        return f"{self.prefix}:own-{kind.replace('_', '-')}:{pricelist_id}"

    def names(self, role: str) -> tuple[str, ...]:
        """Each suffices. Raises UnspeakableError."""
        others = self.also.get(role, ())
        for one in others:
            if not _PATTERNS.isdisjoint(one):
                raise UnspeakableError(f"role {role}: {one!r} would be a pattern to the engine, and mean others too")
        return tuple(dict.fromkeys((self.role(role), *others)))


@dataclass(frozen=True, slots=True)
class EngineRole:
    """A role of the plugin, and who has it: whoever has one of the backend roles ``any_of``, or all of ``all_of``.

    ``indexes``: names of aliases. ``documents``: a query as a text. ``fields``: to include, all else is hidden.
    """

    name: str
    indexes: tuple[str, ...]
    documents: str
    fields: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """``wider``: what the engine would show and the shop does not, for people."""

    roles: tuple[EngineRole, ...]
    wider: tuple[str, ...]

    @property
    def aliases(self) -> frozenset[str]:
        return frozenset(alias for role in self.roles for alias in role.indexes)

    @property
    def backend_roles(self) -> frozenset[str]:
        return frozenset(one for role in self.roles for one in (*role.any_of, *role.all_of))


def wanted_security(
    definitions: Definitions, words: Vocabulary, tables: Tables, langs: Iterable[str], called: Called
) -> Wanted:
    """What the engine's security has to be. Raises UnspeakableError, TooManyGrantsError.

    ``words``: of the shop, in the language of the definitions. ``langs``: of the indexes, as Odoo's codes.
    """
    # by their aliases: a build that is no longer in use still has what was hidden since
    aliases = tuple(sorted(Names(called.prefix).alias(lang) for lang in langs))
    if not aliases:
        raise UnspeakableError("the shop has no languages, so there are no indexes")
    sites = _sites(tables)
    roles: list[EngineRole] = []
    wider: list[str] = []
    for grant in field_grants(definitions):
        if len(grant.roles) > 1:
            roles += _together(grant, aliases, called)
            continue
        (name,) = grant.roles
        shown = resolve(definitions.roles[name].documents, words)
        hidden = sorted(_compared(shown).difference(grant.fields, SCOPE_FIELDS))
        wider += [f"role {name} is shown {field}, as its filter compares it" for field in hidden]
        needed = (*hidden, *SCOPE_FIELDS) if shown != NOTHING else ()
        roles.append(
            EngineRole(
                name=_name(called, grant.roles),
                indexes=aliases,
                documents=_query(shown, words, sites),
                fields=_listed((*grant.fields, *needed)),
                any_of=called.names(name),
            )
        )
    if any(role.prices.own for role in definitions.roles.values()):
        roles += _own(tables.pricelists, aliases, called)
    if len(roles) > _MOST_ROLES:
        raise UnspeakableError(f"{len(roles)} roles of the engine would be needed, {_MOST_ROLES} at most are made")
    return Wanted(tuple(roles), tuple(wider))


def _together(grant: Grant, aliases: tuple[str, ...], called: Called) -> Iterator[EngineRole]:
    """What several show: a role for each way in which they may be called, as only all of a list can be asked for."""
    ways = product(*(called.names(role) for role in sorted(grant.roles)))
    for number, way in enumerate(ways):
        name = _name(called, grant.roles)
        yield EngineRole(
            name=f"{name}#{number + 1}" if number else name,
            indexes=aliases,
            documents=_text(NO_DOCUMENT),
            fields=_listed(grant.fields),
            all_of=way,
        )


def _own(pricelist_ids: Iterable[int], aliases: tuple[str, ...], called: Called) -> Iterator[EngineRole]:
    """Prices of each pricelist, for those whose own it is."""
    for pricelist_id in sorted(pricelist_ids):
        for kind, heads in OWN_PRICES.items():
            yield EngineRole(
                name=f"{begin(called.prefix)}own={kind}={pricelist_id}",
                indexes=aliases,
                documents=_text(NO_DOCUMENT),
                fields=_listed(f"{head}.{price_key(pricelist_id)}" for head in heads),
                any_of=(called.own(kind, pricelist_id),),
            )


def _listed(fields: Iterable[str]) -> tuple[str, ...]:
    """As the plugin wants them listed: an object's name does not stand for its members."""
    named = frozenset(fields)
    return tuple(sorted(named | {f"{one}.*" for one in named & _OBJECTS}))


def begin(prefix: str) -> str:
    """How the names of all roles of a shop begin: no prefix and no role has this sign."""
    return f"{prefix}+"


def _name(called: Called, roles: Together) -> str:
    return begin(called.prefix) + "+".join(sorted(roles))


# -- queries --------------------------------------------------------------------------------------------------


def _query(shown: Filter, words: Vocabulary, sites: Query) -> str:
    if shown == NOTHING:
        return _text(NO_DOCUMENT)
    # Variants are documents of their own to the engine, hidden ones behind their products: what has to be true, and not
    # only not false, never means them.
    scope: list[Query] = [{"term": {"published": True}}, {"term": {"saleable": True}}]
    return _text({"bool": {"filter": [compiled(shown, words), *scope, sites]}})


def _text(query: Query) -> str:
    text = json.dumps(query, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    if len(text.encode()) > _MOST_QUERY:
        raise UnspeakableError(f"a filter makes a query of {len(text.encode())} bytes; the engine takes {_MOST_QUERY}")
    return text.replace("$", "\\u0024")  # ${…} is replaced by the plugin before it reads the query


def _sites(tables: Tables) -> Query:
    """On any of the websites, as `search.narrowing.scope` has it of one; without websites the first company's shop."""
    if not tables.websites:
        return _own_or_common("company_id", next(iter(tables.companies)))
    sites = [
        _all_of([_own_or_common("website_id", site.id), _own_or_common("company_id", site.company_id)])
        for site in sorted(tables.websites, key=lambda site: site.id)
    ]
    return _any_of(sites)


def _own_or_common(field: str, id_: int) -> Query:
    return _any_of([{"term": {field: id_}}, {"bool": {"must_not": [{"exists": {"field": field}}]}}])


def _all_of(queries: Sequence[Query]) -> Query:
    return {"bool": {"filter": list(queries)}}


def _any_of(queries: Sequence[Query]) -> Query:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _compared(node: Filter) -> frozenset[str]:
    """The fields of the index that a filter looks at. To the engine a hidden one is empty, in its own queries too."""
    match node:
        case Not(operand):
            return _compared(operand)
        case And(operands) | Or(operands):
            return frozenset().union(*map(_compared, operands))
        case Flag(name):
            return frozenset({name})
        case OneOf(field) | StartsWith(field) | Compare(field):
            return frozenset({FIELDS[field]})
    return frozenset()


# -- as the plugin writes them --------------------------------------------------------------------------------


def mark(prefix: str) -> str:
    """The description of what is made here, so that nothing else is ever changed."""
    return f"made of the role file by `headless-odoo roles push` for {prefix}; changes by hand are undone"


def role_body(role: EngineRole, prefix: str) -> dict[str, Any]:
    """What it shows."""
    return {
        "description": mark(prefix),
        "cluster_permissions": list(CLUSTER_ACTIONS),
        "index_permissions": [
            {
                "index_patterns": list(role.indexes),
                "dls": role.documents,
                "fls": list(role.fields),
                "masked_fields": [],
                "allowed_actions": list(ACTIONS),
            }
        ],
        "tenant_permissions": [],
    }


def mapping_body(role: EngineRole, prefix: str) -> dict[str, Any]:
    """Who has it."""
    return {
        "description": mark(prefix),
        "backend_roles": list(role.any_of),
        "and_backend_roles": list(role.all_of),
        "hosts": [],
        "users": [],
    }
