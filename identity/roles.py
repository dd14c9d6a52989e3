"""What roles are: which products, fields and prices they show, and who has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from identity.filter_words import folded
from identity.filters import NOTHING, Filter
from identity.visibility import SchemaFields

#: the role of whoever has no other
GUEST_ROLE: Final = "guest"


@dataclass(frozen=True, slots=True)
class PriceRights:
    """Whose prices may be shown: of the pricelists ``ids``; of one's ``own`` (a guest's: the website's); or ``all``."""

    ids: frozenset[int] = frozenset()
    own: bool = False
    all: bool = False

    def allow(self, pricelist_id: int | None, own: int | None) -> bool:
        """``own``: the pricelist of who asks; None where Odoo has none: then list prices are what they pay."""
        return self.all or (self.own and pricelist_id == own) or pricelist_id in self.ids

    def __or__(self, other: PriceRights) -> PriceRights:
        return PriceRights(self.ids | other.ids, self.own or other.own, self.all or other.all)


@dataclass(frozen=True, slots=True)
class Granted:
    """Who has a role: those to whom one of these applies.

    ``groups``: database ids or XML ids. ``partner_categories``: ids or names. ``claims``: of the token, by name (with
    dots for claims within claims): one of the values. ``signed_in``: every customer. ``everyone``: guests too.
    """

    groups: frozenset[int | str] = frozenset()
    partner_categories: frozenset[int | str] = frozenset()
    pricelists: frozenset[int] = frozenset()
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    signed_in: bool = False
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of who asks, by Odoo and by their token. Ids and names (XML ids of groups) stand side by side."""

    signed_in: bool = False
    groups: frozenset[int | str] = frozenset()
    partner_categories: frozenset[int | str] = frozenset()
    pricelist_id: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Role:
    """``fields``: ``Type.field``, no patterns. ``staff``: may act for customers."""

    name: str
    title: str = ""
    documents: Filter = NOTHING
    fields: frozenset[str] = frozenset()
    prices: PriceRights = PriceRights()
    staff: bool = False
    granted: Granted = Granted()


@dataclass(frozen=True, eq=False)
class Definitions:
    """The roles of a shop, ``guest`` among them.

    ``guarded``: the types of the schema whose fields are hidden unless a role shows them. ``language``: in which
    filters name things, as Odoo's code; without it that of the website. ``version``: another one when anything changed.
    """

    roles: Mapping[str, Role]
    schema: SchemaFields
    guarded: frozenset[str] = frozenset({"Product"})
    language: str | None = None
    version: str = ""

    def known(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those that are roles here, in order and once; ``guest`` if none is."""
        return tuple(sorted(self.roles.keys() & frozenset(names))) or (GUEST_ROLE,)

    def is_staff(self, names: Iterable[str]) -> bool:
        return any(self.roles[name].staff for name in self.known(names))


def grants(definitions: Definitions, facts: Facts) -> tuple[str, ...]:
    """The roles of who this is told of, in order; ``guest`` when nothing grants another."""
    return definitions.known(role.name for role in definitions.roles.values() if reasons(role.granted, facts))


def reasons(granted: Granted, facts: Facts) -> list[str]:
    """Why the role is had, for people; empty when it is not."""
    return list(_reasons(granted, facts))


def _reasons(granted: Granted, facts: Facts) -> Iterator[str]:
    if granted.everyone:
        yield "everyone has it"
    if not facts.signed_in:
        return
    if granted.signed_in:
        yield "every customer has it"
    for what, wanted, has in (
        ("group", granted.groups, facts.groups),
        ("partner category", _folded(granted.partner_categories), _folded(facts.partner_categories)),
        ("pricelist", granted.pricelists, {facts.pricelist_id}),
    ):
        for one in sorted(wanted & has, key=str):
            yield f"{what} {one}"
    for claim, values in granted.claims.items():
        for value in sorted(values & claimed(facts.claims, claim)):
            yield f"claim {claim} {value}"


def _folded(names: Iterable[int | str]) -> frozenset[int | str]:
    """Odoo's names in whatever capitals: an id is no name, even where it looks like one."""
    return frozenset(folded(name) if isinstance(name, str) else name for name in names)


def claimed(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """The values of a claim as texts: ``realm_access.roles`` is that claim, or ``roles`` within ``realm_access``."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return frozenset(str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool))
