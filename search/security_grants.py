"""Which roles show which fields of the index, each for itself and several together.

A person with several roles sees the fields of all of them (`identity.policy`), and a field that is told by several of
the schema, or a price, may be seen only by who has two roles at once: one that shows prices, and one that says whose.
The engine shows the union of what its roles show. So each smallest set of roles that shows something is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from identity.roles import Definitions
from search.fields import PRICED, SHOWN_BY, TYPE, index_fields
from search.prices import price_key

#: roles, all of which one has to have
Together: TypeAlias = frozenset[str]

#: What is seen of one's own pricelist: kind -> objects of the index that are told by the same fields of the schema.
OWN_PRICES: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(head for head in PRICED if SHOWN_BY[head] == SHOWN_BY[kind])
    for kind in PRICED
    if kind == next(head for head in PRICED if SHOWN_BY[head] == SHOWN_BY[kind])
}
#: more sets of roles than this are a mistake in the role file
_MOST_SETS: Final = 2_000


class TooManyGrantsError(Exception):
    """Roles show so little each that what only several show together cannot be told one by one."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who has all of the ``roles`` sees the ``fields``. A name of `PRICED` alone stands for all of its members."""

    roles: Together
    fields: tuple[str, ...]


def field_grants(definitions: Definitions) -> list[Grant]:
    """What roles show, but for what they show of prices because a pricelist is somebody's own (`own_prices`).

    With that, for each set of roles exactly what `search.fields.source_fields` answers. Raises TooManyGrantsError.
    """
    found: dict[Together, list[str]] = {}
    for roles, field in _each(definitions):
        found.setdefault(roles, []).append(field)
    grants = [Grant(roles, tuple(fields)) for roles, fields in found.items()]
    return sorted(grants, key=lambda one: (len(one.roles), sorted(one.roles)))


def own_prices(definitions: Definitions, roles: Iterable[str]) -> tuple[str, ...]:
    """The keys of `OWN_PRICES` whose members of their own pricelist those see who have the roles."""
    held = frozenset(definitions.known(roles))
    if not any(definitions.roles[name].prices.own for name in held):
        return ()
    return tuple(kind for kind in OWN_PRICES if all(able & held for able in _able(definitions, kind)))


def _each(definitions: Definitions) -> Iterator[tuple[Together, str]]:
    for field in index_fields():
        for roles in smallest_sets(_able(definitions, field)):
            yield roles, field
    for head in PRICED:
        for roles, pricelist_id in _priced(definitions, _able(definitions, head)):
            yield roles, head if pricelist_id is None else f"{head}.{price_key(pricelist_id)}"


def _priced(definitions: Definitions, fields: Sequence[Together]) -> Iterator[tuple[Together, int | None]]:
    """Roles, and which pricelist's prices they show; None: of all."""
    prices = {name: role.prices for name, role in definitions.roles.items()}
    every = frozenset(name for name, rights in prices.items() if rights.all)
    of_all = smallest_sets([*fields, every])
    yield from ((roles, None) for roles in of_all)
    for id_ in sorted({id_ for rights in prices.values() for id_ in rights.ids}):
        named = frozenset(name for name, rights in prices.items() if id_ in rights.ids)
        yield from ((roles, id_) for roles in smallest_sets([*fields, every | named], but=of_all))


def _able(definitions: Definitions, field: str) -> list[Together]:
    """For each field of the schema that has to be visible for this one of the index: the roles that show it."""
    told = definitions.schema.told_by
    needed = {f"{TYPE}.{one}" for one in SHOWN_BY[field]}
    needed |= {other for one in needed for other in told.get(one, ())}
    # a person has at least one role
    return [frozenset(definitions.roles), *(_showing(definitions, one) for one in sorted(needed))]


def _showing(definitions: Definitions, needed: str) -> Together:
    type_name, field, *_ = needed.split(".")
    name = f"{type_name}.{field}"
    everybody = type_name not in definitions.guarded or name in definitions.schema.required
    return frozenset(one for one, role in definitions.roles.items() if everybody or name in role.fields)


def smallest_sets(able: Iterable[Together], *, but: Iterable[Together] = ()) -> list[Together]:
    """The smallest sets with a role of each of ``able``; without those that hold one of ``but``.

    Raises TooManyGrantsError.
    """
    found = [frozenset[str]()]
    for edge in sorted(set(able), key=lambda one: (len(one), sorted(one))):
        met = [one for one in found if one & edge]
        more = dict.fromkeys(one | {role} for one in found if not one & edge for role in sorted(edge))
        found = [*met, *(one for one in more if not any(other < one for other in (*met, *more)))]
        if len(found) > _MOST_SETS:
            raise TooManyGrantsError("what single roles show is too little: too many sets of roles show it together")
    excluded = list(but)
    return [one for one in found if not any(other <= one for other in excluded)]
